//! Fingers and mouse on the canvas: drag pans, two fingers or Ctrl and wheel zoom, wheel scrolls.

use leptos::prelude::*;
use web_sys::{Element, PointerEvent, WheelEvent};

use super::viewport::Viewport;

/// A pointer that moved less than this has clicked.
const CLICK: f64 = 4.0;

#[derive(Clone, Copy)]
struct Finger {
    id: i32,
    at: (f64, f64),
    start: (f64, f64),
}

/// What the pointers on the canvas do; not reactive, since only the viewport is drawn.
#[derive(Clone, Copy)]
pub struct Gestures {
    view: RwSignal<Viewport>,
    fingers: StoredValue<Vec<Finger>>,
    drags: StoredValue<bool>,
    /// Whether the drawing is being dragged, for the cursor.
    pub active: RwSignal<bool>,
}

impl Gestures {
    /// Gestures that move this viewport.
    pub fn new(view: RwSignal<Viewport>) -> Self {
        Self {
            view,
            fingers: StoredValue::new(Vec::new()),
            drags: StoredValue::new(false),
            active: RwSignal::new(false),
        }
    }

    /// A pointer came down.
    pub fn down(self, event: &PointerEvent) {
        if event.button() != 0 && event.button() != 1 {
            return;
        }
        let at = place(event.client_x(), event.client_y());
        self.fingers.update_value(|fingers| fingers.push(Finger { id: event.pointer_id(), at, start: at }));
        if self.fingers.with_value(Vec::len) == 1 {
            self.drags.set_value(false);
        }
    }

    /// A pointer moved. Only a real drag captures it, so that a click still reaches the card.
    pub fn moved(self, event: &PointerEvent, canvas: &Element) {
        let now = place(event.client_x(), event.client_y());
        let fingers = self.fingers.get_value();
        let Some(finger) = fingers.iter().find(|finger| finger.id == event.pointer_id()).copied() else { return };
        let far = (now.0 - finger.start.0).hypot(now.1 - finger.start.1) > CLICK;
        if !self.drags.get_value() {
            if !far && fingers.len() < 2 {
                return;
            }
            self.drags.set_value(true);
            self.active.set(true);
            // A pointer that has just gone cannot be captured, and need not be.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
        let other = fingers.iter().find(|finger| finger.id != event.pointer_id());
        match other {
            Some(other) => {
                let spread = |at: (f64, f64)| (at.0 - other.at.0).hypot(at.1 - other.at.1).max(1.0);
                let middle = (f64::midpoint(now.0, other.at.0), f64::midpoint(now.1, other.at.1));
                let shift = ((now.0 - finger.at.0) / 2.0, (now.1 - finger.at.1) / 2.0);
                let middle = inside(canvas, middle);
                let factor = spread(now) / spread(finger.at);
                self.view.update(|view| *view = view.pan(shift.0, shift.1).zoom_at(middle, factor));
            }
            None => self.view.update(|view| *view = view.pan(now.0 - finger.at.0, now.1 - finger.at.1)),
        }
        self.fingers.update_value(|fingers| {
            fingers.iter_mut().filter(|finger| finger.id == event.pointer_id()).for_each(|finger| finger.at = now);
        });
    }

    /// A pointer went up or away.
    pub fn up(self, event: &PointerEvent) {
        self.fingers.update_value(|fingers| fingers.retain(|finger| finger.id != event.pointer_id()));
        if self.fingers.with_value(Vec::is_empty) {
            self.active.set(false);
        }
    }

    /// Whether the click that comes now ends a drag.
    pub fn dragged(self) -> bool {
        self.drags.get_value()
    }

    /// The wheel turned.
    pub fn wheel(self, event: &WheelEvent, canvas: &Element) {
        event.prevent_default();
        // Lines instead of pixels: a wheel in some browsers.
        let step = if event.delta_mode() == 1 { 16.0 } else { 1.0 };
        let (dx, dy) = (event.delta_x() * step, event.delta_y() * step);
        if event.ctrl_key() || event.meta_key() {
            let at = inside(canvas, place(event.client_x(), event.client_y()));
            self.view.update(|view| *view = view.zoom_at(at, (-dy / 300.0).exp()));
        } else {
            let (dx, dy) = if event.shift_key() && dx == 0.0 { (dy, 0.0) } else { (dx, dy) };
            self.view.update(|view| *view = view.pan(-dx, -dy));
        }
    }
}

fn place(x: i32, y: i32) -> (f64, f64) {
    (x.into(), y.into())
}

fn inside(canvas: &Element, at: (f64, f64)) -> (f64, f64) {
    let bounds = canvas.get_bounding_client_rect();
    (at.0 - bounds.left(), at.1 - bounds.top())
}

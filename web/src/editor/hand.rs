//! The hand on the canvas: picks up cards, loose ends and new nodes, and puts them down. Touch pans and taps; only the
//! mouse drags cards.

use leptos::prelude::*;
use program::{Kind, Spot};
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

use super::{
    draft::{Draft, Gap},
    place::{CARD_HEIGHT, CARD_WIDTH, Point},
    stage::{Hold, Stage},
};

/// A pointer that moved less than this has clicked.
const CLICK: f64 = 4.0;

/// What was under the pointer when it came down, and where that was in the window.
#[derive(Clone, Debug)]
struct Reach {
    hold: Hold,
    from: (f64, f64),
    taken: bool,
}

/// The hand.
#[derive(Clone, Copy)]
pub struct Hand {
    stage: Stage,
    reach: StoredValue<Option<Reach>>,
    /// Whether the click that comes now ends a drag.
    moved: StoredValue<bool>,
}

impl Hand {
    /// An empty hand.
    pub fn new(stage: Stage) -> Self {
        Self { stage, reach: StoredValue::new(None), moved: StoredValue::new(false) }
    }

    /// A pointer came down; says whether it may pick something up, so that it does not pan.
    pub fn down(self, event: &PointerEvent) -> bool {
        self.moved.set_value(false);
        if event.button() != 0 || event.pointer_type() == "touch" {
            return false;
        }
        let at = self.stage.on_drawing(event.client_x(), event.client_y());
        let under = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let named = |name: &str| {
            let found = under.as_ref()?.closest(&format!("[{name}]")).ok().flatten()?;
            found.get_attribute(name)
        };
        let hold = if let Some(port) = named("data-port") {
            let Some(gap) = self.gap(&port) else { return false };
            Hold::Wire(gap)
        } else if let Some(id) = named("data-card") {
            let Ok(id) = id.parse() else { return false };
            let selected = self.stage.editor.ask(|draft| draft.selection().to_vec());
            Hold::Cards(if selected.contains(&id) { selected } else { vec![id] }, at)
        } else if event.shift_key() {
            Hold::Marquee(at)
        } else {
            return false;
        };
        self.take(hold, event);
        true
    }

    /// Reaches for a new node in the rail.
    pub fn reach_new(self, kind: Kind, event: &PointerEvent) {
        self.moved.set_value(false);
        if event.button() == 0 && event.pointer_type() != "touch" {
            self.take(Hold::New(kind), event);
        }
    }

    fn take(self, hold: Hold, event: &PointerEvent) {
        let from = (event.client_x().into(), event.client_y().into());
        self.reach.set_value(Some(Reach { hold, from, taken: false }));
    }

    fn gap(self, port: &str) -> Option<Gap> {
        let at: usize = port.parse().ok()?;
        self.stage.editor.graph.get_untracked().0.gaps.get(at).map(|opening| opening.gap.clone())
    }

    /// The pointer moved.
    pub fn moved(self, event: &PointerEvent, surface: &Element) {
        let now = (f64::from(event.client_x()), f64::from(event.client_y()));
        let mut held = None;
        self.reach.update_value(|reach| {
            let Some(reach) = reach else { return };
            if !reach.taken && (now.0 - reach.from.0).hypot(now.1 - reach.from.1) > CLICK {
                reach.taken = true;
                held = Some(reach.hold.clone());
            }
        });
        if let Some(hold) = held {
            self.moved.set_value(true);
            // A pointer that has just gone cannot be captured, and need not be.
            let _ = surface.set_pointer_capture(event.pointer_id());
            self.stage.hand.hold.set(Some(hold));
        }
        if self.stage.hand.hold.read_untracked().is_some() {
            self.stage.hand.at.set(self.stage.on_drawing(event.client_x(), event.client_y()));
        }
    }

    /// The pointer went up: what is held is put down.
    pub fn up(self, event: &PointerEvent) {
        self.reach.set_value(None);
        let Some(hold) = self.stage.hand.hold.get_untracked() else { return };
        let target = untrack(|| self.stage.target());
        let carried = untrack(|| self.stage.carried());
        self.stage.hand.hold.set(None);
        let at = self.stage.on_drawing(event.client_x(), event.client_y());
        self.put_down(hold, target, (at, carried), event);
    }

    /// The hand opens and nothing happens.
    pub fn drop_it(self) {
        self.reach.set_value(None);
        self.stage.hand.hold.set(None);
    }

    /// Whether the click that comes now ends a drag.
    pub fn dragged(self) -> bool {
        self.moved.get_value()
    }

    fn put_down(self, hold: Hold, target: Option<Gap>, (at, carried): (Point, Point), event: &PointerEvent) {
        let editor = self.stage.editor;
        let free = editor.ask(Draft::is_free);
        match hold {
            Hold::Cards(nodes, _) if free => {
                let (dx, dy) = (carried.x.round() as i32, carried.y.round() as i32);
                editor.change(|draft| draft.move_by(&nodes, dx, dy, !event.alt_key()));
            }
            Hold::Cards(nodes, _) => {
                if let (Some(node), Some(gap)) = (nodes.first(), target) {
                    let _ = editor.run(|draft| draft.move_to(node, &gap));
                }
            }
            Hold::New(kind) => {
                let added = match target {
                    Some(gap) => editor.run(|draft| draft.add(kind, Some(&gap))),
                    None if free => {
                        let corner = (at.x - CARD_WIDTH / 2.0, at.y - CARD_HEIGHT / 2.0);
                        let spot = Spot { x: corner.0.round() as i32, y: corner.1.round() as i32 };
                        editor.run(|draft| draft.add_at(kind, spot))
                    }
                    None if kind.is_entry() => editor.run(|draft| draft.add(kind, None)),
                    None => None,
                };
                if added.is_some() {
                    self.stage.follow();
                }
            }
            Hold::Wire(gap) => match self.card_at(at) {
                Some(node) => editor.run(|draft| draft.connect(&gap, &node)).unwrap_or_default(),
                None => self.stage.panels.adding.set(Some(Some(gap))),
            },
            Hold::Marquee(from) => {
                let (left, right) = (from.x.min(at.x), from.x.max(at.x));
                let (top, bottom) = (from.y.min(at.y), from.y.max(at.y));
                let graph = editor.graph.get_untracked().0;
                let cards = graph.nodes.iter().zip(&graph.layout.cards);
                let inside = cards.filter(|(_, card)| {
                    card.x < right && card.x + CARD_WIDTH > left && card.y < bottom && card.y + CARD_HEIGHT > top
                });
                let inside: Vec<_> = inside.map(|((id, _), _)| id.clone()).collect();
                editor.change(|draft| draft.select(inside));
            }
        }
    }

    fn card_at(self, at: Point) -> Option<program::NodeId> {
        let graph = self.stage.editor.graph.get_untracked().0;
        let hit = |card: &Point| {
            (card.x..card.x + CARD_WIDTH).contains(&at.x) && (card.y..card.y + CARD_HEIGHT).contains(&at.y)
        };
        let card = graph.layout.cards.iter().position(hit)?;
        graph.nodes.get(card).map(|(id, _)| id.clone())
    }
}

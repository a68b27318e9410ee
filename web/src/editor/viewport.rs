//! PURE: the visible part of the drawing, and its scale.

use super::place::Point;

const MIN_ZOOM: f64 = 0.15;
const MAX_ZOOM: f64 = 2.0;
/// Between the drawing and the edge of the canvas when all of it is shown.
const MARGIN: f64 = 40.0;
/// Beside it, clear of what stands on the left.
const BESIDE: f64 = 72.0;
/// A row of what stands above or below the drawing, and from which width of the canvas on there is one above instead of
/// two.
const ROW: f64 = 44.0;
const NARROW: f64 = 640.0;
/// Cards are shown by squares of this size, so that panning adds them in steps.
const TILE: f64 = 400.0;

/// Maps the drawing to the canvas: `canvas = drawing * zoom + (x, y)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Where the drawing's left edge is on the canvas.
    pub x: f64,
    /// Where its upper edge is.
    pub y: f64,
    /// 1 is the actual size.
    pub zoom: f64,
}

/// A piece of the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Upper left corner.
    pub from: Point,
    /// Lower right corner.
    pub to: Point,
}

impl Viewport {
    /// Nothing moved.
    pub const START: Self = Self { x: 0.0, y: 0.0, zoom: 1.0 };

    /// All of a drawing in a canvas: never enlarged, centred across, at the top if there is room to spare.
    pub fn fit(drawing: (f64, f64), canvas: (f64, f64)) -> Self {
        let above = if canvas.0 < NARROW { 2.0 * ROW } else { ROW };
        let room = canvas.1 - above - ROW - 2.0 * MARGIN;
        let beside = (canvas.0 / 8.0).clamp(MARGIN, BESIDE);
        let zoom = ((canvas.0 - 2.0 * beside) / drawing.0).min(room / drawing.1).clamp(MIN_ZOOM, 1.0);
        Self { x: (canvas.0 - drawing.0 * zoom) / 2.0, y: above + MARGIN, zoom }
    }

    /// Moved by so many pixels.
    pub fn pan(self, dx: f64, dy: f64) -> Self {
        Self { x: self.x + dx, y: self.y + dy, ..self }
    }

    /// Larger or smaller, with one point of the canvas staying where it is.
    pub fn zoom_at(self, at: (f64, f64), factor: f64) -> Self {
        let zoom = (self.zoom * factor).clamp(MIN_ZOOM, MAX_ZOOM);
        let scale = zoom / self.zoom;
        Self { x: at.0 - (at.0 - self.x) * scale, y: at.1 - (at.1 - self.y) * scale, zoom }
    }

    /// Moved as little as needed to show a rectangle of the drawing.
    pub fn reveal(self, from: Point, size: (f64, f64), canvas: (f64, f64)) -> Self {
        let shift = |start: f64, length: f64, room: f64| {
            let edge = MARGIN.min(room / 4.0);
            if start < edge {
                edge - start
            } else if start + length > room - edge {
                (room - edge - start - length).max(edge - start)
            } else {
                0.0
            }
        };
        let (x, y) = (from.x * self.zoom + self.x, from.y * self.zoom + self.y);
        self.pan(shift(x, size.0 * self.zoom, canvas.0), shift(y, size.1 * self.zoom, canvas.1))
    }

    /// What is seen, rounded outwards to tiles, so that it changes rarely.
    pub fn window(self, canvas: (f64, f64)) -> Window {
        let down = |at: f64| (at / TILE).floor() * TILE;
        let up = |at: f64| (at / TILE).ceil() * TILE;
        let from = Point { x: down(-self.x / self.zoom), y: down(-self.y / self.zoom) };
        let to = Point { x: up((canvas.0 - self.x) / self.zoom), y: up((canvas.1 - self.y) / self.zoom) };
        Window { from, to }
    }
}

impl Window {
    /// Whether any of a rectangle is in it.
    pub fn shows(&self, at: Point, size: (f64, f64)) -> bool {
        at.x < self.to.x && at.x + size.0 > self.from.x && at.y < self.to.y && at.y + size.1 > self.from.y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_keeps_the_point_under_the_cursor() {
        let view = Viewport { x: 30.0, y: -20.0, zoom: 0.5 };
        let at = (200.0, 100.0);
        let before = ((at.0 - view.x) / view.zoom, (at.1 - view.y) / view.zoom);
        let zoomed = view.zoom_at(at, 1.7);
        assert!((before.0 * zoomed.zoom + zoomed.x - at.0).abs() < 1e-9);
        assert!((before.1 * zoomed.zoom + zoomed.y - at.1).abs() < 1e-9);
        assert_eq!(view.zoom_at(at, 100.0).zoom, MAX_ZOOM);
    }

    #[test]
    fn fitting_shows_everything_and_enlarges_nothing() {
        let small = Viewport::fit((236.0, 60.0), (1000.0, 800.0));
        assert_eq!((small.zoom, small.x), (1.0, 382.0));
        let large = Viewport::fit((4000.0, 1000.0), (1000.0, 800.0));
        assert!((large.zoom - 0.214).abs() < 1e-9 && large.x >= 71.9);
    }

    #[test]
    fn revealing_moves_only_what_is_out_of_sight() {
        let canvas = (800.0, 600.0);
        let size = (236.0, 60.0);
        assert_eq!(Viewport::START.reveal(Point { x: 100.0, y: 100.0 }, size, canvas), Viewport::START);
        assert_eq!(Viewport::START.reveal(Point { x: 0.0, y: 700.0 }, size, canvas).y, -200.0);
    }

    #[test]
    fn the_window_moves_in_steps() {
        let window = Viewport::START.window((1000.0, 700.0));
        assert_eq!(window, Viewport::START.pan(-10.0, 0.0).window((1000.0, 700.0)));
        assert!(window.shows(Point { x: 1100.0, y: 0.0 }, (236.0, 60.0)));
        assert!(!window.shows(Point { x: 1200.0, y: 0.0 }, (236.0, 60.0)));
    }
}

//! PURE: places on the drawing, and how large the cards are that stand there.

/// Width of a card.
pub const CARD_WIDTH: f64 = 236.0;
/// Height of a card.
pub const CARD_HEIGHT: f64 = 60.0;

/// A place on the drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// Where a node stands: centre of its card and row.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) row: usize,
    /// For nodes with several ways: where each leaves, as centre of its lane.
    pub(super) lanes: Vec<f64>,
}

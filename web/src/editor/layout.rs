//! PURE: where the cards of a program stand: structured, from top to bottom, derived and never stored.
//!
//! A node's branches stand side by side in the order of its ports; where branches meet again, the meeting node
//! stands below all of them, centred under the node that parted them (its immediate dominator). So yes stays left
//! of no, and one edit moves little. Widths are contours, row by row, as in a tidy tree (Reingold and Tilford).

use super::{
    blocks::{Block, Slot},
    order::Order,
    place::{CARD_HEIGHT, CARD_WIDTH, Place, Point},
    route::{self, Route},
};

/// Between two rows that only straight edges join.
const GAP: f64 = 48.0;
/// Between two rows where edges turn: room for the turn and for a label.
const TURN_GAP: f64 = 88.0;
/// A row with edges and no card.
const EMPTY_ROW: f64 = 16.0;

/// The drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Upper left corner of each card, in the order of the nodes.
    pub cards: Vec<Point>,
    /// The edges.
    pub edges: Vec<Route>,
    /// Upper left corner of everything; (0, 0) unless people put the cards.
    pub origin: Point,
    /// Width of everything.
    pub width: f64,
    /// Height of everything.
    pub height: f64,
}

/// Lays out nodes. Each is the list of its ways out, in the order in which they are drawn: the node that one leads
/// to, or `None` where the run ends.
pub fn lay_out(nodes: &[Vec<Option<usize>>]) -> Layout {
    if nodes.is_empty() {
        return Layout::default();
    }
    let order = Order::of(nodes);
    let places = place(nodes, &order);
    let rows = 1 + places.iter().map(|place| place.row).max().unwrap_or(0);

    let ways = route::ways(nodes, &order, &places);
    let mut heights = vec![EMPTY_ROW; rows];
    for place in &places {
        heights[place.row] = CARD_HEIGHT;
    }
    let mut gaps = vec![GAP; rows];
    for way in &ways {
        way.turns().for_each(|row| gaps[row] = TURN_GAP);
    }
    let mut tops = Vec::with_capacity(rows);
    let mut y = 0.0;
    for row in 0..rows {
        tops.push(y);
        y += heights[row] + if row + 1 < rows { gaps[row] } else { 0.0 };
    }
    let at = |place: &Place| Point { x: place.x, y: tops[place.row] };
    let centres: Vec<Point> = places.iter().map(at).collect();
    finish(&centres, route::routes(&ways, &centres), y)
}

fn place(nodes: &[Vec<Option<usize>>], order: &Order) -> Vec<Place> {
    // Children before their parents: a block is complete when its parent needs it.
    let root = nodes.len();
    let mut blocks: Vec<Block> = vec![Block::default(); root + 1];
    for &node in order.sequence.iter().rev().chain([&root]) {
        let slots = order.slots(nodes, node);
        let joins = order.joins(node, &slots);
        let escapes = slots.is_empty() && order.leaves_sideways(nodes, node);
        blocks[node] = Block::new(&slots, &joins, &blocks, node == root, escapes);
    }
    // Parents before their children: relative places become absolute ones.
    let mut places: Vec<Place> = vec![Place::default(); root + 1];
    for &node in [root].iter().chain(&order.sequence) {
        let base = places[node].x;
        let row = if node == root { 0 } else { places[node].row + 1 };
        let block = &blocks[node];
        let mut lanes = Vec::with_capacity(block.slots.len());
        for (slot, dx) in &block.slots {
            lanes.push(base + dx);
            if let Slot::Branch(child) = slot {
                places[*child].x = base + dx;
                places[*child].row = row;
            }
        }
        for (join, down) in &block.joins {
            places[*join].x = base;
            places[*join].row = row + down;
        }
        places[node].lanes = lanes;
    }
    places.truncate(root);
    places
}

/// Moves everything so that the drawing starts at (0, 0).
fn finish(centres: &[Point], mut edges: Vec<Route>, height: f64) -> Layout {
    let xs = || {
        let cards = centres.iter().flat_map(|card| [card.x - CARD_WIDTH / 2.0, card.x + CARD_WIDTH / 2.0]);
        cards.chain(edges.iter().flat_map(|edge| edge.points.iter().map(|point| point.x)))
    };
    let left = xs().fold(f64::INFINITY, f64::min);
    let width = xs().fold(f64::NEG_INFINITY, f64::max) - left;
    let ys = edges.iter().flat_map(|edge| edge.points.iter().map(|point| point.y));
    let height = ys.fold(height, f64::max);
    for edge in &mut edges {
        edge.points.iter_mut().for_each(|point| point.x -= left);
        edge.label.x -= left;
    }
    let cards = centres.iter().map(|card| Point { x: card.x - CARD_WIDTH / 2.0 - left, y: card.y }).collect();
    Layout { cards, edges, origin: Point::default(), width, height }
}

/// Free mode: the cards stand where people put them; edges find their way between any two.
pub fn put(nodes: &[Vec<Option<usize>>], cards: &[Point]) -> Layout {
    let low = |of: fn(&Point) -> f64| cards.iter().map(of).fold(f64::INFINITY, f64::min);
    let high = |of: fn(&Point) -> f64| cards.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
    let origin = Point { x: low(|card| card.x), y: low(|card| card.y) };
    let (width, height) = (high(|card| card.x) + CARD_WIDTH - origin.x, high(|card| card.y) + CARD_HEIGHT - origin.y);
    if cards.is_empty() {
        return Layout::default();
    }
    Layout { cards: cards.to_vec(), edges: route::between(nodes, cards), origin, width, height }
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;

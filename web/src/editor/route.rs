//! PURE: the route of each edge between the cards: straight lines with few turns and round corners.

use std::fmt::Write as _;

use super::{
    order::Order,
    place::{CARD_HEIGHT, CARD_WIDTH, Place, Point},
};

/// From a card's lower edge to the line on which its ways part, and from the line on which ways meet to the card.
const TURN: f64 = 38.0;
const RADIUS: f64 = 14.0;
/// How far an edge keeps from cards that it passes.
const CLEAR: f64 = 16.0;
/// From the turn to the middle of a label.
const LABEL: f64 = 52.0;

/// A drawn edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Node that it leaves.
    pub from: usize,
    /// Which of the node's ways out.
    pub way: usize,
    /// Node that it leads to; none where the run ends.
    pub to: Option<usize>,
    /// Corners, from source to target.
    pub points: Vec<Point>,
    /// Middle of the label.
    pub label: Point,
}

impl Route {
    /// The line as SVG path data, corners rounded.
    pub fn path(&self) -> String {
        path(&self.points)
    }
}

/// An edge that knows its rows and lane, not yet its heights.
#[derive(Debug)]
pub(super) struct Way {
    from: usize,
    way: usize,
    to: Option<usize>,
    /// Where it runs down.
    lane: f64,
    rows: (usize, Option<usize>),
    parts: bool,
    meets: bool,
    backwards: bool,
}

impl Way {
    /// The rows below which it turns.
    pub(super) fn turns(&self) -> impl Iterator<Item = usize> {
        let arrival = self.rows.1.filter(|_| self.meets).and_then(|row| row.checked_sub(1));
        self.parts.then_some(self.rows.0).into_iter().chain(arrival)
    }
}

/// Finds the lane of every edge.
pub(super) fn ways(nodes: &[Vec<Option<usize>>], order: &Order, places: &[Place]) -> Vec<Way> {
    let mut found = Vec::new();
    for (from, ways) in nodes.iter().enumerate() {
        let source = &places[from];
        for (way, to) in ways.iter().copied().enumerate() {
            let several = ways.len() > 1;
            if to.is_none() && !several {
                continue;
            }
            let backwards = to.is_some_and(|to| order.is_backwards(from, to));
            let mut lane = if several { source.lanes.get(way).copied().unwrap_or(source.x) } else { source.x };
            let target = to.map(|to| &places[to]);
            if let Some(target) = target.filter(|_| !backwards) {
                lane = free_lane(lane, source.row + 1..target.row, places);
            }
            let meets = target.is_some_and(|target| (target.x - lane).abs() > 0.5);
            let parts = several || (lane - source.x).abs() > 0.5;
            let rows = (source.row, target.map(|target| target.row));
            found.push(Way { from, way, to, lane, rows, parts, meets, backwards });
        }
    }
    found
}

/// The lane nearest to the wanted one that runs through no card.
fn free_lane(wanted: f64, rows: std::ops::Range<usize>, places: &[Place]) -> f64 {
    let near = CARD_WIDTH / 2.0 + CLEAR;
    let cards: Vec<f64> = places.iter().filter(|place| rows.contains(&place.row)).map(|place| place.x).collect();
    let is_free = |lane: f64| cards.iter().all(|card| (card - lane).abs() >= near - 0.5);
    if is_free(wanted) {
        return wanted;
    }
    let lanes = cards.iter().flat_map(|card| [card - near, card + near]).filter(|lane| is_free(*lane));
    lanes.min_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs())).unwrap_or(wanted)
}

/// Draws every edge between the cards' upper middles.
pub(super) fn routes(ways: &[Way], centres: &[Point]) -> Vec<Route> {
    let right = centres.iter().map(|card| card.x + CARD_WIDTH / 2.0).fold(0.0, f64::max);
    let route = |way: &Way| {
        let (start, end) = (centres[way.from], way.to.map(|to| centres[to]));
        let bottom = start.y + CARD_HEIGHT;
        let mut points = vec![Point { x: start.x, y: bottom }];
        let mut turn = |x: f64, y: f64| points.push(Point { x, y });
        if way.backwards {
            turn(start.x, bottom + TURN / 2.0);
            turn(right + TURN, bottom + TURN / 2.0);
        } else if way.parts {
            turn(start.x, bottom + TURN);
            turn(way.lane, bottom + TURN);
        }
        if let Some(end) = end {
            if way.backwards {
                turn(right + TURN, end.y - TURN / 2.0);
                turn(end.x, end.y - TURN / 2.0);
            } else if way.meets {
                turn(way.lane, end.y - TURN);
                turn(end.x, end.y - TURN);
            }
            turn(end.x, end.y);
        } else {
            turn(way.lane, bottom + TURN + 30.0);
        }
        let aside = way.lane - start.x;
        let x = if aside.abs() > LABEL + 40.0 { way.lane - aside.signum() * LABEL } else { way.lane };
        let label = Point { x, y: bottom + TURN };
        Route { from: way.from, way: way.way, to: way.to, points, label }
    };
    ways.iter().map(route).collect()
}

/// Edges between cards that stand anywhere: out at the foot, in at the head.
pub(super) fn between(nodes: &[Vec<Option<usize>>], cards: &[Point]) -> Vec<Route> {
    let mut routes = Vec::new();
    for (from, ways) in nodes.iter().enumerate() {
        for (way, to) in ways.iter().copied().enumerate() {
            routes.push(free(from, way, ways.len(), cards[from], to.map(|to| (to, cards[to]))));
        }
    }
    routes
}

/// One edge of free mode, also while it is being drawn.
pub fn free(from: usize, way: usize, ways: usize, card: Point, to: Option<(usize, Point)>) -> Route {
    let x = card.x + CARD_WIDTH * (way + 1) as f64 / (ways + 1) as f64;
    let start = Point { x, y: card.y + CARD_HEIGHT };
    let mut points = vec![start];
    match to {
        Some((_, target)) => {
            let end = Point { x: target.x + CARD_WIDTH / 2.0, y: target.y };
            let down = end.y - start.y;
            if down >= TURN {
                let turn = start.y + down / 2.0;
                points.extend([Point { x, y: turn }, Point { x: end.x, y: turn }, end]);
            } else {
                // Around: the target stands beside or above.
                let aside = f64::midpoint(x, end.x);
                let (out, back) = (start.y + TURN / 2.0, end.y - TURN / 2.0);
                points.extend([Point { x, y: out }, Point { x: aside, y: out }]);
                points.extend([Point { x: aside, y: back }, Point { x: end.x, y: back }, end]);
            }
        }
        None => points.push(Point { x, y: start.y + TURN / 2.0 + RADIUS }),
    }
    let label = Point { x, y: start.y + TURN / 2.0 };
    Route { from, way, to: to.map(|(to, _)| to), points, label }
}

fn path(points: &[Point]) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (at, point) in points.iter().enumerate() {
        let Some(before) = at.checked_sub(1).map(|at| points[at]) else {
            let _ = write!(text, "M{:.1} {:.1}", point.x, point.y);
            continue;
        };
        let Some(after) = points.get(at + 1) else {
            let _ = write!(text, "L{:.1} {:.1}", point.x, point.y);
            continue;
        };
        let reach = |other: &Point| {
            let length = (other.x - point.x).hypot(other.y - point.y);
            let part = if length > 0.0 { (RADIUS / length).min(0.5) } else { 0.0 };
            Point { x: point.x + (other.x - point.x) * part, y: point.y + (other.y - point.y) * part }
        };
        let (a, b) = (reach(&before), reach(after));
        let _ = write!(text, "L{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}", a.x, a.y, point.x, point.y, b.x, b.y);
    }
    text
}

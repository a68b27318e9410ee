//! PURE: a program as it is drawn: nodes by number, ways out in the order of the ports, and the walk along the edges.

use std::collections::HashMap;

use program::{Node, NodeId, Places, Port, Program, Spot};

use super::{
    draft::Gap,
    layout::{self, Layout},
    place::{CARD_HEIGHT, CARD_WIDTH, Point},
    route::Route,
};

/// A program with its layout.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Ids and nodes, in the order of the file.
    pub nodes: Vec<(NodeId, Node)>,
    /// Ways out of each node: port, and the node that it leads to.
    pub ways: Vec<Vec<(Port, Option<usize>)>>,
    /// Where everything stands.
    pub layout: Layout,
    /// Where a node can be put.
    pub gaps: Vec<Opening>,
    numbers: HashMap<NodeId, usize>,
    /// Numbers of the drawn edges, by node and way.
    drawn: HashMap<(usize, usize), usize>,
}

/// A gap with its place on the drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// Which gap.
    pub gap: Gap,
    /// Number of the node that is left.
    pub from: usize,
    /// Middle of its '+'.
    pub at: Point,
    /// Whether nothing follows.
    pub free: bool,
}

/// From a card to the '+' of a port that leads nowhere.
const STUB: f64 = 28.0;
/// From a label to the '+' below it.
const BELOW_LABEL: f64 = 24.0;

/// Where an arrow key leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Back along an edge.
    Up,
    /// Along the first edge.
    Down,
    /// The next card on the left, in the same row.
    Left,
    /// The next card on the right, in the same row.
    Right,
}

impl Graph {
    /// Draws a program. Ports that its kinds do not have come last: the checker names them, the drawing shows them.
    pub fn of(program: &Program) -> Self {
        let at = |id: &program::NodeId| program.nodes.get_index_of(id);
        let ways = program.nodes.values().map(|node| {
            let known = node.kind.as_kind().ports();
            let extra = node.next.keys().filter(|port| !known.contains(port));
            let target = |port: &Port| (port.clone(), node.next.get(port).and_then(at));
            known.iter().chain(extra).map(target).collect()
        });
        let ways: Vec<Vec<_>> = ways.collect();
        let numbers: Vec<Vec<_>> = ways.iter().map(|ways| ways.iter().map(|(_, to)| *to).collect()).collect();
        let nodes: Vec<_> = program.nodes.iter().map(|(id, node)| (id.clone(), node.clone())).collect();
        let layout = layout::lay_out(&numbers);
        let layout = match &program.places {
            Some(places) => layout::put(&numbers, &spots(&nodes, places, &layout)),
            None => layout,
        };
        let numbers = nodes.iter().enumerate().map(|(at, (id, _))| (id.clone(), at)).collect();
        let drawn = layout.edges.iter().enumerate().map(|(at, edge)| ((edge.from, edge.way), at)).collect();
        let mut graph = Self { nodes, ways, layout, gaps: Vec::new(), numbers, drawn };
        graph.gaps = graph.openings();
        graph
    }

    /// The number of a node.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// The drawn edge of a way out; none where the run ends behind a node with one way.
    pub fn route(&self, from: usize, way: usize) -> Option<&Route> {
        self.drawn.get(&(from, way)).and_then(|at| self.layout.edges.get(*at))
    }

    /// Where the cards are drawn: what free mode begins with.
    pub fn places(&self) -> Places {
        let spot = |place: &Point| Spot { x: place.x.round() as i32, y: place.y.round() as i32 };
        self.nodes.iter().zip(&self.layout.cards).map(|((id, _), place)| (id.clone(), spot(place))).collect()
    }

    /// The gap behind a node where a new one goes: its first free port, else its first edge.
    pub fn gap_behind(&self, node: usize) -> Option<&Opening> {
        let here = || self.gaps.iter().filter(|opening| opening.from == node);
        here().find(|opening| opening.free).or_else(|| here().next())
    }

    fn openings(&self) -> Vec<Opening> {
        let mut openings = Vec::new();
        for (from, (id, node)) in self.nodes.iter().enumerate() {
            let known = node.kind.as_kind().ports();
            for (way, (port, to)) in self.ways[from].iter().enumerate() {
                if !known.contains(port) {
                    continue;
                }
                let route = self.route(from, way);
                let card = self.layout.cards[from];
                let at = match route.map(|route| (&route.points[..], route.label)) {
                    Some((points, _)) if to.is_none() => points[points.len() - 1],
                    Some((points, label)) if self.parts(from) => {
                        let lane = points.get(2).unwrap_or(&label);
                        Point { x: lane.x, y: label.y + BELOW_LABEL }
                    }
                    Some(([start, next, ..], _)) => Point { x: start.x, y: f64::midpoint(start.y, next.y) },
                    _ => Point { x: card.x + CARD_WIDTH / 2.0, y: card.y + CARD_HEIGHT + STUB },
                };
                let gap = Gap { from: id.clone(), port: port.clone() };
                openings.push(Opening { gap, from, at, free: to.is_none() });
            }
        }
        openings
    }

    /// Whether a node has several ways out, so that each needs a label.
    pub fn parts(&self, node: usize) -> bool {
        self.ways[node].len() > 1
    }

    /// The edge that a token takes from a node to another one.
    pub fn edge(&self, from: usize, to: usize) -> Option<usize> {
        let way = self.ways[from].iter().position(|(_, target)| *target == Some(to))?;
        self.drawn.get(&(from, way)).copied()
    }

    /// Where an arrow key leads from a node.
    pub fn step(&self, from: usize, direction: Direction) -> Option<usize> {
        let place = self.layout.cards[from];
        match direction {
            Direction::Down => self.ways[from].iter().find_map(|(_, to)| *to),
            Direction::Up => self.ways.iter().position(|ways| ways.iter().any(|(_, to)| *to == Some(from))),
            Direction::Left | Direction::Right => {
                let aside = |at: usize| {
                    let dx = self.layout.cards[at].x - place.x;
                    if direction == Direction::Left { -dx } else { dx }
                };
                let row = (0..self.nodes.len()).filter(|at| (self.layout.cards[*at].y - place.y).abs() < 1.0);
                row.filter(|at| aside(*at) > 1.0).min_by(|a, b| aside(*a).total_cmp(&aside(*b)))
            }
        }
    }
}

/// Where each card stands in free mode; one without a place stands where it would be laid out.
fn spots(nodes: &[(NodeId, Node)], places: &Places, layout: &Layout) -> Vec<Point> {
    let spot = |(at, (id, _)): (usize, &(NodeId, Node))| {
        places.get(id).map_or(layout.cards[at], |spot| Point { x: spot.x.into(), y: spot.y.into() })
    };
    nodes.iter().enumerate().map(spot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrow_keys_walk_the_example() {
        let text = include_str!("../../../programs/order-follow-up/program.yaml");
        let graph = Graph::of(&Program::parse(text).unwrap());
        let walk = [Direction::Down; 4].iter().try_fold(0, |at, way| graph.step(at, *way));
        assert_eq!(walk, graph.find("invite"), "down takes yes");
        let (invite, survey) = (graph.find("invite").unwrap(), graph.find("survey").unwrap());
        assert_eq!(graph.step(invite, Direction::Right), Some(survey));
        assert_eq!(graph.step(survey, Direction::Left), Some(invite));
        assert_eq!(graph.step(survey, Direction::Up), graph.find("loyal"));
        assert_eq!(graph.step(0, Direction::Up), None);
        assert_eq!(graph.edge(graph.find("loyal").unwrap(), survey), Some(4));
    }

    #[test]
    fn every_port_has_its_gap() {
        let text = include_str!("../../../programs/order-follow-up/program.yaml");
        let mut program = Program::parse(text).unwrap();
        let graph = Graph::of(&program);
        let gaps: Vec<_> = graph.gaps.iter().map(|opening| opening.gap.port.as_str()).collect();
        assert_eq!(gaps, ["next", "next", "next", "yes", "no", "next", "next"]);
        program.places = Some(graph.places());
        let free = Graph::of(&program);
        assert_eq!(free.layout.cards, graph.layout.cards, "unlocking moves nothing");
        assert_eq!(free.gaps.len(), 7);
    }
}

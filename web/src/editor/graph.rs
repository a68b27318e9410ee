//! PURE: a program as it is drawn: nodes by number, ways out in the order of the ports, and the walk along the edges.

use program::{Node, Port, Program};

use super::layout::{self, Layout};

/// A program with its layout.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Ids and nodes, in the order of the file.
    pub nodes: Vec<(String, Node)>,
    /// Ways out of each node: port, and the node that it leads to.
    pub ways: Vec<Vec<(Port, Option<usize>)>>,
    /// Where everything stands.
    pub layout: Layout,
}

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
        let nodes = program.nodes.iter().map(|(id, node)| (id.to_string(), node.clone())).collect();
        Self { nodes, ways, layout: layout::lay_out(&numbers) }
    }

    /// The number of a node.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|(known, _)| known == id)
    }

    /// Whether a node has several ways out, so that each needs a label.
    pub fn parts(&self, node: usize) -> bool {
        self.ways[node].len() > 1
    }

    /// The edge that a token takes from a node to another one.
    pub fn edge(&self, from: usize, to: usize) -> Option<usize> {
        self.layout.edges.iter().position(|edge| edge.from == from && edge.to == Some(to))
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
}

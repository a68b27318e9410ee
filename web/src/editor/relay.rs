//! Live figures of the drawing: a count for each node, and the batons that pass along the edges.

use std::{collections::HashMap, time::Duration};

use api::{live::FeedItem, programs::NodeCount};
use leptos::prelude::*;

use super::{graph::Graph, heat::Scale};
use crate::span::Span;

/// How long a baton is on its way; the style sheet has the same number.
const PASS: Duration = Duration::from_millis(900);
/// More at once tell the eye nothing.
const MOST: usize = 16;

/// A token that passes along an edge right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baton {
    /// Tells batons apart.
    pub id: u32,
    /// Number of the edge in the layout.
    pub edge: usize,
}

/// One signal for each node, so that a count that changes redraws one chip.
#[derive(Clone, Copy)]
pub struct Relay {
    counts: StoredValue<HashMap<String, ArcRwSignal<NodeCount>>>,
    /// The time that the counts are of.
    pub span: RwSignal<Span>,
    /// Whether cards show how long tokens stay.
    pub heat: RwSignal<bool>,
    /// The shortest and the longest stay.
    pub scale: RwSignal<Option<Scale>>,
    /// On their way.
    pub batons: RwSignal<Vec<Baton>>,
    passed: StoredValue<u32>,
}

impl Relay {
    /// Nothing has happened yet.
    pub fn new(span: Span, heat: bool) -> Self {
        Self {
            counts: StoredValue::new(HashMap::new()),
            span: RwSignal::new(span),
            heat: RwSignal::new(heat),
            scale: RwSignal::new(None),
            batons: RwSignal::new(Vec::new()),
            passed: StoredValue::new(0),
        }
    }

    /// The count of a node; a new one has counted nothing yet.
    pub fn count(self, node: &str) -> Option<RwSignal<NodeCount>> {
        self.signal(node).map(RwSignal::from)
    }

    /// Lives as long as the page, while the cards that show it come and go.
    fn signal(self, node: &str) -> Option<ArcRwSignal<NodeCount>> {
        let blank = || {
            let (entered, waiting, failed, rested) = Default::default();
            NodeCount { node: node.to_owned(), entered, waiting, failed, rested, dwell: None, left: Vec::new() }
        };
        let mut found = None;
        self.counts.try_update_value(|counts| {
            found = Some(counts.entry(node.to_owned()).or_insert_with(|| ArcRwSignal::new(blank())).clone());
        });
        found
    }

    /// New counts from the server; those that did not change wake nobody.
    pub fn set_counts(self, counts: Vec<NodeCount>) {
        let scale = Scale::of(counts.iter().filter_map(|count| count.dwell));
        if self.scale.get_untracked() != scale {
            self.scale.set(scale);
        }
        for count in counts {
            if let Some(signal) = self.signal(&count.node).filter(|signal| *signal.read_untracked() != count) {
                signal.set(count);
            }
        }
    }

    /// Lets a baton run where a token moved.
    pub fn pass(self, graph: &Graph, item: &FeedItem) {
        let FeedItem::Step { node, to: Some(to), .. } = item else { return };
        let edge = graph.find(node).zip(graph.find(to)).and_then(|(from, to)| graph.edge(from, to));
        let Some(edge) = edge.filter(|_| self.batons.read_untracked().len() < MOST) else { return };
        let id = self.passed.with_value(|n| n.wrapping_add(1));
        self.passed.set_value(id);
        self.batons.update(|batons| batons.push(Baton { id, edge }));
        let arrive = move || {
            // The page may have been left before it arrives.
            let _ = self.batons.try_update(|batons| batons.retain(|baton| baton.id != id));
        };
        set_timeout(arrive, PASS);
    }
}

/// How many left a node by a port, and their share of all that left; nothing while nobody did.
pub fn share(count: &NodeCount, port: &str) -> Option<(u64, f64)> {
    let all: u64 = count.left.iter().map(|left| left.n).sum();
    let here = count.left.iter().find(|left| left.port == port).map_or(0, |left| left.n);
    (all > 0).then(|| (here, here as f64 / all as f64))
}

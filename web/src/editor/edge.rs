//! Edges: lines in one SVG, labels and batons above them.

use leptos::prelude::*;
use std::sync::Arc;

use super::{graph::Graph, relay::Relay};
use crate::{i18n::use_i18n, parts::number::percent, parts::say::say, words};

/// Every line. Where a run ends at an open port, a dot.
#[component]
pub fn Lines(graph: Arc<Graph>) -> impl IntoView {
    let edges = &graph.layout.edges;
    let lines: Vec<_> =
        edges.iter().map(|edge| view! { <path d=edge.path() class:open=edge.to.is_none()></path> }).collect();
    let ends = edges.iter().filter(|edge| edge.to.is_none()).filter_map(|edge| edge.points.last());
    let ends: Vec<_> =
        ends.map(|end| view! { <circle cx=end.x.to_string() cy=end.y.to_string() r="4"></circle> }).collect();
    view! { <svg class="edges" aria-hidden="true">{lines} {ends}</svg> }
}

/// The label of each edge of a node with several ways, with its share of the tokens.
#[component]
pub fn Labels(graph: Arc<Graph>, relay: Relay) -> impl IntoView {
    let texts = use_i18n();
    let label = |edge: &super::route::Route| {
        let (id, _) = &graph.nodes[edge.from];
        let port = graph.ways[edge.from][edge.way].0.to_string();
        let count = relay.count(id);
        let name = port.clone();
        let share = move || {
            let count = count?.get();
            let all: u64 = count.left.iter().map(|left| left.n).sum();
            let here = count.left.iter().find(|left| left.port == name).map_or(0, |left| left.n);
            (all > 0).then(|| percent(texts, here as f64 / all as f64))
        };
        view! {
            <span class="edge-label" style:left=format!("{}px", edge.label.x) style:top=format!("{}px", edge.label.y)>
                {say(move || words::port(texts, &port))} " " <i class="num">{share}</i>
            </span>
        }
    };
    let labels: Vec<_> = graph.layout.edges.iter().filter(|edge| graph.parts(edge.from)).map(label).collect();
    labels
}

/// The batons. They run along the edge's own line; without motion where the reader wants none.
#[component]
pub fn Batons(graph: Arc<Graph>, relay: Relay) -> impl IntoView {
    let baton = move |baton: super::relay::Baton| {
        let path = graph.layout.edges.get(baton.edge).map(super::route::Route::path).unwrap_or_default();
        view! { <span class="baton" style:offset-path=format!("path(\"{path}\")")></span> }
    };
    view! {
        <div class="batons" aria-hidden="true">
            <For each=move || relay.batons.get() key=|baton| baton.id children=baton />
        </div>
    }
}

//! Edges: lines in one SVG, labels, '+' and batons above them.

use leptos::prelude::*;
use program::NodeId;

use super::{
    draft::{Draft, Gap},
    graph::Graph,
    place::Point,
    relay::{Relay, share},
    route,
    stage::{CARD, Hold, Stage},
    viewport::Window,
};
use crate::{
    format::number::percent,
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
    words,
};

/// The lines in sight. Where a run ends at an open port, a dot.
#[component]
pub fn Lines(window: Memo<Window>) -> impl IntoView {
    let stage = Stage::here();
    let seen = Memo::new(move |_| {
        let (graph, window) = (stage.editor.graph.get().0, window.get());
        let edges = graph.layout.edges.iter().filter(|edge| {
            let of = |of: fn(f64, f64) -> f64, start: f64, axis: fn(&Point) -> f64| {
                edge.points.iter().map(axis).fold(start, of)
            };
            let (left, right) = (of(f64::min, f64::MAX, |p| p.x), of(f64::max, f64::MIN, |p| p.x));
            let (top, bottom) = (of(f64::min, f64::MAX, |p| p.y), of(f64::max, f64::MIN, |p| p.y));
            window.shows(Point { x: left, y: top }, (right - left + 1.0, bottom - top + 1.0))
        });
        edges.map(|edge| (graph.nodes[edge.from].0.clone(), edge.way)).collect::<Vec<_>>()
    });
    let line = move |(from, way): (NodeId, usize)| {
        let drawn = move || route_of(stage, &from, way);
        let drawn = Memo::new(move |_| drawn());
        let end = move || drawn.get().filter(|route| route.to.is_none()).and_then(|route| route.points.last().copied());
        view! {
            <path d=move || drawn.get().map(|route| route.path()) class:open=move || end().is_some()></path>
        }
    };
    view! {
        <svg class="edges" aria-hidden="true">
            <For each=move || seen.get() key=|edge| edge.clone() children=line />
            <Wire />
        </svg>
    }
}

/// The route of an edge, with what is being carried.
fn route_of(stage: Stage, from: &NodeId, way: usize) -> Option<route::Route> {
    let graph = stage.editor.graph.get().0;
    let at = graph.find(from.as_str())?;
    let route = graph.route(at, way)?;
    let carried = match &*stage.hand.hold.read() {
        Some(Hold::Cards(nodes, _)) if stage.editor.ask(Draft::is_free) => {
            let holds = |at: usize| nodes.contains(&graph.nodes[at].0);
            (holds(at), route.to.is_some_and(holds))
        }
        _ => (false, false),
    };
    if carried == (false, false) {
        return Some(route.clone());
    }
    let by = stage.carried();
    let moved = |at: usize, held: bool| {
        let card = graph.layout.cards[at];
        if held { Point { x: card.x + by.x, y: card.y + by.y } } else { card }
    };
    let to = route.to.map(|to| (to, moved(to, carried.1)));
    Some(route::free(at, way, graph.ways[at].len(), moved(at, carried.0), to))
}

/// The edge that is being drawn.
#[component]
fn Wire() -> impl IntoView {
    let stage = Stage::here();
    let path = move || {
        let Some(Hold::Wire(gap)) = stage.hand.hold.get() else { return None };
        let graph = stage.editor.graph.get().0;
        let start = graph.gaps.iter().find(|opening| opening.gap == gap)?.at;
        let end = stage.hand.at.get();
        Some(format!("M{:.0} {:.0}L{:.0} {:.0}", start.x, start.y, end.x, end.y))
    };
    view! { <path class="wire" d=path></path> }
}

/// The label of each edge of a node with several ways, with its share of the tokens.
#[component]
pub fn Labels(relay: Relay, window: Memo<Window>) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let seen = Memo::new(move |_| {
        let (graph, window) = (stage.editor.graph.get().0, window.get());
        let edges = graph.layout.edges.iter();
        let labelled = edges.filter(|edge| graph.parts(edge.from) && window.shows(edge.label, (1.0, 1.0)));
        labelled.map(|edge| (graph.nodes[edge.from].0.clone(), edge.way)).collect::<Vec<_>>()
    });
    let label = move |(from, way): (NodeId, usize)| {
        let count = relay.count(from.as_str());
        let id = StoredValue::new(from);
        let at = Memo::new(move |_| {
            id.with_value(|id| route_of(stage, id, way)).map(|route| route.label).unwrap_or_default()
        });
        let port = Memo::new(move |_| {
            let graph = stage.editor.graph.get().0;
            let from = id.with_value(|id| graph.find(id.as_str()));
            from.and_then(|from| graph.ways[from].get(way)).map(|(port, _)| port.to_string()).unwrap_or_default()
        });
        let part = move || {
            let (_, share) = share(&count?.read(), &port.read())?;
            Some(percent(texts, share))
        };
        view! {
            <span
                class="edge-label"
                style:left=move || format!("{}px", at.get().x)
                style:top=move || format!("{}px", at.get().y)
            >
                {say(move || words::port(texts, &port.get()))} " " <i class="num">{part}</i>
            </span>
        }
    };
    view! { <For each=move || seen.get() key=|edge| edge.clone() children=label /> }
}

/// A '+' in every gap in sight. The keyboard adds with `N`, so these are no tab stops.
#[component]
pub fn Gaps(window: Memo<Window>) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let seen = Memo::new(move |_| {
        let (graph, window) = (stage.editor.graph.get().0, window.get());
        let near = graph.gaps.iter().filter(|opening| window.shows(opening.at, (1.0, 1.0)));
        near.map(|opening| opening.gap.clone()).collect::<Vec<_>>()
    });
    let target = Memo::new(move |_| stage.target());
    let ready = Memo::new(move |_| {
        let free = stage.editor.ask(Draft::is_free);
        matches!(&*stage.hand.hold.read(), Some(Hold::New(_)))
            || matches!(&*stage.hand.hold.read(), Some(Hold::Cards(..)) if !free)
    });
    let plus = move |gap: Gap| {
        let gap = StoredValue::new(gap);
        let place = Memo::new(move |_| {
            let graph = stage.editor.graph.get().0;
            gap.with_value(|gap| {
                graph
                    .gaps
                    .iter()
                    .position(|opening| opening.gap == *gap)
                    .map(|at| (at, graph.gaps[at].at, graph.gaps[at].free))
            })
        });
        let at = move || place.get().map(|(_, at, _)| at).unwrap_or_default();
        let name = move || {
            let graph = stage.editor.graph.get().0;
            gap.with_value(|gap| {
                let Some(from) = graph.find(gap.from.as_str()) else { return String::new() };
                let node = words::title(texts, &graph.nodes[from].1);
                match graph.parts(from) {
                    true => {
                        t_string!(texts, editor.plus_port, node = node, port = words::port(texts, gap.port.as_str()))
                    }
                    false => t_string!(texts, editor.plus, node = node),
                }
            })
        };
        let hot = move || gap.with_value(|gap| target.read().as_ref() == Some(gap));
        let open = move |_| stage.panels.adding.set(Some(Some(gap.get_value())));
        view! {
            <button
                class="plus"
                class:free=move || place.get().is_some_and(|(.., free)| free)
                class:ready=ready
                class:hot=hot
                data-gap=gap.with_value(|gap| format!("{}:{}", gap.from, gap.port))
                data-port=move || place.get().map(|(number, ..)| number.to_string())
                tabindex="-1"
                aria-label=name
                title=name
                style:left=move || format!("{}px", at().x)
                style:top=move || format!("{}px", at().y)
                on:click=open
            >
                <Icon glyph=Glyph::Plus />
            </button>
        }
    };
    view! { <For each=move || seen.get() key=|gap| gap.clone() children=plus /> }
}

/// The batons. They run along the edge's own line; without motion where the reader wants none.
#[component]
pub fn Batons(relay: Relay) -> impl IntoView {
    let stage = Stage::here();
    let path =
        move |graph: &Graph, edge: usize| graph.layout.edges.get(edge).map(route::Route::path).unwrap_or_default();
    let baton = move |baton: super::relay::Baton| {
        let path = path(&stage.editor.graph.get_untracked().0, baton.edge);
        view! { <span class="baton" style:offset-path=format!("path(\"{path}\")")></span> }
    };
    view! {
        <div class="batons" aria-hidden="true">
            <For each=move || relay.batons.get() key=|baton| baton.id children=baton />
        </div>
    }
}

/// What is being carried in structured mode, and the rectangle that selects.
#[component]
pub fn Carried() -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let what = Memo::new(move |_| match &*stage.hand.hold.read() {
        Some(Hold::New(kind)) => Some(words::kind(texts, kind)),
        Some(Hold::Cards(nodes, _)) if !stage.editor.ask(Draft::is_free) => {
            let program = stage.editor.program.get_untracked().0;
            nodes.first().and_then(|id| program.nodes.get(id)).map(|node| words::title(texts, node))
        }
        _ => None,
    });
    let corner = Memo::new(move |_| match &*stage.hand.hold.read() {
        Some(Hold::Marquee(from)) => Some(*from),
        _ => None,
    });
    let ghost = move || {
        what.get().map(|what| {
            let at = move || stage.hand.at.get();
            view! {
                <span
                    class="ghost"
                    style:left=move || format!("{}px", at().x - CARD.0 / 2.0)
                    style:top=move || format!("{}px", at().y - CARD.1 / 2.0)
                >
                    {what}
                </span>
            }
        })
    };
    let marquee = move || {
        corner.get().map(|from| {
            let at = move || stage.hand.at.get();
            let px = |length: f64| format!("{length}px");
            view! {
                <span
                    class="marquee"
                    style:left=move || px(from.x.min(at().x))
                    style:top=move || px(from.y.min(at().y))
                    style:width=move || px((from.x - at().x).abs())
                    style:height=move || px((from.y - at().y).abs())
                ></span>
            }
        })
    };
    view! {
        {ghost}
        {marquee}
    }
}

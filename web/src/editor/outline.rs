//! The outline: the same program as a list, for keyboard and screen reader alone, and for small screens.

use std::collections::HashSet;

use leptos::prelude::*;
use program::NodeId;
use web_sys::KeyboardEvent;

use super::{acts, draft::Gap, graph::Graph, keys::Act, stage::Stage};
use crate::{
    i18n::{t_string, use_i18n},
    parts::{
        focus::focus,
        icon::{Glyph, Icon},
        say::say,
    },
    words,
};

/// A line of the outline.
#[derive(Clone, Debug, PartialEq)]
enum Line {
    /// A node, so many levels deep, behind this gap of a node that parts.
    Node(NodeId, usize, Option<Gap>),
    /// The run goes on at a node that stands further up or down.
    Jump(NodeId, usize, Gap, Option<String>),
    /// The run ends, and could go on.
    End(Gap, usize, Option<String>),
}

/// The list.
#[component]
pub fn Outline() -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let editor = stage.editor;
    let lines = Memo::new(move |_| lines(&editor.graph.get().0));
    let keydown = move |event: KeyboardEvent| {
        let done = match acts::stroke(&event).act() {
            Some(Act::Up) => step(stage, &lines.get_untracked(), false),
            Some(Act::Down) => step(stage, &lines.get_untracked(), true),
            Some(Act::Left | Act::Right) | None => false,
            Some(act) => acts::act(stage, act),
        };
        if done {
            event.prevent_default();
        }
    };
    let port = move |port: Option<String>| {
        port.map(|port| view! { <b class="port">{say(move || words::port(texts, &port))}</b> })
    };
    let plus = move |gap: Gap, name: String| {
        view! {
            <button class="icon-only" data-plus=format!("{}:{}", gap.from, gap.port) aria-label=name.clone() title=name on:click=move |_| stage.panels.adding.set(Some(Some(gap.clone())))>
                <Icon glyph=Glyph::Plus />
            </button>
        }
    };
    // The label of a branch is also the place where something goes before its first node.
    let before = move |gap: Gap| {
        let port = gap.port.to_string();
        let label = port.clone();
        let data = format!("{}:{}", gap.from, gap.port);
        let gap = StoredValue::new(gap);
        let name = say(move || {
            let program = editor.program.get().0;
            let node = gap.with_value(|gap| program.nodes.get(&gap.from).map(|node| words::title(texts, node)));
            t_string!(texts, editor.plus_port, node = node.unwrap_or_default(), port = words::port(texts, &port))
        });
        view! {
            <button class="port" data-plus=data aria-label=name title=name on:click=move |_| stage.panels.adding.set(Some(Some(gap.get_value())))>
                {say(move || words::port(texts, &label))}
            </button>
        }
    };
    let line = move |line: Line| match line {
        Line::Node(id, depth, from) => {
            let node = StoredValue::new(id.clone());
            let current = Memo::new(move |_| node.with_value(|id| editor.stands_at(id)));
            let chosen = Memo::new(move |_| node.with_value(|id| editor.is_selected(id)));
            let now = Memo::new(move |_| node.with_value(|id| editor.program.get().0.nodes.get(id).cloned()));
            let title = move || now.read().as_ref().map(|node| words::title(texts, node)).unwrap_or_default();
            let sum = move || now.read().as_ref().map(|node| words::summary(texts, &node.kind)).unwrap_or_default();
            let glyph = now.get_untracked().map_or(Glyph::Flag, |node| Glyph::of(&node.kind));
            let family = now.get_untracked().map_or("exit", |node| words::family(node.kind.as_kind().family()));
            let behind = now.get_untracked().and_then(|node| only_way(&id, &node));
            let problems = move || node.with_value(|id| editor.at_node.read().get(id).copied()).unwrap_or(0);
            view! {
                <li style:--depth=depth.to_string() class=format!("k-{family}")>
                    {from.map(before)}
                    <button
                        class="line"
                        class:selected=chosen
                        data-node=id.to_string()
                        tabindex=move || if current.get() { "0" } else { "-1" }
                        aria-pressed=move || chosen.get().to_string()
                        on:click=move |event| {
                            editor.select(Some(node.get_value()));
                            if event.detail() == 0 {
                                focus(".side-panel h2");
                            }
                        }
                    >
                        <span class="tint"><Icon glyph=glyph /></span>
                        <span><b>{title}</b> <span class="sum">{sum}</span></span>
                        {move || (problems() > 0).then(|| view! { <span class="chip tone-warn num">{problems()}</span> })}
                    </button>
                    {behind.map(|gap| plus(gap, t_string!(texts, editor.plus, node = untrack(title))))}
                </li>
            }
            .into_any()
        }
        Line::Jump(id, depth, gap, from) => {
            let goal = id.clone();
            let title = move || {
                editor.program.get().0.nodes.get(&goal).map(|node| words::title(texts, node)).unwrap_or_default()
            };
            view! {
                <li style:--depth=depth.to_string()>
                    {port(from)}
                    <button class="link" on:click=move |_| stage.go_to(&id)>"→ " {title}</button>
                    {plus(gap, t_string!(texts, editor.add).to_owned())}
                </li>
            }
            .into_any()
        }
        Line::End(gap, depth, from) => view! {
            <li style:--depth=depth.to_string()>
                {port(from)}
                <span class="quiet">{say!(texts, program.ends)}</span>
                {plus(gap, t_string!(texts, editor.add).to_owned())}
            </li>
        }
        .into_any(),
    };
    let rows = move || lines.get().into_iter().map(line).collect::<Vec<_>>();
    let is_empty = move || editor.program.read().0.nodes.is_empty();
    view! {
        <div class="outline" on:keydown=keydown>
            <Show when=is_empty>
                <p>{say!(texts, editor.empty_lead)}</p>
                <button class="primary" data-act="first" on:click=move |_| acts::first(stage)>{say!(texts, editor.empty_add)}</button>
            </Show>
            <ol aria-label=say!(texts, editor.view_outline)>{rows}</ol>
        </div>
    }
}

/// The gap behind a node with one way out; those of the others stand at their ends.
fn only_way(id: &NodeId, node: &program::Node) -> Option<Gap> {
    match node.kind.as_kind().ports() {
        [port] if node.next.contains_key(port) => Some(Gap { from: id.clone(), port: port.clone() }),
        _ => None,
    }
}

/// The next or the former node of the list gets the focus.
fn step(stage: Stage, lines: &[Line], down: bool) -> bool {
    let nodes: Vec<&NodeId> =
        lines.iter().filter_map(|line| if let Line::Node(id, ..) = line { Some(id) } else { None }).collect();
    let current = stage.editor.ask(|draft| draft.current().cloned());
    let at = current.and_then(|current| nodes.iter().position(|id| **id == current));
    let next = match (at, down) {
        (None, _) => Some(0),
        (Some(at), true) => Some(at + 1),
        (Some(at), false) => at.checked_sub(1),
    };
    if let Some(id) = next.and_then(|at| nodes.get(at)) {
        stage.go_to(id);
    }
    true
}

/// Every node once, under the first way that leads to it.
fn lines(graph: &Graph) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut seen = HashSet::new();
    let led: HashSet<usize> = graph.ways.iter().flatten().filter_map(|(_, to)| *to).collect();
    let starts = (0..graph.nodes.len()).filter(|at| !led.contains(at)).chain(0..graph.nodes.len());
    // A stack instead of recursion: a program may be a chain of a thousand nodes.
    for start in starts {
        let mut open = vec![(Some(start), 0, None, None)];
        while let Some((at, depth, from, gap)) = open.pop() {
            let Some(at) = at else {
                lines.extend(gap.map(|gap| Line::End(gap, depth, from)));
                continue;
            };
            let (id, _) = &graph.nodes[at];
            if !seen.insert(at) {
                lines.extend(gap.map(|gap| Line::Jump(id.clone(), depth, gap, from)));
                continue;
            }
            lines.push(Line::Node(id.clone(), depth, gap.filter(|_| from.is_some())));
            let parts = graph.parts(at);
            for (port, to) in graph.ways[at].iter().rev() {
                let gap = Gap { from: id.clone(), port: port.clone() };
                open.push((*to, depth + usize::from(parts), parts.then(|| port.to_string()), Some(gap)));
            }
        }
    }
    lines
}

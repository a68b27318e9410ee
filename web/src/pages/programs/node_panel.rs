//! The panel of a node: what it does in words, its numbers, its ways out, the latest that passed.

use std::sync::Arc;

use api::live::FeedItem;
use leptos::prelude::*;
use serde_json::Value;

use super::feed::{Line, News};
use crate::{
    address::with_query,
    editor::{graph::Graph, relay::Relay},
    i18n::{t_string, use_i18n},
    parts::{
        focus::{focus, reveal_on_phone},
        icon::{Glyph, Icon},
        number::{number, percent},
        say::say,
    },
    words,
};

/// How many of the latest items are shown.
const LATEST: usize = 8;

/// The panel. Escape closes it and gives the focus back to the card.
#[component]
pub fn NodePanel(
    /// Name of the program.
    program: String,
    /// Its graph.
    graph: Arc<Graph>,
    /// Number of the node.
    at: usize,
    /// The counts.
    relay: Relay,
    /// What happened.
    news: News,
    /// Closes the panel when it becomes nothing.
    selected: RwSignal<Option<String>>,
) -> impl IntoView {
    let texts = use_i18n();
    let (id, node) = graph.nodes[at].clone();
    let family = words::family(node.kind.as_kind().family());
    let glyph = Glyph::of(&node.kind);
    let who = with_query(&format!("/programs/{program}/tokens"), &[("node", &id)]);
    let latest_graph = graph.clone();
    let latest = move || {
        let here = |item: &FeedItem| match item {
            FeedItem::Step { node, .. } | FeedItem::Message { node, .. } => *node == id,
        };
        news.items.get().into_iter().filter(|(_, item)| here(item)).take(LATEST).collect::<Vec<_>>()
    };
    let any = latest.clone();
    let line = move |(_, item): (u64, FeedItem)| view! { <Line graph=latest_graph.clone() item=item /> };
    let (kind, title) = (node.kind.clone(), node.clone());
    let close = move || {
        selected.set(None);
        focus(format!("[data-node='{at}']"));
    };
    reveal_on_phone(".side-panel");
    view! {
        <div class="panel" on:keydown=move |event| if event.key() == "Escape" { close() }>
        <div class=format!("panel-head k-{family}")>
            <span class="tint"><Icon glyph=glyph /></span>
            <div>
                <p class="kind">{say(move || words::kind(texts, &kind))}</p>
                <h2 tabindex="-1">{say(move || words::title(texts, &title))}</h2>
            </div>
            <button class="icon-only" aria-label=say!(texts, node.close) on:click=move |_| close()>
                <Icon glyph=Glyph::Close />
            </button>
        </div>
        <Stats id=graph.nodes[at].0.clone() relay=relay />
        <Fields node=node />
        <Ways graph=graph at=at relay=relay selected=selected />
        <a class="button" href=who>
            <Icon glyph=Glyph::Person />
            {say!(texts, node.who)}
        </a>
        <section>
            <h3>{say!(texts, node.latest)}</h3>
            <Show when=move || any().is_empty()>
                <p class="small">{say!(texts, node.latest_none)}</p>
            </Show>
            <ol class="feed">
                <For each=latest key=|(id, _)| *id children=line />
            </ol>
        </section>
        </div>
    }
}

#[component]
fn Stats(id: String, relay: Relay) -> impl IntoView {
    let texts = use_i18n();
    let count = relay.count(&id);
    let entered = move || count.map_or(0, |count| count.read().entered);
    let waiting = move || count.map_or(0, |count| count.read().waiting);
    let failed = move || count.map_or(0, |count| count.read().failed);
    let left = move || count.map_or(0, |count| count.read().left.iter().map(|left| left.n).sum());
    view! {
        <dl class="stats">
            <div><dt>{say!(texts, node.stat_entered)}</dt><dd class="num">{say(move || number(texts, entered()))}</dd></div>
            <div><dt>{say!(texts, node.stat_here)}</dt><dd class="num">{say(move || number(texts, waiting()))}</dd></div>
            <Show when=move || { failed() == 0 } fallback=move || view! {
                <div class="bad"><dt>{say!(texts, node.stat_stuck)}</dt><dd class="num">{say(move || number(texts, failed()))}</dd></div>
            }>
                <div><dt>{say!(texts, node.stat_left)}</dt><dd class="num">{say(move || number(texts, left()))}</dd></div>
            </Show>
        </dl>
    }
}

/// The fields of the kind, with their values. An expression is shown in words first and then as it is written.
#[component]
fn Fields(node: program::Node) -> impl IntoView {
    let texts = use_i18n();
    let values = serde_json::to_value(&node).unwrap_or_default();
    let field = |field: &'static program::Field| {
        let value = values.get(field.name).cloned();
        let is_code = matches!(field.input, program::Input::Expression);
        let value = move || match &value {
            None | Some(Value::Null) => view! { <span class="quiet">{say!(texts, node.not_set)}</span> }.into_any(),
            Some(Value::String(text)) if is_code => view! { <code class="expression">{text.clone()}</code> }.into_any(),
            Some(Value::String(text)) => match text.parse::<program::Period>() {
                Ok(period) if field.name == "duration" => words::period(texts, period).into_any(),
                _ => text.clone().into_any(),
            },
            Some(other) => other.to_string().into_any(),
        };
        view! { <dt>{say(move || words::field(texts, field))}</dt> <dd>{value}</dd> }
    };
    let fields: Vec<_> = node.kind.as_kind().fields().iter().map(field).collect();
    let kind = node.kind;
    view! {
        <section>
            <h3>{say!(texts, node.settings)}</h3>
            <p>{say(move || words::summary(texts, &kind))}</p>
            <dl class="facts">{fields}</dl>
        </section>
    }
}

#[component]
fn Ways(graph: Arc<Graph>, at: usize, relay: Relay, selected: RwSignal<Option<String>>) -> impl IntoView {
    let texts = use_i18n();
    let count = relay.count(&graph.nodes[at].0);
    let several = graph.parts(at);
    let go = move |id: String| {
        selected.set(Some(id));
        focus(".side-panel h2");
    };
    let way = |(port, to): (program::Port, Option<usize>)| {
        let name = port.to_string();
        let target = to.map(|to| graph.nodes[to].clone());
        let label = name.clone();
        let share = move || {
            let count = count?.get();
            let all: u64 = count.left.iter().map(|left| left.n).sum();
            let here = count.left.iter().find(|left| left.port == name).map_or(0, |left| left.n);
            (all > 0).then(|| format!("{} · {}", number(texts, here), percent(texts, here as f64 / all as f64)))
        };
        let target = move || match target.clone() {
            None => t_string!(texts, program.ends).into_any(),
            Some((id, node)) => view! {
                <button class="link" on:click=move |_| go(id.clone())>{words::title(texts, &node)}</button>
            }
            .into_any(),
        };
        view! {
            <li>
                {several.then(|| view! { <b>{say(move || words::port(texts, &label))}</b> })}
                <span>{target}</span>
                <span class="num quiet">{share}</span>
            </li>
        }
    };
    let ways: Vec<_> = graph.ways[at].clone().into_iter().map(way).collect();
    (!ways.is_empty()).then(|| {
        view! {
            <section>
                <h3>{say!(texts, node.ways)}</h3>
                <ul class="ways">{ways}</ul>
            </section>
        }
    })
}

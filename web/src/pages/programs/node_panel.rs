//! The panel of a node: its form, its numbers, its ways out, the latest that passed.

use api::live::FeedItem;
use leptos::prelude::*;
use program::{NodeId, Port};

use super::feed::{Line, News};
use crate::{
    address::with_query,
    editor::{
        inspector::Inspector,
        relay::{Relay, share},
        stage::Stage,
    },
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
    /// The node.
    id: NodeId,
    /// The counts.
    relay: Relay,
    /// What happened.
    news: News,
) -> impl IntoView {
    let texts = use_i18n();
    let editor = Stage::here().editor;
    let who = with_query(&format!("/programs/{program}/tokens"), &[("node", id.as_str())]);
    let here = id.clone();
    let latest = move || {
        let here = |item: &FeedItem| match item {
            FeedItem::Step { node, .. } | FeedItem::Message { node, .. } => node == here.as_str(),
        };
        news.items.get().into_iter().filter(|(_, item)| here(item)).take(LATEST).collect::<Vec<_>>()
    };
    let any = latest.clone();
    let line = move |(_, item): (u64, FeedItem)| view! { <Line editor=editor item=item /> };
    let back = id.clone();
    let close = move || {
        editor.select(None);
        focus(format!("[data-node='{back}']"));
    };
    reveal_on_phone(".side-panel");
    view! {
        <div class="panel" on:keydown=move |event| if event.key() == "Escape" { close() }>
        <Inspector id=id.clone() />
        <Stats id=id.to_string() relay=relay />
        <Ways id=id.clone() relay=relay />
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

#[component]
fn Ways(id: NodeId, relay: Relay) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let count = relay.count(id.as_str());
    let way = move |(port, to, several): (Port, Option<NodeId>, bool)| {
        let name = port.to_string();
        let label = name.clone();
        let left = move || {
            let (here, part) = share(&count?.read(), &name)?;
            Some(format!("{} · {}", number(texts, here), percent(texts, part)))
        };
        let target = move || {
            let program = stage.editor.program.get().0;
            match to.clone().and_then(|id| program.nodes.get(&id).map(|node| (id, words::title(texts, node)))) {
                None => t_string!(texts, program.ends).into_any(),
                Some((id, title)) => view! {
                    <button class="link" on:click=move |_| stage.go_to(&id)>{title}</button>
                }
                .into_any(),
            }
        };
        view! {
            <li>
                {several.then(|| view! { <b>{say(move || words::port(texts, &label))}</b> })}
                <span>{target}</span>
                <span class="num quiet">{left}</span>
            </li>
        }
    };
    let ways = Memo::new(move |_| {
        let program = stage.editor.program.get().0;
        let Some(node) = program.nodes.get(&id) else { return Vec::new() };
        let ports = node.kind.as_kind().ports();
        ports.iter().map(|port| (port.clone(), node.next.get(port).cloned(), ports.len() > 1)).collect::<Vec<_>>()
    });
    view! {
        <Show when=move || !ways.read().is_empty()>
            <section>
                <h3>{say!(texts, node.ways)}</h3>
                <ul class="ways">{move || ways.get().into_iter().map(way).collect::<Vec<_>>()}</ul>
            </section>
        </Show>
    }
}

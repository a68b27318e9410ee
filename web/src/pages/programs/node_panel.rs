//! The panel of a node: its form, its numbers, its ways out, the latest that passed.

use api::{live::FeedItem, programs::NodeCount};
use leptos::prelude::*;
use program::{NodeId, Port};

use super::{
    counted::words,
    feed::{Line, News},
};
use crate::{
    editor::{
        inspector::Inspector,
        lists,
        relay::{Relay, share},
        stage::Stage,
    },
    format::number::{number, percent, stay},
    i18n::{t_string, use_i18n},
    parts::{
        focus::{focus, reveal_on_phone},
        icon::{Glyph, Icon},
        say::say,
    },
    words as said,
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
    let who = lists::tokens(&program, id.as_str(), lists::INSIDE);
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
        editor.wide.set(false);
        editor.select(None);
        focus(format!("[data-node='{back}']"));
    };
    reveal_on_phone(".side-panel");
    view! {
        <div class="panel" on:keydown=move |event| if event.key() == "Escape" { close() }>
        <Inspector id=id.clone() />
        <Stats id=id.to_string() program=program.clone() relay=relay />
        <Ways id=id.clone() program=program relay=relay />
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

/// What came by in the chosen time and who is here; numbers of contacts that can be listed are links.
#[component]
fn Stats(id: String, program: String, relay: Relay) -> impl IntoView {
    let texts = use_i18n();
    let count = relay.count(&id);
    let of = move |of: fn(&NodeCount) -> u64| Signal::derive(move || count.map_or(0, |count| of(&count.read())));
    let entered = of(|count| count.entered);
    let waiting = of(|count| count.waiting);
    let left = of(|count| count.left.iter().map(|left| left.n).sum());
    let failed = of(|count| count.failed);
    let dwell = Memo::new(move |_| count.and_then(|count| count.read().dwell));
    let list = |state| lists::tokens(&program, &id, state);
    let (inside, stuck) = (list(lists::INSIDE), list("failed"));
    let (visits, went) = (lists::visits(&program, &id), lists::went(&program, &id));
    view! {
        <section>
            <h3>{say(move || words(texts, relay.span.get()))}</h3>
            <dl class="stats">
                <Stat name=say!(texts, node.stat_entered) n=entered href=visits />
                <Stat name=say!(texts, node.stat_here) n=waiting href=inside />
                <Stat name=say!(texts, node.stat_left) n=left href=went />
                <Show when=move || dwell.get().is_some()>
                    <div>
                        <dt>{say!(texts, node.stat_stay)}</dt>
                        <dd class="num">{say(move || dwell.get().map(|dwell| stay(texts, dwell)).unwrap_or_default())}</dd>
                    </div>
                </Show>
                <Show when=move || { failed.get() > 0 }>
                    <Stat name=say!(texts, node.stat_stuck) n=failed href=stuck.clone() bad=true />
                </Show>
            </dl>
        </section>
    }
}

/// One number. With an address it leads to the contacts that it counts, as long as there are any.
#[component]
fn Stat(
    name: Signal<String>,
    n: Signal<u64>,
    #[prop(optional, into)] href: Option<String>,
    #[prop(optional)] bad: bool,
) -> impl IntoView {
    let texts = use_i18n();
    let value = say(move || number(texts, n.get()));
    let some = Memo::new(move |_| n.get() > 0);
    let shown = move || match href.clone().filter(|_| some.get()) {
        Some(href) => {
            let label = say(move || t_string!(texts, node.stat_show, what = format!("{} {}", value.get(), name.get())));
            view! { <a href=href aria-label=label title=label>{value}</a> }.into_any()
        }
        None => value.into_any(),
    };
    view! {
        <div class:bad=bad>
            <dt>{name}</dt>
            <dd class="num">{shown}</dd>
        </div>
    }
}

#[component]
fn Ways(id: NodeId, program: String, relay: Relay) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let count = relay.count(id.as_str());
    let here = StoredValue::new((program, id.to_string()));
    let way = move |(port, to, several): (Port, Option<NodeId>, bool)| {
        let name = port.to_string();
        let label = name.clone();
        let who = here.with_value(|(program, id)| lists::went_by(program, id, &name));
        let left = move || {
            let (here, part) = share(&count?.read(), &name)?;
            Some((here > 0, format!("{} · {}", number(texts, here), percent(texts, part))))
        };
        let left = Memo::new(move |_| left());
        let shown = move || match left.get() {
            Some((true, numbers)) => {
                let what = format!("{numbers} {}", t_string!(texts, node.stat_left));
                let label = t_string!(texts, node.stat_show, what = what);
                view! { <a href=who.clone() aria-label=label.clone() title=label>{numbers}</a> }.into_any()
            }
            other => other.map(|(_, numbers)| numbers).into_any(),
        };
        let target = move || {
            let program = stage.editor.program.get().0;
            match to.clone().and_then(|id| program.nodes.get(&id).map(|node| (id, said::title(texts, node)))) {
                None => t_string!(texts, program.ends).into_any(),
                Some((id, title)) => view! {
                    <button class="link" on:click=move |_| stage.go_to(&id)>{title}</button>
                }
                .into_any(),
            }
        };
        view! {
            <li>
                {several.then(|| view! { <b>{say(move || said::port(texts, &label))}</b> })}
                <span>{target}</span>
                <span class="num quiet">{shown}</span>
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

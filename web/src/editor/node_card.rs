//! A node as a card: icon in its family's colour, title, what it does in words, count, badge.

use api::programs::NodeCount;
use leptos::prelude::*;
use program::{Kind, Node};
use std::sync::Arc;

use super::{graph::Graph, relay::Relay};
use crate::{
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        number::number,
    },
    prefs::Texts,
    words,
};

/// One card. The canvas moves the focus; exactly one card can be reached by Tab.
#[component]
pub fn NodeCard(
    /// The program.
    graph: Arc<Graph>,
    /// Number of the node.
    at: usize,
    /// Its counts.
    relay: Relay,
    /// Number of problems that the checker found here.
    problems: usize,
    /// Whether its panel is open.
    selected: Signal<bool>,
    /// Whether Tab leads here.
    current: Signal<bool>,
) -> impl IntoView {
    let texts = use_i18n();
    let (id, node) = graph.nodes[at].clone();
    let place = graph.layout.cards[at];
    let count = relay.count(&id);
    let family = words::family(node.kind.as_kind().family());
    let node = StoredValue::new(node);
    let title = move || node.with_value(|node| words::title(texts, node));
    let summary = move || node.with_value(|node| words::summary(texts, &node.kind));
    let chip = move || count.and_then(|count| node.with_value(|node| chip(texts, node, &count.read())));
    let waiting = move || count.is_some_and(|count| count.read().waiting > 0) && node.with_value(is_wait);
    let failed = move || count.map_or(0, |count| count.read().failed);
    let name = move || {
        let kind = node.with_value(|node| words::kind(texts, &node.kind));
        let card = t_string!(texts, node.card, kind = kind, title = title(), summary = summary());
        let stuck = (failed() > 0).then(|| t_string!(texts, node.stuck, n = number(texts, failed())));
        [Some(card), chip(), stuck].into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let badge = move || match failed() {
        0 if problems == 0 => None,
        0 => Some(view! { <span class="badge warn" aria-hidden="true">"!"</span> }.into_any()),
        n => {
            let stuck = t_string!(texts, node.stuck, n = number(texts, n));
            Some(
                view! { <span class="badge bad num" title=stuck aria-hidden="true">{number(texts, n)}</span> }
                    .into_any(),
            )
        }
    };
    view! {
        <button
            class=format!("node k-{family}")
            class:selected=selected
            data-node=at.to_string()
            tabindex=move || if current.get() { "0" } else { "-1" }
            aria-label=name
            aria-pressed=move || selected.get().to_string()
            style:left=format!("{}px", place.x)
            style:top=format!("{}px", place.y)
        >
            {badge}
            <span class="tint"><Icon glyph=node.with_value(|node| Glyph::of(&node.kind)) /></span>
            <b>{title}</b>
            <span class="sum">{summary}</span>
            {move || chip().map(|words| view! { <span class="count num" class:waits=waiting>{words}</span> })}
        </button>
    }
}

fn is_wait(node: &Node) -> bool {
    matches!(node.kind, Kind::Wait(_))
}

/// What the count says depends on what the node does.
fn chip(texts: Texts, node: &Node, count: &NodeCount) -> Option<String> {
    let n = number(texts, count.entered);
    let words = match &node.kind {
        Kind::Entry(_) => t_string!(texts, node.entered, n = n),
        Kind::Condition(_) => t_string!(texts, node.decided, n = n),
        Kind::Exit(_) => t_string!(texts, node.finished, n = n),
        Kind::LoyaltyInvite(_) | Kind::SendMail(_) | Kind::Survey(_) if count.entered == 1 => {
            t_string!(texts, node.mail).to_owned()
        }
        Kind::LoyaltyInvite(_) | Kind::SendMail(_) | Kind::Survey(_) => t_string!(texts, node.mails, n = n),
        Kind::Wait(_) if count.waiting > 0 => t_string!(texts, node.waiting, n = number(texts, count.waiting)),
        Kind::Wait(_) => t_string!(texts, node.passed, n = n),
    };
    (count.entered > 0).then_some(words)
}

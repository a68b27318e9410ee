//! The numbers on a card. If the canvas shows what is live, they link to the contacts that they count, as those in the
//! panel do. While a draft is edited they are no links, so that a slip of the hand does not lead away.

use api::programs::NodeCount;
use leptos::prelude::*;
use program::{Family, Node, NodeId};

use super::{lists, relay::Relay, stage::Stage};
use crate::{
    format::number::{number, stay},
    i18n::{t_string, use_i18n},
    prefs::Texts,
    words,
};

/// What came by or waits, who is stuck, and who of a test stands here. The card's own name says them, too.
#[component]
pub fn Numbers(
    /// The node's id.
    id: StoredValue<NodeId>,
    /// The node.
    node: Memo<Option<Node>>,
    /// What is said of those who came by or wait.
    words: Memo<Option<String>>,
    /// How many contacts of a test stand here.
    testing: Memo<u64>,
    /// The counts.
    relay: Relay,
) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let count = id.with_value(|id| relay.count(id.as_str()));
    let of = move |of: fn(&NodeCount) -> u64| Memo::new(move |_| count.map_or(0, |count| of(&count.read())));
    let (waiting, failed) = (of(|count| count.waiting), of(|count| count.failed));
    let waits = Memo::new(move |_| {
        !relay.heat.get()
            && waiting.get() > 0
            && node.read().as_ref().is_some_and(|node| node.kind.as_kind().rest().is_some())
    });
    let list = move |of: &dyn Fn(&str, &str) -> String| {
        let live = stage.live.program.get().filter(|_| !stage.live.changed.get())?;
        Some(id.with_value(|id| of(live.0.name.as_str(), id.as_str())))
    };
    let came = move || {
        let href = match (relay.heat.get(), waits.get()) {
            (true, _) => None,
            (false, true) => list(&|program, node| lists::tokens(program, node, lists::INSIDE)),
            (false, false) => list(&lists::visits),
        };
        let class = if waits.get() { "count num waits" } else { "count num" };
        words.get().map(|words| shown(texts, class, words.clone(), words, href))
    };
    let stuck = move || {
        let n = number(texts, failed.get());
        let href = list(&|program, node| lists::tokens(program, node, "failed"));
        let words = t_string!(texts, node.stuck, n = failed.get());
        (failed.get() > 0).then(|| shown(texts, "badge bad num", n, words, href))
    };
    let tested = move || {
        let words = t_string!(texts, tests.here, n = number(texts, testing.get()));
        (testing.get() > 0).then(|| shown(texts, "count tested num", words.clone(), words, None))
    };
    view! {
        {stuck}
        {came}
        {tested}
    }
}

/// A number, with an address as a link. By Tab the canvas is one stop: the keyboard has the same links in the panel.
fn shown(texts: Texts, class: &'static str, face: String, words: String, href: Option<String>) -> AnyView {
    let Some(href) = href else {
        return view! { <span class=class title=words aria-hidden="true">{face}</span> }.into_any();
    };
    let label = t_string!(texts, node.stat_show, what = words);
    view! {
        <a
            class=class
            href=href
            tabindex="-1"
            // What is dragged by its number is the card.
            draggable="false"
            aria-label=label.clone()
            title=label
            // The focus stays with the cards.
            on:mousedown=|event| event.prevent_default()
        >
            {face}
        </a>
    }
    .into_any()
}

/// What is said of a node's contacts depends on what it does, and on whether the canvas shows numbers or heat.
pub fn said(texts: Texts, relay: Relay, node: &Node, count: &NodeCount) -> Option<String> {
    if relay.heat.get() {
        return count.dwell.map(|dwell| t_string!(texts, node.stays, n = stay(texts, dwell)));
    }
    // Who came to a decision that cannot be made has not been decided.
    let many: u64 = match node.kind.as_kind().family() {
        Family::Decision => count.left.iter().filter(|left| left.port != "moved").map(|left| left.n).sum(),
        _ => count.entered,
    };
    let words = match node.kind.as_kind().family() {
        Family::Entry => t_string!(texts, node.entered, n = many),
        Family::Decision => t_string!(texts, node.decided, n = many),
        Family::Exit => t_string!(texts, node.finished, n = many),
        Family::Message | Family::Contact => words::made(texts, &node.kind, many),
        Family::Time if count.waiting > 0 => t_string!(texts, node.waiting, n = count.waiting),
        Family::Time => t_string!(texts, node.passed, n = many),
    };
    (many > 0).then_some(words)
}

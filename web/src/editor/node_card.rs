//! A node as a card: icon in its family's colour, title, what it does in words, count, badge.

use api::programs::NodeCount;
use leptos::prelude::*;
use program::{Change, Kind, Node, NodeId};

use super::{
    draft::Draft,
    layout::Point,
    relay::Relay,
    stage::{Hold, Stage},
};
use crate::{
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        number::{number, stay},
        say::say,
    },
    prefs::Texts,
    words,
};

/// One card. The canvas moves the focus; exactly one card can be reached by Tab.
#[component]
pub fn NodeCard(
    /// The node.
    id: NodeId,
    /// Its counts.
    relay: Relay,
) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let editor = stage.editor;
    let id = StoredValue::new(id);
    // A card that is taken out is drawn once more before it goes.
    let node = Memo::new(move |_| id.with_value(|id| editor.program.get().0.nodes.get(id).cloned()));
    let place = Memo::new(move |_| {
        let graph = editor.graph.get().0;
        id.with_value(|id| graph.find(id.as_str())).map_or(Point::default(), |at| graph.layout.cards[at])
    });
    let count = id.with_value(|id| relay.count(id.as_str()));
    let problems = Memo::new(move |_| id.with_value(|id| editor.at_node.read().get(id).copied().unwrap_or(0)));
    let selected = Memo::new(move |_| id.with_value(|id| editor.is_selected(id)));
    let current = Memo::new(move |_| id.with_value(|id| editor.stands_at(id)));
    let held = Memo::new(move |_| match &*stage.hold.read() {
        Some(Hold::Cards(nodes, _)) => id.with_value(|id| nodes.contains(id)),
        _ => false,
    });
    let barred = Memo::new(move |_| match &*stage.hold.read() {
        Some(Hold::Wire(gap)) => id.with_value(|id| editor.ask(|draft| draft.may_connect(gap, id).is_err())),
        _ => false,
    });
    let change = Memo::new(move |_| match stage.comparing.get() {
        true => id.with_value(|id| stage.marks.read().get(id).copied()),
        false => None,
    });
    let testing = Memo::new(move |_| id.with_value(|id| stage.testing.read().get(id.as_str()).copied().unwrap_or(0)));
    let carry = move || {
        (held.get() && editor.ask(Draft::is_free)).then(|| {
            let by = stage.carried();
            format!("translate({}px, {}px)", by.x, by.y)
        })
    };

    let of_node = move |say: &dyn Fn(&Node) -> String| node.read().as_ref().map(say).unwrap_or_default();
    let title = move || of_node(&|node| words::title(texts, node));
    let summary = move || of_node(&|node| words::summary(texts, &node.kind));
    let disabled = Memo::new(move |_| node.read().as_ref().is_some_and(|node| node.disabled));
    let family =
        Memo::new(move |_| node.read().as_ref().map_or("exit", |node| words::family(node.kind.as_kind().family())));
    let glyph = Memo::new(move |_| node.read().as_ref().map_or(Glyph::Flag, |node| Glyph::of(&node.kind)));
    let dwell = Memo::new(move |_| count.filter(|_| relay.heat.get()).and_then(|count| count.read().dwell));
    let warmth = move || Some(relay.scale.get()?.warmth(dwell.get()?).to_string());
    let chip = move || match relay.heat.get() {
        true => dwell.get().map(|dwell| t_string!(texts, node.stays, n = stay(texts, dwell))),
        false => count.and_then(|count| chip(texts, node.read().as_ref()?, &count.read())),
    };
    let waiting = move || {
        !relay.heat.get()
            && count.is_some_and(|count| count.read().waiting > 0)
            && node.read().as_ref().is_some_and(is_wait)
    };
    let failed = move || count.map_or(0, |count| count.read().failed);
    // Read before and after what is seen: the name of the card holds its visible text, word for word.
    let kind = say(move || format!("{}: ", of_node(&|node| words::kind(texts, &node.kind))));
    let more = say(move || {
        let stuck = (failed() > 0).then(|| t_string!(texts, node.stuck, n = number(texts, failed())));
        let open = problems.get() as u64;
        let open = (open > 0).then(|| t_string!(texts, program.problems, n = number(texts, open)));
        let off = disabled.get().then(|| t_string!(texts, editor.disabled).to_owned());
        [off, open, stuck].into_iter().flatten().map(|words| format!(". {words}")).collect::<String>()
    });
    let badge = move || match failed() {
        0 if problems.get() == 0 => None,
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
            class=move || format!("node k-{}", family.get())
            class:selected=selected
            class:disabled=disabled
            class:added=move || change.get() == Some(Change::Added)
            class:changed=move || change.get() == Some(Change::Changed)
            class:held=held
            class:barred=barred
            class:warm=move || dwell.get().is_some()
            data-node=id.with_value(ToString::to_string)
            tabindex=move || if current.get() { "0" } else { "-1" }
            aria-pressed=move || selected.get().to_string()
            style:left=move || format!("{}px", place.get().x)
            style:top=move || format!("{}px", place.get().y)
            style:transform=carry
            style:--warmth=warmth
        >
            {badge}
            <span class="tint">{move || view! { <Icon glyph=glyph.get() /> }}</span>
            <span class="hidden">{kind}</span>
            <b>{title}</b>
            " "
            <span class="sum">{summary}</span>
            " "
            {move || chip().map(|words| view! { <span class="count num" class:waits=waiting>{words}</span> })}
            {move || (testing.get() > 0).then(|| {
                let n = number(texts, testing.get());
                view! { <span class="count tested num">{t_string!(texts, tests.here, n = n)}</span> " " }
            })}
            <span class="hidden">{more}</span>
        </button>
    }
}

fn is_wait(node: &Node) -> bool {
    node.kind.as_kind().rest().is_some()
}

/// What the count says depends on what the node does.
fn chip(texts: Texts, node: &Node, count: &NodeCount) -> Option<String> {
    let n = number(texts, count.entered);
    let words = match &node.kind {
        Kind::Entry(_) => t_string!(texts, node.entered, n = n),
        Kind::Condition(_) | Kind::Split(_) => t_string!(texts, node.decided, n = n),
        Kind::Exit(_) => t_string!(texts, node.finished, n = n),
        Kind::LoyaltyInvite(_) | Kind::SendMail(_) | Kind::Survey(_) if count.entered == 1 => {
            t_string!(texts, node.mail).to_owned()
        }
        Kind::LoyaltyInvite(_) | Kind::SendMail(_) | Kind::Survey(_) => t_string!(texts, node.mails, n = n),
        Kind::Wait(_) | Kind::WaitUntil(_) | Kind::WaitWindow(_) if count.waiting > 0 => {
            t_string!(texts, node.waiting, n = number(texts, count.waiting))
        }
        Kind::Wait(_) | Kind::WaitUntil(_) | Kind::WaitWindow(_) => t_string!(texts, node.passed, n = n),
    };
    (count.entered > 0).then_some(words)
}

//! A node as a card: icon in its family's colour, title, what it does in words, numbers, badge.

use leptos::prelude::*;
use program::{Change, Node, NodeId};

use super::{
    draft::Draft,
    numbers::{Numbers, said},
    place::Point,
    relay::Relay,
    stage::{Hold, Stage},
};
use crate::{
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
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
    let held = Memo::new(move |_| match &*stage.hand.hold.read() {
        Some(Hold::Cards(nodes, _)) => id.with_value(|id| nodes.contains(id)),
        _ => false,
    });
    let barred = Memo::new(move |_| match &*stage.hand.hold.read() {
        Some(Hold::Wire(gap)) => id.with_value(|id| editor.ask(|draft| draft.may_connect(gap, id).is_err())),
        _ => false,
    });
    let change = Memo::new(move |_| match stage.live.comparing.get() {
        true => id.with_value(|id| stage.live.marks.read().get(id).copied()),
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
    let numbers = Memo::new(move |_| said(texts, relay, node.read().as_ref()?, &count?.read()));
    let failed = move || count.map_or(0, |count| count.read().failed);
    // Read before and after what is seen: the name of the card holds its visible text, word for word.
    let kind = say(move || format!("{}: ", of_node(&|node| words::kind(texts, &node.kind))));
    let more = say(move || {
        let stuck = (failed() > 0).then(|| t_string!(texts, node.stuck, n = failed()));
        let open = problems.get() as u64;
        let open = (open > 0).then(|| t_string!(texts, program.problems, n = number(texts, open)));
        let off = disabled.get().then(|| t_string!(texts, editor.disabled).to_owned());
        let tested = t_string!(texts, tests.here, n = number(texts, testing.get()));
        let tested = (testing.get() > 0).then_some(tested);
        [numbers.get(), tested, off, open, stuck]
            .into_iter()
            .flatten()
            .map(|words| format!(". {words}"))
            .collect::<String>()
    });
    let unread = Memo::new(move |_| id.with_value(|id| editor.unread_at.read().get(id).copied().unwrap_or(0)));
    // Who is stuck is said at the same place, and matters more.
    let faulty = move || problems.get() > 0 && failed() == 0;
    view! {
        // The links stand beside the button: nothing that can be pressed may stand inside of one.
        <div
            class="spot"
            data-card=id.with_value(ToString::to_string)
            style:left=move || format!("{}px", place.get().x)
            style:top=move || format!("{}px", place.get().y)
            style:transform=carry
        >
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
                style:--warmth=warmth
            >
                {move || {
                    let (tone, mark) = match unread.get() {
                        0 => ("badge warn", "!".to_owned()),
                        n => ("badge bad num", number(texts, n as u64)),
                    };
                    faulty().then(|| view! { <span class=tone aria-hidden="true">{mark}</span> })
                }}
                <span class="tint">{move || view! { <Icon glyph=glyph.get() /> }}</span>
                <span class="hidden">{kind}</span>
                <b>{title}</b>
                " "
                <span class="sum">{summary}</span>
                <span class="hidden">{more}</span>
            </button>
            <Numbers id=id node=node words=numbers testing=testing relay=relay />
        </div>
    }
}

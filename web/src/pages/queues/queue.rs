//! One queue: a sentence, its figures, and what nodes see of its relay or of the hosts that are called.

use api::queues::{Queue, QueueName, Relay, RelayState};
use leptos::prelude::*;
use program::Reason;

use super::{
    Desk,
    acts::{Acts, path_word},
};
use crate::{
    format::number::number,
    format::time::exact,
    i18n::{t_string, use_i18n},
    parts::{
        chip::Chip,
        say::say,
        status::{StatusLine, Tile},
        time::{MaybeWhen, When},
    },
    prefs::Texts,
    session::Me,
    words,
};

/// So many or more: nobody counts on.
const MOST: u64 = 100_000;

/// A queue and its buttons.
#[component]
pub(super) fn QueueCard(desk: Desk, name: QueueName) -> impl IntoView {
    let texts = use_i18n();
    let me = Me::here();
    let queue = desk.queue(name);
    // Where marketing mail goes is not told apart, if operational mail stays here.
    let inbox = move || {
        let here = name != QueueName::Calls && me.session().is_some_and(|session| session.inbox);
        here.then_some(name == QueueName::Operational)
    };
    let tone = Signal::derive(move || queue.with(|queue| queue.as_ref().map_or("quiet", tone)));
    let lead = say(move || queue.with(|queue| queue.as_ref().map(|queue| lead(texts, queue)).unwrap_or_default()));
    let why =
        say(move || queue.with(|queue| queue.as_ref().map(|queue| why(texts, queue, inbox())).unwrap_or_default()));
    let of = move |read: fn(&Queue) -> u64| queue.with(|queue| queue.as_ref().map_or(0, read));
    let waiting = say(move || match of(|queue| queue.waiting) {
        n if n >= MOST => t_string!(texts, queues.or_more, n = number(texts, MOST)),
        n => number(texts, n),
    });
    let put_off = say(move || number(texts, of(|queue| queue.put_off)));
    let oldest = Memo::new(move |_| queue.with(|queue| queue.as_ref().and_then(|queue| queue.oldest_at)));
    let next = Memo::new(move |_| queue.with(|queue| queue.as_ref().and_then(next)));
    let relays = move || queue.with(|queue| queue.iter().flat_map(|queue| queue.relays.clone()).collect::<Vec<_>>());
    let word = say(move || name_words(texts, name));
    view! {
        <section class="queue" data-queue=path_word(name) aria-label=word>
            <h2>{word}</h2>
            <StatusLine tone=tone lead=lead why=why>
                <Acts desk=desk name=name />
            </StatusLine>
            <dl class="tiles four">
                <Tile name=say!(texts, queues.waiting)>
                    {match name {
                        QueueName::Calls => view! { <span>{waiting}</span> }.into_any(),
                        _ => view! { <a href="/messages?state=queued">{waiting}</a> }.into_any(),
                    }}
                </Tile>
                <Tile name=say!(texts, queues.put_off) warn=Signal::derive(move || of(|queue| queue.put_off) > 0)>{put_off}</Tile>
                <Tile name=say!(texts, queues.oldest)>{move || view! { <MaybeWhen at=oldest.get() /> }}</Tile>
                <Tile name=say!(texts, queues.next)>{move || view! { <MaybeWhen at=next.get() /> }}</Tile>
            </dl>
            <Show when=move || !relays().is_empty()>
                <ul class="rows card">
                    <For each=relays key=|relay| (relay.node.clone(), relay.server.clone(), relay.since, relay.next_at, relay.cause.clone()) let:relay>
                        {seen(texts, relay)}
                    </For>
                </ul>
            </Show>
        </section>
    }
}

/// What one node sees of the relay or of a host.
fn seen(texts: Texts, relay: Relay) -> impl IntoView {
    let Relay { node, server, state, cause, why, since, next_at } = relay;
    let cause = Reason::heard(cause, why);
    let of = node.clone();
    view! {
        <li data-relay=of>
            <div>
                <b>{server}</b>
                <span class="sub">{say(move || words::reason(texts, &cause))}</span>
                <span class="sub">{say(move || t_string!(texts, queues.seen_by, node = node.clone()))}</span>
            </div>
            <Chip state=Signal::derive(move || relay_state(texts, state)) />
            <span class="small relay-times">
                <span>{say!(texts, queues.since)} " " <When at=since /></span>
                {next_at.map(|at| view! { <span>{say!(texts, queues.next)} " " <When at=at /></span> })}
            </span>
        </li>
    }
}

fn relay_state(texts: Texts, state: RelayState) -> words::StateWords {
    match state {
        RelayState::Open => ("bad", t_string!(texts, queues.open).to_owned()),
        RelayState::HalfOpen => ("warn", t_string!(texts, queues.half_open).to_owned()),
    }
}

/// When a relay of it is looked at next.
fn next(queue: &Queue) -> Option<program::Time> {
    queue.relays.iter().filter_map(|relay| relay.next_at).min()
}

fn worst(queue: &Queue) -> Option<&Relay> {
    let open = queue.relays.iter().find(|relay| relay.state == RelayState::Open);
    open.or(queue.relays.first())
}

fn tone(queue: &Queue) -> &'static str {
    match (queue.held_at, worst(queue).map(|relay| relay.state)) {
        (None, Some(RelayState::Open)) => "bad",
        (Some(_), _) | (None, Some(RelayState::HalfOpen)) => "warn",
        (None, None) if fails(queue) => "warn",
        (None, None) => "good",
    }
}

/// Whether calls fail, although no host is left alone for it yet. Mail is put off by what its relay says of one address.
fn fails(queue: &Queue) -> bool {
    queue.name == QueueName::Calls && queue.put_off > 0
}

/// What an operator said comes before what the relay says.
fn lead(texts: Texts, queue: &Queue) -> String {
    let calls = queue.name == QueueName::Calls;
    match (queue.held_at, worst(queue)) {
        (Some(at), _) => t_string!(texts, queues.lead_held, time = exact(texts, at)),
        (None, Some(Relay { state: RelayState::Open, server, .. })) if calls => {
            t_string!(texts, queues.calls_lead_open, server = server.clone())
        }
        (None, Some(Relay { server, .. })) if calls => {
            t_string!(texts, queues.calls_lead_half_open, server = server.clone())
        }
        (None, Some(Relay { state: RelayState::Open, server, .. })) => {
            t_string!(texts, queues.lead_open, server = server.clone())
        }
        (None, Some(Relay { server, .. })) => t_string!(texts, queues.lead_half_open, server = server.clone()),
        (None, None) if queue.waiting == 0 => t_string!(texts, queues.lead_empty).to_owned(),
        (None, None) if fails(queue) => t_string!(texts, queues.calls_lead_put_off).to_owned(),
        (None, None) if calls => t_string!(texts, queues.calls_lead_closed).to_owned(),
        (None, None) => t_string!(texts, queues.lead_closed).to_owned(),
    }
}

fn why(texts: Texts, queue: &Queue, inbox: Option<bool>) -> String {
    let calls = queue.name == QueueName::Calls;
    match (queue.held_at, worst(queue)) {
        (Some(_), _) if calls => t_string!(texts, queues.calls_why_held).to_owned(),
        (Some(_), _) => t_string!(texts, queues.why_held).to_owned(),
        (None, Some(relay)) => words::reason(texts, &Reason::heard(&*relay.cause, relay.why.clone())),
        (None, None) => match inbox {
            // Of a relay that nothing was handed to, nothing is known.
            None if queue.waiting == 0 || fails(queue) => String::new(),
            None if calls => t_string!(texts, queues.calls_why_closed).to_owned(),
            None => t_string!(texts, queues.why_closed).to_owned(),
            Some(true) => t_string!(texts, queues.why_inbox).to_owned(),
            Some(false) => String::new(),
        },
    }
}

fn name_words(texts: Texts, name: QueueName) -> &'static str {
    match name {
        QueueName::Operational => t_string!(texts, queues.operational),
        QueueName::Marketing => t_string!(texts, queues.marketing),
        QueueName::Calls => t_string!(texts, queues.calls),
    }
}

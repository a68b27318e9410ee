//! /dead-letters: what cannot go on by itself, to be tried again or decided.

use program::Reason;
use std::{collections::HashSet, time::Duration};

use api::messages::{DeadLetter, DeadLetterKind};
use leptos::prelude::*;
use uuid::Uuid;

use self::actions::Actions;
use crate::{
    i18n::{t_string, use_i18n},
    parts::{
        chip::Chip,
        head::Head,
        icon::Glyph,
        list::List,
        notice::Empty,
        say::say,
        table::{Row, column, table},
        time::When,
    },
    prefs::Texts,
    words,
};

mod actions;
pub mod replay;

/// How often it looks: what was tried again may come back.
const EVERY: Duration = Duration::from_secs(3);

/// The list with its selection.
#[component]
pub fn DeadLettersPage() -> impl IntoView {
    let texts = use_i18n();
    let list = List::<DeadLetter>::new(|| api::path::DEAD_LETTERS.to_owned()).watched(EVERY);
    let chosen = RwSignal::new(HashSet::<Uuid>::new());
    // What is gone from the list cannot stay chosen.
    Effect::new(move |_| {
        let there: HashSet<Uuid> = list.items.with(|items| items.iter().flatten().map(|letter| letter.id).collect());
        chosen.update(|chosen| chosen.retain(|id| there.contains(id)));
    });
    let columns = vec![
        column("main", move || t_string!(texts, dead.contact).to_owned()),
        column("", move || t_string!(texts, dead.kind).to_owned()),
        column("full", move || t_string!(texts, dead.reason).to_owned()),
        column("wide", move || t_string!(texts, dead.place).to_owned()),
        column("", move || t_string!(texts, dead.since).to_owned()),
    ];
    view! {
        <Head title=say!(texts, dead.title) />
        <div class="page letters">
            <Actions list=list chosen=chosen />
            {table(list, columns, |letter| (letter.id, letter.at), move |letter| row(texts, letter, chosen), empty)}
        </div>
    }
}

/// What it is, in a word and a colour.
fn kind_words(texts: Texts, kind: DeadLetterKind) -> (&'static str, String) {
    let (tone, words) = match kind {
        DeadLetterKind::Token => ("bad", t_string!(texts, dead.token)),
        DeadLetterKind::Message => ("bad", t_string!(texts, dead.message)),
        DeadLetterKind::Call => ("bad", t_string!(texts, dead.call)),
        DeadLetterKind::UnknownOutcome => ("warn", t_string!(texts, dead.unknown)),
    };
    (tone, words.to_owned())
}

/// Where the whole of it is shown.
fn whole(letter: &DeadLetter) -> String {
    match letter.kind {
        DeadLetterKind::Token => format!("/tokens/{}", letter.id),
        DeadLetterKind::Call => format!("/tokens/{}", letter.token_id.unwrap_or_default()),
        DeadLetterKind::Message | DeadLetterKind::UnknownOutcome => format!("/messages?id={}", letter.id),
    }
}

fn row(texts: Texts, letter: DeadLetter, chosen: RwSignal<HashSet<Uuid>>) -> Row {
    let DeadLetter { id, kind, .. } = letter;
    let why = Reason::heard(&*letter.reason, letter.why.clone());
    let who = letter.contact.clone();
    let href = whole(&letter);
    let toggle = move |_| {
        chosen.update(|chosen| {
            if !chosen.remove(&id) {
                chosen.insert(id);
            }
        });
    };
    let (program, of) = (letter.program.clone(), format!("/programs/{}", letter.program));
    let place = letter.stream.map_or_else(|| letter.node.clone(), |stream| format!("{} · {stream}", letter.node));
    Row {
        href: None,
        cells: vec![
            view! {
                <label class="check pick">
                    <input
                        type="checkbox"
                        prop:checked=move || chosen.read().contains(&id)
                        aria-label=move || t_string!(texts, dead.select, what = who.clone())
                        on:change=toggle
                    />
                    <a href=format!("/contacts/{}", letter.contact_id)>{letter.contact}</a>
                </label>
            }
            .into_any(),
            view! { <a href=href><Chip state=Signal::derive(move || kind_words(texts, kind)) /></a> }.into_any(),
            view! {
                {say(move || words::reason(texts, &why))}
                <a class="sub narrow" href=of.clone()>{format!("{program} · {place}")}</a>
                {letter.event_id.map(|event| view! { <a class="sub" href=format!("/events/{event}")>{say!(texts, token.event)}</a> })}
            }
            .into_any(),
            view! {
                <a href=of>{program}</a>
                <span class="sub">{place}</span>
            }
            .into_any(),
            view! { <When at=letter.at /> }.into_any(),
        ],
    }
}

fn empty() -> AnyView {
    let texts = use_i18n();
    view! {
        <Empty
            glyph=Glyph::Check
            title=say!(texts, dead.empty)
            lead=say!(texts, dead.empty_lead)
        />
    }
    .into_any()
}

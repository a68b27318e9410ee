//! /events: what happened to contacts, newest first.

use api::events::{EventSummary, EventTypeSummary};
use leptos::prelude::*;

use crate::{
    address::with_query,
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{
        filter::Filter,
        head::Head,
        icon::Glyph,
        list::List,
        load::Load,
        notice::Empty,
        table::{Row, column, table},
        time::When,
    },
    prefs::Texts,
};

/// The list.
#[component]
pub fn EventsPage() -> impl IntoView {
    let texts = use_i18n();
    let filter = Filter::new("type");
    let kind = filter.value;
    let types = Load::<api::Page<EventTypeSummary>>::new(|| api::path::EVENT_TYPES.to_owned());
    let list = List::new(move || with_query(api::path::EVENTS, &[("type", &kind.read())]));
    let columns = vec![
        column("main", move || t_string!(texts, events.kind).to_owned()),
        column("", move || t_string!(texts, events.contact).to_owned()),
        column("", move || t_string!(texts, events.occurred).to_owned()),
        column("num wide", move || t_string!(texts, events.started).to_owned()),
    ];
    let options = move || {
        let known = match types.answer.get() {
            Some(Ok(page)) => page.items,
            _ => Vec::new(),
        };
        let option = |event: EventTypeSummary| {
            let (name, words) = (event.name.clone(), event.name.clone());
            view! { <option value=event.name selected=move || *kind.read() == name>{words}</option> }
        };
        known.into_iter().map(option).collect::<Vec<_>>()
    };
    view! {
        <Head title=say!(texts, events.title) />
        <div class="page">
            <div class="filters">
                <select aria-label=say!(texts, events.kind) on:change=filter.choose()>
                    <option value="">{say!(texts, events.any_type)}</option>
                    {options}
                </select>
            </div>
            {table(list, columns, |event: &EventSummary| event.id, move |event| row(texts, event), move || empty(kind))}
        </div>
    }
}

fn row(texts: Texts, event: EventSummary) -> Row {
    let started = event.started;
    Row {
        href: Some(format!("/events/{}", event.id)),
        cells: vec![
            view! { <code class="token">{event.kind}</code> }.into_any(),
            view! { <a href=format!("/contacts/{}", event.contact_id)>{event.contact}</a> }.into_any(),
            view! { <When at=event.occurred_at /> }.into_any(),
            (move || number(texts, started)).into_any(),
        ],
    }
}

fn empty(kind: Memo<String>) -> AnyView {
    let texts = use_i18n();
    if !kind.read_untracked().is_empty() {
        return view! { <p class="no-match">{say!(texts, common.no_match)}</p> }.into_any();
    }
    view! {
        <Empty
            glyph=Glyph::Bolt
            title=say!(texts, events.empty)
            lead=say!(texts, events.empty_lead)
        >
            <p>
                <a href="/programs" class="button primary">{say!(texts, error.to_programs)}</a>
                " "
                <a href="/api" class="button">{say!(texts, events.to_api)}</a>
            </p>
        </Empty>
    }
    .into_any()
}

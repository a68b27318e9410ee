//! /events: what happened to contacts, newest first.

use api::events::{EventSummary, EventTypeSummary};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    client,
    i18n::{t, t_string, use_i18n},
    parts::{
        head::Head,
        icon::Glyph,
        list::List,
        load::Load,
        notice::Empty,
        number::number,
        table::{Row, column, table},
        time::When,
    },
    prefs::Texts,
};

/// The list.
#[component]
pub fn EventsPage() -> impl IntoView {
    let texts = use_i18n();
    let kind = RwSignal::new(use_query_map().read_untracked().get("type").unwrap_or_default());
    let types = Load::new(|| async { client::get::<api::Page<EventTypeSummary>>(api::path::EVENT_TYPES, &[]).await });
    let list = List::new(move |cursor| {
        let kind = kind.get();
        async move { client::page(api::path::EVENTS, &cursor, &[("type", kind.as_str())]).await }
    });
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
        <Head title=Signal::derive(move || t_string!(texts, events.title).to_owned()) />
        <div class="page">
            <div class="filters">
                <select aria-label=move || t_string!(texts, events.kind) on:change=move |event| kind.set(event_target_value(&event))>
                    <option value="">{t!(texts, events.any_type)}</option>
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
            view! { <A href=format!("/contacts/{}", event.contact_id)>{event.contact}</A> }.into_any(),
            view! { <When at=event.occurred_at /> }.into_any(),
            (move || number(texts, started)).into_any(),
        ],
    }
}

fn empty(kind: RwSignal<String>) -> AnyView {
    let texts = use_i18n();
    if !kind.read_untracked().is_empty() {
        return view! { <p class="no-match">{t!(texts, common.no_match)}</p> }.into_any();
    }
    view! {
        <Empty
            glyph=Glyph::Bolt
            title=Signal::derive(move || t_string!(texts, events.empty).to_owned())
            lead=Signal::derive(move || t_string!(texts, events.empty_lead).to_owned())
        >
            <p>
                <A href="/programs" attr:class="button primary">{t!(texts, error.to_programs)}</A>
                " "
                <A href="/api" attr:class="button">{t!(texts, events.to_api)}</A>
            </p>
        </Empty>
    }
    .into_any()
}

//! /contacts/:id: what is known of a contact, and its timeline with the reason of each step.

use api::{
    contacts::{Contact, TimelineEntry},
    messages::MessageState,
};
use leptos::prelude::*;
use program::Action;

use super::{
    list::{name, opt_in, test_chip},
    test_contact::TestContact,
};
use crate::{
    address::fill,
    format::time::exact,
    i18n::{t_string, use_i18n},
    parts::{
        chip::Chip,
        head::Head,
        icon::{Glyph, Icon},
        json::Facts,
        list::List,
        load::{Load, Skeleton, opened},
        notice::ProblemBox,
        say::say,
        time::When,
    },
    prefs::Texts,
    words,
};

/// One contact.
#[component]
pub fn ContactPage(id: String) -> impl IntoView {
    let path = fill(api::path::CONTACT, &[&id]);
    let load = Load::<Contact>::new(move || path.clone());
    opened(load, move |contact| view! { <Person contact=contact /> })
}

#[component]
fn Person(contact: Contact) -> impl IntoView {
    let texts = use_i18n();
    let title = name(&contact);
    let (agreed, id) = (contact.opt_in, contact.id.to_string());
    let is_test = RwSignal::new(contact.test);
    let chips = move || view! { <Show when=move || is_test.get()>{test_chip(texts)}</Show> };
    let nothing = contact.attributes.is_empty();
    let external =
        contact.external_id.map(|id| view! { <dt>{say!(texts, contacts.external_id)}</dt> <dd><code>{id}</code></dd> });
    view! {
        <Head
            title=Signal::derive(move || title.clone())
            crumb=Signal::derive(move || ("/contacts".to_owned(), t_string!(texts, contacts.title).to_owned()))
            chips=chips
        />
        <div class="page columns">
            <section class="card">
                <h2>{say!(texts, contacts.timeline)}</h2>
                <Timeline id=id.clone() />
            </section>
            <div>
                <section class="card">
                    <dl class="facts">
                        {external}
                        <dt>{say!(texts, contacts.opt_in)}</dt>
                        <dd>{say(move || opt_in(texts, agreed))}</dd>
                        <dt>{say!(texts, contacts.seen)}</dt>
                        <dd><When at=contact.created_at /></dd>
                        <dt>{say!(texts, contacts.changed)}</dt>
                        <dd><When at=contact.updated_at /></dd>
                    </dl>
                </section>
                <section class="card">
                    <TestContact id=id is_test=is_test />
                </section>
                <section class="card">
                    <h2>{say!(texts, contacts.attributes)}</h2>
                    {nothing.then(|| view! { <p class="quiet">{say!(texts, contacts.attributes_none)}</p> })}
                    <Facts object=contact.attributes />
                </section>
            </div>
        </div>
    }
}

#[component]
fn Timeline(id: String) -> impl IntoView {
    let texts = use_i18n();
    let path = fill(api::path::CONTACT_TIMELINE, &[&id]);
    let list = List::<TimelineEntry>::new(move || path.clone());
    let state = move || match (list.items.with(|items| items.as_ref().map(Vec::is_empty)), list.frame.problem.get()) {
        (_, Some(problem)) => {
            view! { <ProblemBox problem=problem retry=Callback::new(move |()| list.again()) /> }.into_any()
        }
        (None, None) => view! { <Skeleton /> }.into_any(),
        (Some(true), None) => view! { <p class="quiet">{say!(texts, contacts.timeline_none)}</p> }.into_any(),
        (Some(false), None) => ().into_any(),
    };
    let entries = move || list.items.get().unwrap_or_default().into_iter().enumerate().collect::<Vec<_>>();
    view! {
        <ol class="timeline">
            <For each=entries key=|(at, _)| *at children=move |(_, entry)| view! { <Entry entry=entry /> } />
        </ol>
        {state}
        <Show when=move || list.frame.next.read().is_some()>
            <button on:click=move |_| list.frame.more() disabled=list.frame.busy>{say!(texts, common.load_more)}</button>
        </Show>
    }
}

#[component]
fn Entry(entry: TimelineEntry) -> impl IntoView {
    let texts = use_i18n();
    match entry {
        TimelineEntry::Event { at, event_id, kind } => view! {
            <li class="tone-brand">
                <span class="tint"><Icon glyph=Glyph::Bolt /></span>
                <div>
                    <p><a href=format!("/events/{event_id}")>{say!(texts, contacts.happened, event = kind.clone())}</a> <When at=at /></p>
                </div>
            </li>
        }
        .into_any(),
        TimelineEntry::Step { at, program, program_title, node, step, .. } => {
            let (glyph, tone) = look(&step.action);
            let (id, action) = (step.node.to_string(), step.action.clone());
            let title = move || words::title_of(texts, node.as_ref(), &id);
            let error = match &step.action {
                program::Action::Failed { error } => Some(error.clone()),
                _ => None,
            };
            view! {
                <li class=format!("tone-{tone}")>
                    <span class="tint"><Icon glyph=glyph /></span>
                    <div>
                        <p><b>{say(move || said(texts, title(), &action))}</b> <When at=at /></p>
                        <p class="small">
                            <a href=format!("/programs/{program}")>{program_title}</a>
                            {(!step.reason.is_none()).then(|| view! { " · " {say(move || words::reason(texts, &step.reason))} })}
                        </p>
                        {error.map(|error| view! { <p class="small bad">{say(move || words::reason(texts, &error))}</p> })}
                    </div>
                </li>
            }
            .into_any()
        }
        TimelineEntry::Message { at, message } => {
            let state = message.state;
            let tone = if state == MessageState::Sent { "good" } else { "quiet" };
            let subject = message.subject.unwrap_or_else(|| message.stream.clone());
            let href = message.inbox_mail_id.map_or_else(
                || format!("/messages?id={}", message.id),
                |mail| format!("/inbox/{mail}"),
            );
            view! {
                <li class=format!("tone-{tone}")>
                    <span class="tint"><Icon glyph=Glyph::Mail /></span>
                    <div>
                        <p>
                            <a href=href>{say!(texts, contacts.mail, subject = subject.clone())}</a>
                            <Chip state=Signal::derive(move || words::message_state(texts, state)) />
                            <When at=at />
                        </p>
                        {words::heard(message.reason, message.why).map(|reason| view! { <p class="small">{say(move || words::reason(texts, &reason))}</p> })}
                    </div>
                </li>
            }
            .into_any()
        }
    }
}

/// Icon and tone of a step.
pub fn look(action: &Action) -> (Glyph, &'static str) {
    match action {
        Action::Passed { .. } => (Glyph::Check, "brand"),
        Action::Waiting { .. } => (Glyph::Clock, "time"),
        Action::Moved { .. } => (Glyph::Fork, "brand"),
        Action::Finished => (Glyph::Flag, "quiet"),
        Action::Failed { .. } => (Glyph::Halt, "bad"),
    }
}

/// What became of a token at a node, in words.
pub fn said(texts: Texts, node: String, action: &Action) -> String {
    match action {
        Action::Passed { port } if port.as_str() == "next" => node,
        Action::Passed { port } => {
            t_string!(texts, contacts.went, node = node, port = words::port(texts, port.as_str()))
        }
        Action::Waiting { until } => {
            t_string!(texts, contacts.waits_until, node = node, time = exact(texts, *until))
        }
        Action::Moved { to } => t_string!(texts, contacts.moved, node = node, to = to.to_string()),
        Action::Finished => t_string!(texts, contacts.over, node = node),
        Action::Failed { .. } => t_string!(texts, contacts.stuck, node = node),
    }
}

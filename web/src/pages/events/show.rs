//! /events/:id: one event, its payload, and what it started.

use api::{
    events::{AttachmentSummary, EventDetail, Late},
    tokens::TokenSummary,
};
use leptos::prelude::*;
use program::Reason;
use serde_json::Value;

use crate::{
    address::fill,
    format::number::bytes,
    i18n::{t_string, use_i18n},
    parts::{
        chip::Chip,
        head::Head,
        json::Json,
        load::{Load, opened},
        say::say,
        time::When,
    },
    words,
};

/// One event.
#[component]
pub fn EventPage(id: String) -> impl IntoView {
    let path = fill(api::path::EVENT, &[&id]);
    let load = Load::<EventDetail>::new(move || path.clone());
    opened(load, |event| view! { <Event event=event /> })
}

#[component]
fn Event(event: EventDetail) -> impl IntoView {
    let texts = use_i18n();
    let EventDetail { summary, client_id, data, attachments, tokens, passed_over, passed_over_why, late } = event;
    let title = summary.kind.clone();
    let none = tokens.is_empty();
    let ahead = summary.occurred_at > summary.received_at;
    view! {
        <Head
            title=Signal::derive(move || title.clone())
            crumb=Signal::derive(move || ("/events".to_owned(), t_string!(texts, events.title).to_owned()))
        />
        <div class="page columns">
            <section class="card">
                <h2>{say!(texts, events.data)}</h2>
                <Json value=Value::Object(data) />
                <Files files=attachments />
            </section>
            <div>
                <section class="card">
                    <dl class="facts">
                        <dt>{say!(texts, events.contact)}</dt>
                        <dd><a href=format!("/contacts/{}", summary.contact_id)>{summary.contact}</a></dd>
                        <dt>{say!(texts, events.occurred)}</dt>
                        <dd>
                            <When at=summary.occurred_at />
                            {ahead.then(|| view! { <span class="sub">{say!(texts, events.ahead)}</span> })}
                        </dd>
                        <dt>{say!(texts, events.received)}</dt>
                        <dd><When at=summary.received_at /></dd>
                        {words::heard(passed_over, passed_over_why).map(|reason| view! {
                            <dt>{say!(texts, events.passed_over)}</dt>
                            <dd class="bad" data-passed-over="true">{say(move || words::reason(texts, &reason))}</dd>
                        })}
                        {client_id.map(|id| view! { <dt>{say!(texts, events.client_id)}</dt> <dd><code>{id}</code></dd> })}
                    </dl>
                </section>
                <section class="card">
                    <h2>{say!(texts, events.tokens)}</h2>
                    {none.then(|| view! { <p class="quiet">{say!(texts, events.tokens_none)}</p> })}
                    <ul class="rows">{tokens.into_iter().map(|token| view! { <Token token=token /> }).collect::<Vec<_>>()}</ul>
                    <TooLate steps=late />
                </section>
            </div>
        </div>
    }
}

/// What of the event came too late, and why; nothing where all was in time.
#[component]
fn TooLate(steps: Vec<Late>) -> impl IntoView {
    let texts = use_i18n();
    let any = !steps.is_empty();
    let step = |Late { token, program, node, at, reason, why }: Late| {
        let reason = Reason::heard(reason, why);
        view! {
            <li data-late="true">
                <div class="links">
                    <a href=format!("/programs/{program}")>{program.clone()}</a>
                    <span class="sub">{say!(texts, token.at_step)} " " <a href=format!("/tokens/{token}")>{node}</a></span>
                    <span class="sub bad">{say(move || words::reason(texts, &reason))}</span>
                </div>
                <When at=at />
            </li>
        }
    };
    any.then(|| {
        view! {
            <h3>{say!(texts, events.late)}</h3>
            <ul class="rows">{steps.into_iter().map(step).collect::<Vec<_>>()}</ul>
        }
    })
}

/// A token in a list of another page.
#[component]
fn Token(token: TokenSummary) -> impl IntoView {
    let texts = use_i18n();
    let state = token.state;
    // A filter that could not be decided stands here, too: a token that is stuck at its entry.
    let error = words::heard(token.error, token.why).map(|error| {
        view! {
            <span class="sub bad">{say(move || words::reason(texts, &error))}</span>
            <a class="sub" data-dead-letter="true" href=format!("/tokens/{}", token.id)>{say!(texts, token.dead_letter)}</a>
        }
    });
    view! {
        <li>
            <div class="links">
                <a href=format!("/programs/{}", token.program)>{token.program.clone()}</a>
                <span class="sub">{say!(texts, token.at_step)} " " <a href=format!("/tokens/{}", token.id)>{token.node}</a></span>
                {error}
            </div>
            <Chip state=Signal::derive(move || words::token_state(texts, state)) />
            <When at=token.updated_at />
        </li>
    }
}

/// Files without their bytes; nothing where there are none.
#[component]
pub fn Files(files: Vec<AttachmentSummary>) -> impl IntoView {
    let texts = use_i18n();
    let any = !files.is_empty();
    let file = |file: AttachmentSummary| {
        let size = file.size;
        view! { <li><b>{file.filename}</b> <span class="quiet">{file.content_type}</span> <span class="num">{say(move || bytes(texts, size))}</span></li> }
    };
    any.then(|| {
        view! {
            <h3>{say!(texts, events.files)}</h3>
            <ul class="rows">{files.into_iter().map(file).collect::<Vec<_>>()}</ul>
        }
    })
}

//! *Send event*: a form that sends a test event as the signed-in user, and the same as a line for the terminal.

use api::{
    Object, Page,
    events::{ContactIn, EventDetail, EventIn, EventResult, EventSummary, Receipt},
    problem::ProblemDetails,
};
use leptos::{prelude::*, task::spawn_local, web_sys::SubmitEvent};
use serde_json::{Value, json};

use super::files::{Files, files_field};
use crate::{
    address::{fill, with_query},
    client,
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{copy::CopyBox, json::pretty, notice::ProblemBox, toast::Toasts},
    session::Me,
};

/// The form.
#[component]
pub fn SendEvent(
    /// Whether the dialog is open.
    open: RwSignal<bool>,
    /// Event types that start the program.
    events: Vec<String>,
) -> impl IntoView {
    let texts = use_i18n();
    let toasts = Toasts::here();
    let me = Me::here();
    let kind = RwSignal::new(events.first().cloned().unwrap_or_default());
    let email = RwSignal::new("ada@example.test".to_owned());
    let opt_in = RwSignal::new(true);
    let data = RwSignal::new(pretty(&sample()));
    let files = Files::new();
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<ProblemDetails>));
    take_up_latest(kind, data);

    let parsed = Memo::new(move |_| serde_json::from_str::<Object>(&data.read()).map_err(|error| error.to_string()));
    let event = move || EventIn {
        kind: kind.get(),
        contact: ContactIn {
            email: Some(email.get().trim().to_owned()),
            opt_in: Some(opt_in.get()),
            ..ContactIn::default()
        },
        data: parsed.get().unwrap_or_default(),
        id: None,
        occurred_at: None,
        attachments: files.outlined(),
    };
    let line = Signal::derive(move || curl(&event()));
    let submit = move |submitted: SubmitEvent| {
        submitted.prevent_default();
        if parsed.read_untracked().is_err() {
            return;
        }
        let mut event = untrack(event);
        busy.set(true);
        spawn_local(async move {
            let Some(attachments) = files.read().await else {
                let _ = busy.try_set(false);
                return;
            };
            event.attachments = attachments;
            match client::post::<Receipt>(api::path::EVENTS, &event).await {
                Ok(receipt) => {
                    match receipt.results.into_iter().next() {
                        Some(EventResult::Accepted { event_id, started, .. }) => {
                            let words = || t_string!(texts, trial.started, n = number(texts, started as u64));
                            toasts.say_with_link(words, format!("/events/{event_id}"), event.kind);
                        }
                        Some(EventResult::Duplicate { .. }) => toasts.say(|| t_string!(texts, trial.duplicate)),
                        Some(EventResult::Rejected { field, detail, .. }) => {
                            toasts.refuse(|| format!("{field}: {detail}"))
                        }
                        None => {}
                    }
                    open.set(false);
                }
                Err(refused) => {
                    let _ = problem.try_set(Some(*refused));
                    let _ = busy.try_set(false);
                }
            }
        });
    };
    let options: Vec<_> =
        events.iter().map(|event| view! { <option value=event.clone()>{event.clone()}</option> }).collect();
    let stays = move || me.session().is_some_and(|session| session.inbox);
    view! {
        <form on:submit=submit>
            <p class="dialog-text">{move || if stays() { t_string!(texts, trial.lead_inbox) } else { t_string!(texts, trial.lead) }}</p>
            {move || problem.get().map(|problem| view! { <ProblemBox problem=problem /> })}
            <div class="two">
                <label>
                    {say!(texts, trial.event)}
                    <select bind:value=kind>{options}</select>
                </label>
                <label>
                    {say!(texts, trial.email)}
                    <input type="email" required bind:value=email />
                </label>
            </div>
            <label class="check">
                <input type="checkbox" bind:checked=opt_in />
                {say!(texts, trial.opt_in)}
            </label>
            <label>
                {say!(texts, trial.data)}
                <textarea
                    rows="7"
                    spellcheck="false"
                    class="code"
                    aria-invalid=move || parsed.read().is_err().to_string()
                    bind:value=data
                ></textarea>
                <span class="error" role="status">
                    {move || parsed.get().err().map(|why| t_string!(texts, trial.bad_json, why = why))}
                </span>
            </label>
            {files_field(files)}
            <details>
                <summary>{say!(texts, trial.curl)}</summary>
                <CopyBox text=line />
                <p class="small">{say!(texts, trial.curl_help)} " " <a href="/keys">{say!(texts, nav.keys)}</a></p>
                <Show when=move || files.any()>
                    <p class="small">{say!(texts, trial.curl_files)}</p>
                </Show>
            </details>
            <footer>
                <button type="button" on:click=move |_| open.set(false)>{say!(texts, common.cancel)}</button>
                <button class="primary" disabled=move || busy.get() || parsed.read().is_err() || files.over()>{say!(texts, trial.send)}</button>
            </footer>
        </form>
    }
}

/// Something to start with: an order, as the example program and its mails expect it.
pub fn sample() -> Value {
    json!({
        "order_id": "A-1001",
        "total": 129.9,
        "currency": "EUR",
        "lines": [{ "name": "Running shoes", "quantity": 1, "price": 129.9 }],
    })
}

/// The latest event of the same type makes a better sample than ours; what the reader wrote stays.
pub fn take_up_latest(kind: RwSignal<String>, data: RwSignal<String>) {
    let first = data.get_untracked();
    Effect::new(move |_| {
        let (kind, first) = (kind.get(), first.clone());
        spawn_local(async move {
            let url = with_query(api::path::EVENTS, &[("type", kind.as_str()), ("limit", "1")]);
            let Ok(page) = client::get::<Page<EventSummary>>(&url).await else { return };
            let Some(latest) = page.items.into_iter().find(|event| event.kind == kind) else { return };
            let path = fill(api::path::EVENT, &[&latest.id.to_string()]);
            let Ok(detail) = client::get::<EventDetail>(&path).await else { return };
            if !detail.data.is_empty() && data.try_with_untracked(|data| *data == first) == Some(true) {
                data.set(pretty(&Value::Object(detail.data)));
            }
        });
    });
}

/// The event as a line for the terminal.
fn curl(event: &EventIn) -> String {
    let body = serde_json::to_string_pretty(event).unwrap_or_default().replace('\'', "'\\''");
    let origin = location().origin().unwrap_or_default();
    format!(
        "curl {origin}{} \\\n  -H 'Authorization: Bearer KEY' \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'",
        api::path::EVENTS
    )
}

//! /messages: each mail that a program asked for, with what became of it. `?id=` opens one, `?state=` filters.

use api::messages::{MessageState, MessageSummary};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use crate::{
    address::{fill, with_query},
    format::number::number,
    format::time::exact,
    i18n::{t_string, use_i18n},
    pages::dead_letters::replay::ReplayDialog,
    parts::{
        chip::Chip,
        dialog::Dialog,
        head::Head,
        icon::Glyph,
        list::List,
        load::{Load, loaded},
        notice::Empty,
        say::say,
        table::{Row, column, table},
        time::{MaybeWhen, When},
    },
    prefs::Texts,
    words,
};

const STATES: [(&str, MessageState); 9] = [
    ("queued", MessageState::Queued),
    ("leased", MessageState::Leased),
    ("handing_over", MessageState::HandingOver),
    ("sent", MessageState::Sent),
    ("failed", MessageState::Failed),
    ("unknown", MessageState::Unknown),
    ("blocked", MessageState::Blocked),
    ("held", MessageState::Held),
    ("skipped", MessageState::Skipped),
];

/// The filter for messages whose outcome is unknown, or ever was.
const EVER_UNKNOWN: &str = "ever_unknown";

/// The list.
#[component]
pub fn MessagesPage() -> impl IntoView {
    let texts = use_i18n();
    let query = use_query_map();
    let state = Memo::new(move |_| query.read().get("state").unwrap_or_default());
    let id = Memo::new(move |_| query.read().get("id"));
    let list = List::new(move || {
        let state = state.read();
        // Not a state: those that were resolved count too.
        let filter = if *state == EVER_UNKNOWN { ("unknown", "true") } else { ("state", state.as_str()) };
        with_query(api::path::MESSAGES, &[filter])
    });
    let go = use_navigate();
    let filter = {
        let go = go.clone();
        move |event| go(&with_query("/messages", &[("state", &event_target_value(&event))]), NavigateOptions::default())
    };
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(id.get().is_some()));
    // Closing the dialog leaves its address.
    Effect::new(move |before: Option<bool>| {
        let now = open.get();
        if before == Some(true) && !now && id.get_untracked().is_some() {
            go(&with_query("/messages", &[("state", &state.get_untracked())]), NavigateOptions::default());
        }
        now
    });
    let columns = vec![
        column("main", move || t_string!(texts, messages.to).to_owned()),
        column("", move || t_string!(texts, messages.state).to_owned()),
        column("wide", move || t_string!(texts, messages.subject).to_owned()),
        column("wide", move || t_string!(texts, messages.program).to_owned()),
        column("", move || t_string!(texts, messages.created).to_owned()),
    ];
    // Leased and handing over read alike: one choice for both would ask for one of them only.
    let states = STATES.into_iter().filter(|(_, known)| *known != MessageState::Leased).map(|(name, known)| {
        view! { <option value=name selected=move || *state.read() == name>{say(move || words::message_state(texts, known).1)}</option> }
    });
    let states: Vec<_> = states.collect();
    view! {
        <Head title=say!(texts, messages.title) />
        <div class="page">
            <div class="filters">
                <select aria-label=say!(texts, messages.state) on:change=filter>
                    <option value="">{say!(texts, messages.any_state)}</option>
                    {states}
                    <option value=EVER_UNKNOWN selected=move || *state.read() == EVER_UNKNOWN>{say!(texts, messages.ever_unknown)}</option>
                </select>
            </div>
            {table(
                list,
                columns,
                |message: &MessageSummary| (message.id, message.state, message.attempt),
                move |message| row(texts, message, state),
                move || empty(state),
            )}
        </div>
        <Dialog open=open title=say!(texts, messages.one)>
            {move || id.get().map(|id| view! { <One id=id /> })}
        </Dialog>
    }
}

fn row(texts: Texts, message: MessageSummary, filter: Memo<String>) -> Row {
    let state = message.state;
    let subject = message.subject.map_or_else(
        || view! { <span class="quiet">{say!(texts, common.untitled)}</span> }.into_any(),
        IntoAny::into_any,
    );
    let reason = words::heard(message.reason, message.why).map(|reason| say(move || words::reason(texts, &reason)));
    let id = message.id.to_string();
    Row {
        href: Some(with_query("/messages", &[("state", &filter.get_untracked()), ("id", &id)])),
        cells: vec![
            view! { <strong>{message.recipient}</strong> {reason.map(|reason| view! { <span class="sub">{reason}</span> })} }.into_any(),
            view! { <Chip state=Signal::derive(move || words::message_state(texts, state)) /> }.into_any(),
            subject,
            view! { <a href=format!("/programs/{}", message.program)>{message.program.clone()}</a> }.into_any(),
            view! { <When at=message.created_at /> }.into_any(),
        ],
    }
}

fn empty(state: Memo<String>) -> AnyView {
    let texts = use_i18n();
    if !state.read_untracked().is_empty() {
        return view! { <p class="no-match">{say!(texts, common.no_match)}</p> }.into_any();
    }
    view! {
        <Empty
            glyph=Glyph::Mail
            title=say!(texts, messages.empty)
            lead=say!(texts, messages.empty_lead)
        />
    }
    .into_any()
}

/// One message, whole.
#[component]
fn One(id: String) -> impl IntoView {
    let path = fill(api::path::MESSAGE, &[&id]);
    let load = Load::<MessageSummary>::new(move || path.clone());
    loaded(load, move |message| view! { <Facts message=message load=load /> })
}

#[component]
fn Facts(message: MessageSummary, load: Load<MessageSummary>) -> impl IntoView {
    let texts = use_i18n();
    let MessageSummary { id, token_id, state, attempt, unknown_at, .. } = message;
    let replaying = RwSignal::new(false);
    let unknown = unknown_at.map(|at| {
        view! { <p class="small">{say(move || t_string!(texts, messages.was_unknown, time = exact(texts, at)))}</p> }
    });
    let reason = words::heard(message.reason, message.why).map(|reason| say(move || words::reason(texts, &reason)));
    let mail = message.inbox_mail_id.map(|id| {
        view! { <footer><a href=format!("/inbox/{id}") class="button primary">{say!(texts, messages.open_mail)}</a></footer> }
    });
    let again = (state == MessageState::Failed).then(|| {
        view! {
            <footer><button class="primary" data-act="replay" on:click=move |_| replaying.set(true)>{say!(texts, dead.replay)}</button></footer>
            <ReplayDialog
                open=replaying
                ids=Signal::derive(move || vec![id])
                newer=Signal::derive(|| None)
                on_done=Callback::new(move |()| load.again())
            />
        }
    });
    view! {
        <dl class="facts">
            <dt>{say!(texts, messages.state)}</dt>
            <dd><Chip state=Signal::derive(move || words::message_state(texts, state)) /> {unknown}</dd>
            {reason.map(|reason| view! { <dt>{say!(texts, messages.reason)}</dt> <dd>{reason}</dd> })}
            <dt>{say!(texts, messages.to)}</dt>
            <dd><a href=format!("/contacts/{}", message.contact_id)>{message.recipient}</a></dd>
            {message.subject.map(|subject| view! { <dt>{say!(texts, messages.subject)}</dt> <dd>{subject}</dd> })}
            <dt>{say!(texts, messages.program)}</dt>
            <dd><a href=format!("/programs/{}", message.program)>{message.program.clone()}</a> " · " <a href=format!("/tokens/{token_id}")>{message.node}</a></dd>
            <dt>{say!(texts, messages.stream)}</dt>
            <dd>{message.stream}</dd>
            <dt>{say!(texts, messages.created)}</dt>
            <dd><When at=message.created_at /></dd>
            <dt>{say!(texts, messages.sent)}</dt>
            <dd><MaybeWhen at=message.sent_at /></dd>
            <dt>{say!(texts, messages.due)}</dt>
            <dd><MaybeWhen at=message.due_at /></dd>
            <dt>{say!(texts, messages.tries)}</dt>
            <dd class="num">{say(move || number(texts, attempt.into()))}</dd>
            <dt>{say!(texts, messages.message_id)}</dt>
            <dd><code>{message.message_id}</code></dd>
        </dl>
        {mail}
        {again}
    }
}

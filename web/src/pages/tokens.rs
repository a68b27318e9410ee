//! /tokens/:id: one contact's way through a program, step by step, and what became of its mails. A token that is stuck
//! is a dead letter: why, and how to try it again.

use api::{
    calls::CallSummary,
    messages::MessageSummary,
    tokens::{TokenDetail, TokenState, TokenSummary},
};
use leptos::prelude::*;
use program::{Action, Reason, TraceStep};

use crate::{
    address::fill,
    format::number::number,
    i18n::{t_string, use_i18n},
    pages::{
        contacts::show::{look, said},
        dead_letters::replay::ReplayDialog,
        programs::listed::Listed,
    },
    parts::{
        chip::Chip,
        head::Head,
        icon::Icon,
        load::{Load, opened},
        say::say,
        status::StatusLine,
        time::{MaybeWhen, When},
    },
    words,
};

/// One token.
#[component]
pub fn TokenPage(id: String) -> impl IntoView {
    let path = fill(api::path::TOKEN, &[&id]);
    let load = Load::<TokenDetail>::new(move || path.clone());
    opened(load, move |token| view! { <Token token=token load=load /> })
}

#[component]
fn Token(token: TokenDetail, load: Load<TokenDetail>) -> impl IntoView {
    let texts = use_i18n();
    let TokenDetail { summary, trace, messages, calls } = token;
    let program = Listed::new(&summary.program);
    let (title, state) = (summary.contact.clone(), summary.state);
    let chips = move || view! { <Chip state=Signal::derive(move || words::token_state(texts, state)) /> };
    let stuck =
        (state == TokenState::Failed).then(|| view! { <Stuck token=summary.clone() program=program load=load /> });
    let (no_steps, no_mails) = (trace.is_empty(), messages.is_empty());
    let steps = trace.into_iter().map(|step| view! { <Step step=step program=program /> });
    let steps: Vec<_> = steps.collect();
    let called: Vec<_> = calls.into_iter().map(|call| view! { <Called call=call program=program /> }).collect();
    let mails: Vec<_> = messages.into_iter().map(|message| view! { <Sent message=message /> }).collect();
    view! {
        <Head title=say(move || title.clone()) crumb=program.crumb chips=chips />
        <div class="page columns">
            <div>
                {stuck}
                <section class="card">
                    <h2>{say!(texts, token.steps)}</h2>
                    {no_steps.then(|| view! { <p class="quiet">{say!(texts, token.steps_none)}</p> })}
                    <ol class="timeline">{steps}</ol>
                </section>
            </div>
            <div>
                <section class="card"><Facts token=summary program=program /></section>
                <section class="card">
                    <h2>{say!(texts, messages.title)}</h2>
                    {no_mails.then(|| view! { <p class="quiet">{say!(texts, token.mails_none)}</p> })}
                    <ul class="rows">{mails}</ul>
                </section>
                {(!called.is_empty()).then(|| view! {
                    <section class="card">
                        <h2>{say!(texts, token.calls)}</h2>
                        <ul class="rows" data-calls="true">{called}</ul>
                    </section>
                })}
            </div>
        </div>
    }
}

/// What keeps it, and the way on.
#[component]
fn Stuck(token: TokenSummary, program: Listed, load: Load<TokenDetail>) -> impl IntoView {
    let texts = use_i18n();
    let TokenSummary { id, node, error, why, .. } = token;
    let error = Reason::heard(error.unwrap_or_default(), why);
    let open = RwSignal::new(false);
    view! {
        <StatusLine
            tone="bad"
            lead=say(move || t_string!(texts, token.stuck, node = program.title_of(&node)))
            why=say(move || words::reason(texts, &error))
        >
            <button data-act="replay" on:click=move |_| open.set(true)>{say!(texts, dead.replay)}</button>
        </StatusLine>
        <ReplayDialog
            open=open
            ids=Signal::derive(move || vec![id])
            newer=Signal::derive(|| None)
            on_done=Callback::new(move |()| load.again())
        />
    }
}

#[component]
fn Facts(token: TokenSummary, program: Listed) -> impl IntoView {
    let texts = use_i18n();
    let TokenSummary { version, node, state, due_at, .. } = token;
    let due = (state == TokenState::Waiting)
        .then(|| view! { <dt>{say!(texts, tokens.due)}</dt> <dd><MaybeWhen at=due_at /></dd> });
    view! {
        <dl class="facts">
            <dt>{say!(texts, tokens.contact)}</dt>
            <dd><a href=format!("/contacts/{}", token.contact_id)>{token.contact}</a></dd>
            <dt>{say!(texts, events.kind)}</dt>
            <dd><a href=format!("/events/{}", token.event_id)>{say!(texts, token.event)}</a></dd>
            <dt>{say!(texts, messages.program)}</dt>
            <dd>
                <a href=format!("/programs/{}", token.program)>{move || program.crumb.get().1}</a>
                " · " {say(move || t_string!(texts, versions.number, n = number(texts, version.into())))}
            </dd>
            <dt>{say!(texts, tokens.node)}</dt>
            <dd>{move || program.title_of(&node)}</dd>
            {due}
            <dt>{say!(texts, tokens.entered)}</dt>
            <dd><When at=token.created_at /></dd>
        </dl>
    }
}

#[component]
fn Step(step: TraceStep, program: Listed) -> impl IntoView {
    let texts = use_i18n();
    let TraceStep { node, action, reason, at, .. } = step;
    let (glyph, tone) = look(&action);
    let (id, error) = (
        node.to_string(),
        match &action {
            Action::Failed { error } => Some(error.clone()),
            _ => None,
        },
    );
    view! {
        <li class=format!("tone-{tone}")>
            <span class="tint"><Icon glyph=glyph /></span>
            <div>
                <p><b>{say(move || said(texts, program.title_of(&id), &action))}</b> <When at=at /></p>
                {(!reason.is_none()).then(|| view! { <p class="small">{say(move || words::reason(texts, &reason))}</p> })}
                {error.map(|error| view! { <p class="small bad">{say(move || words::reason(texts, &error))}</p> })}
            </div>
        </li>
    }
}

#[component]
fn Sent(message: MessageSummary) -> impl IntoView {
    let texts = use_i18n();
    let state = message.state;
    let subject = message.subject.unwrap_or(message.stream);
    view! {
        <li>
            <div>
                <a href=format!("/messages?id={}", message.id)>{subject}</a>
                {words::heard(message.reason, message.why).map(|reason| view! { <span class="sub">{say(move || words::reason(texts, &reason))}</span> })}
            </div>
            <Chip state=Signal::derive(move || words::message_state(texts, state)) />
        </li>
    }
}

/// One call of somebody's server: at which node, how often, and what came of it.
#[component]
fn Called(call: CallSummary, program: Listed) -> impl IntoView {
    let texts = use_i18n();
    let CallSummary { node, state, attempts, reason, why, answer, .. } = call;
    view! {
        <li>
            <div>
                {move || program.title_of(&node)}
                <span class="sub">{say(move || t_string!(texts, token.tries, n = number(texts, attempts.into())))}</span>
                {words::heard(reason, why).map(|reason| view! { <span class="sub">{say(move || words::reason(texts, &reason))}</span> })}
                {answer.map(|answer| view! { <span class="sub">{answer}</span> })}
            </div>
            <Chip state=Signal::derive(move || words::call_state(texts, state)) />
        </li>
    }
}

//! A test run under way: where each contact is, step by step, and what became of the mails.

use std::collections::BTreeMap;

use api::{messages::MessageSummary, programs::TestRun as Run, streams::PreviewMail, tokens::TokenState};
use leptos::prelude::*;
use program::{NodeId, Purpose, StreamName, TraceStep};
use uuid::Uuid;

use super::{mail::MailPreview, steps::StepLine, test_desk::Desk};
use crate::{
    editor::stage::Stage,
    i18n::{t_string, use_i18n},
    parts::{chip::Chip, notice::problem_in, say::say, time::When},
    testing::{contact_object, places},
    words,
};

/// Looks at the run while it is shown, and while something can happen.
#[component]
pub fn TestProgress(run: RwSignal<Option<Run>>) -> impl IntoView {
    let texts = use_i18n();
    let desk = Desk::new(run);
    // What is known of it may be old.
    desk.look();
    let stage = desk.stage;
    Effect::new(move |_| stage.testing.set(run.read().as_ref().map(places).unwrap_or_default()));
    on_cleanup(move || drop(stage.testing.try_set(BTreeMap::new())));
    let tokens = Memo::new(move |_| {
        let run = run.read();
        run.as_ref().map(|run| run.tokens.iter().map(|token| token.summary.id).collect()).unwrap_or_default()
    });
    let many = move || tokens.with(|tokens: &Vec<Uuid>| tokens.len() > 1);
    view! {
        {problem_in(desk.problem)}
        <Show when=move || tokens.read().is_empty()>
            <p class="dialog-text" role="status">{say!(texts, tests.nothing)}</p>
        </Show>
        <For each=move || tokens.get() key=|token| *token let:id>
            <Token desk=desk id=id />
        </For>
        <footer class="dialog-foot">
            <button data-test="clear" disabled=desk.busy on:click=move |_| desk.clear()>{say!(texts, tests.clear)}</button>
            <Show when=move || many() && desk.waits()>
                <button data-test="skip-all" disabled=desk.busy on:click=move |_| desk.skip(None)>{say!(texts, tests.skip_all)}</button>
            </Show>
            <button data-test="another" on:click=move |_| run.set(None)>{say!(texts, tests.another)}</button>
        </footer>
    }
}

/// One contact's way, and the button that ends its wait.
#[component]
fn Token(desk: Desk, id: Uuid) -> impl IntoView {
    let texts = use_i18n();
    let contact = desk.token(id, |token| token.summary.contact.clone()).unwrap_or_default();
    let state = Memo::new(move |_| desk.token(id, |token| token.summary.state).unwrap_or(TokenState::Done));
    let due = Memo::new(move |_| desk.token(id, |token| token.summary.due_at).flatten());
    let node = Memo::new(move |_| desk.token(id, |token| token.summary.node.clone()).unwrap_or_default());
    let error = Memo::new(move |_| {
        desk.token(id, |token| words::heard(token.summary.error.clone(), token.summary.why.clone())).flatten()
    });
    let steps = Memo::new(move |_| desk.token(id, |token| token.trace.len()).unwrap_or_default());
    // The canvas follows whoever moves.
    Effect::new(move |_| {
        if let Ok(node) = NodeId::new(&node.read()) {
            untrack(|| show(desk.stage, &node));
        }
    });
    let of = contact.clone();
    view! {
        <section class="test-token" aria-label=contact.clone() data-token=contact.clone()>
            <header>
                <b>{contact.clone()}</b>
                <Chip state=Signal::derive(move || words::token_state(texts, state.get())) />
            </header>
            <ol class="sim-steps">
                <For each=move || 0..steps.get() key=|at| *at let:at>
                    {step(desk, id, at)}
                </For>
            </ol>
            {move || error.get().map(|error| view! { <p class="small bad" role="alert">{words::reason(texts, &error)}</p> })}
            {move || (state.get() == TokenState::Waiting).then(|| {
                let of = of.clone();
                view! {
                    <div class="test-wait">
                        <span class="small">{say!(texts, tests.due)} " " {due.get().map(|at| view! { <When at=at /> })}</span>
                        <button
                            type="button"
                            class="small-button"
                            data-test="skip"
                            aria-label=move || format!("{}: {of}", t_string!(texts, tests.skip))
                            disabled=desk.busy
                            on:click=move |_| desk.skip(Some(vec![id]))
                        >
                            {say!(texts, tests.skip)}
                        </button>
                    </div>
                }
            })}
        </section>
    }
}

fn show(stage: Stage, node: &NodeId) {
    stage.editor.select(Some(node.clone()));
    stage.show(node);
}

/// One step; with its mails, and what has become of them so far.
fn step(desk: Desk, id: Uuid, at: usize) -> Option<impl IntoView> {
    let trace = desk.token(id, |token| token.trace.get(at).cloned()).flatten()?;
    let (seq, node, stage) = (trace.seq, trace.node.clone(), desk.stage);
    let mails = mails(desk, id, &trace);
    let messages = Memo::new(move |_| {
        let of = |message: &&MessageSummary| message.seq == seq;
        desk.token(id, |token| token.messages.iter().filter(of).cloned().collect::<Vec<_>>()).unwrap_or_default()
    });
    Some(view! {
        <StepLine trace=trace jumped=0 on_open=Callback::new(move |()| show(stage, &node))>
            {move || messages.get().into_iter().map(|message| view! { <Sent message=message /> }).collect_view()}
            {mails.into_iter().map(|(stream, mail)| view! { <MailPreview stream=stream mail=mail /> }).collect_view()}
        </StepLine>
    })
}

/// The mails that a step asks for, to be shown.
fn mails(desk: Desk, id: Uuid, trace: &TraceStep) -> Vec<(String, PreviewMail)> {
    let Some(of) = desk.token(id, |token| token.summary.contact_id) else { return Vec::new() };
    desk.run.with_untracked(|run| {
        let Some(run) = run.as_ref() else { return Vec::new() };
        let Some(contact) = run.contacts.iter().find(|contact| contact.id == of) else { return Vec::new() };
        let mail = |(stream, purpose): (&StreamName, &Purpose)| {
            let (contact, event) = (contact_object(contact), run.summary.data.clone());
            (stream.to_string(), PreviewMail { contact, event, purpose: purpose.clone(), ..Default::default() })
        };
        trace.effects.iter().filter_map(|effect| effect.mail()).map(mail).collect()
    })
}

/// What became of a mail.
#[component]
fn Sent(message: MessageSummary) -> impl IntoView {
    let texts = use_i18n();
    let state = message.state;
    let subject = message.subject.unwrap_or(message.stream);
    let subject = match message.inbox_mail_id {
        Some(mail) => view! { <a href=format!("/inbox/{mail}")>{subject}</a> }.into_any(),
        None => subject.into_any(),
    };
    view! {
        <p class="test-mail small">
            <Chip state=Signal::derive(move || words::message_state(texts, state)) />
            <span>{subject} " → " {message.recipient}</span>
            {words::heard(message.reason, message.why).map(|reason| view! { <span class="quiet">{say(move || words::reason(texts, &reason))}</span> })}
        </p>
    }
}

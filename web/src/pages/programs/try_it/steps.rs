//! The steps of a simulation, one after the other; the canvas shows where it is.

use leptos::prelude::*;
use program::{Problem, TraceStep};

use super::mail::MailPreview;
use crate::{
    editor::stage::Stage,
    format::number::{number, unit},
    format::time::exact,
    i18n::{t_string, use_i18n},
    pages::contacts::show::{look, said},
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
    prefs::Texts,
    simulation::{Played, Setup, Step, units},
    words,
};

/// What came of it.
#[component]
pub fn Steps(setup: Setup, played: Played) -> impl IntoView {
    let texts = use_i18n();
    match played {
        Played::Refused(problems) => view! { <Refused problems=problems /> }.into_any(),
        Played::Nothing => view! { <p class="dialog-text" role="status">{say!(texts, sim.nothing)}</p> }.into_any(),
        Played::Steps(steps) => view! { <Walk setup=setup steps=steps /> }.into_any(),
    }
}

#[component]
fn Refused(problems: Vec<Problem>) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let line = move |problem: Problem| {
        let goal = problem.node.clone();
        let lead = move |_| {
            if let Some(goal) = &goal {
                stage.go_to(goal);
            }
        };
        view! { <li><button type="button" class="link" on:click=lead>{words::finding(texts, &problem.message)}</button></li> }
    };
    view! {
        <div class="problem" role="alert">
            <Icon glyph=Glyph::Halt />
            <div>
                <strong>{say!(texts, sim.refused)}</strong>
                <ul>{problems.into_iter().map(line).collect::<Vec<_>>()}</ul>
            </div>
        </div>
    }
}

#[component]
fn Walk(setup: Setup, steps: Vec<Step>) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let all = steps.len();
    let steps = StoredValue::new(steps);
    let setup = StoredValue::new(setup);
    let shown = RwSignal::new(1_usize);
    let focus = move |at: usize| {
        let node = steps.with_value(|steps| steps.get(at).map(|step| step.trace.node.clone()));
        if let Some(node) = node {
            stage.editor.select(Some(node.clone()));
            stage.show(&node);
        }
    };
    Effect::new(move |_| {
        let last = shown.get() - 1;
        untrack(|| focus(last));
    });
    let line = move |at: usize| {
        let (step, before) =
            steps.with_value(|steps| (steps.get(at).cloned(), at.checked_sub(1).map(|at| steps[at].way)));
        let step = step?;
        let way = (before.is_some_and(|before| before != step.way)).then(|| number(texts, step.way as u64 + 1));
        Some(view! {
            {way.map(|n| view! { <li class="sim-way">{say!(texts, sim.way, n = n.clone())}</li> })}
            <Line step=step setup=setup.get_value() on_open=Callback::new(move |()| focus(at)) />
        })
    };
    let said = move || {
        let n = number(texts, shown.get() as u64);
        t_string!(texts, sim.step, n = n, all = number(texts, all as u64))
    };
    let over = move || shown.get() >= all;
    view! {
        <div class="sim-bar">
            <span class="num" role="status">{said}</span>
            <button class="primary" data-sim="next" disabled=over on:click=move |_| shown.update(|n| *n += 1)>
                {say!(texts, sim.next)}
            </button>
            <button data-sim="end" disabled=over on:click=move |_| shown.set(all)>{say!(texts, sim.end)}</button>
        </div>
        <ol class="sim-steps">
            <For each=move || 0..shown.get() key=|at| *at let:at>{line(at)}</For>
        </ol>
    }
}

#[component]
fn Line(step: Step, setup: Setup, on_open: Callback<()>) -> impl IntoView {
    let mails: Vec<_> = step.mails().map(|(stream, purpose)| (stream.to_string(), purpose.clone())).collect();
    view! {
        <StepLine trace=step.trace jumped=step.jumped on_open=on_open>
            {mails.into_iter().map(|(stream, purpose)| {
                let (contact, event) = (setup.contact.clone(), setup.data.clone());
                let mail = api::streams::PreviewMail { contact, event, purpose, ..Default::default() };
                view! { <MailPreview stream=stream mail=mail /> }
            }).collect_view()}
        </StepLine>
    }
}

/// A step as a line that leads to its node, and below it what belongs to it.
#[component]
pub fn StepLine(
    /// The step.
    trace: TraceStep,
    /// How much time was jumped over before it, in milliseconds.
    jumped: u64,
    /// Leads to its node.
    on_open: Callback<()>,
    children: Children,
) -> impl IntoView {
    let texts = use_i18n();
    let program = Stage::here().editor.program.get_untracked().0;
    let (id, node) = (trace.node.to_string(), program.nodes.get(&trace.node).cloned());
    let title = move || words::title_of(texts, node.as_ref(), &id);
    let (glyph, tone) = look(&trace.action);
    let glyph = if trace.effects.iter().any(|effect| effect.mail().is_some()) { Glyph::Mail } else { glyph };
    let error = match &trace.action {
        program::Action::Failed { error } => Some(error.clone()),
        _ => None,
    };
    let TraceStep { at, node, action, reason, .. } = trace;
    view! {
        <li class=format!("tone-{tone}") data-step=node.to_string()>
            {(jumped > 0).then(|| view! { <p class="sim-jump">{say!(texts, sim.jumped, time = length(texts, jumped))}</p> })}
            <button type="button" class="sim-step" on:click=move |_| on_open.run(())>
                <span class="tint"><Icon glyph=glyph /></span>
                <span>
                    <b>{move || said(texts, title(), &action)}</b>
                    <time class="small num">{move || exact(texts, at)}</time>
                    {(!reason.is_none()).then(|| view! { <span class="small">{say(move || words::reason(texts, &reason))}</span> })}
                    {error.map(|error| view! { <span class="small bad">{say(move || words::reason(texts, &error))}</span> })}
                </span>
            </button>
            {children()}
        </li>
    }
}

/// `2 days 3 hours`.
fn length(texts: Texts, millis: u64) -> String {
    units(millis).into_iter().map(|(n, name)| unit(texts, n, name)).collect::<Vec<_>>().join(" ")
}

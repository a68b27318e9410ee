//! Errors that say what happened and what to do, and empty lists that say what the page is for.

use api::problem::ProblemDetails;
use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use crate::{i18n::use_i18n, words};

/// The problem that a form's call gave, if it gave one.
pub fn problem_in(problem: RwSignal<Option<ProblemDetails>>) -> impl IntoView {
    move || problem.get().map(|problem| view! { <ProblemBox problem=problem /> })
}

/// A problem, in place of what could not be shown or above the form that was refused.
#[component]
pub fn ProblemBox(
    /// What is wrong.
    problem: ProblemDetails,
    /// What "try again" does; no button without it.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let texts = use_i18n();
    let shown = problem.clone();
    let words = Signal::derive(move || words::refused(texts, &shown));
    // Of a single one the detail says it all.
    let fields = if problem.errors.len() == 1 { Vec::new() } else { problem.errors };
    let fields = fields.into_iter().map(|error| view! { <li><code>{error.field}</code> " " {error.detail}</li> });
    let fields: Vec<_> = fields.collect();
    view! {
        <div class="problem" role="alert">
            <Icon glyph=Glyph::Halt />
            <div>
                <strong>{move || words.get().0}</strong>
                <p>{move || words.get().1}</p>
                {(!fields.is_empty()).then(|| view! { <ul>{fields}</ul> })}
                {problem.request_id.map(|id| view! { <p class="small">{say!(texts, common.request, id = id.clone())}</p> })}
                {retry.map(|retry| view! { <button on:click=move |_| retry.run(())>{say!(texts, common.retry)}</button> })}
            </div>
        </div>
    }
}

/// An empty list: what the page is for, and the first step.
#[component]
pub fn Empty(
    glyph: Glyph,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] lead: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="medal"><Icon glyph=glyph /></span>
            <h2>{move || title.get()}</h2>
            <p>{move || lead.get()}</p>
            {children.map(|children| children())}
        </div>
    }
}

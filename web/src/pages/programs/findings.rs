//! What the checker found in the program that is shown, with the way to each node.

use leptos::prelude::*;
use program::{Problem, Severity};

use crate::{
    i18n::{t_string, use_i18n},
    parts::{
        dialog::Dialog,
        icon::{Glyph, Icon},
        number::number,
    },
};

/// The button on the canvas and its dialog; nothing where nothing was found.
#[component]
pub fn Findings(problems: Vec<Problem>, selected: RwSignal<Option<String>>) -> impl IntoView {
    let texts = use_i18n();
    let open = RwSignal::new(false);
    let found = problems.len() as u64;
    let words = move || t_string!(texts, program.problems, n = number(texts, found));
    let problems = StoredValue::new(problems);
    let line = move |problem: Problem| {
        let tone = match problem.severity {
            Severity::Error => "tone-bad",
            Severity::Warning => "tone-warn",
        };
        let go = problem.node.map(|node| {
            let (id, name) = (node.to_string(), node.to_string());
            let go = move |_| {
                open.set(false);
                selected.set(Some(id.clone()));
            };
            view! { <button class="small-button" on:click=go>{name}</button> }
        });
        view! {
            <li class=tone>
                <span class="tint"><Icon glyph=Glyph::Halt /></span>
                <span>{problem.message}</span>
                {go}
            </li>
        }
    };
    (found > 0).then(|| {
        view! {
            <button class="findings" on:click=move |_| open.set(true)>
                <Icon glyph=Glyph::Halt />
                {words}
            </button>
            <Dialog open=open title=say!(texts, program.findings)>
                <p class="dialog-text">{say!(texts, program.findings_lead)}</p>
                <ul class="rows findings-list">{move || problems.get_value().into_iter().map(line).collect::<Vec<_>>()}</ul>
            </Dialog>
        }
    })
}

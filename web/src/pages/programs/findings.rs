//! The checker's findings, each with a link to its node and, if there is one, its one-click fix.

use leptos::prelude::*;
use program::{Problem, Severity};

use crate::{
    editor::stage::Stage,
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
    words,
};

/// The button on the canvas; opens the list above it. Nothing where nothing was found.
#[component]
pub fn Findings() -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let editor = stage.editor;
    let open = RwSignal::new(false);
    let count = Memo::new(move |_| editor.problems.read().0.len());
    let errors = Memo::new(move |_| editor.problems.read().0.iter().any(|problem| problem.severity == Severity::Error));
    let line = move |problem: Problem| {
        let tone = match problem.severity {
            Severity::Error => "tone-bad",
            Severity::Warning => "tone-warn",
        };
        let program = editor.program.get_untracked().0;
        let go = problem.node.clone().and_then(|id| {
            let name = words::title(texts, program.nodes.get(&id)?);
            Some(view! { <button class="link" on:click=move |_| stage.go_to(&id)>{name}</button> })
        });
        let mend = problem.fix.clone().map(|fix| {
            let problem = problem.clone();
            let mend = move |_| {
                if editor.run(|draft| draft.fix(&problem)).is_some() {
                    stage.follow();
                }
            };
            view! { <button class="small-button" on:click=mend>{words::fix(texts, &fix)}</button> }
        });
        view! {
            <li class=tone data-problem=problem.code.clone()>
                <span class="tint"><Icon glyph=Glyph::Halt /></span>
                <div>
                    <p>{go} " " {words::finding(texts, &problem.message)}</p>
                    {mend}
                </div>
            </li>
        }
    };
    let lines = move || editor.problems.get().0.iter().cloned().map(line).collect::<Vec<_>>();
    view! {
        <Show when=move || { count.get() > 0 }>
            <Show when=move || open.get()>
                <section class="problems" aria-label=say!(texts, program.findings)>
                    <header>
                        <h2>{say!(texts, program.findings)}</h2>
                        <button class="icon-only" aria-label=say!(texts, common.close) on:click=move |_| open.set(false)>
                            <Icon glyph=Glyph::Close />
                        </button>
                    </header>
                    <ul class="findings-list">{lines}</ul>
                </section>
            </Show>
            <button class="findings" class:bad=errors aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
                <Icon glyph=Glyph::Halt />
                {say(move || t_string!(texts, program.problems, n = number(texts, count.get() as u64)))}
            </button>
        </Show>
    }
}

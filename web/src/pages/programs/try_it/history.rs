//! *Dry run*: the draft on the events of the last days, on the server; with progress, and to be cancelled.

use std::time::Duration;

use api::{
    problem::ProblemDetails,
    programs::{DryRun, DryRunState, StartDryRun},
};
use leptos::{prelude::*, task::spawn_local, web_sys::SubmitEvent};

use super::figures::Result;
use crate::{
    address::fill,
    client,
    editor::stage::Stage,
    format::number::percent,
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        notice::ProblemBox,
    },
};

/// Between two looks at how far it is.
const AGAIN: Duration = Duration::from_millis(500);

/// The form; while one runs how far it is, then what came of it.
#[component]
pub fn History(
    /// The latest one; it stays while the dialog is closed.
    run: RwSignal<Option<DryRun>>,
) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let days = RwSignal::new("30".to_owned());
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<ProblemDetails>));
    let number_of_days = move || days.read().trim().parse::<u16>().ok().filter(|days| (1..=90).contains(days));
    let name = move || stage.editor.program.get_untracked().0.name.to_string();
    let start = move |submitted: SubmitEvent| {
        submitted.prevent_default();
        let Some(days) = untrack(number_of_days) else { return };
        busy.set(true);
        problem.set(None);
        let program = (*stage.editor.program.get_untracked().0).clone();
        let (path, name) = (fill(api::path::PROGRAM_DRY_RUNS, &[&name()]), name());
        spawn_local(async move {
            match client::post::<DryRun>(&path, &StartDryRun { days, program: Some(program) }).await {
                Ok(started) => {
                    if run.try_set(Some(started)).is_none() {
                        follow(name, run, problem);
                    }
                }
                Err(refused) => drop(problem.try_set(Some(*refused))),
            }
            let _ = busy.try_set(false);
        });
    };
    let give_up = move |_| {
        let Some(given_up) = run.get_untracked() else { return };
        run.set(None);
        let path = fill(api::path::PROGRAM_DRY_RUN, &[&name(), &given_up.id.to_string()]);
        // One that is over or gone needs no cancelling.
        spawn_local(async move { drop(client::delete(&path).await) });
    };
    let form = move || {
        view! {
            <form on:submit=start>
                <p class="dialog-text">{say!(texts, sim.history_lead)}</p>
                {move || problem.get().map(|problem| view! { <ProblemBox problem=problem /> })}
                <label>
                    {say!(texts, sim.days)}
                    <input class="num" inputmode="numeric" data-field="days" aria-invalid=move || number_of_days().is_none().to_string() bind:value=days />
                </label>
                <footer>
                    <button class="primary" disabled=move || busy.get() || number_of_days().is_none()>
                        <Icon glyph=Glyph::Play />
                        {say!(texts, sim.start)}
                    </button>
                </footer>
            </form>
        }
    };
    let state = Memo::new(move |_| run.read().as_ref().map(|run| run.state));
    move || match state.get() {
        None => form().into_any(),
        Some(DryRunState::Running) => {
            let far = move || run.get().map_or((0, 0), |run| (run.events_done, run.events_all));
            view! {
                <div class="dry-progress">
                    <progress max=move || far().1.max(1).to_string() value=move || far().0.to_string() aria-label=say!(texts, sim.history)></progress>
                    <span class="num" role="status">
                        {move || {
                            let (done, all) = far();
                            let share = percent(texts, done as f64 / all.max(1) as f64);
                            t_string!(texts, sim.played, share = share, n = all / 2)
                        }}
                    </span>
                    <button data-dry="cancel" on:click=give_up>{say!(texts, common.cancel)}</button>
                </div>
            }
            .into_any()
        }
        Some(DryRunState::Failed) => view! {
            <p class="error" role="alert">{move || run.get().and_then(|run| run.error)}</p>
            <footer class="dialog-foot"><button on:click=give_up>{say!(texts, sim.other_days)}</button></footer>
        }
        .into_any(),
        Some(DryRunState::Done) => view! {
            {move || run.get().and_then(|run| run.result).map(|result| view! { <Result result=result /> })}
            <footer class="dialog-foot"><button on:click=give_up>{say!(texts, sim.other_days)}</button></footer>
        }
        .into_any(),
    }
}

/// Asks again and again until it is over, was cancelled, or the page was left.
fn follow(name: String, run: RwSignal<Option<DryRun>>, problem: RwSignal<Option<ProblemDetails>>) {
    set_timeout(
        move || {
            let Some(Some(now)) = run.try_get_untracked() else { return };
            let path = fill(api::path::PROGRAM_DRY_RUN, &[&name, &now.id.to_string()]);
            spawn_local(async move {
                let found = client::get::<DryRun>(&path).await;
                // Another one may have taken its place.
                let is_ours = run.try_with_untracked(|run| run.as_ref().is_some_and(|run| run.id == now.id));
                if is_ours != Some(true) {
                    return;
                }
                match found {
                    Ok(found) => {
                        let goes_on = found.state == DryRunState::Running;
                        if run.try_set(Some(found)).is_none() && goes_on {
                            follow(name, run, problem);
                        }
                    }
                    Err(refused) => {
                        let _ = run.try_set(None);
                        let _ = problem.try_set(Some(*refused));
                    }
                }
            });
        },
        AGAIN,
    );
}

//! *Test run*: whom it sends to, what happens to them; and the runs that there were.

use api::{
    problem::ProblemDetails,
    programs::{StartTestRun, TestEvent, TestRun as Run, TestRunSummary},
};
use leptos::{prelude::*, task::spawn_local, web_sys::SubmitEvent};
use program::Program;
use uuid::Uuid;

use super::{
    files::{Files, files_field},
    send::{sample, take_up_latest},
    simulate::{entry_events, json_field, object},
    test_run::TestProgress,
    testers::{MOST, Testers},
};
use crate::{
    address::fill,
    client,
    documents::saver::Saver,
    editor::stage::Stage,
    format::time::exact,
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        json::pretty,
        load::{Load, loaded},
        notice::{ProblemBox, problem_in},
    },
    session::Me,
};

/// The form, or the run that was started or taken up.
#[component]
pub fn TestRun(
    /// The one that is looked at; it stays while the dialog is closed.
    run: RwSignal<Option<Run>>,
    saver: Saver<Program>,
) -> impl IntoView {
    // The next test is often the same again.
    let wish = Wish::new();
    let looking = Memo::new(move |_| run.read().as_ref().map(|run| run.summary.id));
    move || match looking.get() {
        Some(_) => view! { <TestProgress run=run /> }.into_any(),
        None => view! {
            <Form run=run saver=saver wish=wish />
            <Earlier run=run />
        }
        .into_any(),
    }
}

/// What is typed and chosen.
#[derive(Clone, Copy)]
struct Wish {
    events: Memo<Vec<String>>,
    kind: RwSignal<String>,
    data: RwSignal<String>,
    files: Files,
    chosen: RwSignal<Vec<Uuid>>,
}

impl Wish {
    fn new() -> Self {
        let events = entry_events(Stage::here().editor);
        let kind = RwSignal::new(events.get_untracked().first().cloned().unwrap_or_default());
        let data = RwSignal::new(pretty(&sample()));
        take_up_latest(kind, data);
        Self { events, kind, data, files: Files::new(), chosen: RwSignal::new(Vec::new()) }
    }

    /// Whether something is missing or cannot be read.
    fn lacks(self) -> bool {
        let contacts = self.chosen.read().len();
        self.events.read().is_empty()
            || !(1..=MOST).contains(&contacts)
            || object(&self.data.read()).is_err()
            || self.files.over()
    }
}

#[component]
fn Form(run: RwSignal<Option<Run>>, saver: Saver<Program>, wish: Wish) -> impl IntoView {
    let texts = use_i18n();
    let (editor, me) = (Stage::here().editor, Me::here());
    let Wish { events, kind, data, files, chosen } = wish;
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<ProblemDetails>));
    let unsaved = RwSignal::new(false);
    let path = fill(api::path::PROGRAM_TEST_RUNS, &[editor.program.get_untracked().0.name.as_str()]);
    let start = move |submitted: SubmitEvent| {
        submitted.prevent_default();
        let Ok(payload) = object(&data.read_untracked()) else { return };
        busy.set(true);
        problem.set(None);
        let (path, contacts, kind) = (path.clone(), chosen.get_untracked(), kind.get_untracked());
        spawn_local(async move {
            let is_saved = saver.saved_now().await;
            let _ = unsaved.try_set(!is_saved);
            if is_saved && let Some(attachments) = files.read().await {
                let revision = Some(saver.revision.get_untracked());
                let event = TestEvent { kind, data: payload, attachments };
                match client::post::<Run>(&path, &StartTestRun { revision, contacts, event }).await {
                    Ok(started) => drop(run.try_set(Some(started))),
                    Err(refused) => drop(problem.try_set(Some(*refused))),
                }
            }
            let _ = busy.try_set(false);
        });
    };
    let stays = move || me.session().is_some_and(|session| session.inbox);
    let options = move || {
        let events = events.get().into_iter();
        events.map(|event| view! { <option value=event.clone()>{event.clone()}</option> }).collect::<Vec<_>>()
    };
    view! {
        <form class="simulate" on:submit=start>
            <p class="dialog-text">{say!(texts, tests.lead)}</p>
            <p class="dialog-text">
                <b>{move || if stays() { t_string!(texts, tests.stays) } else { t_string!(texts, tests.real) }}</b>
            </p>
            {problem_in(problem)}
            <Show when=move || unsaved.get()>
                <p class="error" role="alert">{say!(texts, tests.unsaved)}</p>
            </Show>
            <Show when=move || events.read().is_empty()>
                <p class="error" role="alert">{say!(texts, sim.no_entry)}</p>
            </Show>
            <Testers chosen=chosen />
            <label>
                {say!(texts, trial.event)}
                <select bind:value=kind>{options}</select>
            </label>
            {json_field(say!(texts, trial.data), "data", data)}
            {files_field(files)}
            <p class="small">{say!(texts, tests.history)}</p>
            <footer>
                <button class="primary" data-test="send" disabled=move || busy.get() || wish.lacks()>
                    <Icon glyph=Glyph::Mail />
                    {say!(texts, tests.send)}
                </button>
            </footer>
        </form>
    }
}

/// The runs that are kept, to be looked at again.
#[component]
fn Earlier(run: RwSignal<Option<Run>>) -> impl IntoView {
    let texts = use_i18n();
    let name = Stage::here().editor.program.get_untracked().0.name.to_string();
    let path = fill(api::path::PROGRAM_TEST_RUNS, &[&name]);
    let load = Load::<Vec<TestRunSummary>>::new(move || path.clone());
    let problem = RwSignal::new(None::<ProblemDetails>);
    let line = move |summary: TestRunSummary| {
        let path = fill(api::path::PROGRAM_TEST_RUN, &[&name, &summary.id.to_string()]);
        let open = move |_| {
            let path = path.clone();
            spawn_local(async move {
                match client::get::<Run>(&path).await {
                    Ok(found) => drop(run.try_set(Some(found))),
                    Err(refused) => drop(problem.try_set(Some(*refused))),
                }
            });
        };
        let (event, at) = (summary.event, summary.started_at);
        view! {
            <li>
                <button type="button" class="link" on:click=open>
                    {say!(texts, tests.one, event = event.clone(), time = exact(texts, at))}
                </button>
            </li>
        }
    };
    let shown = move |runs: Vec<TestRunSummary>| {
        let lines: Vec<_> = runs.into_iter().map(line.clone()).collect();
        (!lines.is_empty()).then(|| view! { <h3>{say!(texts, tests.earlier)}</h3> <ul class="dry-close">{lines}</ul> })
    };
    view! {
        {move || problem.get().map(|problem| view! { <ProblemBox problem=problem /> })}
        {loaded(load, shown)}
    }
}

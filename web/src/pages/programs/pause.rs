//! The button that pauses, ends or resumes a program. It first asks and says what will happen.

use api::{
    problem::ProblemDetails,
    programs::{CatchUp, ProgramState, ProgramSummary, Resume, Resumed},
};
use leptos::{prelude::*, task::spawn_local};
use program::Period;

use crate::{
    address::fill,
    client,
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{
        dialog::Dialog,
        icon::{Glyph, Icon},
        notice::problem_in,
        say::say,
        toast::Toasts,
    },
    prefs::Texts,
    words,
};

/// Whether `resume` is what such a program asks for.
fn is_held(state: ProgramState) -> bool {
    matches!(state, ProgramState::Paused | ProgramState::Finishing | ProgramState::Stopped)
}

/// Takes a program out of the archive: nothing goes on by that, so nobody need be asked.
#[component]
fn UnarchiveButton(program: String, state: RwSignal<ProgramState>) -> impl IntoView {
    let texts = use_i18n();
    let toasts = Toasts::here();
    let busy = RwSignal::new(false);
    let run = move |_| {
        let path = fill(api::path::PROGRAM_UNARCHIVE, &[&program]);
        busy.set(true);
        spawn_local(async move {
            match client::post::<ProgramSummary>(&path, &serde_json::json!({})).await {
                Ok(summary) => {
                    state.set(summary.state);
                    toasts.say(|| t_string!(texts, life.unarchived));
                }
                Err(refused) => {
                    toasts.say(|| words::refused(texts, &refused).1);
                    let _ = busy.try_set(false);
                }
            }
        });
    };
    view! {
        <button data-act="unarchive" disabled=move || busy.get() on:click=run>
            <Icon glyph=Glyph::Undo />
            {say!(texts, life.unarchive)}
        </button>
    }
}

/// What ends, holds or lets a program go on, as its state asks for.
#[component]
pub fn LifeButton(program: String, state: RwSignal<ProgramState>, inside: u64) -> impl IntoView {
    let name = StoredValue::new(program);
    let archived = Memo::new(move |_| state.get() == ProgramState::Archived);
    move || match archived.get() {
        true => view! { <UnarchiveButton program=name.get_value() state=state /> }.into_any(),
        false => view! { <PauseButton program=name.get_value() state=state inside=inside /> }.into_any(),
    }
}

/// The button with its dialog.
#[component]
fn PauseButton(program: String, state: RwSignal<ProgramState>, inside: u64) -> impl IntoView {
    let texts = use_i18n();
    let open = RwSignal::new(false);
    let held = Memo::new(move |_| is_held(state.get()));
    let words = say(move || match held.get() {
        true => t_string!(texts, program.resume),
        false => t_string!(texts, program.pause),
    });
    let title = say(move || match held.get() {
        true => t_string!(texts, program.resume_title),
        false => t_string!(texts, program.pause_title),
    });
    let name = StoredValue::new(program);
    let glyph = move || if held.get() { Glyph::Play } else { Glyph::Pause };
    view! {
        <button data-act="life" aria-label=words on:click=move |_| open.set(true)>
            {move || view! { <Icon glyph=glyph() /> }}
            <span class="wide">{words}</span>
        </button>
        <Dialog open=open title=title>
            {move || match is_held(state.get_untracked()) {
                true => view! { <GoOn name=name.get_value() state=state open=open /> }.into_any(),
                false => view! { <Hold name=name.get_value() state=state inside=inside open=open /> }.into_any(),
            }}
        </Dialog>
    }
}

/// A question about the program's state that is being answered.
#[derive(Clone, Copy)]
struct Question {
    texts: Texts,
    toasts: Toasts,
    state: RwSignal<ProgramState>,
    open: RwSignal<bool>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<ProblemDetails>>,
}

impl Question {
    fn new(state: RwSignal<ProgramState>, open: RwSignal<bool>) -> Self {
        let (busy, problem) = (RwSignal::new(false), RwSignal::new(None));
        Self { texts: use_i18n(), toasts: Toasts::here(), state, open, busy, problem }
    }

    /// Sends the answer, and closes the dialog or shows why it was refused.
    fn send(self, path: String) {
        self.busy.set(true);
        spawn_local(async move {
            match client::post::<ProgramSummary>(&path, &serde_json::json!({})).await {
                Ok(summary) => {
                    self.open.set(false);
                    let archived = summary.state == ProgramState::Archived;
                    self.state.set(summary.state);
                    self.toasts.say(|| match archived {
                        true => t_string!(self.texts, life.archived),
                        false => t_string!(self.texts, life.done),
                    });
                }
                Err(refused) => self.refused(*refused),
            }
        });
    }

    fn refused(self, problem: ProblemDetails) {
        let _ = self.problem.try_set(Some(problem));
        let _ = self.busy.try_set(false);
    }
}

/// What becomes of a program that is not to go on as it does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Pause,
    Finish,
    Stop,
    Archive,
}

impl Way {
    /// The value of its button.
    fn value(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Finish => "finish",
            Self::Stop => "stop",
            Self::Archive => "archive",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Pause => api::path::PROGRAM_PAUSE,
            Self::Finish => api::path::PROGRAM_FINISH,
            Self::Stop => api::path::PROGRAM_STOP,
            Self::Archive => api::path::PROGRAM_ARCHIVE,
        }
    }

    fn name(self, texts: Texts) -> String {
        match self {
            Self::Pause => t_string!(texts, program.pause_do),
            Self::Finish => t_string!(texts, life.finish),
            Self::Stop => t_string!(texts, life.stop),
            Self::Archive => t_string!(texts, life.archive),
        }
        .to_owned()
    }

    /// What it means for so many contacts inside.
    fn text(self, texts: Texts, inside: u64) -> String {
        let n = number(texts, inside);
        match self {
            Self::Pause => t_string!(texts, program.pause_text, n = n),
            Self::Finish => t_string!(texts, life.finish_text, n = n),
            Self::Stop => t_string!(texts, life.stop_text, n = n),
            Self::Archive => t_string!(texts, life.archive_text, n = n),
        }
    }
}

/// Pause, finish, stop or archive.
#[component]
fn Hold(name: String, state: RwSignal<ProgramState>, inside: u64, open: RwSignal<bool>) -> impl IntoView {
    let question = Question::new(state, open);
    let Question { texts, busy, problem, .. } = question;
    let chosen = RwSignal::new(Way::Pause);
    let run = move |_| question.send(fill(chosen.get_untracked().path(), &[&name]));
    let option = move |way: Way| {
        let (title, text) = (say(move || way.name(texts)), say(move || way.text(texts, inside)));
        view! {
            <label class="way">
                <input type="radio" name="life" value=way.value() checked=way == Way::Pause on:change=move |_| chosen.set(way) />
                <span><b>{title}</b> <span class="sub">{text}</span></span>
            </label>
        }
    };
    view! {
        {problem_in(problem)}
        <fieldset class="way-list">
            <legend class="hidden">{say!(texts, program.pause_title)}</legend>
            {[Way::Pause, Way::Finish, Way::Stop, Way::Archive].map(option)}
        </fieldset>
        <footer>
            <button on:click=move |_| open.set(false)>{say!(texts, common.cancel)}</button>
            <button
                class=move || if chosen.get() == Way::Stop { "danger" } else { "primary" }
                data-act="hold"
                disabled=move || busy.get()
                on:click=run
            >
                {say(move || chosen.get().name(texts))}
            </button>
        </footer>
    }
}

/// What becomes of what fell due meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Run,
    Skip,
    Spread,
}

impl Rule {
    /// The value of its button.
    fn value(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Skip => "skip",
            Self::Spread => "spread",
        }
    }

    fn name(self, texts: Texts) -> String {
        match self {
            Self::Run => t_string!(texts, life.run),
            Self::Skip => t_string!(texts, life.skip),
            Self::Spread => t_string!(texts, life.spread),
        }
        .to_owned()
    }

    /// As the API has it, with the length of time that two of them go by.
    fn with(self, time: Period) -> CatchUp {
        match self {
            Self::Run => CatchUp::Run,
            Self::Skip => CatchUp::Skip { older_than: time },
            Self::Spread => CatchUp::Spread { over: time },
        }
    }
}

/// Goes on, by a rule for what fell due meanwhile.
#[component]
fn GoOn(name: String, state: RwSignal<ProgramState>, open: RwSignal<bool>) -> impl IntoView {
    let question = Question::new(state, open);
    let Question { texts, toasts, busy, problem, .. } = question;
    let archive = fill(api::path::PROGRAM_ARCHIVE, &[&name]);
    let rule = RwSignal::new(Rule::Run);
    let period = RwSignal::new("1d".to_owned());
    let parsed = Memo::new(move |_| period.read().parse::<Period>().ok());
    let wrong = move || {
        let refused = parsed.get().is_none() && rule.get() != Rule::Run;
        refused.then(|| t_string!(texts, finding.unread, typed = period.get()))
    };
    let run = move |_| {
        let catch_up = rule.get_untracked().with(parsed.get_untracked().unwrap_or(Period::MAX));
        let path = fill(api::path::PROGRAM_RESUME, &[&name]);
        busy.set(true);
        spawn_local(async move {
            match client::post::<Resumed>(&path, &Resume { catch_up }).await {
                Ok(resumed) => {
                    open.set(false);
                    state.set(resumed.summary.state);
                    toasts.say(|| t_string!(texts, life.resumed, what = words::caught_up(texts, resumed.caught_up)));
                }
                Err(refused) => question.refused(*refused),
            }
        });
    };
    let option = move |one: Rule| {
        view! {
            <label class="way">
                <input type="radio" name="rule" value=one.value() checked=one == Rule::Run on:change=move |_| rule.set(one) />
                <span>{say(move || one.name(texts))}</span>
            </label>
        }
    };
    view! {
        {problem_in(problem)}
        <p class="dialog-text">{say!(texts, program.resume_text)}</p>
        <fieldset class="way-list">
            <legend>{say!(texts, life.rule)}</legend>
            {[Rule::Run, Rule::Skip, Rule::Spread].map(option)}
        </fieldset>
        <Show when=move || rule.get() != Rule::Run>
            <label>
                {say!(texts, life.time)}
                <input bind:value=period aria-invalid=move || wrong().is_some().to_string() />
                <span class="error" role="status">{wrong}</span>
            </label>
        </Show>
        <footer>
            <button class="aside" data-act="archive" disabled=move || busy.get() on:click=move |_| question.send(archive.clone())>
                {say!(texts, life.archive)}
            </button>
            <button on:click=move |_| open.set(false)>{say!(texts, common.cancel)}</button>
            <button class="primary" data-act="resume" disabled=move || busy.get() || wrong().is_some() on:click=run>
                {say!(texts, program.resume_do)}
            </button>
        </footer>
    }
}

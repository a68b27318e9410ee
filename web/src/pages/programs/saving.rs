//! Saving: drafts save themselves, and say so. Two editors never overwrite each other silently.

use std::{sync::Arc, time::Duration};

use api::{
    problem::ProblemDetails,
    programs::{Draft, DraftSaved, SaveDraft},
};
use futures::lock::Mutex;
use leptos::{ev, prelude::*, task::spawn_local};

use crate::{
    address::fill,
    client,
    editor::{
        stage::Stage,
        store::{Editor, Shared},
    },
    i18n::{t_string, use_i18n},
    parts::{dialog::Dialog, say::say},
    words,
};

/// From the last change to its save.
const PAUSE: Duration = Duration::from_millis(700);
/// Code of the answer to a draft that somebody else has saved meanwhile.
const CHANGED: &str = "draft_changed";

/// How things stand with the draft.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// The server has it.
    Saved,
    /// It will be sent in a moment.
    Changed,
    /// It is on its way.
    Saving,
    /// The server did not take it; it is tried again with the next change, or on demand.
    Failed(Box<ProblemDetails>),
    /// Somebody else saved another one.
    Conflict(String),
}

/// The way to the server. What is on it gets there, even if the page has been left meanwhile.
#[derive(Clone)]
struct Post {
    path: String,
    revision: ArcRwSignal<u64>,
    /// One draft after the other.
    sending: Arc<Mutex<()>>,
}

impl Post {
    async fn send(&self, program: &Shared<program::Program>) -> client::Answer<()> {
        let draft = SaveDraft { program: (*program.0).clone(), revision: self.revision.get_untracked() };
        let saved = client::put::<DraftSaved>(&self.path, &draft).await?;
        self.revision.set(saved.revision);
        Ok(())
    }
}

/// Saves the draft of a program.
#[derive(Clone, Copy)]
pub struct Saver {
    editor: Editor,
    post: StoredValue<Post>,
    /// The draft as the server has it.
    pub revision: RwSignal<u64>,
    /// How things stand.
    pub standing: RwSignal<Standing>,
    saved: StoredValue<Shared<program::Program>>,
    turn: StoredValue<u64>,
}

impl Saver {
    /// Follows the editor from now on.
    pub fn new(stage: Stage, name: &str, revision: u64) -> Self {
        let editor = stage.editor;
        let path = fill(api::path::PROGRAM_DRAFT, &[name]);
        let post = Post { path, revision: ArcRwSignal::new(revision), sending: Arc::default() };
        let saver = Self {
            editor,
            revision: post.revision.clone().into(),
            post: StoredValue::new(post),
            standing: RwSignal::new(Standing::Saved),
            saved: StoredValue::new(editor.program.get_untracked()),
            turn: StoredValue::new(0),
        };
        Effect::new(move |_| {
            editor.program.track();
            if !saver.has_changes() {
                return;
            }
            if *saver.standing.read_untracked() != Standing::Saving {
                saver.standing.set(Standing::Changed);
            }
            let turn = saver.turn.with_value(|turn| turn + 1);
            saver.turn.set_value(turn);
            let due = move || {
                // A later change has its own turn, and the page may have been left.
                if saver.turn.try_with_value(|latest| *latest == turn) == Some(true) {
                    saver.save();
                }
            };
            set_timeout(due, PAUSE);
        });
        Effect::new(move |asked: Option<u32>| {
            let asks = stage.saving.get();
            if asked.is_some_and(|before| before != asks) {
                saver.save();
            }
            asks
        });
        saver.keep_what_is_left();
        saver
    }

    /// Who leaves the page sooner than the pause ends loses nothing: it is saved at once, and the browser asks before it
    /// closes.
    fn keep_what_is_left(self) {
        let closing = window_event_listener(ev::beforeunload, move |event| {
            if self.has_changes() {
                event.prevent_default();
                self.save();
            }
        });
        // Phones end a page that is out of sight without a question.
        let hiding = window_event_listener(ev::visibilitychange, move |_| {
            if self.has_changes() {
                self.save();
            }
        });
        on_cleanup(move || {
            closing.remove();
            hiding.remove();
            if self.has_changes() {
                let (post, last) = (self.post.get_value(), self.editor.program.get_untracked());
                spawn_local(async move {
                    let _turn = post.sending.lock().await;
                    // Nobody is there any more to be told.
                    let _ = post.send(&last).await;
                });
            }
        });
    }

    /// Whether there is something that the server has not, and that is nobody else's to decide.
    fn has_changes(self) -> bool {
        let now = self.editor.program.get_untracked();
        !matches!(*self.standing.read_untracked(), Standing::Conflict(_))
            && self.saved.with_value(|saved| *saved != now)
    }

    /// Saves now what is not saved yet.
    pub fn save(self) {
        spawn_local(async move {
            self.saved_now().await;
        });
    }

    /// The same, and waits; says whether the server has it.
    pub async fn saved_now(self) -> bool {
        let Some(post) = self.post.try_get_value() else { return false };
        // Who comes second finds nothing left to send, or sends that.
        let _turn = post.sending.lock().await;
        loop {
            if self.standing.is_disposed() {
                return false;
            }
            let now = self.editor.program.get_untracked();
            if self.saved.with_value(|saved| *saved == now) {
                self.standing.set(Standing::Saved);
                return true;
            }
            self.standing.set(Standing::Saving);
            let answer = post.send(&now).await;
            if self.standing.is_disposed() {
                return false;
            }
            match answer {
                Ok(()) => self.saved.set_value(now),
                Err(problem) if problem.code == CHANGED => {
                    self.standing.set(Standing::Conflict(problem.detail));
                    return false;
                }
                Err(problem) => {
                    self.standing.set(Standing::Failed(problem));
                    return false;
                }
            }
        }
    }

    /// Mine instead of theirs: on top of whatever the server has now.
    fn overwrite(self) {
        spawn_local(async move {
            match client::get::<Draft>(&self.post.with_value(|post| post.path.clone())).await {
                Ok(theirs) => {
                    self.revision.set(theirs.revision);
                    self.standing.set(Standing::Changed);
                    self.saved_now().await;
                }
                Err(problem) => self.standing.set(Standing::Failed(problem)),
            }
        });
    }
}

/// The state of the draft, beside the title, and the question where two editors met.
#[component]
pub fn SaveState(saver: Saver) -> impl IntoView {
    let texts = use_i18n();
    let words = move || match &*saver.standing.read() {
        Standing::Saved => t_string!(texts, draft.saved).to_owned(),
        Standing::Changed => t_string!(texts, draft.changed).to_owned(),
        Standing::Saving => t_string!(texts, draft.saving).to_owned(),
        Standing::Failed(_) => t_string!(texts, draft.failed).to_owned(),
        Standing::Conflict(_) => t_string!(texts, draft.conflict).to_owned(),
    };
    let why = move || match &*saver.standing.read() {
        Standing::Failed(problem) => Some(words::refused(texts, problem).1),
        _ => None,
    };
    let bad = Memo::new(move |_| matches!(*saver.standing.read(), Standing::Failed(_) | Standing::Conflict(_)));
    let failed = Memo::new(move |_| matches!(*saver.standing.read(), Standing::Failed(_)));
    let meeting = RwSignal::new(false);
    Effect::new(move |_| meeting.set(matches!(*saver.standing.read(), Standing::Conflict(_))));
    let said = move || match &*saver.standing.read() {
        Standing::Conflict(said) => said.clone(),
        _ => String::new(),
    };
    let theirs = move |_| {
        // The page begins again with what the server has.
        let _ = location().reload();
    };
    view! {
        <span class="save-state" class:bad=bad role="status" title=why data-saved=move || (*saver.standing.read() == Standing::Saved).to_string()>
            {say(words)}
        </span>
        <Show when=move || failed.get()>
            <button class="small-button" on:click=move |_| saver.save()>{say!(texts, common.retry)}</button>
        </Show>
        <Dialog open=meeting title=say!(texts, draft.conflict)>
            <p class="dialog-text">{said}</p>
            <p class="dialog-text">{say!(texts, draft.conflict_lead)}</p>
            <footer>
                <button data-act="theirs" on:click=theirs>{say!(texts, draft.theirs)}</button>
                <button class="danger" data-act="mine" on:click=move |_| saver.overwrite()>{say!(texts, draft.mine)}</button>
            </footer>
        </Dialog>
    }
}

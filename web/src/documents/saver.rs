//! Saves drafts automatically, and shows it. Two editors never overwrite each other silently.

use std::{sync::Arc, time::Duration};

use api::{documents::DraftSaved, problem::ProblemDetails, programs::SaveDraft};
use futures::lock::Mutex;
use leptos::{ev, prelude::*, task::spawn_local};
use program::Program;
use serde::{Deserialize, Serialize};

use super::shared::Shared;
use crate::client;

/// From the last change to its save.
const PAUSE: Duration = Duration::from_millis(700);
/// Code of the answer to a draft that somebody else has saved meanwhile.
const CHANGED: &str = "draft_changed";

/// What is edited.
pub trait Document: Send + Sync + 'static {
    /// What the call that saves it takes.
    type Save: Serialize;

    /// This state of it, for a server that has that revision.
    fn save(&self, revision: u64) -> Self::Save;
}

impl Document for Program {
    type Save = SaveDraft;

    fn save(&self, revision: u64) -> SaveDraft {
        SaveDraft { program: self.clone(), revision }
    }
}

/// Of the draft that the server has, whatever it is of.
#[derive(Deserialize)]
struct Theirs {
    revision: u64,
}

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
    async fn send(&self, document: &impl Document) -> client::Answer<()> {
        let draft = document.save(self.revision.get_untracked());
        let saved = client::put::<DraftSaved>(&self.path, &draft).await?;
        self.revision.set(saved.revision);
        Ok(())
    }
}

/// Saves the draft of a document.
pub struct Saver<T: Document> {
    document: Memo<Shared<T>>,
    post: StoredValue<Post>,
    /// The draft as the server has it.
    pub revision: RwSignal<u64>,
    /// How things stand.
    pub standing: RwSignal<Standing>,
    saved: StoredValue<Shared<T>>,
    turn: StoredValue<u64>,
}

impl<T: Document> Clone for Saver<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Document> Copy for Saver<T> {}

impl<T: Document> Saver<T> {
    /// Follows the document from now on: it is saved by a PUT to this path, by itself and whenever `asked` changes.
    pub fn new(document: Memo<Shared<T>>, path: String, revision: u64, asked: Signal<u32>) -> Self {
        let post = Post { path, revision: ArcRwSignal::new(revision), sending: Arc::default() };
        let saver = Self {
            document,
            revision: post.revision.clone().into(),
            post: StoredValue::new(post),
            standing: RwSignal::new(Standing::Saved),
            saved: StoredValue::new(document.get_untracked()),
            turn: StoredValue::new(0),
        };
        Effect::new(move |_| {
            document.track();
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
        Effect::new(move |before: Option<u32>| {
            let asks = asked.get();
            if before.is_some_and(|before| before != asks) {
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
                let (post, last) = (self.post.get_value(), self.document.get_untracked());
                spawn_local(async move {
                    let _turn = post.sending.lock().await;
                    // Nobody is there any more to be told.
                    let _ = post.send(&*last.0).await;
                });
            }
        });
    }

    /// Whether there is something that the server has not, and that is nobody else's to decide.
    fn has_changes(self) -> bool {
        let now = self.document.get_untracked();
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
            let now = self.document.get_untracked();
            if self.saved.with_value(|saved| *saved == now) {
                self.standing.set(Standing::Saved);
                return true;
            }
            self.standing.set(Standing::Saving);
            let answer = post.send(&*now.0).await;
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
    pub fn overwrite(self) {
        spawn_local(async move {
            match client::get::<Theirs>(&self.post.with_value(|post| post.path.clone())).await {
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

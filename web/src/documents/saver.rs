//! Saves drafts automatically. What the server has not yet is kept on this device, and two editors never overwrite each other
//! silently.

use std::{sync::Arc, time::Duration};

use api::documents::DraftSaved;
use futures::lock::Mutex;
use leptos::{ev, prelude::*, task::spawn_local};
use program::Time;

use super::{
    desk::{Desk, Opened, Taken},
    document::{Document, Theirs, Unread, print},
    kept::{Kept, Opening},
    shared::Shared,
    standing::{self, Standing},
};
use crate::{
    client,
    i18n::{t_string, use_i18n},
    parts::toast::Toasts,
    prefs::Texts,
    session::Me,
};

/// From the last change to its save.
const PAUSE: Duration = Duration::from_millis(700);
const SECOND: Duration = Duration::from_secs(1);

/// Why the document is another one without having been edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// This device had kept it.
    Kept,
    /// It was made of two drafts.
    Merged,
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
    async fn send(&self, document: &impl Document) -> client::Answer<DraftSaved> {
        let draft = document.save(self.revision.get_untracked());
        let saved = client::put::<DraftSaved>(&self.path, &draft).await?;
        self.revision.set(saved.revision);
        Ok(saved)
    }
}

/// What is edited, and what belongs to it.
pub struct Edited<T: Document> {
    /// The document as it is now.
    pub document: Memo<Shared<T>>,
    /// Text that is not in it because it cannot be read yet.
    pub unread: RwSignal<Option<Unread<T>>>,
    /// Puts another one in its place, as one step of undo.
    pub put: Callback<(T, Taking)>,
}

/// Saves the draft of a document.
pub struct Saver<T: Document> {
    /// The document as it is now.
    pub document: Memo<Shared<T>>,
    /// Text that is not in it because it cannot be read yet.
    pub unread: RwSignal<Option<Unread<T>>>,
    put: Callback<(T, Taking)>,
    post: StoredValue<Post>,
    /// The revision that is edited.
    pub revision: RwSignal<u64>,
    /// What that revision holds.
    pub saved: RwSignal<Shared<T>>,
    /// When it was saved.
    pub saved_at: RwSignal<Time>,
    /// How things stand.
    pub standing: RwSignal<Standing>,
    /// What somebody else has saved meanwhile.
    pub theirs: RwSignal<Option<Theirs<T>>>,
    /// Whether both drafts are shown.
    pub comparing: RwSignal<bool>,
    /// Seconds until the next try.
    pub left: RwSignal<u32>,
    failed: StoredValue<u32>,
    turn: StoredValue<u64>,
    keeping: StoredValue<Keeping>,
    /// What is kept on this device.
    done: RwSignal<Option<State<T>>>,
}

/// All that is edited: the document, and text that cannot be read.
type State<T> = (Shared<T>, Option<Unread<T>>);

/// How this page keeps on this device what the server has not.
struct Keeping {
    desk: Desk,
    who: String,
    /// Prints of what was sent without an answer.
    sent: Vec<u64>,
    turn: u64,
}

impl<T: Document> Clone for Saver<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Document> Copy for Saver<T> {}

impl<T: Document> Saver<T> {
    /// Follows the document from now on: it is saved by itself and whenever `asked` changes. What this device had kept of it is
    /// taken up.
    pub fn new(edited: Edited<T>, opened: &Opened<T>, asked: Signal<u32>) -> Self {
        let Edited { document, unread, put } = edited;
        let (tag, me) = (&opened.theirs.tag, Me::here());
        let who = untrack(|| me.email());
        let post =
            Post { path: opened.path.clone(), revision: ArcRwSignal::new(tag.revision), sending: Arc::default() };
        let (taken, spent) = opened.take(&who);
        let keeping = Keeping { desk: opened.desk.clone(), who, sent: Vec::new(), turn: 0 };
        let saver = Self {
            document,
            unread,
            put,
            revision: post.revision.clone().into(),
            post: StoredValue::new(post),
            saved: RwSignal::new(document.get_untracked()),
            saved_at: RwSignal::new(tag.saved_at),
            standing: RwSignal::new(Standing::Saved),
            theirs: RwSignal::new(None),
            comparing: RwSignal::new(false),
            left: RwSignal::new(0),
            failed: StoredValue::new(0),
            turn: StoredValue::new(0),
            keeping: StoredValue::new(keeping),
            done: RwSignal::new(None),
        };
        if let Some(taken) = taken {
            saver.take(taken, &opened.theirs);
        }
        if !spent.is_empty() {
            saver.keep(spent);
        }
        saver.follow(asked, me);
        saver.keep_what_is_left();
        saver
    }

    /// Goes on with what this device had kept.
    fn take(self, Taken { kept, opening }: Taken<T>, theirs: &Theirs<T>) {
        match opening {
            Opening::Stored => {}
            Opening::GoesOn(mine) => self.put.run((mine, Taking::Kept)),
            Opening::Meets => {
                self.keeping.update_value(|keeping| keeping.sent.clone_from(&kept.sent));
                self.saved.set(Shared(Arc::new(kept.base)));
                self.revision.set(kept.revision);
                self.theirs.set(Some(theirs.clone()));
                self.standing.set(Standing::Conflict);
                self.put.run((kept.mine, Taking::Kept));
            }
        }
        self.unread.set(kept.text.map(|(text, begun)| Unread { text, begun: Shared(Arc::new(begun)) }));
        let texts = use_i18n();
        Toasts::here().say(|| t_string!(texts, draft.taken_up));
    }

    fn follow(self, asked: Signal<u32>, me: Me) {
        Effect::new(move |before: Option<()>| {
            self.document.track();
            self.unread.track();
            if before.is_some() || self.holds_more() {
                self.keep(Vec::new());
            }
            if !self.has_changes() || !self.standing.with_untracked(Standing::takes_changes) {
                return;
            }
            if *self.standing.read_untracked() != Standing::Saving {
                self.standing.set(Standing::Changed);
            }
            let turn = self.turn.with_value(|turn| turn + 1);
            self.turn.set_value(turn);
            let due = move || {
                // A later change has its own turn, and the page may have been left.
                if self.turn.try_with_value(|latest| *latest == turn) == Some(true) {
                    self.save();
                }
            };
            set_timeout(due, PAUSE);
        });
        Effect::new(move |before: Option<(u32, u32)>| {
            let asks = (asked.get(), me.entered());
            if before.is_some_and(|before| before != asks) {
                self.save();
            }
            asks
        });
        let tick = move || {
            if self.standing.with_untracked(Standing::tries_again) {
                let left = self.left.get_untracked().saturating_sub(1);
                // While it is being tried nothing is left, and no other try begins.
                if self.left.get_untracked() == 1 {
                    self.save();
                }
                self.left.set(left);
            }
        };
        if let Ok(ticking) = set_interval_with_handle(tick, SECOND) {
            on_cleanup(move || ticking.clear());
        }
        let online = window_event_listener(ev::online, move |_| self.again());
        on_cleanup(move || online.remove());
    }

    /// The server may be there again: what waits for its next try goes now.
    pub fn again(self) {
        if self.standing.with_untracked(Standing::tries_again) {
            self.save();
        }
    }

    /// Who leaves the page sooner than the pause ends loses nothing: it is saved at once. The browser asks only before it closes
    /// a page whose changes are nowhere else.
    fn keep_what_is_left(self) {
        let closing = window_event_listener(ev::beforeunload, move |event| {
            if self.holds_more() {
                self.hasten();
                if !untrack(|| self.is_kept()) {
                    event.prevent_default();
                }
            }
        });
        // Phones end a page that is out of sight without a question.
        let hiding = window_event_listener(ev::visibilitychange, move |_| self.hasten());
        let (texts, toasts) = (use_i18n(), Toasts::here());
        on_cleanup(move || {
            closing.remove();
            hiding.remove();
            if self.holds_more() {
                self.leave(texts, toasts);
            }
        });
    }

    /// Sends what would be sent in a moment.
    fn hasten(self) {
        if self.has_changes() && self.standing.with_untracked(Standing::takes_changes) {
            self.save();
        }
    }

    /// The page goes: what it holds is kept, and sent once more.
    fn leave(self, texts: Texts, toasts: Toasts) {
        let (post, last, text) = (self.post.get_value(), self.document.get_untracked(), self.unread.get_untracked());
        let (desk, who) = self.keeping.with_value(|keeping| (keeping.desk.clone(), keeping.who.clone()));
        let (changed, decided) =
            (self.has_changes(), !matches!(*self.standing.read_untracked(), Standing::Conflict | Standing::Out));
        let entry = self.entry();
        // If it gets there, only text that cannot be read is left to be kept.
        let rest = move |revision, last: &T, text: &Unread<T>| {
            let (at, text) = (js_sys::Date::now(), Some((text.text.clone(), &*text.begun.0)));
            written(&Kept { who, at, revision, base: last, mine: last, text, sent: Vec::new() })
        };
        spawn_local(async move {
            let kept;
            {
                let _turn = desk.writing.lock().await;
                kept = desk.keep(entry.as_deref(), &[]).await;
            }
            if !changed {
                return;
            }
            let _turn = post.sending.lock().await;
            let sent = if decided { Some(post.send(&*last.0).await) } else { None };
            match sent {
                Some(Ok(_)) => {
                    let _turn = desk.writing.lock().await;
                    let rest = text.map(|text| rest(post.revision.get_untracked(), &last.0, &text));
                    desk.keep(rest.as_deref(), &[]).await;
                }
                Some(Err(problem)) if !kept => toasts.problem(texts, &problem),
                _ => toasts.refuse(|| t_string!(texts, draft.left)),
            }
        });
    }

    /// Keeps on this device what the server has not, as it is now, and lets these entries go.
    fn keep(self, spent: Vec<super::journal::Entry>) {
        let turn = self.keeping.try_update_value(|keeping| {
            keeping.turn += 1;
            keeping.turn
        });
        let Some(turn) = turn else { return };
        let desk = self.keeping.with_value(|keeping| keeping.desk.clone());
        spawn_local(async move {
            let _turn = desk.writing.lock().await;
            // A later state has its own turn, and who leaves the page keeps what it holds.
            let latest = self.keeping.try_with_value(|keeping| keeping.turn == turn);
            if latest.is_none() || (latest == Some(false) && spent.is_empty()) {
                return;
            }
            let state = (self.document.get_untracked(), self.unread.get_untracked());
            let entry = self.entry();
            let done = desk.keep(entry.as_deref(), &spent).await;
            let _ = self.done.try_set(done.then_some(state));
        });
    }

    /// What is kept of the draft; nothing where the server has all of it.
    fn entry(self) -> Option<String> {
        if !self.holds_more() {
            return None;
        }
        let (base, mine) = (self.saved.get_untracked(), self.document.get_untracked());
        let (revision, text) = (self.revision.get_untracked(), self.unread.get_untracked());
        let (who, sent) = self.keeping.with_value(|keeping| (keeping.who.clone(), keeping.sent.clone()));
        let at = js_sys::Date::now();
        let text = text.as_ref().map(|text| (text.text.clone(), &*text.begun.0));
        Some(written(&Kept { who, at, revision, base: &*base.0, mine: &*mine.0, text, sent }))
    }

    /// Whether this device has all that the server has not.
    pub fn is_kept(self) -> bool {
        let now = (self.document.get(), self.unread.get());
        self.done.with(|done| done.as_ref() == Some(&now))
    }

    /// Whether the server lacks changes.
    fn has_changes(self) -> bool {
        self.document.get_untracked() != self.saved.get_untracked()
    }

    /// The same, or text that cannot be read.
    fn holds_more(self) -> bool {
        self.has_changes() || self.unread.with_untracked(Option::is_some)
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
            match self.standing.try_get_untracked() {
                None => return false,
                Some(Standing::Conflict) => {
                    // Somebody has to decide first.
                    self.comparing.set(true);
                    return false;
                }
                Some(_) => {}
            }
            let now = self.document.get_untracked();
            let saved = self.saved.get_untracked();
            if saved == now || print(&*saved.0) == print(&*now.0) {
                self.stored(now);
                self.standing.set(Standing::Saved);
                return true;
            }
            // While it is tried again it is shown as what is tried again.
            if self.standing.with_untracked(|standing| !standing.tries_again() && *standing != Standing::Out) {
                self.standing.set(Standing::Saving);
            }
            self.keeping.update_value(|keeping| {
                let print = print(&*now.0);
                if !keeping.sent.contains(&print) {
                    keeping.sent.push(print);
                }
            });
            let answer = post.send(&*now.0).await;
            if self.standing.is_disposed() {
                return false;
            }
            match answer {
                Ok(saved) => {
                    self.saved_at.set(saved.saved_at);
                    self.keeping.update_value(|keeping| keeping.sent.clear());
                    self.stored(now);
                }
                Err(problem) => match standing::refused(problem) {
                    Standing::Conflict => {
                        if !self.meet(&post.path).await {
                            return false;
                        }
                    }
                    standing => {
                        self.fail(standing);
                        return false;
                    }
                },
            }
        }
    }

    /// The server has this.
    fn stored(self, document: Shared<T>) {
        self.failed.set_value(0);
        self.saved.set(document);
        self.keep(Vec::new());
    }

    fn fail(self, standing: Standing) {
        if standing.tries_again() {
            let failed = self.failed.with_value(|failed| failed + 1);
            self.failed.set_value(failed);
            self.left.set(standing::pause(failed));
        }
        self.standing.set(standing);
    }

    /// The server has another draft than the one that was edited. It may be one that was sent from here, and whose answer was
    /// lost; then it goes on with that.
    async fn meet(self, path: &str) -> bool {
        let answer = client::get::<T::Draft>(path).await;
        if self.standing.is_disposed() {
            return false;
        }
        let theirs = match answer {
            Ok(draft) => Theirs::<T>::of(draft),
            Err(problem) => {
                self.fail(standing::refused(problem));
                return false;
            }
        };
        let held = print(&*theirs.document.0);
        let ours = self.keeping.with_value(|keeping| keeping.sent.contains(&held));
        if ours {
            self.revision.set(theirs.tag.revision);
            self.saved_at.set(theirs.tag.saved_at);
            self.stored(theirs.document);
        } else {
            self.theirs.set(Some(theirs));
            self.standing.set(Standing::Conflict);
            self.comparing.set(true);
            self.keep(Vec::new());
        }
        ours
    }

    /// Ends a conflict: this is the draft from now on, on top of what the other side saved.
    pub fn settle(self, merged: T) {
        let Some(theirs) = self.theirs.get_untracked() else { return };
        self.comparing.set(false);
        self.theirs.set(None);
        self.revision.set(theirs.tag.revision);
        self.saved_at.set(theirs.tag.saved_at);
        self.saved.set(theirs.document);
        self.keeping.update_value(|keeping| keeping.sent.clear());
        self.standing.set(Standing::Changed);
        self.put.run((merged, Taking::Merged));
        self.save();
    }
}

fn written<T: serde::Serialize>(kept: &Kept<T>) -> String {
    // Maps with names as keys can be written.
    serde_json::to_string(kept).unwrap_or_default()
}

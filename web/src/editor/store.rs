//! The reactive wrapper around the draft: signals for what is drawn, and one door for every command.

use std::{collections::HashMap, sync::Arc};

use leptos::prelude::*;
use program::{FileError, Known, NodeId, Problem, Program, Side, check_against, merge};

use super::{
    draft::{Deed, Done, Draft, Refusal},
    found::Found,
    graph::Graph,
    words,
};
use crate::{
    documents::{document::Unread, saver::Taking, shared::Shared},
    i18n::{t_string, use_i18n},
    parts::toast::Toasts,
    prefs::Texts,
};

/// The program on the desk. A handful of signals, cheap to copy.
#[derive(Clone, Copy)]
pub struct Editor {
    draft: RwSignal<Draft>,
    /// The program as it is now.
    pub program: Memo<Shared<Program>>,
    /// How it is drawn.
    pub graph: Memo<Shared<Graph>>,
    /// The selected nodes; the last one is where the keyboard stands.
    pub selection: Memo<Vec<NodeId>>,
    /// What only the server finds.
    pub found: RwSignal<Found>,
    /// What the checker and the server find, errors first.
    pub problems: Memo<Shared<Vec<Problem>>>,
    /// How many problems each node has.
    pub at_node: Memo<HashMap<NodeId, usize>>,
    /// How many fields of each node hold what cannot be read, or is not filled in yet.
    pub unread_at: Memo<HashMap<NodeId, usize>>,
    /// Whether the panel has most of the page, and the canvas what is left.
    pub wide: RwSignal<bool>,
    /// What the installation knows.
    pub known: RwSignal<Known>,
    /// Said to screen readers.
    pub spoken: RwSignal<String>,
    /// Text of the code view that cannot be read, and so is not in the program. It stays when the view is left.
    pub unread: RwSignal<Option<Unread<Program>>>,
    texts: Texts,
    toasts: Toasts,
}

impl Editor {
    /// Puts a program on the desk.
    pub fn new(program: Program) -> Self {
        let draft = RwSignal::new(Draft::new(program));
        let known = RwSignal::new(Known::default());
        let program = Memo::new(move |_| Shared(draft.read().program().clone()));
        let graph = Memo::new(move |_| Shared(Arc::new(Graph::of(&program.get().0))));
        let selection = Memo::new(move |_| draft.read().selection().to_vec());
        let found = RwSignal::new(Found::default());
        let problems = Memo::new(move |_| {
            let program = program.get().0;
            let mut problems = check_against(&program, &known.read());
            problems.extend(found.read().still(&program).cloned());
            problems.sort_by_key(|problem| problem.severity);
            Shared(Arc::new(problems))
        });
        let counted = move |counts: fn(&Problem) -> bool| {
            let mut found = HashMap::new();
            let problems = problems.get().0;
            for node in problems.iter().filter(|problem| counts(problem)).filter_map(|problem| problem.node.as_ref()) {
                *found.entry(node.clone()).or_default() += 1;
            }
            found
        };
        let at_node = Memo::new(move |_| counted(|_| true));
        let unread_at = Memo::new(move |_| counted(|problem| matches!(problem.code.as_str(), "unread" | "expression")));
        let wide = RwSignal::new(false);
        let (spoken, unread) = (RwSignal::new(String::new()), RwSignal::new(None));
        let (texts, toasts) = (use_i18n(), Toasts::here());
        Self {
            draft,
            program,
            graph,
            selection,
            found,
            problems,
            at_node,
            unread_at,
            wide,
            known,
            spoken,
            unread,
            texts,
            toasts,
        }
    }

    /// Runs a command. What cannot be done is said, and nothing changes.
    pub fn run<T>(self, command: impl FnOnce(&mut Draft) -> Done<T>) -> Option<T> {
        let mut given = None;
        self.draft.update(|draft| given = Some(command(draft)));
        match given? {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.refuse(&refusal);
                None
            }
        }
    }

    /// The same for a command whose refusal is shown where it was given.
    pub fn try_run<T>(self, command: impl FnOnce(&mut Draft) -> Done<T>) -> Done<T> {
        let mut given = Err(Refusal::Gone);
        self.draft.update(|draft| given = command(draft));
        given
    }

    /// The same for what cannot fail.
    pub fn change(self, command: impl FnOnce(&mut Draft)) {
        self.draft.update(command);
    }

    /// Takes what was typed in the code view, if it can be read. What was changed elsewhere since it could not is taken in, too.
    pub fn type_in(self, text: &str) -> Result<(), FileError> {
        match self.read(text) {
            Ok(program) => {
                self.forget_text();
                self.change(|draft| draft.replace(Deed::Code { left: false }, program));
                Ok(())
            }
            Err(why) => {
                let begun = self.unread.with_untracked(|unread| unread.as_ref().map(|unread| unread.begun.clone()));
                let begun = begun.unwrap_or_else(|| self.program.get_untracked());
                self.unread.set(Some(Unread { text: text.to_owned(), begun }));
                Err(why)
            }
        }
    }

    /// The program that a text is.
    pub fn read(self, text: &str) -> Result<Program, FileError> {
        let (now, typed) = (self.program.get_untracked().0, Program::parse(text)?);
        if typed.name != now.name {
            let message = untrack(|| t_string!(self.texts, editor.name_stays)).to_owned();
            return Err(FileError::at(text, "name", message));
        }
        let begun = self.unread.get_untracked().map(|unread| unread.begun.0).filter(|begun| !Arc::ptr_eq(begun, &now));
        let merged = begun.and_then(|begun| merge(&*begun, &typed, &*now, |_| Side::Mine).ok());
        Ok(merged.and_then(|merged| serde_json::from_value(merged.value).ok()).unwrap_or(typed))
    }

    /// Lets the text go that cannot be read.
    pub fn forget_text(self) {
        self.unread.set(None);
    }

    /// Puts another program on the desk, as one step of undo.
    pub fn put(self, program: Program, why: Taking) {
        let deed = match why {
            Taking::Kept => Deed::Kept,
            Taking::Merged => Deed::Merge,
        };
        self.change(|draft| draft.replace(deed, program));
    }

    /// Asks the draft something, without following it.
    pub fn ask<T>(self, question: impl FnOnce(&Draft) -> T) -> T {
        question(&self.draft.read_untracked())
    }

    /// Selects one node, or none.
    pub fn select(self, node: Option<NodeId>) {
        self.draft.update(|draft| draft.select(node));
    }

    /// Whether this node is selected.
    pub fn is_selected(self, node: &NodeId) -> bool {
        self.selection.read().contains(node)
    }

    /// Where the keyboard stands.
    pub fn current(self) -> Option<NodeId> {
        self.selection.read().last().cloned()
    }

    /// Whether Tab leads to this node: where the keyboard stands, else the first.
    pub fn stands_at(self, node: &NodeId) -> bool {
        match self.selection.read().last() {
            Some(current) => current == node,
            None => self.program.read().0.nodes.keys().next() == Some(node),
        }
    }

    /// The keyboard came to a node: where nothing is selected, that one is.
    pub fn arrive(self, node: &NodeId) {
        if self.selection.with_untracked(Vec::is_empty) {
            self.select(Some(node.clone()));
        }
    }

    /// What undo would take back, in words.
    pub fn undoable(self) -> Option<String> {
        self.draft.read().undoable().map(|deed| words::deed(self.texts, deed))
    }

    /// What redo would do again, in words.
    pub fn redoable(self) -> Option<String> {
        self.draft.read().redoable().map(|deed| words::deed(self.texts, deed))
    }

    /// Takes the last step back and says so.
    pub fn undo(self) {
        let mut deed = None;
        self.draft.update(|draft| deed = draft.undo());
        self.tell(deed, false);
    }

    /// Does it again and says so.
    pub fn redo(self) {
        let mut deed = None;
        self.draft.update(|draft| deed = draft.redo());
        self.tell(deed, true);
    }

    /// Speaks to screen readers.
    pub fn speak(self, words: impl Into<String>) {
        self.spoken.set(words.into());
    }

    /// The same in the reader's language.
    pub fn said<T: Into<String>>(self, words: impl FnOnce(Texts) -> T) {
        self.spoken.set(untrack(|| words(self.texts)).into());
    }

    fn tell(self, deed: Option<Deed>, again: bool) {
        let Some(deed) = deed else { return };
        let what = words::deed(self.texts, &deed);
        self.said(|texts| words::undone(texts, &what, again));
    }

    fn refuse(self, refusal: &Refusal) {
        let words = untrack(|| words::refusal(self.texts, refusal));
        self.speak(words.clone());
        self.toasts.refuse(|| words);
    }
}

//! The rows of a condition as the text has them, and how a change of one is written into the text.

use leptos::prelude::*;
use program::{Path, Root, Row, Rows, Step, Subject};

use super::Slot;
use crate::{format::read::value::root_words, i18n::Language, prefs::Texts};

/// The rows of one field.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) slot: Slot,
    pub(super) rows: Memo<Rows>,
    pub(super) texts: Texts,
}

/// Where a group stands: the places that lead to it, and the items that are named there, each with its list.
#[derive(Clone, Default)]
pub(super) struct Place {
    pub(super) path: Vec<usize>,
    pub(super) items: Vec<(String, Path)>,
}

impl Form {
    /// The language of what is typed.
    pub(super) fn language(self) -> Language {
        self.slot.tongue().language
    }

    /// The group at a place.
    pub(super) fn group(self, path: &[usize]) -> Option<Rows> {
        inner(&mut self.rows.get(), path).cloned()
    }

    /// A row of a group.
    pub(super) fn row(self, path: &[usize], at: usize) -> Option<Row> {
        let rows = self.rows.read();
        let mut rows = rows.clone();
        inner(&mut rows, path)?.list.get(at).cloned()
    }

    /// Changes the group at a place and writes the whole.
    pub(super) fn edit(self, path: &[usize], change: impl FnOnce(&mut Rows)) {
        let mut rows = self.rows.get_untracked();
        let Some(group) = inner(&mut rows, path) else { return };
        change(group);
        self.slot.set_text(&tidy(rows).write());
    }

    /// Changes one row.
    pub(super) fn edit_row(self, path: &[usize], at: usize, change: impl FnOnce(&mut Row)) {
        self.edit(path, |group| {
            group.list.get_mut(at).into_iter().take(1).for_each({
                let mut change = Some(change);
                move |row| {
                    if let Some(change) = change.take() {
                        change(row)
                    }
                }
            })
        });
    }
}

fn inner<'a>(rows: &'a mut Rows, path: &[usize]) -> Option<&'a mut Rows> {
    path.iter().try_fold(rows, |rows, at| match rows.list.get_mut(*at)? {
        Row::Group(rows) => Some(rows),
        Row::Items(items) => Some(&mut items.rows),
        Row::Clause(_) => None,
    })
}

/// Without groups in which nothing is left.
fn tidy(mut rows: Rows) -> Rows {
    rows.list = rows
        .list
        .into_iter()
        .filter_map(|row| match row {
            Row::Group(group) => Some(tidy(group)).filter(|group| !group.list.is_empty()).map(Row::Group),
            other => Some(other),
        })
        .collect();
    rows
}

/// A path with its root: `event.lines`.
pub(super) fn full_path(path: &Path) -> String {
    let words = path.words();
    if words.is_empty() && matches!(path.root, Root::Subject(_)) {
        return String::new();
    }
    let gap = if words.is_empty() || words.starts_with('[') { "" } else { "." };
    format!("{}{gap}{words}", root_words(&path.root))
}

/// The path that is written so; what names no root begins at the event.
pub(super) fn path_of(text: &str) -> Path {
    let text = text.trim();
    let subjects = [Subject::Contact, Subject::Event, Subject::Joined, Subject::Incoming];
    for subject in subjects {
        if let Some(rest) = text.strip_prefix(subject.as_str()).and_then(|rest| rest.strip_prefix('.')) {
            return Path::of(Root::Subject(subject), rest);
        }
    }
    Path::of(Root::Subject(Subject::Event), text)
}

/// As what was seen names it: `lines[].sku`.
pub(super) fn seen_as(path: &Path, items: &[(String, Path)]) -> Option<(Subject, String)> {
    let (subject, mut out) = match &path.root {
        Root::Subject(subject) => (*subject, String::new()),
        Root::Item(name) => {
            let (_, of) = items.iter().rev().find(|(known, _)| known == name)?;
            let (subject, list) = seen_as(of, items)?;
            (subject, list + "[]")
        }
    };
    for step in &path.steps {
        match step {
            Step::Name(name) if out.is_empty() => out.clone_from(name),
            Step::Name(name) => out = format!("{out}.{name}"),
            Step::At(_) => out.push_str("[]"),
            Step::Missing => return None,
        }
    }
    Some((subject, out))
}

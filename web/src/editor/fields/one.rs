//! One comparison of a condition, where it stands, and what is known of it.

use leptos::prelude::*;
use program::{Clause, EventType, KnownField, Looked, Operand, Path, Row, Subject, Test};

use super::{
    form::{Form, Place, full_path, path_of, seen_as},
    known::fields,
};
use crate::format::read::value::Holds;

/// A row, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct One {
    pub(super) form: Form,
    pub(super) place: StoredValue<Place>,
    pub(super) index: usize,
    pub(super) now: Memo<Option<Clause>>,
}

impl One {
    pub(super) fn change(self, change: impl FnOnce(&mut Clause)) {
        let path = self.place.with_value(|place| place.path.clone());
        self.form.edit_row(&path, self.index, |row| {
            if let Row::Clause(clause) = row {
                change(clause);
            }
        });
    }

    pub(super) fn ask<T: Default>(self, ask: impl FnOnce(&Clause) -> T) -> T {
        self.now.read().as_ref().map(ask).unwrap_or_default()
    }

    /// What was seen of what is looked at.
    pub(super) fn known(self) -> Option<KnownField> {
        let now = self.now.read();
        let Looked::Field(path) = &now.as_ref()?.what else { return None };
        let (subject, name) = self.place.with_value(|place| seen_as(path, &place.items))?;
        let known = self.form.slot.editor.known.read();
        match subject {
            Subject::Contact => known.attributes.get(&name).cloned(),
            _ => fields(self.form.slot).into_iter().find(|(path, _)| *path == name).map(|(_, field)| field),
        }
    }

    pub(super) fn holds(self) -> Holds {
        let (is_text, is_number) =
            self.ask(|clause| (clause.test.of_text(), matches!(clause.what, Looked::Count { .. } | Looked::Size(_))));
        match (is_text, is_number, self.known()) {
            (true, _, Some(field)) if field.kind == "list" => Holds::Anything,
            (true, ..) => Holds::Text,
            (_, true, _) => Holds::Number,
            (_, _, Some(field)) => Holds::of(&field.kind),
            // What is more or less is a number, unless a text is there already.
            (_, _, None) => {
                let ordered =
                    self.ask(|clause| clause.test.orders() && !matches!(clause.values.first(), Some(Operand::Text(_))));
                if ordered { Holds::Number } else { Holds::Anything }
            }
        }
    }

    pub(super) fn name(self) -> String {
        self.ask(|clause| match &clause.what {
            Looked::Field(path) => path.words(),
            Looked::Size(path) => full_path(path),
            Looked::Count { event, .. } => event.clone(),
        })
    }

    pub(super) fn with_name(self, text: &str) -> Option<Looked> {
        Some(match &self.now.read().as_ref()?.what {
            Looked::Field(path) => Looked::Field(Path::of(path.root.clone(), text)),
            Looked::Size(_) => Looked::Size(path_of(text)),
            Looked::Count { within, .. } => Looked::Count { event: text.trim().to_owned(), within: within.clone() },
        })
    }
}

pub(super) fn is_unnamed(what: &Looked) -> bool {
    match what {
        Looked::Field(path) | Looked::Size(path) => path.is_missing(),
        Looked::Count { event, .. } => EventType::new(event).is_err(),
    }
}

/// Chooses a test; it has as many values as it takes.
pub(super) fn set_test(clause: &mut Clause, test: Test) {
    let was_length = clause.test.takes_length();
    clause.test = test;
    if test.takes_length() {
        if !was_length {
            clause.values = vec![Operand::Length("30d".to_owned())];
        }
        return;
    }
    if was_length {
        clause.values.clear();
    }
    if !test.takes_value() {
        clause.values.clear();
    } else if clause.values.is_empty() {
        clause.values.push(Operand::Missing(String::new()));
    } else if !test.takes_several() {
        clause.values.truncate(1);
    }
}

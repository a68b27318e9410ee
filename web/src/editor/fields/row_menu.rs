//! What can be done with a whole row: moved, doubled, put into a group of its own.

use leptos::{html, prelude::*};
use program::{Clause, Join, Root, Row, Rows, Subject};

use super::form::{Form, Place};
use crate::parts::icon::{Glyph, Icon};

/// Deeper groups are not offered.
pub(super) const DEEPEST: usize = 4;

pub(super) fn row_menu(form: Form, place: Place, index: usize) -> impl IntoView {
    let texts = form.texts;
    let is_deep = place.path.len() >= DEEPEST;
    let root = place.items.last().map_or(Root::Subject(Subject::Event), |(name, _)| Root::Item(name.clone()));
    let (path, root) = (StoredValue::new(place.path), StoredValue::new(root));
    let menu = NodeRef::<html::Details>::new();
    let item = move |act: &'static str, words: Signal<String>, change: Callback<Rows, Rows>| {
        let run = move |_| {
            if let Some(menu) = menu.get_untracked() {
                menu.set_open(false);
            }
            path.with_value(|path| form.edit(path, |group| *group = change.run(std::mem::take(group))));
        };
        view! { <button type="button" data-act=act on:click=run>{words}</button> }
    };
    let shifted = move |to: Option<usize>| {
        Callback::new(move |mut group: Rows| {
            shift(&mut group, index, to);
            group
        })
    };
    let twice = Callback::new(move |mut group: Rows| {
        if let Some(row) = group.list.get(index).cloned() {
            group.list.insert(index + 1, row);
        }
        group
    });
    // A group of one row would be that row alone.
    let wrapped = Callback::new(move |mut group: Rows| {
        let join = if group.join == Join::Any { Join::All } else { Join::Any };
        if let Some(row) = group.list.get_mut(index) {
            let list = vec![row.clone(), Row::Clause(Clause::blank(root.get_value()))];
            *row = Row::Group(Rows { join, list });
        }
        group
    });
    view! {
        <details class="row-menu" node_ref=menu>
            <summary class="icon-only" aria-label=say!(texts, clause.row_menu)><Icon glyph=Glyph::More /></summary>
            <div class="menu">
                {item("row-up", say!(texts, act.move_up), shifted(index.checked_sub(1)))}
                {item("row-down", say!(texts, act.move_down), shifted(Some(index + 1)))}
                {item("row-twice", say!(texts, act.duplicate), twice)}
                {(!is_deep).then(|| item("row-group", say!(texts, clause.group), wrapped))}
            </div>
        </details>
    }
}

pub(super) fn shift(group: &mut Rows, from: usize, to: Option<usize>) {
    let there = group.list.len();
    if let Some(to) = to.filter(|to| *to < there && from < there) {
        group.list.swap(from, to);
    }
}

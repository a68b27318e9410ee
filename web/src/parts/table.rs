//! Tables of paged lists: sticky head, a row opens by click or Enter, arrow keys walk the rows.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent};

use super::{
    list::{Frame, List},
    load::Skeleton,
    notice::ProblemBox,
    say::say,
};
use crate::i18n::{t_string, use_i18n};

/// A column's head: its words and a class (`num`, `wide` for what a card leaves out, `full` for what it gives a line,
/// `named` for what says nothing there without the column's words).
pub struct Column {
    words: Signal<String>,
    class: &'static str,
}

/// A column.
pub fn column(class: &'static str, words: impl Fn() -> String + Send + Sync + 'static) -> Column {
    Column { words: Signal::derive(words), class }
}

/// A row: where it leads and what stands in its cells. The first cell is the link.
pub struct Row {
    /// Path of the page that the row opens.
    pub href: Option<String>,
    /// One view for each column.
    pub cells: Vec<AnyView>,
}

/// What the table draws: which rows, by a key that changes with their content, and how to make one. The list's type
/// is behind it, so that tables are compiled once and not once a list.
struct Rows {
    keys: Signal<Vec<(usize, u64)>>,
    at: Arc<dyn Fn(usize) -> Option<Row> + Send + Sync>,
    empty: Arc<dyn Fn() -> AnyView + Send + Sync>,
    frame: Frame,
}

/// A list as a table. `empty` says what the page is for when there is nothing.
pub fn table<T, K>(
    list: List<T>,
    columns: Vec<Column>,
    key: impl Fn(&T) -> K + Send + Sync + 'static,
    row: impl Fn(T) -> Row + Send + Sync + 'static,
    empty: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + Send + Sync + 'static,
    K: Hash,
{
    let hash = move |item: &T| {
        let mut hasher = DefaultHasher::new();
        key(item).hash(&mut hasher);
        hasher.finish()
    };
    let keys = Signal::derive(move || {
        list.items.with(|items| items.iter().flatten().map(&hash).enumerate().collect::<Vec<_>>())
    });
    let item = move |at: usize| list.items.with_untracked(|items| items.as_ref()?.get(at).cloned());
    let at = Arc::new(move |at: usize| item(at).map(&row));
    draw(columns, Rows { keys, at, empty: Arc::new(empty), frame: list.frame })
}

fn draw(columns: Vec<Column>, rows: Rows) -> AnyView {
    let Rows { keys, at, empty, frame } = rows;
    let named = |column: &Column| column.class.contains("named").then_some(column.words);
    let kinds: Vec<_> = columns.iter().map(|column| (column.class, named(column))).collect();
    let head: Vec<_> =
        columns.into_iter().map(|column| view! { <th class=column.class scope="col">{column.words}</th> }).collect();
    let go = use_navigate();
    let body = move |(number, _): (usize, u64)| at(number).map(|row| one(row, &kinds, go.clone()));
    let state = move || match (keys.read().is_empty(), frame.problem.get()) {
        (_, Some(problem)) => {
            view! { <ProblemBox problem=problem retry=Callback::new(move |()| frame.fetch.run(None)) /> }.into_any()
        }
        (true, None) if !frame.came.get() => view! { <Skeleton /> }.into_any(),
        (true, None) => empty(),
        (false, None) => ().into_any(),
    };
    view! {
        <div class="table" class:none=move || keys.read().is_empty()>
            <table>
                <thead>
                    <tr>{head}</tr>
                </thead>
                <tbody on:keydown=walk>
                    <For each=move || keys.get() key=|(_, key)| *key children=body />
                </tbody>
            </table>
        </div>
        {state}
        <Foot shown=Signal::derive(move || keys.read().len()) frame=frame />
    }
    .into_any()
}

fn one(
    row: Row,
    kinds: &[(&'static str, Option<Signal<String>>)],
    go: impl Fn(&str, NavigateOptions) + Send + 'static,
) -> AnyView {
    let Row { href, cells } = row;
    let target = href.clone();
    let cells = cells.into_iter().zip(kinds).enumerate().map(|(at, (cell, (class, name)))| {
        let cell = match href.clone().filter(|_| at == 0) {
            Some(href) => view! { <a class="row-link" href=href>{cell}</a> }.into_any(),
            None => cell,
        };
        view! { <td class=*class data-name=*name>{cell}</td> }
    });
    let cells: Vec<_> = cells.collect();
    let open = move |event: MouseEvent| {
        if let Some(target) = target.as_deref().filter(|_| !is_control(&event)) {
            go(target, NavigateOptions::default());
        }
    };
    view! { <tr class:opens=href.is_some() on:click=open>{cells}</tr> }.into_any()
}

#[component]
fn Foot(shown: Signal<usize>, frame: Frame) -> impl IntoView {
    let texts = use_i18n();
    let words = move || match shown.get() {
        0 => String::new(),
        n => t_string!(texts, common.shown, n = n as u64),
    };
    view! {
        <div class="table-foot">
            <span class="small num">{say(words)}</span>
            <Show when=move || frame.next.read().is_some()>
                <button on:click=move |_| frame.more() disabled=frame.busy>{say!(texts, common.load_more)}</button>
            </Show>
        </div>
    }
}
/// Whether a click was meant for something in the row that acts by itself.
fn is_control(event: &MouseEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let control = target.and_then(|target| target.closest("a, button, input, label").ok().flatten());
    control.is_some() || event.ctrl_key() || event.meta_key()
}

/// Arrow keys go from row to row.
fn walk(event: KeyboardEvent) {
    let row = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(row) = row.and_then(|target| target.closest("tr").ok().flatten()) else { return };
    let next = match event.key().as_str() {
        "ArrowDown" => row.next_element_sibling(),
        "ArrowUp" => row.previous_element_sibling(),
        _ => return,
    };
    event.prevent_default();
    let link = next.and_then(|row| row.query_selector(".row-link, input").ok().flatten());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        // Focus on a row that is there cannot fail.
        let _ = link.focus();
    }
}

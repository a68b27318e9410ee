//! Tables of paged lists: sticky head, a row opens by click or Enter, arrow keys walk the rows.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent};

use super::{list::List, load::Skeleton, notice::ProblemBox, number::number};
use crate::i18n::{t, use_i18n};

/// A column's head: its words and a class (`num`, `wide` for what a phone leaves out).
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

/// A list as a table. `empty` says what the page is for when there is nothing.
pub fn table<T, K>(
    list: List<T>,
    columns: Vec<Column>,
    key: impl Fn(&T) -> K + Clone + Send + Sync + 'static,
    row: impl Fn(T) -> Row + Clone + Send + Sync + 'static,
    empty: impl Fn() -> AnyView + Send + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    K: Eq + std::hash::Hash + Send + Sync + 'static,
{
    let classes: Vec<&'static str> = columns.iter().map(|column| column.class).collect();
    let head: Vec<_> = columns
        .into_iter()
        .map(|column| view! { <th class=column.class scope="col">{move || column.words.get()}</th> })
        .collect();
    let go = use_navigate();
    let body = move |item: T| {
        let (key_go, classes) = (go.clone(), classes.clone());
        let Row { href, cells } = row(item);
        let target = href.clone();
        let cells = cells.into_iter().zip(classes).enumerate().map(|(at, (cell, class))| {
            let cell = match href.clone().filter(|_| at == 0) {
                Some(href) => view! { <a class="row-link" href=href>{cell}</a> }.into_any(),
                None => cell,
            };
            view! { <td class=class>{cell}</td> }
        });
        let cells: Vec<_> = cells.collect();
        let open = move |event: MouseEvent| {
            if let Some(target) = target.as_deref().filter(|_| !is_control(&event)) {
                key_go(target, Default::default());
            }
        };
        view! { <tr class:opens=href.is_some() on:click=open>{cells}</tr> }
    };
    let rows = move || list.items.get().unwrap_or_default();
    let state = move || match (list.items.with(|items| items.as_ref().map(Vec::is_empty)), list.problem.get()) {
        (_, Some(problem)) => {
            view! { <ProblemBox problem=problem retry=Callback::new(move |()| list.again()) /> }.into_any()
        }
        (None, None) => view! { <Skeleton /> }.into_any(),
        (Some(true), None) => empty(),
        (Some(false), None) => ().into_any(),
    };
    let has_rows = Memo::new(move |_| list.items.with(|items| items.as_ref().is_some_and(|items| !items.is_empty())));
    view! {
        <div class="table" class:none=move || !has_rows.get()>
            <table>
                <thead>
                    <tr>{head}</tr>
                </thead>
                <tbody on:keydown=walk>
                    <For each=rows key=key children=body />
                </tbody>
            </table>
        </div>
        {state}
        <Foot shown=move || list.items.with(|items| items.as_ref().map_or(0, Vec::len)) more=move || list.next.read().is_some() busy=list.busy on_more=move || list.more() />
    }
}

#[component]
fn Foot(
    shown: impl Fn() -> usize + Copy + Send + Sync + 'static,
    more: impl Fn() -> bool + Send + Sync + 'static,
    busy: RwSignal<bool>,
    on_more: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let texts = use_i18n();
    let shown = move || (shown() > 0).then(|| t!(texts, common.shown, n = move || number(texts, shown() as u64)));
    view! {
        <div class="table-foot">
            <span class="small num">{shown}</span>
            <Show when=more>
                <button on:click=move |_| on_more() disabled=busy>{t!(texts, common.load_more)}</button>
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

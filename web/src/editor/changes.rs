//! The differences from the live version: as graph, as list, as text.

use leptos::prelude::*;
use program::{Change, FieldDiff, NodeDiff, NodeId, diff};
use serde_json::Value;

use super::stage::Stage;
use crate::{
    documents::lines::lines,
    i18n::{t_string, use_i18n},
    prefs::Texts,
    words,
};

/// The list and the text.
#[component]
pub fn Changes() -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let found = Memo::new(move |_| {
        let live = stage.live.program.get();
        let all = diff(live.as_ref().map(|live| &*live.0), &stage.editor.program.get().0);
        all.into_iter().filter(|node| node.change != Change::Unchanged).collect::<Vec<_>>()
    });
    let title = move |id: &NodeId| {
        let now = stage.editor.program.get_untracked().0;
        let live = stage.live.program.get_untracked();
        let node = now.nodes.get(id).or_else(|| live.as_ref().and_then(|live| live.0.nodes.get(id)));
        node.map_or_else(|| id.to_string(), |node| words::title(texts, node))
    };
    let line = move |node: NodeDiff| {
        let (tone, word) = change_words(texts, node.change);
        let goal = node.node.clone();
        let name = title(&node.node);
        let fields: Vec<_> = node.fields.into_iter().map(|field| view! { <Field field=field /> }).collect();
        view! {
            <li data-change=format!("{:?}", node.change).to_lowercase()>
                <p>
                    <span class=format!("chip tone-{tone}")>{word}</span>
                    " "
                    <button class="link" on:click=move |_| stage.go_to(&goal)>{name}</button>
                </p>
                <ul>{fields}</ul>
            </li>
        }
    };
    let text = move || {
        let old = stage.live.program.get().map(|live| live.0.to_yaml()).unwrap_or_default();
        let new = stage.editor.program.get().0.to_yaml();
        lines(&old, &new)
    };
    view! {
        <div class="changes">
            <Show when=move || found.read().is_empty()>
                <p class="small">{say!(texts, changes.none)}</p>
            </Show>
            <ul class="change-list">{move || found.get().into_iter().map(line).collect::<Vec<_>>()}</ul>
            <Show when=move || !found.read().is_empty()>
                <h2>{say!(texts, changes.as_text)}</h2>
                <pre class="diff" tabindex="0">{text}</pre>
            </Show>
        </div>
    }
}

#[component]
fn Field(field: FieldDiff) -> impl IntoView {
    let written = |value: Option<Value>| match value {
        None => "–".to_owned(),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    };
    view! {
        <li>
            <span class="quiet">{field.field}</span>
            " "
            <del>{written(field.from)}</del>
            " → "
            <ins>{written(field.to)}</ins>
        </li>
    }
}

/// Its tone and its word.
fn change_words(texts: Texts, change: Change) -> (&'static str, String) {
    let (tone, word) = match change {
        Change::Added => ("good", t_string!(texts, changes.added)),
        Change::Removed => ("bad", t_string!(texts, changes.removed)),
        Change::Changed => ("warn", t_string!(texts, changes.changed)),
        Change::Unchanged => ("quiet", t_string!(texts, changes.unchanged)),
    };
    (tone, word.to_owned())
}

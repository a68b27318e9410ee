//! The form of one node: title and fields of its kind, each with its errors, live.

use leptos::prelude::*;
use program::NodeId;

use super::{acts, draft::Draft, fields::Widget, keys::Act, next_times::NextTimes, stage::Stage};
use crate::{
    i18n::{t_string, use_i18n},
    parts::{
        focus::focus,
        icon::{Glyph, Icon},
        say::say,
    },
    words,
};

/// Head, tools and form. Made anew for each node.
#[component]
pub fn Inspector(id: NodeId) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let editor = stage.editor;
    let node = editor.ask(|draft| draft.program().nodes.get(&id).cloned());
    let Some(node) = node else { return ().into_any() };
    let family = words::family(node.kind.as_kind().family());
    let glyph = Glyph::of(&node.kind);
    let kind = node.kind.clone();
    let back = id.clone();
    let back_again = id.clone();
    let close = move || {
        editor.wide.set(false);
        editor.select(None);
        focus(format!("[data-node='{back}']"));
    };
    let widen = move |wide: bool| {
        editor.wide.set(wide);
        // The canvas has another width then.
        let shown = back_again.clone();
        request_animation_frame(move || stage.show(&shown));
    };
    let id = StoredValue::new(id);
    let now = Memo::new(move |_| id.with_value(|id| editor.program.get().0.nodes.get(id).cloned()));
    let heading = move || now.read().as_ref().map(|node| words::title(texts, node)).unwrap_or_default();
    let title = move || now.read().as_ref().map(|node| node.title.clone()).unwrap_or_default();
    let placeholder = {
        let kind = kind.clone();
        say(move || words::kind(texts, &kind))
    };
    let rename =
        move |title: String| id.with_value(|id| editor.run(|draft| draft.rename(id, &title))).unwrap_or_default();
    let many = Memo::new(move |_| editor.selection.read().len());
    let disabled = Memo::new(move |_| now.read().as_ref().is_some_and(|node| node.disabled));
    let tool = move |act: Act, words: Signal<String>| {
        let title = say(move || format!("{} ({})", words.get(), super::keys::key_of(act)));
        view! { <button class="small-button" data-act=format!("{act:?}") title=title on:click=move |_| { acts::act(stage, act); }>{words}</button> }
    };
    let fields: Vec<_> = kind
        .as_kind()
        .fields()
        .iter()
        .map(|field| view! { <Widget id=id.get_value() kind=kind.tag() field=field /> })
        .collect();
    view! {
        <div class=format!("panel-head k-{family}")>
            <span class="tint"><Icon glyph=glyph /></span>
            <div>
                <p class="kind">{placeholder}</p>
                <h2 tabindex="-1">{heading}</h2>
            </div>
            <button
                class="icon-only only-roomy"
                data-act="wide"
                aria-label=say!(texts, editor.wide)
                aria-pressed=move || editor.wide.get().to_string()
                on:click=move |_| widen(!editor.wide.get_untracked())
            >
                <Icon glyph=Glyph::Panel />
            </button>
            <button class="icon-only" aria-label=say!(texts, node.close) on:click=move |_| close()>
                <Icon glyph=Glyph::Close />
            </button>
        </div>
        <div class="panel-tools" role="toolbar" aria-label=say!(texts, editor.more)>
            <Show when=move || { many.get() > 1 }>
                <span class="chip tone-brand num">
                    {say(move || t_string!(texts, editor.selected, n = many.get() as u64))}
                </span>
            </Show>
            {tool(Act::Duplicate, say(move || t_string!(texts, editor.duplicate)))}
            {tool(Act::Disable, say(move || if disabled.get() { t_string!(texts, editor.enable) } else { t_string!(texts, editor.disable) }))}
            {tool(Act::Branch, say(move || t_string!(texts, editor.branch)))}
            {tool(Act::Note, say(move || t_string!(texts, editor.note)))}
            {tool(Act::Delete, say(move || t_string!(texts, editor.delete)))}
        </div>
        <Show when=move || disabled.get()>
            <p class="small">{say!(texts, editor.disabled)}</p>
        </Show>
        <form class="inspector" on:submit=|event| event.prevent_default() on:focusout=move |_| editor.change(Draft::settle)>
            <label>
                {say!(texts, field.title)}
                <input
                    data-field="title"
                    maxlength="120"
                    placeholder=placeholder
                    prop:value=title
                    on:input=move |event| rename(event_target_value(&event))
                />
            </label>
            {fields}
        </form>
        <NextTimes now=now />
    }
    .into_any()
}

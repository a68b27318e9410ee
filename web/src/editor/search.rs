//! Search for a node. The first match is shown while typing; Enter goes on to the next.

use leptos::{html, prelude::*};
use program::NodeId;
use web_sys::KeyboardEvent;

use super::stage::Stage;
use crate::{
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
    words,
};

/// The search; nothing while it is not asked for.
#[component]
pub fn Search() -> impl IntoView {
    let stage = Stage::here();
    view! {
        <Show when=move || stage.panels.finding.get()>
            <Box />
        </Show>
    }
}

#[component]
fn Box() -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let input = NodeRef::<html::Input>::new();
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            // Focus on an element that is there cannot fail.
            let _ = input.focus();
        }
    });
    let found = Memo::new(move |_| {
        let typed = typed.read().trim().to_lowercase();
        let program = stage.editor.program.get().0;
        let fits = |(id, node): &(&NodeId, &program::Node)| {
            let text = format!("{id} {} {}", words::title(texts, node), words::summary(texts, &node.kind));
            !typed.is_empty() && text.to_lowercase().contains(&typed)
        };
        program.nodes.iter().filter(fits).map(|(id, _)| id.clone()).collect::<Vec<_>>()
    });
    let show = move || {
        let found = found.get_untracked();
        if let Some(id) = found.get(at.get_untracked() % found.len().max(1)) {
            stage.editor.select(Some(id.clone()));
            stage.show(id);
        }
    };
    let keydown = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            at.update(|at| *at += 1);
            show();
        }
        "Escape" => {
            stage.panels.finding.set(false);
            stage.follow();
        }
        _ => {}
    };
    view! {
        <div class="finder" role="search">
            <Icon glyph=Glyph::Search />
            <input
                node_ref=input
                type="search"
                aria-label=say!(texts, editor.find)
                placeholder=say!(texts, editor.find)
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    at.set(0);
                    show();
                }
                on:keydown=keydown
            />
            <span class="small num" role="status">
                {say(move || t_string!(texts, editor.found, n = found.read().len() as u64))}
            </span>
            <button class="icon-only" aria-label=say!(texts, common.close) on:click=move |_| stage.panels.finding.set(false)>
                <Icon glyph=Glyph::Close />
            </button>
        </div>
    }
}

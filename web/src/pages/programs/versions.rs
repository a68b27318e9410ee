//! The version history: who made which, a look at what differs, and the way back to one.

use api::{
    Page,
    programs::{ProgramDetail, VersionSummary},
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    address::fill,
    client,
    editor::{draft::Deed, stage::Stage},
    i18n::{t_string, use_i18n},
    parts::{
        dialog::Dialog,
        icon::{Glyph, Icon},
        load::{Load, loaded},
        number::number,
        say::say,
        time::When,
        toast::Toasts,
    },
};

/// The button and its dialog.
#[component]
pub fn VersionsButton(program: String) -> impl IntoView {
    let texts = use_i18n();
    let open = RwSignal::new(false);
    let name = StoredValue::new(program);
    let words = say!(texts, versions.button);
    view! {
        <button data-act="versions" aria-label=words title=words on:click=move |_| open.set(true)>
            <Icon glyph=Glyph::Clock />
            <span class="wide">{words}</span>
        </button>
        <Dialog open=open title=say!(texts, versions.title)>
            <Versions program=name.get_value() open=open />
        </Dialog>
    }
}

#[component]
fn Versions(program: String, open: RwSignal<bool>) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let toasts = Toasts::here();
    let path = fill(api::path::PROGRAM_VERSIONS, &[&program]);
    let load = Load::<Page<VersionSummary>>::new(move || path.clone());
    let restore = move |number: u32| {
        let path = fill(api::path::PROGRAM_VERSION, &[&program, &number.to_string()]);
        spawn_local(async move {
            match client::get::<ProgramDetail>(&path).await {
                Ok(detail) => {
                    open.set(false);
                    stage.editor.change(|draft| draft.replace(Deed::Restore(number), detail.program));
                    stage.fit();
                }
                Err(problem) => toasts.problem(texts, &problem),
            }
        });
    };
    let restore = StoredValue::new(restore);
    let row = move |version: VersionSummary| {
        let n = version.number;
        view! {
            <li>
                <span>
                    <b>{say(move || t_string!(texts, versions.number, n = number(texts, n.into())))}</b>
                    " "
                    {version.live.then(|| view! { <span class="chip tone-good">{say!(texts, state.live)}</span> })}
                    <span class="sub">{version.author.unwrap_or_default()} " " <When at=version.created_at /></span>
                </span>
                <button class="small-button" on:click=move |_| restore.with_value(|restore| restore(n))>{say!(texts, versions.restore)}</button>
            </li>
        }
    };
    view! {
        <p class="dialog-text">{say!(texts, versions.lead)}</p>
        {loaded(load, move |page| {
            let rows: Vec<_> = page.items.into_iter().map(row).collect();
            let none = rows.is_empty();
            view! {
                <ul class="rows versions">{rows}</ul>
                {none.then(|| view! { <p class="small">{say!(texts, versions.none)}</p> })}
            }
        })}
    }
}

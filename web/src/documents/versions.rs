//! The version history: who made which, a look at what differs, and the way back to one.

use api::{Page, programs::VersionSummary};
use leptos::prelude::*;

use crate::{
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{
        dialog::Dialog,
        icon::{Glyph, Icon},
        load::{Load, loaded},
        say::say,
        time::When,
    },
};

/// The button and its dialog.
#[component]
pub fn VersionsButton(
    /// Of the call that lists them.
    path: String,
    /// Told the number of the one to take up.
    on_restore: Callback<u32>,
) -> impl IntoView {
    let texts = use_i18n();
    let open = RwSignal::new(false);
    let path = StoredValue::new(path);
    let restore = Callback::new(move |number| {
        open.set(false);
        on_restore.run(number);
    });
    let words = say!(texts, versions.button);
    view! {
        <button data-act="versions" aria-label=words title=words on:click=move |_| open.set(true)>
            <Icon glyph=Glyph::Clock />
            <span class="wide">{words}</span>
        </button>
        <Dialog open=open title=say!(texts, versions.title)>
            <Versions path=path.get_value() on_restore=restore />
        </Dialog>
    }
}

#[component]
fn Versions(path: String, on_restore: Callback<u32>) -> impl IntoView {
    let texts = use_i18n();
    let load = Load::<Page<VersionSummary>>::new(move || path.clone());
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
                <button class="small-button" on:click=move |_| on_restore.run(n)>{say!(texts, versions.restore)}</button>
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

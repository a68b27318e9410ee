//! The version history: who made which, what differs from the draft, and the way back to one.

use api::{
    Page,
    documents::{Comparison, Difference, VersionSummary},
};
use leptos::prelude::*;
use serde_json::Value;

use super::{conflict::Pictured, saver::Saver};
use crate::{
    client,
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{
        dialog::Dialog,
        icon::{Glyph, Icon},
        json::pretty,
        load::{Load, loaded},
        say::say,
        time::When,
    },
    prefs::Texts,
};

/// The button and its dialog.
#[component]
pub fn VersionsButton<T: Pictured>(
    /// What is edited is saved before it is compared.
    saver: Saver<T>,
    /// Of the call that lists them.
    path: String,
    /// Of the call that compares two of them.
    compare: String,
    /// Told the number of the one to take up.
    on_restore: Callback<u32>,
) -> impl IntoView {
    let texts = use_i18n();
    let open = RwSignal::new(false);
    let paths = StoredValue::new((path, compare));
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
            {
                let (path, compare) = paths.get_value();
                view! { <Versions saver path compare on_restore=restore /> }
            }
        </Dialog>
    }
}

#[component]
fn Versions<T: Pictured>(saver: Saver<T>, path: String, compare: String, on_restore: Callback<u32>) -> impl IntoView {
    let texts = use_i18n();
    let load = Load::<Page<VersionSummary>>::new(move || path.clone());
    let compare = StoredValue::new(compare);
    let compared = RwSignal::new(None);
    let row = move |version: VersionSummary| {
        let n = version.number;
        // Read aloud each button says of which version it is.
        let named = move |act: fn(Texts) -> &'static str| {
            move || format!("{}: {}", act(texts), t_string!(texts, versions.number, n = number(texts, n.into())))
        };
        let here = Memo::new(move |_| compared.get() == Some(n));
        let toggle = move |_| compared.update(|at| *at = if *at == Some(n) { None } else { Some(n) });
        view! {
            <li>
                <span>
                    <b>{say(move || t_string!(texts, versions.number, n = number(texts, n.into())))}</b>
                    " "
                    {version.live.then(|| view! { <span class="chip tone-good">{say!(texts, state.live)}</span> })}
                    <span class="sub">{version.author.unwrap_or_default()} " " <When at=version.created_at /></span>
                </span>
                <span class="row-do">
                    <button
                        class="small-button"
                        data-act="compare"
                        aria-label=named(|texts| t_string!(texts, versions.compare))
                        aria-expanded=move || here.get().to_string()
                        on:click=toggle
                    >
                        {say!(texts, versions.compare)}
                    </button>
                    <button
                        class="small-button"
                        data-act="restore"
                        aria-label=named(|texts| t_string!(texts, versions.restore))
                        on:click=move |_| on_restore.run(n)
                    >
                        {say!(texts, versions.restore)}
                    </button>
                </span>
                <Show when=move || here.get()>
                    <Compared saver path=format!("{}?from={n}", compare.get_value()) />
                </Show>
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

/// What differs between a version and the draft.
#[component]
fn Compared<T: Pictured>(saver: Saver<T>, path: String) -> impl IntoView {
    let texts = use_i18n();
    let load = Load::<Comparison>::by(move || {
        let path = path.clone();
        Box::pin(async move {
            // What the server cannot take is told beside the title.
            saver.saved_now().await;
            client::get(&path).await
        })
    });
    // As the page calls it, with the titles of the draft.
    let place = move |path: &str| {
        let draft = saver.document.get().0;
        let (of, name) = T::place(texts, path, &[&*draft]);
        if name.is_empty() { of } else { format!("{of} › {name}") }
    };
    let row = move |Difference { path, from, to }: Difference| {
        let side =
            |value: Option<Value>| value.map(|value| value.as_str().map_or_else(|| pretty(&value), str::to_owned));
        view! {
            <li>
                <b>{place(&path)}</b>
                {side(from).map(|was| view! { " " <del>{was}</del> })}
                {side(to).map(|is| view! { " " <ins>{is}</ins> })}
            </li>
        }
    };
    view! {
        <div class="compared" aria-live="polite">
            {loaded(load, move |found| {
                if found.differences.is_empty() {
                    return view! { <p class="small">{say!(texts, versions.same)}</p> }.into_any();
                }
                let rows: Vec<_> = found.differences.into_iter().map(row).collect();
                view! { <p class="small">{say!(texts, versions.differs)}</p> <ul class="differences">{rows}</ul> }.into_any()
            })}
        </div>
    }
}

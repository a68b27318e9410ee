//! Whom a test run sends to: test contacts, by search.

use api::{Page, contacts::Contact};
use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    address::with_query,
    i18n::use_i18n,
    pages::contacts::list::{name, typing},
    parts::{
        icon::{Glyph, Icon},
        load::{Load, loaded},
    },
};

/// The most contacts of one run.
pub const MOST: usize = 10;

/// A choice among the test contacts; where there is none, how to make one.
#[component]
pub fn Testers(
    /// Who is chosen.
    chosen: RwSignal<Vec<Uuid>>,
) -> impl IntoView {
    let texts = use_i18n();
    let find = RwSignal::new(String::new());
    let address =
        move || with_query(api::path::CONTACTS, &[("test", "true"), ("limit", "20"), ("search", find.read().trim())]);
    let load = Load::<Page<Contact>>::new(address);
    // The only one there is will be meant.
    Effect::new(move |_| {
        if let Some(Ok(page)) = &*load.answer.read()
            && let [only] = page.items.as_slice()
            && find.read_untracked().is_empty()
            && chosen.read_untracked().is_empty()
        {
            chosen.set(vec![only.id]);
        }
    });
    let line = move |contact: Contact| {
        let id = contact.id;
        let is_chosen = move || chosen.read().contains(&id);
        let is_full = move || chosen.read().len() >= MOST && !is_chosen();
        let choose = move |_| {
            chosen.update(|chosen| match chosen.iter().position(|other| *other == id) {
                Some(at) => drop(chosen.remove(at)),
                None => chosen.push(id),
            });
        };
        view! {
            <li>
                <label class="check">
                    <input
                        type="checkbox"
                        data-tester=name(&contact)
                        prop:checked=is_chosen
                        disabled=is_full
                        on:change=choose
                    />
                    {name(&contact)}
                </label>
            </li>
        }
    };
    let shown = move |page: Page<Contact>| match (page.items.is_empty(), find.read_untracked().trim().is_empty()) {
        (true, true) => view! {
            <p class="small"><b>{say!(texts, tests.none)}</b> " " {say!(texts, tests.none_lead)}</p>
            <a href="/contacts">{say!(texts, tests.to_contacts)}</a>
        }
        .into_any(),
        (true, false) => view! { <p class="small">{say!(texts, common.no_match)}</p> }.into_any(),
        (false, _) => {
            view! { <ul class="testers">{page.items.into_iter().map(line).collect::<Vec<_>>()}</ul> }.into_any()
        }
    };
    view! {
        <fieldset class="earlier">
            <legend>{say!(texts, tests.contacts)}</legend>
            <label class="search">
                <Icon glyph=Glyph::Search />
                <input type="search" aria-label=say!(texts, tests.find) placeholder=say!(texts, tests.find) on:input=typing(Callback::new(move |text| find.set(text))) />
            </label>
            {loaded(load, shown)}
        </fieldset>
    }
}

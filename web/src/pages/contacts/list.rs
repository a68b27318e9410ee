//! /contacts: everybody who was named by an event.

use api::contacts::Contact;
use leptos::{prelude::*, web_sys::Event};

use crate::{
    address::with_query,
    i18n::{t_string, use_i18n},
    parts::{
        chip::Chip,
        filter::Filter,
        head::Head,
        icon::{Glyph, Icon},
        list::List,
        notice::Empty,
        table::{Row, column, table},
        time::When,
    },
    prefs::Texts,
};

/// The list.
#[component]
pub fn ContactsPage() -> impl IntoView {
    let texts = use_i18n();
    let find = Filter::new("search");
    let list = List::new(move || with_query(api::path::CONTACTS, &[("search", find.value.read().trim())]));
    let columns = vec![
        column("main", move || t_string!(texts, contacts.contact).to_owned()),
        column("wide", move || t_string!(texts, contacts.external_id).to_owned()),
        column("named", move || t_string!(texts, contacts.opt_in).to_owned()),
        column("wide", move || t_string!(texts, contacts.seen).to_owned()),
        column("wide", move || t_string!(texts, contacts.changed).to_owned()),
    ];
    view! {
        <Head title=say!(texts, contacts.title) />
        <div class="page">
            <div class="filters">
                <label class="search">
                    <Icon glyph=Glyph::Search />
                    <input
                        type="search"
                        aria-label=say!(texts, contacts.search)
                        placeholder=say!(texts, contacts.search)
                        prop:value=find.value
                        on:input=typing(find.set)
                    />
                </label>
            </div>
            {table(list, columns, |contact: &Contact| (contact.id, contact.updated_at), move |contact| row(texts, contact), move || empty(find.value))}
        </div>
    }
}

/// Takes up what is typed when the typing rests.
pub fn typing(find: Callback<String>) -> impl Fn(Event) {
    let typed = StoredValue::new(0_u32);
    move |event| {
        let text = event_target_value(&event);
        let mine = typed.with_value(|n| n + 1);
        typed.set_value(mine);
        let ask = move || {
            if typed.try_with_value(|n| *n == mine) == Some(true) {
                find.run(text);
            }
        };
        set_timeout(ask, std::time::Duration::from_millis(250));
    }
}

/// Marks a test contact among others.
pub fn test_chip(texts: Texts) -> impl IntoView {
    view! { <Chip state=Signal::derive(move || ("time", t_string!(texts, contacts.test).to_owned())) /> }
}

/// How a contact is called: by address, by the client's id, or by ours.
pub fn name(contact: &Contact) -> String {
    contact.email.clone().or_else(|| contact.external_id.clone()).unwrap_or_else(|| contact.id.to_string())
}

/// Whether marketing mail is agreed to, in a word.
pub fn opt_in(texts: Texts, opt_in: Option<bool>) -> &'static str {
    match opt_in {
        Some(true) => t_string!(texts, contacts.agreed),
        Some(false) => t_string!(texts, contacts.refused),
        None => t_string!(texts, contacts.never_said),
    }
}

fn row(texts: Texts, contact: Contact) -> Row {
    let agreed = contact.opt_in;
    let test = contact.test.then(|| test_chip(texts));
    Row {
        href: Some(format!("/contacts/{}", contact.id)),
        cells: vec![
            view! { <strong>{name(&contact)}</strong> " " {test} }.into_any(),
            contact.external_id.unwrap_or_else(|| "–".to_owned()).into_any(),
            (move || opt_in(texts, agreed)).into_any(),
            view! { <When at=contact.created_at /> }.into_any(),
            view! { <When at=contact.updated_at /> }.into_any(),
        ],
    }
}

fn empty(find: Memo<String>) -> AnyView {
    let texts = use_i18n();
    if !find.read_untracked().is_empty() {
        return view! { <p class="no-match">{say!(texts, common.no_match)}</p> }.into_any();
    }
    view! {
        <Empty
            glyph=Glyph::Person
            title=say!(texts, contacts.empty)
            lead=say!(texts, contacts.empty_lead)
        />
    }
    .into_any()
}

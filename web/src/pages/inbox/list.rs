//! /inbox: the mail that stayed here, because no relay is set.

use api::inbox::MailSummary;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    client,
    i18n::{t, t_string, use_i18n},
    parts::{
        head::Head,
        icon::Glyph,
        list::List,
        notice::Empty,
        number::bytes,
        table::{Row, column, table},
        time::When,
    },
    prefs::Texts,
    session::Me,
};

/// The list.
#[component]
pub fn InboxPage() -> impl IntoView {
    let texts = use_i18n();
    let me = Me::here();
    let list = List::new(|cursor| async move { client::page(api::path::INBOX, &cursor, &[]).await });
    let columns = vec![
        column("main", move || t_string!(texts, inbox.subject).to_owned()),
        column("", move || t_string!(texts, inbox.to).to_owned()),
        column("wide", move || t_string!(texts, inbox.from).to_owned()),
        column("", move || t_string!(texts, inbox.received).to_owned()),
        column("num wide", move || t_string!(texts, inbox.size).to_owned()),
    ];
    let off = move || me.session().is_some_and(|session| !session.inbox);
    view! {
        <Head title=Signal::derive(move || t_string!(texts, inbox.title).to_owned()) />
        <div class="page">
            <Show when=off>
                <p class="hint">{t!(texts, inbox.off)}</p>
            </Show>
            {table(list, columns, |mail: &MailSummary| mail.id, move |mail| row(texts, mail), empty)}
        </div>
    }
}

fn row(texts: Texts, mail: MailSummary) -> Row {
    let size = mail.size;
    Row {
        href: Some(format!("/inbox/{}", mail.id)),
        cells: vec![
            view! { <strong>{mail.subject}</strong> }.into_any(),
            mail.recipient.into_any(),
            mail.sender.into_any(),
            view! { <When at=mail.received_at /> }.into_any(),
            (move || bytes(texts, size)).into_any(),
        ],
    }
}

fn empty() -> AnyView {
    let texts = use_i18n();
    view! {
        <Empty
            glyph=Glyph::Inbox
            title=Signal::derive(move || t_string!(texts, inbox.empty).to_owned())
            lead=Signal::derive(move || t_string!(texts, inbox.empty_lead).to_owned())
        >
            <A href="/programs" attr:class="button primary">{t!(texts, error.to_programs)}</A>
        </Empty>
    }
    .into_any()
}

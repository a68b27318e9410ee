//! /inbox: the mail that stayed here, because no relay is set.

use api::inbox::MailSummary;
use leptos::prelude::*;

use crate::{
    format::number::bytes,
    i18n::{t_string, use_i18n},
    parts::{
        head::Head,
        icon::Glyph,
        list::List,
        notice::Empty,
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
    let list = List::new(|| api::path::INBOX.to_owned());
    let columns = vec![
        column("main", move || t_string!(texts, inbox.subject).to_owned()),
        column("", move || t_string!(texts, inbox.to).to_owned()),
        column("wide", move || t_string!(texts, inbox.from).to_owned()),
        column("", move || t_string!(texts, inbox.received).to_owned()),
        column("num wide", move || t_string!(texts, inbox.size).to_owned()),
    ];
    let off = move || me.session().is_some_and(|session| !session.inbox);
    view! {
        <Head title=say!(texts, inbox.title) />
        <div class="page">
            <Show when=off>
                <p class="hint">{say!(texts, inbox.off)}</p>
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
            title=say!(texts, inbox.empty)
            lead=say!(texts, inbox.empty_lead)
        >
            <a href="/programs" class="button primary">{say!(texts, error.to_programs)}</a>
        </Empty>
    }
    .into_any()
}

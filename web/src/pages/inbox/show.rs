//! /inbox/:id: one mail as the contact sees it, as text, as headers, and as it would have gone over the wire.

use api::inbox::Mail;
use leptos::prelude::*;

use crate::{
    address::{fill, with_query},
    i18n::{t_string, use_i18n},
    pages::events::show::Files,
    parts::{
        copy::CopyButton,
        head::Head,
        load::{Load, loaded, opened},
        status::StatusLine,
        time::When,
    },
    prefs::Texts,
};

/// What is shown of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Html,
    Text,
    Headers,
    Source,
}

const TABS: [Tab; 4] = [Tab::Html, Tab::Text, Tab::Headers, Tab::Source];

fn words(texts: Texts, tab: Tab) -> &'static str {
    match tab {
        Tab::Html => t_string!(texts, inbox.html),
        Tab::Text => t_string!(texts, inbox.text),
        Tab::Headers => t_string!(texts, inbox.headers),
        Tab::Source => t_string!(texts, inbox.source),
    }
}

/// One mail.
#[component]
pub fn MailPage(id: String) -> impl IntoView {
    let path = fill(api::path::INBOX_MAIL, &[&id]);
    let load = Load::<Mail>::new(move || path.clone());
    opened(load, |mail| view! { <Opened mail=mail /> })
}

#[component]
fn Opened(mail: Mail) -> impl IntoView {
    let texts = use_i18n();
    let tab = RwSignal::new(if mail.has_html { Tab::Html } else { Tab::Text });
    let Mail { summary, headers, text, has_html, remote_images, attachments } = mail;
    let id = summary.id.to_string();
    let title = summary.subject.clone();
    let tabs = TABS.map(|known| {
        view! {
            <button
                role="tab"
                aria-selected=move || (tab.get() == known).to_string()
                on:click=move |_| tab.set(known)
            >
                {move || words(texts, known)}
            </button>
        }
    });
    let subject = summary.subject.clone();
    let images = RwSignal::new(false);
    let shown = move || match tab.get() {
        Tab::Html if has_html => {
            let src = fill(api::path::INBOX_MAIL_HTML, &[&id]);
            let src = move || with_query(&src, &[("images", if images.get() { "true" } else { "" })]);
            view! {
                <Show when=move || remote_images && !images.get()>
                    <StatusLine tone="quiet" lead=say!(texts, inbox.images) why=say!(texts, inbox.images_why)>
                        <button data-act="images" on:click=move |_| images.set(true)>{say!(texts, inbox.images_show)}</button>
                    </StatusLine>
                </Show>
                <iframe class="mail" sandbox="" src=src title=subject.clone()></iframe>
            }
            .into_any()
        }
        Tab::Html => view! { <p class="quiet">{say!(texts, inbox.no_html)}</p> }.into_any(),
        Tab::Text => match text.clone() {
            Some(text) => view! { <pre class="mail-text" tabindex="0">{text}</pre> }.into_any(),
            None => view! { <p class="quiet">{say!(texts, inbox.no_text)}</p> }.into_any(),
        },
        Tab::Headers => {
            let lines =
                headers.clone().into_iter().map(|header| view! { <dt>{header.name}</dt> <dd>{header.value}</dd> });
            view! { <dl class="facts headers">{lines.collect::<Vec<_>>()}</dl> }.into_any()
        }
        Tab::Source => view! { <Source id=id.clone() /> }.into_any(),
    };
    view! {
        <Head
            title=Signal::derive(move || title.clone())
            crumb=Signal::derive(move || ("/inbox".to_owned(), t_string!(texts, inbox.title).to_owned()))
        />
        <div class="page">
            <section class="card mail-card">
                <dl class="facts envelope">
                    <dt>{say!(texts, inbox.from)}</dt>
                    <dd>{summary.sender}</dd>
                    <dt>{say!(texts, inbox.to)}</dt>
                    <dd>{summary.recipient}</dd>
                    <dt>{say!(texts, inbox.received)}</dt>
                    <dd>
                        <When at=summary.received_at />
                        " · "
                        <a href=format!("/messages?id={}", summary.message_id)>{say!(texts, inbox.message)}</a>
                    </dd>
                </dl>
                <Files files=attachments />
                <div class="tabs" role="tablist" aria-label=say!(texts, inbox.views)>{tabs}</div>
                {shown}
            </section>
        </div>
    }
}

#[component]
fn Source(id: String) -> impl IntoView {
    let path = fill(api::path::INBOX_MAIL_SOURCE, &[&id]);
    let load = Load::text(move || path.clone());
    loaded(load, |source| {
        let text = source.clone();
        view! {
            <div class="copy-box">
                <pre class="mail-text" tabindex="0">{source}</pre>
                <CopyButton text=Signal::derive(move || text.clone()) />
            </div>
        }
    })
}

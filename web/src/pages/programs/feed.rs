//! The feed: what happens in a program, as it happens.

use std::collections::VecDeque;

use api::{live::FeedItem, messages::MessageState};
use leptos::prelude::*;
use program::{Program, Reason};

use crate::{
    editor::store::Editor,
    format::time::{clock, exact},
    i18n::{t_string, use_i18n},
    live::Connection,
    parts::{
        chip::LiveChip,
        icon::{Glyph, Icon},
        say::say,
    },
    prefs::Texts,
    words,
};

/// What is kept; older items are in the contacts' timelines.
const KEPT: usize = 100;

/// The latest items, newest first, each with a number of its own.
#[derive(Clone, Copy)]
pub struct News {
    /// The items.
    pub items: RwSignal<VecDeque<(u64, FeedItem)>>,
    count: StoredValue<u64>,
}

impl News {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { items: RwSignal::new(VecDeque::new()), count: StoredValue::new(0) }
    }

    /// Something happened.
    pub fn add(self, item: FeedItem) {
        let id = self.count.with_value(|count| count + 1);
        self.count.set_value(id);
        self.items.update(|items| {
            items.push_front((id, item));
            items.truncate(KEPT);
        });
    }
}

/// The panel.
#[component]
pub fn Feed(
    /// For the titles of the nodes.
    editor: Editor,
    /// What happened.
    news: News,
    /// Whether news come in.
    connection: ReadSignal<Connection>,
    /// Opens the dialog with the test event.
    trying: RwSignal<bool>,
) -> impl IntoView {
    let texts = use_i18n();
    let line = move |(_, item): (u64, FeedItem)| view! { <Line editor=editor item=item /> };
    view! {
        <div class="panel-head">
            <h2>{say!(texts, program.happening)}</h2>
            <LiveChip connection=connection />
        </div>
        <Show when=move || news.items.read().is_empty()>
            <div class="feed-empty">
                <p>{say!(texts, program.feed_empty)}</p>
                <p class="small">{say!(texts, program.feed_empty_lead)}</p>
                <button on:click=move |_| trying.set(true)>
                    <Icon glyph=Glyph::Play />
                    {say!(texts, program.try_it)}
                </button>
            </div>
        </Show>
        <ol class="feed">
            <For each=move || news.items.get() key=|(id, _)| *id children=line />
        </ol>
    }
}

/// One line of the feed; also in the panel of a node.
#[component]
pub fn Line(editor: Editor, item: FeedItem) -> impl IntoView {
    let texts = use_i18n();
    let (at, who, href, reason) = match &item {
        FeedItem::Step { at, contact, contact_id, reason, why, .. } => {
            (*at, contact.clone(), format!("/contacts/{contact_id}"), why_so(texts, reason, why))
        }
        FeedItem::Message { at, recipient, subject, id, reason, why, .. } => {
            let what = subject.clone().map(|subject| say(move || subject.clone()));
            let what = what.or_else(|| why_so(texts, reason.as_deref().unwrap_or_default(), why));
            (*at, recipient.clone(), format!("/messages?id={id}"), what)
        }
    };
    let (glyph, tone) = look(&item);
    let what = move || said(texts, &editor.program.get().0, &item);
    view! {
        <li class=format!("tone-{tone}")>
            <span class="tint"><Icon glyph=glyph /></span>
            <div>
                <p>
                    <a href=href>{who}</a>
                    <time class="num" title=say(move || exact(texts, at))>{say(move || clock(texts, at))}</time>
                </p>
                <p class="what">{what}</p>
                {reason.map(|reason| view! { <p class="small">{reason}</p> })}
            </div>
        </li>
    }
}

fn why_so(texts: Texts, reason: &str, why: &Option<Reason>) -> Option<Signal<String>> {
    let reason = Reason::heard(reason, why.clone());
    (!reason.is_none()).then(|| say(move || words::reason(texts, &reason)))
}

fn look(item: &FeedItem) -> (Glyph, &'static str) {
    match item {
        FeedItem::Message { state: MessageState::Sent, .. } => (Glyph::Mail, "good"),
        FeedItem::Message { state: MessageState::Failed, .. } => (Glyph::Mail, "bad"),
        FeedItem::Message { .. } => (Glyph::Mail, "warn"),
        FeedItem::Step { action, .. } => match action.as_str() {
            "waiting" => (Glyph::Clock, "time"),
            "finished" => (Glyph::Flag, "quiet"),
            "failed" => (Glyph::Halt, "bad"),
            _ => (Glyph::Bolt, "brand"),
        },
    }
}

fn said(texts: Texts, program: &Program, item: &FeedItem) -> String {
    let title = |id: &str| words::title_of(texts, program.nodes.get(id), id);
    match item {
        FeedItem::Message { node, state, .. } => {
            t_string!(texts, program.mail, node = title(node), state = words::message_state(texts, *state).1)
        }
        FeedItem::Step { node, action, port, to, .. } => {
            let name = title(node);
            match (action.as_str(), port.as_deref()) {
                ("waiting", _) => t_string!(texts, program.waits, node = name),
                ("finished", _) => t_string!(texts, program.finished).to_owned(),
                ("failed", _) => t_string!(texts, program.stuck_at, node = name),
                ("moved", _) => {
                    let to = to.as_deref().map_or_else(String::new, title);
                    t_string!(texts, program.put, node = name, to = to)
                }
                (_, Some(port)) if port != "next" => {
                    t_string!(texts, program.moved_by, node = name, port = words::port(texts, port))
                }
                _ => t_string!(texts, program.moved, node = name),
            }
        }
    }
}

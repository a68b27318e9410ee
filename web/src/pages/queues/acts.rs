//! What an operator can do with a queue. Each action first asks and says what it means.

use api::queues::{Queue, QueueName};
use leptos::{prelude::*, task::spawn_local};

use super::Desk;
use crate::{
    address::fill,
    client,
    i18n::{t_string, use_i18n},
    parts::{dialog::Confirm, say::say, toast::Toasts},
    prefs::Texts,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Flush,
    Hold,
    Release,
}

impl Act {
    fn path(self) -> &'static str {
        match self {
            Self::Flush => api::path::QUEUE_FLUSH,
            Self::Hold => api::path::QUEUE_HOLD,
            Self::Release => api::path::QUEUE_RELEASE,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Flush => "flush",
            Self::Hold => "hold",
            Self::Release => "release",
        }
    }

    /// What its button says, its question, what it means, what does it, and that it is done.
    fn words(self, texts: Texts, name: QueueName) -> [&'static str; 5] {
        let mut words = self.words_of_mail(texts);
        if name == QueueName::Calls {
            match self {
                Self::Flush => words[2] = t_string!(texts, queues.calls_flush_text),
                Self::Hold => words[2] = t_string!(texts, queues.calls_hold_text),
                Self::Release => {
                    words[2] = t_string!(texts, queues.calls_release_text);
                    words[4] = t_string!(texts, queues.calls_released);
                }
            }
        }
        words
    }

    fn words_of_mail(self, texts: Texts) -> [&'static str; 5] {
        match self {
            Self::Flush => [
                t_string!(texts, queues.flush),
                t_string!(texts, queues.flush_title),
                t_string!(texts, queues.flush_text),
                t_string!(texts, queues.flush_do),
                t_string!(texts, queues.flushed),
            ],
            Self::Hold => [
                t_string!(texts, queues.hold),
                t_string!(texts, queues.hold_title),
                t_string!(texts, queues.hold_text),
                t_string!(texts, queues.hold_do),
                t_string!(texts, queues.held),
            ],
            Self::Release => [
                t_string!(texts, queues.release),
                t_string!(texts, queues.release_title),
                t_string!(texts, queues.release_text),
                t_string!(texts, queues.release_do),
                t_string!(texts, queues.released),
            ],
        }
    }
}

/// The buttons with their questions.
#[component]
pub(super) fn Acts(desk: Desk, name: QueueName) -> impl IntoView {
    let texts = use_i18n();
    let toasts = Toasts::here();
    let queue = desk.queue(name);
    let held = Memo::new(move |_| queue.with(|queue| queue.as_ref().is_some_and(|queue| queue.held_at.is_some())));
    let (asking, busy) = (RwSignal::new(false), RwSignal::new(false));
    let act = RwSignal::new(Act::Flush);
    let run = move |()| {
        let act = act.get_untracked();
        busy.set(true);
        spawn_local(async move {
            match client::post::<Queue>(&fill(act.path(), &[path_word(name)]), &serde_json::json!({})).await {
                Ok(queue) => {
                    desk.put(queue);
                    toasts.say(|| act.words(texts, name)[4]);
                }
                Err(problem) => toasts.problem(texts, &problem),
            }
            let _ = busy.try_set(false);
            desk.load.again();
        });
    };
    let button = move |of: Act| {
        let ask = move |_| {
            act.set(of);
            asking.set(true);
        };
        // Of a queue that is held nothing is tried.
        let none = move || busy.get() || (of == Act::Flush && held.get());
        view! { <button data-act=of.name() disabled=none on:click=ask>{say(move || of.words(texts, name)[0])}</button> }
    };
    let word = move |at: usize| say(move || act.get().words(texts, name)[at]);
    view! {
        {move || button(if held.get() { Act::Release } else { Act::Hold })}
        {button(Act::Flush)}
        <Confirm open=asking title=word(1) text=word(2) act=word(3) on_act=Callback::new(run) />
    }
}

/// A queue as paths name it.
pub(super) fn path_word(name: QueueName) -> &'static str {
    match name {
        QueueName::Operational => "operational",
        QueueName::Marketing => "marketing",
        QueueName::Calls => "calls",
    }
}

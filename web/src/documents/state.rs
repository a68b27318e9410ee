//! The state of a draft, for all editors: a word beside the title with a menu, and a line below the head where somebody can do
//! something about it.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    document::Document,
    saver::Saver,
    standing::{Shown, Standing},
};
use crate::{
    format::{number::number, time::clock},
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
    prefs::Texts,
    session::Me,
    words,
};

/// A save that takes longer than this is told.
const SLOW: Duration = Duration::from_secs(1);

impl<T: Document> Saver<T> {
    fn shown(self) -> Memo<Shown> {
        let slow = RwSignal::new(false);
        let pending = Memo::new(move |_| matches!(*self.standing.read(), Standing::Changed | Standing::Saving));
        Effect::new(move |_| {
            slow.set(false);
            if pending.get() {
                let told = move || {
                    if pending.try_get_untracked() == Some(true) {
                        let _ = slow.try_set(true);
                    }
                };
                set_timeout(told, SLOW);
            }
        });
        Memo::new(move |_| self.standing.read().shown(slow.get(), self.unread.read().is_some()))
    }

    /// Who saved the other draft.
    pub fn other(self, texts: Texts) -> String {
        let by = self.theirs.with(|theirs| theirs.as_ref().and_then(|theirs| theirs.tag.saved_by.clone()));
        match by {
            Some(by) if by == Me::here().email() => t_string!(texts, draft.both_mine).to_owned(),
            Some(by) => t_string!(texts, draft.both, who = by),
            None => t_string!(texts, draft.both_somebody).to_owned(),
        }
    }

    /// How many places of it only this device has.
    fn changes(self) -> u64 {
        let (saved, now) = (self.saved.get().0, self.document.get().0);
        program::compare(&*saved, &*now).map_or(0, |found| found.len() as u64)
    }
}

/// The state of the draft, beside the title.
#[component]
pub fn SaveState<T: Document>(saver: Saver<T>, on_unread: Callback<()>) -> impl IntoView {
    let texts = use_i18n();
    let shown = saver.shown();
    let look = move || match shown.get() {
        Shown::Saved => ("quiet", Glyph::Check),
        Shown::Saving => ("quiet", Glyph::Clock),
        Shown::Kept => ("warn", Glyph::Halt),
        Shown::Conflict => ("bad", Glyph::Fork),
        Shown::Out => ("warn", Glyph::Key),
    };
    let who = move || saver.other(texts);
    let word = say(move || match shown.get() {
        Shown::Saved => format!("{} {}", t_string!(texts, draft.saved), clock(texts, saver.saved_at.get())),
        Shown::Saving => t_string!(texts, draft.saving).to_owned(),
        Shown::Kept => t_string!(texts, draft.kept).to_owned(),
        Shown::Conflict => who(),
        Shown::Out => t_string!(texts, draft.out).to_owned(),
    });
    view! {
        <details
            class=move || format!("save tone-{}", look().0)
            data-saved=move || (*saver.standing.read() == Standing::Saved && saver.unread.read().is_none()).to_string()
            data-kept=move || saver.is_kept().to_string()
            data-state=move || format!("{:?}", shown.get())
        >
            <summary>
                {move || view! { <Icon glyph=look().1 /> }}
                <span>{word}</span>
            </summary>
            <div class="menu">
                {move || match shown.get() {
                    Shown::Saved | Shown::Saving => view! { <p>{say!(texts, draft.all_saved)}</p> }.into_any(),
                    Shown::Out => view! { <p>{say!(texts, login.over)}</p> }.into_any(),
                    Shown::Kept | Shown::Conflict => view! { <Remedy saver on_unread /> }.into_any(),
                }}
            </div>
        </details>
    }
}

/// The line below the head. Where the session is over the shell has one of its own, on every page.
#[component]
pub fn SaveStrip<T: Document>(saver: Saver<T>, on_unread: Callback<()>) -> impl IntoView {
    let shown = saver.shown();
    let asks = Memo::new(move |_| matches!(shown.get(), Shown::Kept | Shown::Conflict));
    let tone = move || if shown.get() == Shown::Conflict { "tone-bad" } else { "tone-warn" };
    view! {
        <Show when=move || asks.get()>
            <div class=move || format!("save-strip {}", tone()) role="status">
                <Remedy saver on_unread />
            </div>
        </Show>
    }
}

/// Why the server has not got all of it, and what can be done.
#[component]
fn Remedy<T: Document>(saver: Saver<T>, on_unread: Callback<()>) -> impl IntoView {
    let texts = use_i18n();
    let n = move || number(texts, saver.changes());
    let next = move || {
        let left = saver.standing.with(Standing::tries_again).then(|| number(texts, saver.left.get().into()));
        left.map(|left| t_string!(texts, draft.next, n = left)).unwrap_or_default()
    };
    move || match &*saver.standing.read() {
        Standing::Conflict => view! {
            <p>
                <b>{say(move || saver.other(texts))} "."</b>
                " "
                {say!(texts, draft.undecided)}
            </p>
            <button class="small-button" data-act="compare-drafts" on:click=move |_| saver.comparing.set(true)>
                {say!(texts, versions.compare)}
            </button>
        }
        .into_any(),
        Standing::Failed(problem) => {
            let (title, detail) = words::refused(texts, problem);
            // Where the server was not reached, that it is tried again says it all.
            let detail = (!saver.standing.with_untracked(Standing::tries_again)).then_some(detail);
            view! {
                <p>
                    <b>{title}"."</b>
                    " "
                    {detail}
                    " "
                    {say!(texts, draft.device, n = n())}
                    " "
                    // Not told each second.
                    <span aria-live="off">{say(next)}</span>
                </p>
                <button class="small-button" data-act="save-now" on:click=move |_| saver.save()>
                    {say!(texts, common.retry)}
                </button>
            }
            .into_any()
        }
        _ => view! {
            <p>{say!(texts, draft.unread)}</p>
            <button class="small-button" data-act="show-unread" on:click=move |_| on_unread.run(())>
                {say!(texts, editor.view_code)}
            </button>
        }
        .into_any(),
    }
}

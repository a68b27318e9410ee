//! What stands in a field and cannot be read: why, and what one click puts in its place.

use leptos::prelude::*;
use program::Input;

use super::Slot;
use crate::{
    format::read::{Unread, Why},
    i18n::t_string,
    parts::say::say,
    prefs::Texts,
};

/// What is expected, for the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Number,
    Length,
    Clock,
    Moment,
    Value,
}

pub(super) fn unread(slot: Slot) -> impl IntoView {
    let parts = move || {
        let texts = slot.texts;
        let typed = slot.typed.get().into_iter().filter(|(part, _)| part != "unit" && !part.ends_with(".unit"));
        let line = move |(part, text): (String, String)| {
            let refused = slot.read(&part, &text).err();
            // What the server refuses, such as a zone that is not known, has its reason from there.
            let words = match (&refused, slot.error.get()) {
                (None, Some(_)) => return None,
                (None, None) => t_string!(texts, finding.unread, typed = text),
                (Some(refused), _) => why(texts, refused, expected(slot.field.input), &text),
            };
            let take = move |offer: &str| slot.commit(&part, offer);
            Some(reason(words, refused.map(|refused| refused.offers).unwrap_or_default(), texts, take))
        };
        typed.filter_map(line).collect::<Vec<_>>()
    };
    view! { <div role="status" class="unread">{parts}</div> }
}

/// A reason with its offers.
pub(super) fn reason(
    words: String,
    offers: Vec<String>,
    texts: Texts,
    take: impl Fn(&str) + Clone + Send + Sync + 'static,
) -> impl IntoView {
    let offer = move |text: String| {
        let take = take.clone();
        let label = text.clone();
        view! {
            <button type="button" class="link" data-act="offer" on:click=move |_| take(&text)>
                {say(move || t_string!(texts, unread.make, text = label.clone()))}
            </button>
        }
    };
    view! { <p class="error">{words} " " {offers.into_iter().map(offer).collect::<Vec<_>>()}</p> }
}

fn expected(input: Input) -> Expected {
    match input {
        Input::Period | Input::Choice { .. } => Expected::Length,
        Input::DateTime => Expected::Moment,
        Input::Hours => Expected::Clock,
        Input::Changes { .. } => Expected::Value,
        _ => Expected::Number,
    }
}

/// Why a text is not read, in words.
pub(super) fn why(texts: Texts, refused: &Unread, expected: Expected, text: &str) -> String {
    let text = text.to_owned();
    match (refused.why, expected) {
        (Why::Empty, Expected::Length) => t_string!(texts, unread.no_length).to_owned(),
        (Why::Empty, _) => t_string!(texts, unread.no_value).to_owned(),
        (Why::Two, _) => t_string!(texts, unread.two, text = text),
        (Why::Range, _) => t_string!(texts, unread.range, text = text),
        (Why::Zero, _) => t_string!(texts, finding.no_time).to_owned(),
        (Why::Uneven, _) => t_string!(texts, unread.uneven, text = text),
        (Why::NoYear, _) => t_string!(texts, unread.no_year, text = text),
        (Why::NoTime, _) => t_string!(texts, unread.no_time, text = text),
        (Why::Unknown, Expected::Length) => t_string!(texts, unread.length, text = text),
        (Why::Unknown, Expected::Clock) => t_string!(texts, unread.clock, text = text),
        (Why::Unknown, Expected::Moment) => t_string!(texts, unread.moment, text = text),
        (Why::Unknown, Expected::Number | Expected::Value) => t_string!(texts, unread.number, text = text),
    }
}

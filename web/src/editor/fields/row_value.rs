//! What a comparison compares with: values and lengths of time. What cannot be read is said, with what was meant.

use leptos::prelude::*;
use program::{Looked, Operand, Period};

use super::{
    entry::{Line, line},
    one::{One, is_unnamed},
    unread::{Expected, reason, why},
};
use crate::{
    format::read::{
        UNITS, length, show_length,
        value::{Holds, operand, show_operand, why_unread},
    },
    i18n::t_string,
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
    words,
};

/// One value; where there may be several, it can be taken out.
pub(super) fn value(one: One, at: usize, list: String, several: Memo<bool>) -> impl IntoView {
    let texts = one.form.texts;
    let language = move || one.form.language();
    let now = move || one.ask(|clause| clause.values.get(at).cloned());
    let holds = Memo::new(move |_| one.holds());
    let input = line(Line {
        name: if at == 0 { "value".to_owned() } else { format!("value-{at}") },
        id: None,
        label: Some(say!(texts, clause.value)),
        example: Some(say!(texts, clause.value)),
        class: "",
        list: Some(list),
        help: None,
        shown: Signal::derive(move || {
            now().map(|value| show_operand(&value, holds.get(), language())).unwrap_or_default()
        }),
        same: Callback::new(move |text: String| now() == Some(operand(&text, holds.get(), language()))),
        take: Callback::new(move |text: String| {
            let read = untrack(|| operand(&text, holds.get(), language()));
            one.change(|clause| {
                if let Some(value) = clause.values.get_mut(at) {
                    *value = read;
                }
            });
        }),
        wrong: Signal::derive(move || matches!(now(), Some(Operand::Missing(_)))),
    });
    let remove = move |_| {
        one.change(|clause| {
            if clause.values.len() > 1 && at < clause.values.len() {
                clause.values.remove(at);
            }
        })
    };
    view! {
        {input}
        <Show when=move || several.get()>
            <button type="button" class="icon-only" aria-label=say!(texts, clause.less_value) on:click=remove>
                <Icon glyph=Glyph::Close />
            </button>
        </Show>
    }
}

/// In which time something is counted.
pub(super) fn within(one: One) -> impl IntoView {
    let texts = one.form.texts;
    let stored = Signal::derive(move || {
        one.ask(|clause| match &clause.what {
            Looked::Count { within, .. } => within.clone(),
            _ => String::new(),
        })
    });
    let put = Callback::new(move |within: String| {
        one.change(|clause| {
            if let Looked::Count { event, .. } = &clause.what {
                clause.what = Looked::Count { event: event.clone(), within };
            }
        })
    });
    view! {
        <span>{say!(texts, clause.within_last)}</span>
        {length_line(one, "within", say!(texts, clause.within), stored, put)}
    }
}

/// How long ago, or how far away.
pub(super) fn ago(one: One) -> impl IntoView {
    let stored = Signal::derive(move || one.ask(|clause| clause.values.first().map(length_of).unwrap_or_default()));
    let put = Callback::new(move |text: String| one.change(|clause| clause.values = vec![length_value(text)]));
    length_line(one, "length", say!(one.form.texts, clause.length), stored, put)
}

fn length_of(value: &Operand) -> String {
    match value {
        Operand::Length(text) | Operand::Missing(text) => text.clone(),
        _ => String::new(),
    }
}

fn length_value(text: String) -> Operand {
    if text.parse::<Period>().is_ok() { Operand::Length(text) } else { Operand::Missing(text) }
}

/// A length of time: its number, and the unit beside it. What cannot be read is stored as it was typed.
fn length_line(
    one: One,
    name: &'static str,
    label: Signal<String>,
    stored: Signal<String>,
    put: Callback<String>,
) -> impl IntoView {
    let texts = one.form.texts;
    let language = move || one.form.language();
    let period = move || stored.read().parse::<Period>().ok();
    let unit = Memo::new(move |_| period().map_or("d", |period| period.unit().0));
    let read = move |text: &str| {
        length(text, language(), unit.get()).map_or_else(|_| text.to_owned(), |period| period.to_string())
    };
    let option = move |(name, length): (&'static str, u64)| {
        let words =
            move || Period::from_millis(2 * length).map(|period| words::unit_name(texts, period)).unwrap_or_default();
        view! { <option value=name selected=move || unit.get() == name>{say(words)}</option> }
    };
    let choose = move |unit: String| {
        untrack(|| {
            let text = period().map_or_else(|| stored.get(), |period| show_length(period, language()).0);
            let in_unit = |period: Period| Period::in_unit(period.millis(), &unit).unwrap_or(period).to_string();
            put.run(length(&text, language(), &unit).map_or(text, in_unit));
        })
    };
    view! {
        {line(Line {
            name: name.to_owned(),
            id: None,
            label: Some(label),
            example: None,
            class: "num-in short",
            list: None,
            help: None,
            shown: Signal::derive(move || period().map_or_else(|| stored.get(), |period| show_length(period, language()).0)),
            same: Callback::new(move |text: String| read(&text) == stored.get()),
            take: Callback::new(move |text: String| put.run(untrack(|| read(&text)))),
            wrong: Signal::derive(move || period().is_none_or(|period| period.millis() == 0)),
        })}
        <select aria-label=say!(texts, editor.unit) data-field=format!("{name}-unit") on:change=move |event| choose(event_target_value(&event))>
            {UNITS.into_iter().take(5).map(option).collect::<Vec<_>>()}
        </select>
    }
}

/// What is wrong with the row, each with what one click does about it.
pub(super) fn said(one: One) -> Vec<AnyView> {
    let (texts, language) = (one.form.texts, one.form.language());
    let Some(clause) = one.now.get() else { return Vec::new() };
    let mut said = Vec::new();
    if is_unnamed(&clause.what) {
        let words = match clause.what {
            Looked::Count { .. } => t_string!(texts, clause.no_event),
            _ => t_string!(texts, clause.no_name),
        };
        said.push(view! { <p class="error">{words}</p> }.into_any());
    }
    if let Looked::Count { within, .. } = &clause.what
        && let Err(refused) = length(within, language, "d")
    {
        let words = why(texts, &refused, Expected::Length, within);
        let take = move |offer: &str| {
            let within = length(offer, language, "d").map_or_else(|_| offer.to_owned(), |period| period.to_string());
            one.change(|clause| {
                if let Looked::Count { event, .. } = &clause.what {
                    clause.what = Looked::Count { event: event.clone(), within };
                }
            });
        };
        said.push(reason(words, refused.offers, texts, take).into_any());
    }
    if clause.test.takes_length()
        && let Some(Operand::Missing(typed)) = clause.values.first()
        && let Err(refused) = length(typed, language, "d")
    {
        let words = why(texts, &refused, Expected::Length, typed);
        let take = move |offer: &str| {
            let text = length(offer, language, "d").map_or_else(|_| offer.to_owned(), |period| period.to_string());
            one.change(|clause| clause.values = vec![length_value(text)]);
        };
        said.push(reason(words, refused.offers, texts, take).into_any());
        return said;
    }
    let holds = one.holds();
    for (at, value) in clause.values.iter().enumerate() {
        let Operand::Missing(typed) = value else { continue };
        let Some(refused) = why_unread(typed, holds, language) else { continue };
        let expected = if holds == Holds::Number { Expected::Number } else { Expected::Value };
        let words = why(texts, &refused, expected, typed);
        let take = move |offer: &str| {
            let read = operand(offer, untrack(|| one.holds()), language);
            one.change(|clause| {
                if let Some(value) = clause.values.get_mut(at) {
                    *value = read;
                }
            });
        };
        said.push(reason(words, refused.offers, texts, take).into_any());
    }
    said
}

//! The period of the counts, and whether steps show how long contacts stay.

use std::time::Duration;

use api::programs::NodeCount;
use js_sys::Date;
use leptos::{prelude::*, task::spawn_local};
use program::Time;

use crate::{
    address::{fill, with_query},
    client,
    editor::relay::Relay,
    format::number::stay,
    i18n::{t_string, use_i18n},
    parts::say::say,
    prefs::{self, Texts},
    span::Span,
};

/// Between two looks at the counts while the feed brings news.
const CALM: Duration = Duration::from_secs(1);
/// A time up to now moves on, also where nothing happens.
const PASSING: Duration = Duration::from_secs(60);

/// When a span begins, as calls take it; empty where it has no beginning.
pub fn since(span: Span) -> String {
    let now = Date::now() as i64;
    let start = span.hours().and_then(|hours| Time::from_timestamp_millis(now - hours * 3_600_000));
    start.map(|start| start.to_rfc3339()).unwrap_or_default()
}

/// Fetches the counts now and whenever another time is chosen, and gives a function that asks for them again: at once
/// after a calm time, once a second in a busy one.
pub fn counts(name: &str, relay: Relay) -> impl Fn() + Clone + use<> {
    let path = fill(api::path::PROGRAM_COUNTS, &[name]);
    let planned = StoredValue::new(false);
    let fetch = move || {
        let span = relay.span.get_untracked();
        let url = with_query(&path, &[("from", &since(span))]);
        spawn_local(async move {
            // A count that did not come is no loss: the next news asks again.
            if let Ok(counts) = client::get::<Vec<NodeCount>>(&url).await {
                // The page may have been left, or another time chosen.
                if relay.span.try_get_untracked() == Some(span) {
                    relay.set_counts(counts);
                }
            }
        });
    };
    let chosen = fetch.clone();
    Effect::new(move |_| {
        relay.span.track();
        chosen();
    });
    let passing = fetch.clone();
    let passing = move || {
        if relay.span.get_untracked() != Span::Ever {
            passing();
        }
    };
    if let Ok(every) = set_interval_with_handle(passing, PASSING) {
        on_cleanup(move || every.clear());
    }
    move || {
        if planned.get_value() {
            return;
        }
        planned.set_value(true);
        let fetch = fetch.clone();
        let again = move || {
            if planned.try_set_value(false).is_none() {
                fetch();
            }
        };
        set_timeout(again, CALM);
    }
}

/// The choice of a time, which is remembered.
pub fn choice(texts: Texts, chosen: RwSignal<Span>) -> AnyView {
    let choose = move |event| {
        let span = Span::by_name(&event_target_value(&event));
        chosen.set(span);
        prefs::choose_span(span);
    };
    let option = move |span: Span| {
        let words = say(move || words(texts, span));
        view! { <option value=span.name() selected=move || chosen.get() == span>{words}</option> }
    };
    view! {
        <select aria-label=say!(texts, counted.time) on:change=choose>
            {Span::ALL.map(option)}
        </select>
    }
    .into_any()
}

/// The choice of a time, and the switch of the heat.
#[component]
pub fn Counted(relay: Relay) -> impl IntoView {
    let texts = use_i18n();
    let switch = move |_| {
        relay.heat.update(|heat| *heat = !*heat);
        prefs::choose_heat(relay.heat.get_untracked());
    };
    view! {
        <div class="counted" role="group" aria-label=say!(texts, counted.title)>
            {choice(texts, relay.span)}
            <button data-act="heat" aria-pressed=move || relay.heat.get().to_string() title=say!(texts, counted.heat_help) on:click=switch>
                {say!(texts, counted.heat)}
            </button>
        </div>
    }
}

/// What the colours of the heat mean: the ends of the scale, in words.
#[component]
pub fn Legend(relay: Relay) -> impl IntoView {
    let texts = use_i18n();
    let ends = move || match relay.scale.get() {
        None => view! { <span>{say!(texts, counted.nobody)}</span> }.into_any(),
        Some(scale) => view! {
            <span>{say(move || t_string!(texts, counted.shortest, n = stay(texts, scale.low)))}</span>
            <i aria-hidden="true"></i>
            <span>{say(move || t_string!(texts, counted.longest, n = stay(texts, scale.high)))}</span>
        }
        .into_any(),
    };
    view! {
        <Show when=move || relay.heat.get()>
            <p class="legend num">{ends}</p>
        </Show>
    }
}

/// What a span is called.
pub fn words(texts: Texts, span: Span) -> &'static str {
    match span {
        Span::Ever => t_string!(texts, counted.ever),
        Span::Hour => t_string!(texts, counted.hour),
        Span::Day => t_string!(texts, counted.day),
        Span::Week => t_string!(texts, counted.week),
        Span::Month => t_string!(texts, counted.month),
    }
}

//! Times as people say them: "3 min ago", with the exact time on hover, in the reader's zone.

use js_sys::Date;
use leptos::prelude::*;
use program::Time;

use super::say::say;
use crate::{
    format::time::{exact, relative},
    i18n::use_i18n,
};

/// Below it, what is said of a time changes every second.
const NEAR: f64 = 90_000.0;

/// Twice a minute and every second, so that what is said of a time stays true.
#[derive(Clone, Copy)]
struct Ticks {
    slow: ReadSignal<f64>,
    fast: ReadSignal<f64>,
}

impl Ticks {
    /// The time, as often as one tells it that is so far away.
    fn now(self, at: Time) -> f64 {
        let now = self.slow.get();
        if (at.timestamp_millis() as f64 - now).abs() < NEAR { self.fast.get() } else { now }
    }
}

/// Starts the ticking, for everything below.
pub fn provide() {
    let (slow, set_slow) = signal(Date::now());
    let (fast, set_fast) = signal(Date::now());
    provide_context(Ticks { slow, fast });
    let tick = move || {
        let now = Date::now();
        set_fast.set(now);
        if now - slow.get_untracked() >= 30_000.0 {
            set_slow.set(now);
        }
    };
    let every = set_interval_with_handle(tick, std::time::Duration::from_secs(1));
    if let Ok(every) = every {
        on_cleanup(move || every.clear());
    }
}

/// A time, said relative to now.
#[component]
pub fn When(at: Time) -> impl IntoView {
    let texts = use_i18n();
    let ticks: Ticks = expect_context();
    view! {
        <time class="num" datetime=at.to_rfc3339() title=say(move || exact(texts, at))>
            {move || relative(texts, at, ticks.now(at))}
        </time>
    }
}

/// A time, or a dash.
#[component]
pub fn MaybeWhen(at: Option<Time>) -> impl IntoView {
    at.map_or_else(|| "–".into_any(), |at| view! { <When at=at /> }.into_any())
}

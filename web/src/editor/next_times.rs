//! When contacts go on that come to a wait: now, and at other times that lead to another time.

use leptos::prelude::*;
use program::{Facts, Family, Next, Node, NodeId, NodeKind, Phase, Time, node::Visit};

use crate::{
    format::time::moment,
    i18n::{t_string, use_i18n},
    parts::say::say,
};

/// How many are shown.
const SHOWN: usize = 5;
/// How far apart the times are that are tried, in hours, and how many there are: two weeks.
const APART: i64 = 3;
const TRIED: i64 = 14 * 24 / APART;

#[component]
pub fn NextTimes(now: Memo<Option<Node>>) -> impl IntoView {
    let texts = use_i18n();
    let times = Memo::new(move |_| {
        let here = Time::from_timestamp_millis(js_sys::Date::now() as i64).unwrap_or_default();
        now.read()
            .as_ref()
            .filter(|node| !node.disabled)
            .map(|node| times(node.kind.as_kind(), here))
            .unwrap_or_default()
    });
    let line = move |(comes, goes): (Time, Time)| {
        let goes = move || match goes {
            goes if goes == comes => t_string!(texts, editor.at_once).to_owned(),
            goes => moment(texts, goes),
        };
        view! { <li class="num">{say(move || moment(texts, comes))} " → " <b>{say(goes)}</b></li> }
    };
    view! {
        <Show when=move || !times.read().is_empty()>
            <section class="next-times">
                <h3>{say!(texts, editor.next_times)}</h3>
                <ol>{move || times.get().into_iter().map(line).collect::<Vec<_>>()}</ol>
                <p class="small">{say!(texts, editor.your_zone)}</p>
            </section>
        </Show>
    }
}

/// Who comes then, and when they go on. What a wait decides depends on nothing but the time.
fn times(kind: &dyn NodeKind, now: Time) -> Vec<(Time, Time)> {
    let is_wait = kind.family() == Family::Time && kind.awaits().is_none() && !kind.watches();
    let Some(id) = NodeId::new("wait").ok().filter(|_| is_wait) else { return Vec::new() };
    let facts = Facts::default();
    let mut found: Vec<(Time, Time)> = Vec::new();
    for at in 0..TRIED {
        let comes = now + std::time::Duration::from_secs((at * APART * 3_600) as u64);
        let visit = Visit { node: &id, now: comes, phase: Phase::Arrived, facts: &facts };
        let goes = match kind.step(&visit).map(|outcome| outcome.next) {
            Ok(Next::WaitUntil(until)) => until,
            Ok(Next::Pass(_)) => comes,
            _ => return Vec::new(),
        };
        let is_new = found.iter().all(|(other, left)| match goes == comes {
            true => left != other,
            false => *left != goes,
        });
        if is_new {
            found.push((comes, goes));
        }
        if found.len() == SHOWN {
            break;
        }
    }
    found
}

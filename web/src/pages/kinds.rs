//! /kinds: what a program can be made of, as the contract of each kind says it.

use leptos::prelude::*;
use program::{Field, Input, Kind, Rest};

use crate::{
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{
        head::Head,
        icon::{Glyph, Icon},
        say::say,
    },
    prefs::Texts,
    words,
};

/// Every kind, in the order in which they are offered.
#[component]
pub fn KindsPage() -> impl IntoView {
    let texts = use_i18n();
    let mut kinds = Kind::blanks();
    kinds.sort_by_key(|kind| kind.as_kind().family());
    let kinds: Vec<_> = kinds.into_iter().map(|kind| view! { <About kind=kind /> }).collect();
    view! {
        <Head title=say!(texts, kinds.title) />
        <div class="page reference">
            <p class="lead">{say!(texts, kinds.lead)}</p>
            {kinds}
        </div>
    }
}

#[component]
fn About(kind: Kind) -> impl IntoView {
    let texts = use_i18n();
    let (tag, glyph) = (kind.tag(), Glyph::of(&kind));
    let class = format!("card k-{}", words::family(kind.as_kind().family()));
    let fields: Vec<_> = kind.as_kind().fields().iter().map(|field| one_field(texts, tag, field)).collect();
    let kind = StoredValue::new(kind);
    let name = say(move || kind.with_value(|kind| words::kind(texts, kind)));
    let exits = say(move || {
        let ports = kind.with_value(|kind| kind.as_kind().ports());
        let names: Vec<_> = ports.iter().map(|port| words::port(texts, port.as_str())).collect();
        if names.is_empty() { t_string!(texts, kinds.no_exit).to_owned() } else { names.join(", ") }
    });
    let about = move || {
        let lines = kind.with_value(|kind| lines(texts, kind));
        lines.into_iter().map(|line| view! { <p class="small">{line}</p> }).collect::<Vec<_>>()
    };
    view! {
        <section class=class id=tag>
            <h2><span class="tint"><Icon glyph=glyph /></span> {name} <code class="quiet">{tag}</code></h2>
            {about}
            <dl class="facts">
                <dt>{say!(texts, kinds.exits)}</dt>
                <dd>{exits}</dd>
                {fields}
            </dl>
        </section>
    }
}

/// What goes for the kind as a whole.
fn lines(texts: Texts, kind: &Kind) -> Vec<String> {
    let contract = kind.as_kind();
    let mut lines = Vec::new();
    if kind.is_entry() {
        lines.push(t_string!(texts, kinds.starts).to_owned());
    }
    let rest = contract.rest().map(|rest| match rest {
        Rest::For(_) => t_string!(texts, kinds.rest_for),
        Rest::UpTo(_) => t_string!(texts, kinds.rest_up_to),
        Rest::Until(_) | Rest::Window => t_string!(texts, kinds.rest_until),
        Rest::Answer => t_string!(texts, kinds.rest_answer),
    });
    lines.extend(rest.map(str::to_owned));
    lines.extend(contract.emits().iter().map(|event| t_string!(texts, kinds.emits, event = *event)));
    lines
}

fn one_field(texts: Texts, kind: &'static str, field: &'static Field) -> impl IntoView + use<> {
    view! {
        <dt>{say(move || words::field(texts, kind, field).to_owned())} " " <code>{field.name}</code></dt>
        <dd>
            {say(move || words::help(texts, kind, field).to_owned())} " "
            <span class="quiet">{say(move || takes(texts, field.input))}</span>
            {(!field.required).then(|| view! { " " <i class="small">{say!(texts, kinds.optional)}</i> })}
        </dd>
    }
}

/// What a file may write there.
fn takes(texts: Texts, input: Input) -> String {
    let n = |n: usize| number(texts, n as u64);
    match input {
        Input::Text { max } => t_string!(texts, kinds.text, n = n(max)),
        Input::Expression { .. } => t_string!(texts, kinds.expression).to_owned(),
        Input::Period => t_string!(texts, kinds.period).to_owned(),
        Input::Event => t_string!(texts, kinds.event).to_owned(),
        Input::Stream => t_string!(texts, kinds.stream).to_owned(),
        Input::Choice { options, or_period: false } => t_string!(texts, kinds.choice, words = options.join(", ")),
        Input::Choice { options, or_period: true } => t_string!(texts, kinds.or_period, words = options.join(", ")),
        Input::Changes { most } => t_string!(texts, kinds.changes, n = n(most)),
        Input::DateTime => t_string!(texts, kinds.date).to_owned(),
        Input::Weekdays => t_string!(texts, kinds.weekdays).to_owned(),
        Input::Hours => t_string!(texts, kinds.hours).to_owned(),
        Input::Zone => t_string!(texts, kinds.zone).to_owned(),
        Input::Weights { min, max } => t_string!(texts, kinds.weights, least = n(min), most = n(max)),
        Input::Number { min, max } => {
            t_string!(texts, kinds.number, least = min.to_string(), most = max.to_string())
        }
    }
}

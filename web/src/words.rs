//! What things are called in the reader's language: node kinds, their summaries, ports, states, reasons.

mod field;
mod finding;
mod reason;
mod refused;

use api::{
    messages::MessageState,
    programs::{CaughtUp, ProgramState},
    tokens::TokenState,
};
use program::{
    Family, Field, Fix, Hours, Input, Kind, Node, NodeKind, Period, Port, Subject, WEEKDAYS, Weekdays,
    node::{Split, WaitUntil},
};

use serde_json::Value;

use crate::{
    format::{
        number::{number, percent, unit},
        time,
    },
    i18n::t_string,
    prefs::Texts,
};

pub use field::{field, field_name, help, kind, place};
pub use finding::finding;
pub use reason::{heard, reason};
pub use refused::refused;

/// A node's title, or the name of its kind; a wait without a title says how long, or until when.
pub fn title(texts: Texts, node: &Node) -> String {
    match &node.kind {
        _ if !node.title.is_empty() => node.title.clone(),
        Kind::Wait(wait) => unit_of(texts, wait.duration)
            .map_or_else(|| kind(texts, &node.kind), |period| format!("{} {period}", t_string!(texts, kind.wait))),
        Kind::WaitUntil(WaitUntil { at: Some(at), .. }) => {
            t_string!(texts, sum.until, date = time::local(texts, *at).0)
        }
        other => kind(texts, other),
    }
}

/// The title of a step's node; its id where the program has no such node any more.
pub fn title_of(texts: Texts, node: Option<&Node>, id: &str) -> String {
    node.map_or_else(|| id.to_owned(), |node| title(texts, node))
}

/// What a node does, in one line; never a raw expression. A kind need not stand here.
#[allow(unreachable_patterns, reason = "so far all kinds have a line of their own")]
pub fn summary(texts: Texts, node: &Kind) -> String {
    let stream = |stream: &Option<program::StreamName>| match stream {
        Some(stream) => t_string!(texts, sum.stream, stream = stream.to_string()),
        None => t_string!(texts, sum.no_stream).to_owned(),
    };
    match node {
        Kind::CallWebhook(call) => match call.place() {
            Some(place) => t_string!(texts, sum.calls, place = place),
            None => t_string!(texts, sum.no_url).to_owned(),
        },
        Kind::Condition(condition) => condition_words(texts, &condition.when),
        Kind::Entry(entry) => match &entry.event {
            Some(event) if entry.filter.is_some() => {
                t_string!(texts, sum.event_filtered, event = event.to_string())
            }
            Some(event) => t_string!(texts, sum.event, event = event.to_string()),
            None => t_string!(texts, sum.no_event).to_owned(),
        },
        Kind::Exit(_) => t_string!(texts, sum.finish).to_owned(),
        Kind::LoyaltyInvite(invite) if invite.club.is_empty() => t_string!(texts, sum.no_club).to_owned(),
        Kind::LoyaltyInvite(invite) => t_string!(texts, sum.club, club = invite.club.clone()),
        Kind::SendMail(mail) => stream(&mail.stream),
        Kind::Split(split) => shares(texts, split),
        Kind::Survey(survey) => survey.question.clone(),
        Kind::UpdateContact(update) => match update.names() {
            names if names.is_empty() => t_string!(texts, sum.no_changes).to_owned(),
            names => t_string!(texts, sum.changes, names = names),
        },
        Kind::WaitForCondition(wait) => {
            let when = condition_words(texts, &wait.when);
            t_string!(texts, sum.watches, when = when, period = period(texts, wait.within))
        }
        Kind::WaitForEvent(wait) => match &wait.event {
            Some(event) => {
                t_string!(texts, sum.awaits, event = event.to_string(), period = period(texts, wait.timeout))
            }
            None => t_string!(texts, sum.no_event).to_owned(),
        },
        Kind::Wait(wait) => t_string!(texts, sum.wait, period = period(texts, wait.duration)),
        Kind::WaitUntil(wait) => match wait.at {
            Some(at) => t_string!(texts, sum.at, time = time::local(texts, at).1, zone = wait.zone.name()),
            None => t_string!(texts, sum.no_date).to_owned(),
        },
        Kind::WaitWindow(wait) => window(texts, wait.days, wait.hours, wait.zone.name()),
        other => first_field(texts, other),
    }
}

/// What the first field that is filled in says: `URL: https://example.com/`.
fn first_field(texts: Texts, kind: &Kind) -> String {
    let say = |of: &Field| {
        let value = match (kind.field(of.name)?, of.input) {
            (Value::String(text), Input::Period) => text.parse().map(|of| period(texts, of)).unwrap_or(text),
            (Value::String(text), _) => text,
            (Value::Number(number), _) => number.to_string(),
            (Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_), _) => return None,
        };
        (!value.is_empty()).then(|| format!("{}: {value}", field(texts, kind.tag(), of)))
    };
    kind.as_kind().fields().iter().find_map(say).unwrap_or_default()
}

/// `A 70 %, B 30 %`.
fn shares(texts: Texts, split: &Split) -> String {
    let share = |(way, weight): (&Port, &u8)| {
        format!("{} {}", port(texts, way.as_str()), percent(texts, f64::from(*weight) / 100.0))
    };
    split.ports().iter().zip(&split.weights).map(share).collect::<Vec<_>>().join(", ")
}

/// `Mon Tue, 09:00–17:00, Europe/Berlin`.
fn window(texts: Texts, open: Weekdays, hours: Hours, zone: &str) -> String {
    format!("{}, {}, {zone}", days(texts, open), hours.to_string().replace('-', "–"))
}

fn days(texts: Texts, days: Weekdays) -> String {
    if days.is_all() {
        return t_string!(texts, sum.every_day).to_owned();
    }
    let at = |word| WEEKDAYS.iter().position(|day| *day == word).unwrap_or_default();
    let names: Vec<_> = days.words().map(|word| time::weekday(texts, at(word))).collect();
    if names.is_empty() { t_string!(texts, sum.no_day).to_owned() } else { names.join(" ") }
}

fn condition_words(texts: Texts, when: &program::Expr) -> String {
    if when.error().is_some() {
        let empty = when.source().is_empty();
        return if empty { t_string!(texts, sum.no_condition) } else { t_string!(texts, sum.broken) }.to_owned();
    }
    let count = |fact: &program::CountFact| {
        t_string!(texts, sum.count, event = fact.event.to_string(), period = period(texts, fact.within))
    };
    let counts: Vec<String> = when.counts().iter().map(count).collect();
    let reads = |subject: Subject| when.references().iter().any(|read| read.subject == subject);
    let what = match (reads(Subject::Contact), reads(Subject::Event)) {
        _ if !counts.is_empty() => counts.join(", "),
        (true, false) => t_string!(texts, sum.of_contact).to_owned(),
        (false, true) => t_string!(texts, sum.of_event).to_owned(),
        _ => t_string!(texts, sum.facts).to_owned(),
    };
    t_string!(texts, sum.depends, what = what)
}

/// A length of time: `2 days`.
pub fn period(texts: Texts, period: Period) -> String {
    unit_of(texts, period).unwrap_or_else(|| period.to_string())
}

/// The unit alone: `days`.
pub fn unit_name(texts: Texts, period: Period) -> String {
    let one = unit_of(texts, period).unwrap_or_default();
    one.trim_start_matches(|c: char| c.is_ascii_digit() || c.is_whitespace()).to_owned()
}

/// What one click does about a problem.
pub fn fix(texts: Texts, fix: &Fix) -> String {
    match fix {
        Fix::AddEntry => t_string!(texts, fix.add_entry).to_owned(),
        Fix::Disconnect { .. } => t_string!(texts, fix.disconnect).to_owned(),
        Fix::Finish { .. } => t_string!(texts, fix.finish).to_owned(),
        Fix::Remove { nodes } => t_string!(texts, fix.remove, n = number(texts, nodes.len() as u64)),
        Fix::Set { field, value } => {
            let value = value.as_str().map_or_else(|| value.to_string(), |value| choice(texts, field, value));
            t_string!(texts, fix.set, value = value)
        }
        Fix::WaitBefore { duration } => t_string!(texts, fix.wait_before, period = period(texts, *duration)),
    }
}

/// One of the words of a choice.
pub fn choice(texts: Texts, field: &str, option: &str) -> String {
    match (field, option) {
        (_, "") => t_string!(texts, choice.undecided),
        ("again", "always") => t_string!(texts, choice.always),
        ("again", "never") => t_string!(texts, choice.never),
        ("max_age", "any") => t_string!(texts, choice.any),
        (_, "period") => t_string!(texts, choice.period),
        (_, other) => return other.to_owned(),
    }
    .to_owned()
}

fn unit_of(texts: Texts, period: Period) -> Option<String> {
    const UNITS: [(&str, u64); 5] =
        [("week", 604_800_000), ("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000)];
    let millis = period.millis();
    // In the unit that was chosen; only what that does not divide is said in a smaller one.
    let units = UNITS.into_iter().filter(|(_, length)| *length <= period.unit().1);
    let (name, length) = units.into_iter().find(|(_, length)| millis.is_multiple_of(*length))?;
    Some(unit(texts, millis / length, name))
}

/// A port, as the label of its edge.
pub fn port(texts: Texts, port: &str) -> String {
    match port {
        "yes" => t_string!(texts, port.yes),
        "no" => t_string!(texts, port.no),
        "next" => t_string!(texts, port.next),
        "came" => t_string!(texts, port.came),
        "met" => t_string!(texts, port.met),
        "timed_out" => t_string!(texts, port.timed_out),
        "answered" => t_string!(texts, port.answered),
        "failed" => t_string!(texts, port.failed),
        "finished" => t_string!(texts, port.finished),
        "moved" => t_string!(texts, port.moved),
        way if way.len() == 1 => return way.to_uppercase(),
        other => return other.to_owned(),
    }
    .to_owned()
}

/// A family's colour, as the end of a class name.
pub fn family(family: Family) -> &'static str {
    match family {
        Family::Entry => "entry",
        Family::Message => "message",
        Family::Time => "time",
        Family::Decision => "decision",
        Family::Contact => "contact",
        Family::Exit => "exit",
    }
}

/// The colour of a state and its words.
pub type StateWords = (&'static str, String);

/// What a program is doing.
pub fn program_state(texts: Texts, state: ProgramState, version: Option<u32>) -> StateWords {
    match (state, version) {
        (ProgramState::Draft, _) => ("quiet", t_string!(texts, state.draft).to_owned()),
        (ProgramState::Live, Some(n)) => ("good", t_string!(texts, state.live_version, n = number(texts, n.into()))),
        (ProgramState::Live, None) => ("good", t_string!(texts, state.live).to_owned()),
        (ProgramState::Paused, _) => ("warn", t_string!(texts, state.paused).to_owned()),
        (ProgramState::Finishing, _) => ("warn", t_string!(texts, state.finishing).to_owned()),
        (ProgramState::Stopped, _) => ("bad", t_string!(texts, state.stopped).to_owned()),
        (ProgramState::Archived, _) => ("quiet", t_string!(texts, state.archived).to_owned()),
    }
}

/// What a node made of so many contacts: mails, unless it does something else.
pub fn made(texts: Texts, kind: &Kind, many: u64) -> String {
    match kind {
        Kind::CallWebhook(_) => t_string!(texts, node.calls, n = many),
        Kind::UpdateContact(_) => t_string!(texts, node.changed, n = many),
        _ => t_string!(texts, node.mails, n = many),
    }
}

/// What goes on with a program that is resumed: contacts and mails always, the rest where there is any.
pub fn caught_up(texts: Texts, what: CaughtUp) -> String {
    let CaughtUp { tokens, waiting, messages, calls, .. } = what;
    let mut said =
        vec![t_string!(texts, life.going_contacts, n = tokens), t_string!(texts, life.going_mails, n = messages)];
    said.extend((calls > 0).then(|| t_string!(texts, life.going_calls, n = calls)));
    said.extend((waiting > 0).then(|| t_string!(texts, life.waiting_contacts, n = waiting)));
    said.join(", ")
}

/// What a token is doing.
pub fn token_state(texts: Texts, state: TokenState) -> StateWords {
    let (tone, words) = match state {
        TokenState::Ready => ("brand", t_string!(texts, state.ready)),
        TokenState::Waiting => ("time", t_string!(texts, state.waiting)),
        TokenState::Done => ("good", t_string!(texts, state.done)),
        TokenState::Failed => ("bad", t_string!(texts, state.token_failed)),
        TokenState::Held => ("warn", t_string!(texts, state.held)),
        TokenState::Ejected => ("quiet", t_string!(texts, state.ejected)),
    };
    (tone, words.to_owned())
}

/// Where a message is on its way.
pub fn message_state(texts: Texts, state: MessageState) -> StateWords {
    let (tone, words) = match state {
        MessageState::Queued => ("quiet", t_string!(texts, state.queued)),
        MessageState::Leased | MessageState::HandingOver => ("brand", t_string!(texts, state.leased)),
        MessageState::Sent => ("good", t_string!(texts, state.sent)),
        MessageState::Failed => ("bad", t_string!(texts, state.failed)),
        MessageState::Unknown => ("warn", t_string!(texts, state.unknown)),
        MessageState::Blocked => ("quiet", t_string!(texts, state.blocked)),
        MessageState::Held => ("warn", t_string!(texts, state.held)),
        MessageState::Skipped => ("quiet", t_string!(texts, state.skipped)),
    };
    (tone, words.to_owned())
}

/// How far a call is, as a chip says it.
pub fn call_state(texts: Texts, state: api::calls::CallState) -> (&'static str, String) {
    use api::calls::CallState;
    let (tone, words) = match state {
        CallState::Queued => ("wait", t_string!(texts, call_state.queued)),
        CallState::Calling => ("wait", t_string!(texts, call_state.calling)),
        CallState::Answered => ("ok", t_string!(texts, call_state.answered)),
        CallState::Failed => ("bad", t_string!(texts, call_state.failed)),
        CallState::Held => ("warn", t_string!(texts, call_state.held)),
        CallState::Skipped => ("warn", t_string!(texts, call_state.skipped)),
    };
    (tone, words.to_owned())
}

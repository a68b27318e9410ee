//! What things are called in the reader's language: node kinds, their summaries, ports, states.

use api::{messages::MessageState, programs::ProgramState, tokens::TokenState};
use program::{Family, Kind, Node, Period};

use crate::{
    i18n::t_string,
    parts::number::{number, unit},
    prefs::Texts,
};

/// The name of a kind.
pub fn kind(texts: Texts, kind: &Kind) -> String {
    match kind {
        Kind::Condition(_) => t_string!(texts, kind.condition),
        Kind::Entry(_) => t_string!(texts, kind.entry),
        Kind::Exit(_) => t_string!(texts, kind.exit),
        Kind::LoyaltyInvite(_) => t_string!(texts, kind.loyalty_invite),
        Kind::SendMail(_) => t_string!(texts, kind.send_mail),
        Kind::Survey(_) => t_string!(texts, kind.survey),
        Kind::Wait(_) => t_string!(texts, kind.wait),
    }
    .to_owned()
}

/// A node's title, or the name of its kind; a wait without a title says how long.
pub fn title(texts: Texts, node: &Node) -> String {
    match &node.kind {
        _ if !node.title.is_empty() => node.title.clone(),
        Kind::Wait(wait) => unit_of(texts, wait.duration)
            .map_or_else(|| kind(texts, &node.kind), |period| format!("{} {period}", t_string!(texts, kind.wait))),
        other => kind(texts, other),
    }
}

/// What a node does, in one line; never a raw expression.
pub fn summary(texts: Texts, node: &Kind) -> String {
    let stream = |stream: &Option<program::StreamName>| match stream {
        Some(stream) => t_string!(texts, sum.stream, stream = stream.to_string()),
        None => t_string!(texts, sum.no_stream).to_owned(),
    };
    match node {
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
        Kind::Survey(survey) => survey.question.clone(),
        Kind::Wait(wait) => t_string!(texts, sum.wait, period = period(texts, wait.duration)),
    }
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
    let what = if counts.is_empty() { t_string!(texts, sum.facts).to_owned() } else { counts.join(", ") };
    t_string!(texts, sum.depends, what = what)
}

/// A length of time: `2 days`.
pub fn period(texts: Texts, period: Period) -> String {
    unit_of(texts, period).unwrap_or_else(|| period.to_string())
}

fn unit_of(texts: Texts, period: Period) -> Option<String> {
    const UNITS: [(&str, u64); 5] =
        [("week", 604_800_000), ("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000)];
    let millis = period.millis();
    let (name, length) = UNITS.into_iter().find(|(_, length)| millis > 0 && millis.is_multiple_of(*length))?;
    Some(unit(texts, millis / length, name))
}

/// A port, as the label of its edge.
pub fn port(texts: Texts, port: &str) -> String {
    match port {
        "yes" => t_string!(texts, port.yes),
        "no" => t_string!(texts, port.no),
        "next" => t_string!(texts, port.next),
        "finished" => t_string!(texts, port.finished),
        other => return other.to_owned(),
    }
    .to_owned()
}

/// The label of a field.
pub fn field(texts: Texts, field: &program::Field) -> String {
    match field.name {
        "when" => t_string!(texts, field.when),
        "event" => t_string!(texts, field.event),
        "filter" => t_string!(texts, field.filter),
        "stream" => t_string!(texts, field.stream),
        "club" => t_string!(texts, field.club),
        "question" => t_string!(texts, field.question),
        "scale" => t_string!(texts, field.scale),
        "duration" => t_string!(texts, field.duration),
        _ => field.label,
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
    }
}

/// What a token is doing.
pub fn token_state(texts: Texts, state: TokenState) -> StateWords {
    let (tone, words) = match state {
        TokenState::Ready => ("brand", t_string!(texts, state.ready)),
        TokenState::Waiting => ("time", t_string!(texts, state.waiting)),
        TokenState::Done => ("good", t_string!(texts, state.done)),
        TokenState::Failed => ("bad", t_string!(texts, state.token_failed)),
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
    };
    (tone, words.to_owned())
}

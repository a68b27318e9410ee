//! The nodes that send mail, and what their mails are written from.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::Paths;
use crate::{Effect, EventType, Facts, NodeId, Phase, Program, Purpose, StreamName, Time, node::Visit};

/// A node that sends mail to contacts who can come to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sender<'p> {
    /// Which node.
    pub node: &'p NodeId,
    /// Through which stream.
    pub stream: StreamName,
    /// What the mail asks of the contact.
    pub purpose: Purpose,
    /// The events by which those contacts have entered.
    pub events: BTreeSet<&'p EventType>,
    /// The events that may have joined them on the way, by name.
    pub joined: BTreeMap<&'p str, &'p EventType>,
}

/// The nodes of a program that send, in its order.
pub fn senders(program: &Program) -> Vec<Sender<'_>> {
    let paths = Paths::new(program);
    let joined: BTreeMap<&str, &EventType> = program
        .nodes
        .values()
        .filter_map(|node| node.kind.as_kind().awaits())
        .filter_map(|awaits| Some((awaits.name?, awaits.event?)))
        .collect();
    let sends = |at: &usize| paths.reached[*at] && paths.sends(*at);
    let sender = |at: usize| {
        let (node, it) = program.nodes.get_index(at)?;
        // A node says what it sends by sending it; no fact changes that.
        let visit = Visit { node, now: Time::UNIX_EPOCH, phase: Phase::Arrived, facts: &Facts::default() };
        let effects = it.kind.as_kind().step(&visit).ok()?.effects.into_iter();
        let (stream, purpose) = effects.into_iter().find_map(|effect| match effect {
            Effect::SendMail { stream, purpose } => Some((stream, purpose)),
            _ => None,
        })?;
        Some(Sender { node, stream, purpose, events: paths.events_to(at), joined: joined.clone() })
    };
    (0..program.nodes.len()).filter(sends).filter_map(sender).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::tests::program;

    #[test]
    fn says_who_sends_what_to_whom() {
        let program = program(
            "  a: { kind: entry, event: order, again: never, next: ask }\n  b: { kind: entry, event: visit, again: never, \
             next: pay }\n  pay: { kind: wait_for_event, event: paid, timeout: 1d, as: payment, next: { came: mail, \
             timed_out: mail } }\n  mail: { kind: send_mail, stream: thanks, next: ask }\n  ask: { kind: survey, stream: \
             rating, question: How was it?, scale: 5 }\n  alone: { kind: send_mail, stream: lost }",
        );
        let told: Vec<_> = senders(&program)
            .into_iter()
            .map(|it| {
                let events: Vec<_> = it.events.iter().map(|event| event.as_str()).collect();
                let survey = matches!(it.purpose, Purpose::Survey { .. });
                format!("{} {} {survey} {}", it.node, it.stream, events.join(","))
            })
            .collect();
        assert_eq!(told, ["mail thanks false visit", "ask rating true order,visit"]);
        assert_eq!(senders(&program)[0].joined["payment"].as_str(), "paid");
    }
}

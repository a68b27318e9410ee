//! Makes messages of the mails that a run asks for. A mail that may not be sent becomes a message with the reason.

use std::collections::{BTreeMap, HashMap};

use program::{EventId, Object, Purpose, Reason, Run, StreamClass, StreamName, TraceStep, WorkspaceId};
use serde_json::Value;
use store::{Contact, DueToken, Loaded, MessageState, NewMessage, StreamHead};

use crate::Clock;

/// A stream's current version, and the domain of its mails.
pub(crate) struct Head {
    pub(crate) stream: StreamHead,
    pub(crate) domain: String,
}

/// Streams by workspace and name; unknown ones are absent.
pub(crate) type Heads = HashMap<(WorkspaceId, StreamName), Head>;

/// Domain of Message-IDs if the stream has none (RFC 2606).
const NO_DOMAIN: &str = "stafette.invalid";

/// The messages that this run of this token puts into the outbox.
pub(crate) fn messages(token: &DueToken, run: &Run, loaded: &Loaded, heads: &Heads, clock: &Clock) -> Vec<NewMessage> {
    let Some(contact) = loaded.contacts.get(&token.contact) else { return Vec::new() };
    // A run that an event joins begins with the joining.
    let before = loaded.joined.get(&token.id).into_iter().flatten().cloned();
    let joined: BTreeMap<String, EventId> =
        before.chain(run.joined().map(|(name, event)| (name.to_owned(), event))).collect();
    let message = |(step, n, stream, purpose): (&TraceStep, u32, &StreamName, &Purpose)| {
        let seq = step.seq;
        let head = heads.get(&(token.workspace, stream.clone()));
        let domain = head.map_or(NO_DOMAIN, |head| head.domain.as_str());
        NewMessage {
            id: clock.uuid().into(),
            token: token.id,
            seq,
            n,
            program: token.program,
            version: token.version,
            node: step.node.clone(),
            stream: stream.clone(),
            stream_version: head.map(|head| head.stream.version),
            class: head.map_or(StreamClass::Operational, |head| head.stream.class),
            contact: token.contact,
            event: token.event,
            joined: joined.clone(),
            recipient: contact.email.clone().unwrap_or_default(),
            // The same for each effect. However often the mail is handed over, it is the same mail.
            message_id: match n {
                0 => format!("{}.{seq}@{domain}", token.id.uuid().simple()),
                _ => format!("{}.{seq}.{n}@{domain}", token.id.uuid().simple()),
            },
            purpose: purpose.clone(),
            state: state(head, contact, stream),
            due_at: step.at,
        }
    };
    mails(run).map(message).collect()
}

/// The mails that a run asks for, each with its step and its place among that step's effects.
pub(crate) fn mails(run: &Run) -> impl Iterator<Item = (&TraceStep, u32, &StreamName, &Purpose)> {
    run.outer().filter_map(|(step, n, effect)| effect.mail().map(|(stream, purpose)| (step, n, stream, purpose)))
}

fn state(head: Option<&Head>, contact: &Contact, stream: &StreamName) -> MessageState {
    let Some(head) = head else {
        return MessageState::Failed { reason: Reason::NoStream { stream: stream.clone() } };
    };
    if contact.email.as_deref().is_none_or(|email| email.trim().is_empty()) {
        return MessageState::Blocked { reason: Reason::NoAddress };
    }
    if head.stream.class == StreamClass::Marketing && contact.opt_in != Some(true) {
        return MessageState::Blocked { reason: Reason::NoOptIn };
    }
    MessageState::Queued
}

/// The domain after the `@` in its wire form, if it can stand in a Message-ID.
pub(crate) fn domain(address: &str) -> String {
    let domain = address.rsplit_once('@').and_then(|(_, domain)| mail::ascii_domain(domain));
    domain.unwrap_or_else(|| NO_DOMAIN.into())
}

/// The contact as conditions and templates read it.
pub fn contact_object(contact: &Contact) -> Object {
    let mut object = contact.attributes.clone();
    let text = |text: &Option<String>| text.clone().map(Value::String);
    let own = [
        ("email", text(&contact.email)),
        ("external_id", text(&contact.external_id)),
        ("opt_in", contact.opt_in.map(Value::Bool)),
    ];
    for (name, value) in own {
        if let Some(value) = value {
            object.insert(name.into(), value);
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_of_message_ids() {
        for (address, expected) in [
            ("shop@Mail.Example", "mail.example"),
            ("a@b@c.example", "c.example"),
            ("shop@müller.example", "xn--mller-kva.example"),
            ("nobody", NO_DOMAIN),
            ("x@a b>", NO_DOMAIN),
        ] {
            assert_eq!(domain(address), expected, "{address}");
        }
    }
}

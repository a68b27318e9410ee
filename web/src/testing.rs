//! PURE: a test run for its page: the contact as its mails see it, and when to ask again.

use std::{collections::BTreeMap, time::Duration};

use api::{
    Object,
    contacts::Contact,
    messages::MessageState,
    programs::TestRun,
    tokens::{TokenDetail, TokenState},
};
use serde_json::Value;

/// Between two looks while something is under way.
const SOON: Duration = Duration::from_secs(1);
/// Between two looks while everything waits, which may be for days.
const LATER: Duration = Duration::from_secs(5);

/// The contact as conditions and templates see it.
pub fn contact_object(contact: &Contact) -> Object {
    let text = |text: &Option<String>| text.clone().map(Value::String);
    let own = [
        ("email", text(&contact.email)),
        ("external_id", text(&contact.external_id)),
        ("opt_in", contact.opt_in.map(Value::Bool)),
    ];
    let mut object = contact.attributes.clone();
    object.extend(own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    object
}

/// How many contacts stand at which node; those who are through stand nowhere.
pub fn places(run: &TestRun) -> BTreeMap<String, u64> {
    let mut places = BTreeMap::new();
    for token in run.tokens.iter().filter(|token| token.summary.state != TokenState::Done) {
        *places.entry(token.summary.node.clone()).or_default() += 1;
    }
    places
}

/// When to look again; never where nothing can happen any more.
pub fn again(run: &TestRun) -> Option<Duration> {
    let on_its_way = |token: &TokenDetail| {
        let mails = token.messages.iter().map(|message| message.state);
        token.summary.state == TokenState::Ready
            || mails
                .into_iter()
                .any(|state| matches!(state, MessageState::Queued | MessageState::Leased | MessageState::HandingOver))
    };
    let waits = |token: &TokenDetail| token.summary.state == TokenState::Waiting;
    match () {
        () if run.tokens.iter().any(on_its_way) => Some(SOON),
        () if run.tokens.iter().any(waits) => Some(LATER),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(states: &[&str], mail: &str) -> TestRun {
        let id = "01890000-0000-7000-8000-000000000000";
        let at = "2026-03-01T09:00:00Z";
        let mail = json!({ "id": id, "message_id": "<a@b>", "token_id": id, "seq": 2, "program": "p", "node": "n",
            "stream": "s", "contact_id": id, "recipient": "a@b.example", "subject": null, "state": mail, "attempt": 1,
            "due_at": null, "reason": null, "unknown_at": null, "inbox_mail_id": null, "created_at": at,
            "sent_at": null });
        let token = |state: &&str| {
            json!({ "id": id, "program": "p", "version": 1, "contact_id": id, "contact": "a@b.example", "event_id": id,
                "node": "n", "state": state, "seq": 1, "due_at": null, "error": null, "created_at": at,
                "updated_at": at, "trace": [], "messages": [mail] })
        };
        let tokens: Vec<_> = states.iter().map(token).collect();
        let run = json!({ "id": id, "revision": 1, "event": "a", "data": {}, "started_at": at, "started_by": null,
            "contacts": [], "tokens": tokens });
        serde_json::from_value(run).unwrap()
    }

    #[test]
    fn looks_again_while_something_can_happen() {
        for (states, mail, expected) in [
            (&[][..], "sent", None),
            (&["done", "failed"], "blocked", None),
            (&["done", "waiting"], "sent", Some(LATER)),
            (&["waiting", "ready"], "sent", Some(SOON)),
            (&["done"], "handing_over", Some(SOON)),
        ] {
            assert_eq!(again(&run(states, mail)), expected, "{states:?} {mail}");
        }
    }

    #[test]
    fn whoever_is_through_stands_nowhere() {
        assert_eq!(places(&run(&["waiting", "done", "failed"], "sent")), [("n".to_owned(), 2)].into());
    }

    #[test]
    fn a_contact_reads_as_in_its_mails() {
        let contact = json!({ "id": "01890000-0000-7000-8000-000000000000", "email": "a@b.example", "external_id": null,
            "opt_in": false, "test": true, "attributes": { "first_name": "Ada" },
            "created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-01T09:00:00Z" });
        let object = contact_object(&serde_json::from_value(contact).unwrap());
        assert_eq!(Value::Object(object), json!({ "first_name": "Ada", "email": "a@b.example", "opt_in": false }));
    }
}

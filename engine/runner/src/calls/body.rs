//! The body of a call. It is written once: each try sends the same bytes, so that the receiver may compare them.

use program::{Program, Reason, Run, TraceStep};
use serde_json::{Value, json};
use store::{Contact, DueToken, EventData, NewCall, NewCallState};

use crate::{Clock, outbox::contact_object};

/// What it is called in `type`.
const TYPE: &str = "program.call";

pub(super) fn headers() -> Vec<(String, String)> {
    vec![("content-type".into(), "application/json".into())]
}

/// The calls that this run of this token puts into the outbox.
pub(crate) fn calls(
    token: &DueToken,
    run: &Run,
    program: &Program,
    (contact, event): (&Contact, Option<&EventData>),
    clock: &Clock,
) -> Vec<NewCall> {
    let asked = run.outer().filter_map(|(step, n, effect)| effect.call().map(|url| (step, n, url)));
    let call = |(step, n, url): (&TraceStep, u32, &str)| {
        let body = body(token, step, program, (contact, event)).to_string();
        let state = if token.workspace.is_test_run() {
            NewCallState::Counted { reason: Reason::NobodyCalled }
        } else if body.len() > connect::MAX_BODY {
            let reason = Reason::CallTooLarge { size: body.len(), most: connect::MAX_BODY };
            NewCallState::Failed { reason }
        } else {
            NewCallState::Queued
        };
        NewCall {
            id: clock.uuid().into(),
            token: token.id,
            seq: step.seq,
            n,
            program: token.program,
            version: token.version,
            node: step.node.clone(),
            contact: token.contact,
            event: token.event,
            url: url.to_owned(),
            host: host(url),
            // What is too large to be sent is too large to be kept, too.
            body: if matches!(state, NewCallState::Failed { .. }) { String::new() } else { body },
            state,
            due_at: step.at,
        }
    };
    asked.map(call).collect()
}

/// The host with its port, by which calls take turns. What is no URL fails when it is called.
fn host(url: &str) -> String {
    // Whether it may be called is not asked here.
    let everywhere = ["0.0.0.0/0", "::/0"].into_iter().filter_map(|network| network.parse().ok()).collect();
    let open = connect::Guard { http: true, loopback: true, networks: everywhere };
    open.target(url).map_or_else(|_| String::from("-"), |target| target.place())
}

fn body(
    token: &DueToken,
    step: &TraceStep,
    program: &Program,
    (contact, event): (&Contact, Option<&EventData>),
) -> Value {
    let mut told = contact_object(contact);
    told.insert("id".into(), contact.id.to_string().into());
    let event = event.map(
        |event| json!({ "id": event.id, "type": event.event, "occurred_at": event.occurred_at, "data": event.data }),
    );
    json!({
        "type": TYPE,
        "timestamp": step.at,
        "data": {
            "program": { "id": token.program, "name": program.name },
            "node": step.node,
            "token": token.id,
            "step": step.seq,
            "contact": told,
            "event": event,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_an_operator_allows_have_a_lane_each() {
        for (url, expected) in [
            ("http://10.0.0.5/a", "10.0.0.5:80"),
            ("http://crm/hook", "crm:80"),
            ("https://svc.ns.svc.cluster.local/", "svc.ns.svc.cluster.local:443"),
            ("http://[fd00::1]:8080/", "[fd00::1]:8080"),
            ("https://hooks.example.com/x", "hooks.example.com:443"),
            ("nonsense", "-"),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}

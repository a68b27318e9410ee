//! Tokens that wait for events: what they know of them, and what becomes of their waits. Pure.

use program::{Awaited, Came, End, Object, Plan, Run};
use serde_json::Value;
use store::{DueToken, Loaded, OpenWait, Waits};

/// The payloads of the events that joined a token, by name.
pub(crate) fn joined(token: &DueToken, loaded: &Loaded) -> Object {
    let known = loaded.joined.get(&token.id).into_iter().flatten();
    let data = known.filter_map(|(name, event)| Some((name.clone(), loaded.events.get(event)?.data.clone())));
    let mut joined: Object = data.map(|(name, data)| (name, Value::Object(data))).collect();
    // As `Plan::run` has them, whatever the database's order is.
    joined.sort_keys();
    joined
}

/// What a token waits for, and what came.
pub(crate) fn awaited(token: &DueToken, loaded: &Loaded) -> Option<Awaited> {
    let awaiting = loaded.awaited.get(&token.id)?;
    let came =
        awaiting.events.iter().filter_map(|id| Some(Came { id: *id, data: loaded.events.get(id)?.data.clone() }));
    Some(Awaited { until: awaiting.until, events: came.collect() })
}

/// Notes what became of a token's wait. Whether it rests on as it did.
pub(crate) fn became(waits: &mut Waits, plan: &Plan, token: &DueToken, run: &Run, loaded: &Loaded) -> bool {
    let stood = loaded.awaited.get(&token.id);
    let key = (token.workspace, token.id);
    waits.joined.extend(run.joined().map(|(name, event)| (token.workspace, token.id, name.to_owned(), event)));
    let until = match (&run.end, stood) {
        (End::Waiting(until), _) => Some(*until),
        // A dead letter that was waiting goes on waiting when it is replayed.
        (End::Failed(_), Some(stood)) if run.place.node == token.place.node => Some(stood.until),
        (End::AwaitsAnswer(_) | End::Failed(_) | End::Finished, _) => None,
    };
    if let (Some(until), Some(event)) = (until, plan.awaits(&run.place)) {
        // What is left over of an earlier wait goes, too.
        waits.looked.push(key);
        waits.open.push(OpenWait {
            workspace: token.workspace,
            token: token.id,
            seq: run.place.seq,
            contact: token.contact,
            event: event.clone(),
            until,
        });
        return run.steps.is_empty() && stood.is_some();
    }
    if let Some(stood) = stood {
        waits.closed.push(key);
        if !stood.events.is_empty() {
            waits.looked.push(key);
        }
    }
    false
}

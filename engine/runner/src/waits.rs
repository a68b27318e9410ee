//! Tokens that wait for events: what they know of them, and how their waits end. Pure.

use program::{Awaited, Came, End, EventType, Object, Phase, Plan, Run};
use serde_json::Value;
use store::{DueToken, FailedWait, Loaded, OpenWait, Waits};

/// The payloads of the events that joined a token, by name.
pub(crate) fn joined(token: &DueToken, loaded: &Loaded) -> Object {
    let known = loaded.joined.get(&token.id).into_iter().flatten();
    let data = known.filter_map(|(name, event)| Some((name.clone(), loaded.events.get(event)?.data.clone())));
    let mut joined: Object = data.map(|(name, data)| (name, Value::Object(data))).collect();
    // In the order in which `Plan::run` has them, whatever the order of the database.
    joined.sort_keys();
    joined
}

/// What a token waits for, and what came. If a publication changed the type that it waits for, earlier events do not
/// count.
pub(crate) fn awaited(plan: &Plan, token: &DueToken, loaded: &Loaded) -> Option<Awaited> {
    let awaiting = loaded.awaited.get(&token.id)?;
    let event = plan.awaits(&token.place);
    let found = awaiting.events.iter().filter_map(|id| loaded.events.get(id));
    let came = found.filter(|found| Some(&found.event) == event);
    let came = came.map(|found| Came { id: found.id, data: found.data.clone() });
    Some(Awaited { until: awaiting.until, events: came.collect() })
}

/// A token that failed while it waited waits again after a replay, and looks again at what came. If it did not wait,
/// nothing changes.
pub(crate) fn failed(token: &DueToken, run: &Run) -> Option<FailedWait> {
    let stays = matches!(run.end, End::Failed(_)) && run.place.node == token.place.node;
    let rested = token.place.phase == Phase::Due && run.place.phase == Phase::Due;
    let (seen, seq) = (token.place.seq, run.place.seq);
    (stays && rested).then_some(FailedWait { workspace: token.workspace, token: token.id, seen, seq })
}

/// Whether a token waits for a condition at the end of its run.
pub(crate) fn watches(plan: Option<&Plan>, run: &Run) -> bool {
    plan.is_some_and(|plan| plan.awaits(&run.place).is_some_and(|event| Some(event) == EventType::facts()))
}

/// Notes what became of a token's wait. Returns whether it still rests as before.
pub(crate) fn became(waits: &mut Waits, plan: Option<&Plan>, token: &DueToken, run: &Run, loaded: &Loaded) -> bool {
    let stood = loaded.awaited.get(&token.id);
    let key = (token.workspace, token.id);
    waits.joined.extend(run.joined().map(|(name, event)| (token.workspace, token.id, name.to_owned(), event)));
    // Without its version it is not known whether it waited.
    if (stood.is_some() || plan.is_none())
        && let Some(failed) = failed(token, run)
    {
        waits.failed.push(failed);
        return false;
    }
    let until = match &run.end {
        End::Waiting(until) => Some(*until),
        End::AwaitsAnswer(_) | End::Failed(_) | End::Finished => None,
    };
    if let (Some(until), Some(event)) = (until, plan.and_then(|plan| plan.awaits(&run.place))) {
        // Rows of an earlier wait are deleted, too.
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

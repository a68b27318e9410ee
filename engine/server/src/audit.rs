//! Records who changed what: the notes of a call or a command, and the audit row that is made of them.
//!
//! A row is written right after its operation, not in the same transaction. A row that cannot be written is logged and
//! counted (`stafette_audit_not_written_total`). If the database cannot be written to, `/readyz` fails.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use program::{WorkspaceId, brief};
use runner::Clock;
use serde_json::{Map, Value};
use store::{ActorKind, Audit, AuditActor, AuditTarget, Store};
use uuid::Uuid;

use crate::access::{Actor, HOME};

/// The most details of one row. With what `brief` leaves of each, a row stays below two kilobytes.
const MOST_DETAILS: usize = 8;

/// What is counted where a row could not be written.
pub const NOT_WRITTEN: &str = "stafette_audit_not_written_total";

/// What is noted of a call while it is answered. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Trail(Arc<Mutex<Notes>>);

/// What is known of a call.
#[derive(Clone, Debug, Default)]
struct Notes {
    actor: Option<Actor>,
    target: Option<AuditTarget>,
    details: Map<String, Value>,
}

impl Trail {
    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who it turned out to be.
    pub fn actor(&self, actor: Actor) {
        self.lock().actor = Some(actor);
    }

    /// What is changed.
    pub fn target(&self, kind: &str, id: Option<Uuid>, name: &str) {
        self.lock().target = Some(AuditTarget { kind: kind.into(), id, name: brief::name(name) });
    }

    /// One more thing that is worth knowing. Never a secret, and never what persons wrote.
    pub fn detail(&self, name: &str, value: impl Into<Value>) {
        let mut notes = self.lock();
        if notes.details.len() < MOST_DETAILS {
            let value = match value.into() {
                Value::String(text) => Value::String(brief::name(&*text)),
                value => value,
            };
            notes.details.insert(name.into(), value);
        }
    }

    /// The row of what it tells of, if anybody is known to have done it.
    pub fn row(&self, clock: &Clock, action: &str, status: Option<u16>) -> Audit {
        let Notes { actor, target, details } = self.lock().clone();
        let actor = actor.as_ref().map_or(AuditActor { kind: ActorKind::Stranger, id: None, name: None }, told);
        let (id, at, action) = (clock.uuid(), clock.now(), action.into());
        Audit { id, at, actor, action, target, status, details, address: None }
    }
}

fn told(actor: &Actor) -> AuditActor {
    let (kind, id, name) = match actor {
        Actor::Person { id, email } => (ActorKind::Person, Some(id.uuid()), Some(email.clone())),
        Actor::Key { id, name } => (ActorKind::Key, Some(id.uuid()), Some(name.clone())),
        Actor::CommandLine => (ActorKind::CommandLine, None, Some("command line".into())),
        Actor::Monitor => (ActorKind::Stranger, None, None),
    };
    AuditActor { kind, id, name }
}

/// Writes a row. What it tells of is done, so a row that cannot be written stops nobody.
pub async fn write(store: &Store, workspace: WorkspaceId, row: &Audit) {
    if let Err(error) = store.add_audit(workspace, row).await {
        metrics::counter!(NOT_WRITTEN).increment(1);
        tracing::error!(%error, action = %row.action, "who changed this could not be written down");
    }
}

/// Writes down what a command did.
pub async fn command(store: &Store, clock: &Clock, action: &str, (kind, id, name): (&str, Option<Uuid>, &str)) {
    let trail = Trail::default();
    trail.actor(Actor::CommandLine);
    trail.target(kind, id, name);
    write(store, HOME, &trail.row(clock, action, None)).await;
}

#[cfg(test)]
mod tests {
    use program::Time;

    use super::*;

    #[test]
    fn a_row_is_small_whatever_is_noted() {
        let (clock, _) = Clock::manual(Time::UNIX_EPOCH);
        let trail = Trail::default();
        trail.target("program", None, &"n".repeat(100_000));
        for n in 0..100 {
            trail.detail(&n.to_string(), "x".repeat(100_000));
        }
        let row = trail.row(&clock, "create_program", Some(201));
        assert_eq!((row.actor.kind, row.details.len()), (ActorKind::Stranger, MOST_DETAILS));
        assert!(serde_json::to_string(&row.details).unwrap().len() < 4_000 && row.target.unwrap().name.len() < 1_000);
        trail.actor(Actor::CommandLine);
        let row = trail.row(&clock, "create_program", None);
        assert_eq!((row.actor.kind, row.actor.name.as_deref()), (ActorKind::CommandLine, Some("command line")));
    }
}

//! The contracts of event types that a node knows. They are read with the routes, so a change counts from the next
//! event on.

use std::collections::HashMap;

use program::{Contract, ContractMode, EventType, Violation, WorkspaceId};
use store::{Ingested, NewEvent, Result, Store, Who};

use crate::seen::Seen;

/// The contracts of a workspace.
#[derive(Debug, Default)]
pub(crate) struct Contracts(HashMap<EventType, Contract>);

/// The result of asking contracts about a request's events.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// The accepted events, each with its position in the request.
    pub(crate) events: Vec<(usize, NewEvent)>,
    /// What breaks a contract in accepted events, because the contract only reports.
    reported: Vec<Reported>,
    /// The refused events.
    refused: Vec<Refused>,
    /// Refused events whose key is taken, each with its answer. They are not refused for another reason.
    taken: Vec<(usize, Ingested)>,
}

#[derive(Debug)]
struct Reported {
    /// Its position in the request.
    at: usize,
    event: EventType,
    who: Who,
    found: Vec<Violation>,
}

#[derive(Debug)]
struct Refused {
    at: usize,
    event: NewEvent,
    found: Vec<Violation>,
}

impl Contracts {
    /// All readable contracts. An unreadable one is left to an operator and refuses no event.
    pub(crate) async fn read(store: &Store, workspace: WorkspaceId) -> Result<Self> {
        let mut all = HashMap::new();
        for (event, version) in store.contracts(workspace).await? {
            match version.contract {
                Ok(Some(contract)) => drop(all.insert(event, contract)),
                Ok(None) => {}
                Err(error) => tracing::error!(%error, %event, "a contract cannot be read and is not asked for"),
            }
        }
        Ok(Self(all))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks each event against the contract of its type.
    pub(crate) fn judge(&self, events: Vec<(usize, NewEvent)>) -> Judged {
        let mut judged = Judged::default();
        for (at, event) in events {
            let Some((contract, found)) = self.0.get(&event.event).map(|it| (it, it.check(&event.data))) else {
                judged.events.push((at, event));
                continue;
            };
            match contract.mode {
                _ if found.is_empty() => judged.events.push((at, event)),
                ContractMode::Report => {
                    let (kind, who) = (event.event.clone(), event.who.clone());
                    judged.reported.push(Reported { at, event: kind, who, found });
                    judged.events.push((at, event));
                }
                ContractMode::Refuse => judged.refused.push(Refused { at, event, found }),
            }
        }
        judged
    }
}

impl Judged {
    /// Events without a check.
    pub(crate) fn unasked(events: Vec<(usize, NewEvent)>) -> Self {
        Self { events, ..Self::default() }
    }

    /// The events that are refused.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &NewEvent> {
        self.refused.iter().map(|refused| &refused.event)
    }

    /// Sets the answers for refused events whose key is taken.
    pub(crate) fn spare(&mut self, taken: Vec<Option<Ingested>>) {
        for (refused, taken) in std::mem::take(&mut self.refused).into_iter().zip(taken) {
            match taken {
                Some(answer) => self.taken.push((refused.at, answer)),
                None => self.refused.push(refused),
            }
        }
    }

    /// All events again, for another check.
    pub(crate) fn all(self) -> Vec<(usize, NewEvent)> {
        let refused = self.refused.into_iter().map(|refused| (refused.at, refused.event));
        let mut all: Vec<_> = self.events.into_iter().chain(refused).collect();
        all.sort_by_key(|(at, _)| *at);
        all
    }

    /// The answers to refused events, by position. What breaks a contract is counted.
    pub(crate) fn answers(&mut self, workspace: WorkspaceId, seen: &Seen) -> Vec<(usize, Ingested)> {
        let answer = |Refused { at, event, found }: Refused| {
            seen.violated(workspace, &event.event, &event.who, &found);
            let path = found.first().map(|first| first.path.clone()).unwrap_or_default();
            let why = found.iter().map(|violation| violation.reason.as_str()).collect::<Vec<_>>().join("; ");
            (at, Ingested::AgainstContract { path, why })
        };
        let mut answers = std::mem::take(&mut self.taken);
        answers.extend(std::mem::take(&mut self.refused).into_iter().map(answer));
        answers
    }

    /// Counts what was only reported, for events that are stored now.
    pub(crate) fn report(&self, workspace: WorkspaceId, seen: &Seen, answers: &[Option<Ingested>]) {
        for Reported { at, event, who, found } in &self.reported {
            if matches!(answers.get(*at), Some(Some(Ingested::Accepted { .. }))) {
                seen.violated(workspace, event, who, found);
            }
        }
    }
}

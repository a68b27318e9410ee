//! Contracts of event types, as a node knows them: read with the routes, so that a change counts from the next event on.

use std::collections::HashMap;

use program::{Contract, ContractMode, EventType, Violation, WorkspaceId};
use store::{Ingested, NewEvent, Result, Store};

use crate::seen::Seen;

/// The contracts of a workspace.
#[derive(Debug, Default)]
pub(crate) struct Contracts(HashMap<EventType, Contract>);

/// What contracts say of a call's events.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// The events that go on, each with its place in the call.
    pub(crate) events: Vec<(usize, NewEvent)>,
    /// What stands against a contract in those of them that it only reports.
    reported: Vec<(EventType, Vec<Violation>)>,
    /// The others, with what stands against them.
    refused: Vec<(usize, NewEvent, Vec<Violation>)>,
}

impl Contracts {
    /// All that can be read. A contract that cannot is an operator's concern, and stands in no event's way.
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

    /// Asks the contract of each event's type.
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
                    judged.reported.push((event.event.clone(), found));
                    judged.events.push((at, event));
                }
                ContractMode::Refuse => judged.refused.push((at, event, found)),
            }
        }
        judged
    }
}

impl Judged {
    /// Events that nobody was asked about.
    pub(crate) fn unasked(events: Vec<(usize, NewEvent)>) -> Self {
        Self { events, ..Self::default() }
    }

    pub(crate) fn refuses(&self) -> bool {
        !self.refused.is_empty()
    }

    /// All events again, to be judged anew.
    pub(crate) fn all(self) -> Vec<(usize, NewEvent)> {
        let refused = self.refused.into_iter().map(|(at, event, _)| (at, event));
        let mut all: Vec<_> = self.events.into_iter().chain(refused).collect();
        all.sort_by_key(|(at, _)| *at);
        all
    }

    /// The answers to what is refused, by its place; it is counted.
    pub(crate) fn answers(&mut self, workspace: WorkspaceId, seen: &Seen) -> Vec<(usize, Ingested)> {
        let answer = |(at, event, found): (usize, NewEvent, Vec<Violation>)| {
            seen.violated(workspace, &event.event, &found);
            metrics::counter!("stafette_events_not_stored_total", "why" => "contract").increment(1);
            let path = found.first().map(|first| first.path.clone()).unwrap_or_default();
            let why = found.iter().map(|violation| violation.reason.as_str()).collect::<Vec<_>>().join("; ");
            (at, Ingested::AgainstContract { path, why })
        };
        std::mem::take(&mut self.refused).into_iter().map(answer).collect()
    }

    /// Counts what was only reported; the events are stored.
    pub(crate) fn report(&self, workspace: WorkspaceId, seen: &Seen) {
        for (event, found) in &self.reported {
            seen.violated(workspace, event, found);
        }
    }
}

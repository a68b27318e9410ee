//! Decides which programs an event enters: by its type, and by the filters of the entries.
//!
//! The task of the request evaluates the filters, not the committer. So a slow filter delays nobody else.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use program::{EventType, Facts, Plan, ProgramId, Time, VersionId, WorkspaceId};
use store::{NewEvent, NewToken, Result, Store};

use crate::{
    Clock,
    contracts::{Contracts, Judged},
    guard::guard,
    plans::Plans,
};

/// Which programs an event enters, by one revision. The store refuses a commit with an older revision.
pub(crate) struct Routes {
    pub(crate) revision: i64,
    /// The event types that tokens may wait for.
    awaited: BTreeSet<EventType>,
    /// The contracts of event types.
    pub(crate) contracts: Contracts,
    by_event: HashMap<EventType, Vec<(ProgramId, VersionId, Arc<Plan>)>>,
}

/// Known routes. Cheap to clone; clones share them.
#[derive(Clone)]
pub(crate) struct Router {
    store: Store,
    plans: Plans,
    known: Arc<RwLock<HashMap<WorkspaceId, Arc<Routes>>>>,
}

/// If there are more workspaces than this (test runs included), routes are read again.
const MAX_WORKSPACES: usize = 200;
/// After this many steps of filters a request goes on beside the async workers.
const STEPS_INLINE: u64 = 100_000;

impl Router {
    pub(crate) fn new(store: Store, plans: Plans) -> Self {
        Self { store, plans, known: Arc::default() }
    }

    /// The routes, if they are known.
    pub(crate) fn known(&self, workspace: WorkspaceId) -> Option<Arc<Routes>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&workspace).cloned()
    }

    pub(crate) fn forget(&self, workspace: WorkspaceId) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(&workspace);
    }

    /// The routes, read if they are not known.
    pub(crate) async fn routes(&self, workspace: WorkspaceId) -> Result<Arc<Routes>> {
        if let Some(routes) = self.known(workspace) {
            return Ok(routes);
        }
        let routing = self.store.routing(workspace).await?;
        let contracts = Contracts::read(&self.store, workspace).await?;
        let (revision, awaited) = (routing.revision, routing.awaited);
        let mut routes = Routes { revision, awaited, contracts, by_event: HashMap::new() };
        for route in routing.entries {
            match self.plans.plan(workspace, route.version).await? {
                Ok(plan) => {
                    let entries = routes.by_event.entry(route.event).or_default();
                    if entries.iter().all(|(_, version, _)| *version != route.version) {
                        entries.push((route.program, route.version, plan));
                    }
                }
                Err(error) => tracing::error!(%error, program = %route.program, "a live program cannot be entered"),
            }
        }
        let routes = Arc::new(routes);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_WORKSPACES {
            known.clear();
        }
        known.insert(workspace, routes.clone());
        Ok(routes)
    }
}

impl Router {
    /// Asks the contracts of these events. If the key of a refused event is stored already, the event was decided when
    /// it first came, by the contract of that time. It gets the same answer now.
    pub(crate) async fn judge(
        &self,
        workspace: WorkspaceId,
        routes: Option<Arc<Routes>>,
        events: Vec<(usize, NewEvent)>,
    ) -> Result<(Option<Arc<Routes>>, Judged)> {
        let (routes, mut judged) = self.judge_by_newest(workspace, routes, events).await;
        if judged.refused().any(|event| event.key.is_some()) {
            let taken = self.store.taken_keys(workspace, &judged.refused().collect::<Vec<_>>()).await?;
            judged.spare(taken);
        }
        Ok((routes, judged))
    }

    /// Refused events never reach the store, which would notice outdated routes. So before an event is refused, the
    /// store is asked whether the routes are current.
    async fn judge_by_newest(
        &self,
        workspace: WorkspaceId,
        routes: Option<Arc<Routes>>,
        events: Vec<(usize, NewEvent)>,
    ) -> (Option<Arc<Routes>>, Judged) {
        let Some(known) = routes else { return (None, Judged::unasked(events)) };
        let judged = known.contracts.judge(events);
        if judged.refused().next().is_none() {
            return (Some(known), judged);
        }
        // If the database is away, the known routes count.
        let revision = self.store.routing_revision(workspace).await;
        if revision.map_or(true, |revision| revision == known.revision) {
            return (Some(known), judged);
        }
        self.forget(workspace);
        match self.routes(workspace).await {
            Ok(routes) => {
                let judged = routes.contracts.judge(judged.all());
                (Some(routes), judged)
            }
            Err(_) => (Some(known), judged),
        }
    }
}

impl Routes {
    /// Whether tokens may wait for events of this type, or for any event that changes a contact.
    pub(crate) fn awaits(&self, event: &EventType) -> bool {
        self.awaited.contains(event) || EventType::facts().is_some_and(|facts| self.awaited.contains(facts))
    }

    /// Gives events the tokens that they start. Slow filters run beside the async workers. None if those end.
    pub(crate) async fn decide(
        self: Arc<Self>,
        mut events: Vec<NewEvent>,
        clock: &Clock,
        now: Time,
    ) -> Option<Vec<NewEvent>> {
        let mut steps = 0;
        for at in 0..events.len() {
            if steps > STEPS_INLINE {
                let mut rest = events.split_off(at);
                let clock = clock.clone();
                let decided = tokio::task::spawn_blocking(move || {
                    for event in &mut rest {
                        self.enter(event, &clock, now);
                    }
                    rest
                });
                // Each filter catches its own panics, and nobody aborts the task.
                events.extend(decided.await.ok()?);
                return Some(events);
            }
            steps += self.enter(&mut events[at], clock, now);
        }
        Some(events)
    }

    /// Gives an event its tokens; returns how many steps its filters took.
    fn enter(&self, event: &mut NewEvent, clock: &Clock, now: Time) -> u64 {
        event.tokens.clear();
        event.undecided.clear();
        event.refused.clear();
        let mut facts = None;
        for (program, version, plan) in self.by_event.get(&event.event).into_iter().flatten() {
            for (node, way) in plan.entries(&event.event) {
                let admitted = if way.filter.is_none() {
                    Ok(true)
                } else {
                    // A filter reads the event only. It is copied once, and only if there is a filter.
                    let facts = facts.get_or_insert_with(|| Facts { event: (*event.data).clone(), ..Facts::default() });
                    guard(|| way.admits(facts)).flatten()
                };
                if admitted == Ok(false) {
                    continue;
                }
                let id = clock.uuid().into();
                event.tokens.push(NewToken { id, program: *program, version: *version, node: node.clone() });
                // Asked before the filter's failure is: what is too old to start must not become a dead letter.
                if let Some(reason) = way.max_age.refuses(event.occurred_at, now) {
                    event.refused.push((id, reason));
                } else if let Err(error) = admitted {
                    tracing::debug!(%error, %program, %node, "a filter cannot be decided");
                    event.undecided.push((id, error));
                }
            }
        }
        facts.map_or(0, |facts| Facts::default().budget.left() - facts.budget.left())
    }
}

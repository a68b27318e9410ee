//! The simulator: events in virtual time, over the same step function as the runner's.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
};

use uuid::Uuid;

use crate::{CountFact, End, EventType, Facts, Object, Place, Plan, Run, Time, TokenId, TraceStep};

/// One event of a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct SimEvent {
    /// When it happens, in virtual time.
    pub at: Time,
    /// What happens.
    pub event: EventType,
    /// To whom: any text that tells contacts apart.
    pub contact: String,
    /// What the call says of the contact; attributes stay known from then on.
    pub attributes: Object,
    /// The payload.
    pub data: Object,
}

/// One token's way through the program.
#[derive(Clone, Debug, PartialEq)]
pub struct SimRun {
    /// Whose.
    pub contact: String,
    /// Which of the given events started it.
    pub event: usize,
    /// What happened.
    pub steps: Vec<TraceStep>,
    /// How it ended; `Waiting` where the simulation ended first.
    pub end: End,
}

/// What can fall due; events before tokens at the same instant, both in their order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Event(usize),
    Token(usize),
}

/// Plays the events, in the order of their time, until nothing is due any more or `until` is past. Each token is given
/// its id in the order in which they enter.
pub fn simulate(plan: &Plan, events: &[SimEvent], until: Option<Time>, ids: impl FnMut() -> TokenId) -> Vec<SimRun> {
    simulate_while(plan, events, until, ids, |_| true)
}

/// The same as long as `go_on` says so. It is asked before each event and token, with the number of steps taken so far;
/// what was played until then is given back.
pub fn simulate_while(
    plan: &Plan,
    events: &[SimEvent],
    until: Option<Time>,
    mut ids: impl FnMut() -> TokenId,
    mut go_on: impl FnMut(usize) -> bool,
) -> Vec<SimRun> {
    let mut steps_taken = 0;
    let mut contacts: HashMap<&str, Object> = HashMap::new();
    let mut history: HashMap<(&str, &EventType), BTreeMap<Time, u64>> = HashMap::new();
    let mut entered: HashMap<&str, Time> = HashMap::new();
    let mut runs: Vec<SimRun> = Vec::new();
    let mut tokens: Vec<(TokenId, Place)> = Vec::new();
    let mut due: BinaryHeap<Reverse<(Time, Due)>> =
        events.iter().enumerate().map(|(at, event)| Reverse((event.at, Due::Event(at)))).collect();

    while let Some(Reverse((now, next))) = due.pop() {
        if until.is_some_and(|until| now > until) || !go_on(steps_taken) {
            break;
        }
        match next {
            Due::Event(at) => {
                let event = &events[at];
                contacts.entry(&event.contact).or_default().extend(event.attributes.clone());
                *history.entry((&event.contact, &event.event)).or_default().entry(now).or_default() += 1;
                let facts = Facts { event: event.data.clone(), ..Facts::default() };
                for (node, way) in plan.entries(&event.event) {
                    let place = Place::entry(node.clone());
                    let (place, steps, end) = match way.admits(&facts) {
                        Ok(false) => continue,
                        Ok(true) => {
                            due.push(Reverse((now, Due::Token(runs.len()))));
                            (place, Vec::new(), End::Waiting(now))
                        }
                        Err(error) => {
                            let Run { steps, place, end } = Run::failed(&place, error.into(), now);
                            (place, steps, end)
                        }
                    };
                    tokens.push((ids(), place));
                    runs.push(SimRun { contact: event.contact.clone(), event: at, steps, end });
                }
            }
            Due::Token(at) => {
                let event = &events[runs[at].event];
                let (id, place) = &mut tokens[at];
                let counts = plan.needs(&place.node).counts.iter().map(|fact| {
                    let times = history.get(&(event.contact.as_str(), &fact.event));
                    (fact.clone(), times.map_or(0, |times| count(times, fact, now)))
                });
                let contact = contacts.get(event.contact.as_str()).cloned().unwrap_or_default();
                let before = entered.get(event.contact.as_str()).copied().filter(|_| plan.asks_entered(place));
                let counts = counts.collect();
                let facts = Facts {
                    contact,
                    event: event.data.clone(),
                    counts,
                    entered: before,
                    seed: id.uuid(),
                    ..Facts::default()
                };
                let run = plan.run(place, &facts, now);
                entered.extend(run.entered(plan).map(|time| (event.contact.as_str(), time)));
                let Run { steps, place: next, end } = run;
                if let End::Waiting(until) = end {
                    due.push(Reverse((until, Due::Token(at))));
                }
                steps_taken += steps.len();
                runs[at].steps.extend(steps);
                runs[at].end = end;
                *place = next;
            }
        }
    }
    runs
}

/// Ids for a simulation of tokens that have none: other ones for another seed.
pub fn numbered(seed: Uuid) -> impl FnMut() -> TokenId {
    let mut n = 0_u64;
    move || {
        n += 1;
        TokenId(Uuid::new_v5(&seed, &n.to_be_bytes()))
    }
}

/// Events after `now - within`, up to and including `now`: the same bounds as the store's.
fn count(times: &BTreeMap<Time, u64>, fact: &CountFact, now: Time) -> u64 {
    use std::ops::Bound::{Excluded, Included};
    times.range((Excluded(now - fact.within.delta()), Included(now))).map(|(_, n)| n).sum()
}

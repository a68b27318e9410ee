//! The simulator: events in virtual time, over the same step function as the runner's.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
};

use uuid::Uuid;

use crate::{
    Answer, Awaited, Came, CountFact, End, EventId, EventType, Facts, Object, Place, Plan, Run, Time, TokenId,
    TraceStep,
};

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

/// When something falls due: at one instant, who falls due anew by a step comes after all that were due before, as the
/// runner takes its batches; and whose call was answered comes after all of them. So the answers count first, then the
/// steps.
type When = (Time, u32, u32);

/// A token on its way.
struct Walker {
    id: TokenId,
    place: Place,
    /// When it goes on; what the queue says of another time is over.
    due: Option<When>,
    joined: Object,
    /// What it waits for, if it waits for an event.
    awaited: Option<Awaited>,
    /// How the call ended that it waits for, if it waits for one.
    answer: Option<Answer>,
}

/// The most events that are kept for a token until it is looked at.
pub const MOST_CAME: usize = 100;

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
    let mut tokens: Vec<Walker> = Vec::new();
    let mut waiting: HashMap<(&str, &EventType), Vec<usize>> = HashMap::new();
    let mut due: BinaryHeap<Reverse<(When, Due)>> =
        events.iter().enumerate().map(|(at, event)| Reverse(((event.at, 0, 0), Due::Event(at)))).collect();

    while let Some(Reverse((when, next))) = due.pop() {
        let now = when.0;
        if until.is_some_and(|until| now > until) || !go_on(steps_taken) {
            break;
        }
        match next {
            Due::Event(at) => {
                let event = &events[at];
                contacts.entry(&event.contact).or_default().extend(event.attributes.clone());
                *history.entry((&event.contact, &event.event)).or_default().entry(now).or_default() += 1;
                for at_token in waiting.get(&(event.contact.as_str(), &event.event)).into_iter().flatten() {
                    let token = &mut tokens[*at_token];
                    let Some(awaited) = &mut token.awaited else { continue };
                    if awaited.events.len() < MOST_CAME {
                        awaited.events.push(Came { id: numbered_event(at), data: event.data.clone() });
                        token.due = Some(when);
                        due.push(Reverse((when, Due::Token(*at_token))));
                    }
                }
                for at_token in watching(&waiting, &event.contact) {
                    tokens[*at_token].due = Some(when);
                    due.push(Reverse((when, Due::Token(*at_token))));
                }
                let facts = Facts { event: event.data.clone(), ..Facts::default() };
                for (node, way) in plan.entries(&event.event) {
                    let place = Place::entry(node.clone());
                    let (place, steps, end) = match way.admits(&facts) {
                        Ok(false) => continue,
                        Ok(true) => {
                            due.push(Reverse((when, Due::Token(runs.len()))));
                            (place, Vec::new(), End::Waiting(now))
                        }
                        Err(error) => {
                            let Run { steps, place, end } = Run::failed(&place, error, now);
                            (place, steps, end)
                        }
                    };
                    let due = matches!(end, End::Waiting(_)).then_some(when);
                    tokens.push(Walker { id: ids(), place, due, joined: Object::new(), awaited: None, answer: None });
                    runs.push(SimRun { contact: event.contact.clone(), event: at, steps, end });
                }
            }
            Due::Token(at) => {
                let event = &events[runs[at].event];
                let contact = event.contact.as_str();
                let token = &mut tokens[at];
                if token.due != Some(when) {
                    continue;
                }
                let place = &token.place;
                if let Some(awaits) = plan.awaits(place)
                    && let Some(waiting) = waiting.get_mut(&(contact, awaits))
                {
                    waiting.retain(|waiting| *waiting != at);
                }
                let counts = plan.needs(&place.node).counts.iter().map(|fact| {
                    let times = history.get(&(contact, &fact.event));
                    (fact.clone(), times.map_or(0, |times| count(times, fact, now)))
                });
                let counts = counts.collect();
                let before = entered.get(contact).copied().filter(|_| plan.asks_entered(place));
                let mut facts = Facts {
                    contact: contacts.get(contact).cloned().unwrap_or_default(),
                    event: event.data.clone(),
                    joined: std::mem::take(&mut token.joined),
                    awaited: token.awaited.take(),
                    counts,
                    entered: before,
                    answer: token.answer.take(),
                    seed: token.id.uuid(),
                    ..Facts::default()
                };
                let run = plan.run(place, &mut facts, now);
                entered.extend(run.entered(plan).map(|time| (contact, time)));
                let known = contacts.entry(contact).or_default();
                let edited = !run.edited().is_empty();
                for name in run.edited() {
                    match facts.contact.get(name) {
                        Some(value) => drop(known.insert(name.to_owned(), value.clone())),
                        None => drop(known.shift_remove(name)),
                    }
                }
                let Run { steps, place: next, end } = run;
                token.joined = facts.joined;
                // Nobody is called, and every call counts as answered at once.
                token.answer = matches!(end, End::AwaitsAnswer(_)).then_some(Answer::Taken { status: 200 });
                token.due = match end {
                    End::Waiting(until) if until <= now => Some((now, when.1, when.2 + 1)),
                    End::Waiting(until) => Some((until, 0, 0)),
                    End::AwaitsAnswer(_) => Some((now, when.1 + 1, 0)),
                    End::Finished | End::Failed(_) => None,
                };
                due.extend(token.due.map(|when| Reverse((when, Due::Token(at)))));
                let resting = plan.awaits(&next);
                token.place = next;
                if let (End::Waiting(until), Some(awaits)) = (&end, resting) {
                    token.awaited = Some(Awaited { until: *until, events: Vec::new() });
                    waiting.entry((contact, awaits)).or_default().push(at);
                }
                if edited {
                    // They look again once all have gone on that were due by now.
                    let again = (now, when.1, when.2 + 1);
                    for other in watching(&waiting, contact).filter(|other| **other != at) {
                        // Who looks before that anyway does not look later.
                        if tokens[*other].due.is_none_or(|due| due > again) {
                            tokens[*other].due = Some(again);
                            due.push(Reverse((again, Due::Token(*other))));
                        }
                    }
                }
                steps_taken += steps.len();
                runs[at].steps.extend(steps);
                runs[at].end = end;
            }
        }
    }
    runs
}

/// The tokens of a contact that wait for a condition.
fn watching<'a>(
    waiting: &'a HashMap<(&'a str, &'a EventType), Vec<usize>>,
    contact: &'a str,
) -> impl Iterator<Item = &'a usize> {
    EventType::facts().and_then(|facts| waiting.get(&(contact, facts))).into_iter().flatten()
}

/// The id that an event of a simulation has, by its place among those that are played.
pub fn numbered_event(at: usize) -> EventId {
    EventId(Uuid::from_u128(at as u128))
}

/// Ids for a simulation of tokens that have none: other ones for another seed.
pub fn numbered(seed: Uuid) -> impl FnMut() -> TokenId {
    let mut n = 0_u64;
    move || {
        n += 1;
        TokenId(Uuid::new_v5(&seed, &n.to_be_bytes()))
    }
}

/// Events after `now - within`, as the store counts them; those behind `now` have not happened yet here.
fn count(times: &BTreeMap<Time, u64>, fact: &CountFact, now: Time) -> u64 {
    use std::ops::Bound::{Excluded, Included};
    times.range((Excluded(now - fact.within.delta()), Included(now))).map(|(_, n)| n).sum()
}

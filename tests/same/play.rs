//! Programs that a running system carries, all at once.

use std::collections::HashMap;

use program::{Effect, EventId, SimEvent, numbered_event};
use runner::Incoming;
use store::{Ingested, Who};
use tokio::task::JoinSet;

use super::{Played, calls, case::Case};
use crate::{
    load::Chance,
    random,
    world::{WORKSPACE, World},
};

/// So many tokens at most in a batch: all that are due at an instant, because that is what the simulator has.
const BATCH: u32 = 20_000;
/// The same of one of several advancers.
const SMALL: u64 = 12;
/// The most events of one call.
const CALL: usize = 400;

pub(super) fn incoming(world: &World, event: &SimEvent) -> Incoming {
    let mut attributes = event.attributes.clone();
    let email = attributes.remove("email").and_then(|email| email.as_str().map(String::from));
    Incoming {
        who: Who { email, external_id: None },
        attributes,
        opt_in: None,
        event: event.event.clone(),
        data: event.data.clone().into(),
        occurred_at: Some(world.clock.now()),
        key: None,
        attachments: Vec::new(),
    }
}

/// Takes the events of all programs in that come now, each program's in their order, in calls of any size; gives the
/// answers with the program that each belongs to.
pub(super) async fn take(world: &World, now: &[(usize, &SimEvent)], chance: &mut Chance) -> Vec<(usize, Ingested)> {
    let mut answers = Vec::with_capacity(now.len());
    let mut left = now;
    while !left.is_empty() {
        let size = usize::try_from(chance.below(CALL as u64)).unwrap() + 1;
        let (call, rest) = left.split_at(size.min(left.len()));
        let events = call.iter().map(|(_, event)| incoming(world, event)).collect();
        let taken = world.engine.ingest.submit(WORKSPACE, events).await.unwrap();
        answers.extend(call.iter().map(|(case, _)| *case).zip(taken));
        left = rest;
    }
    answers
}

/// The events of all programs in the order of time; at the same instant the programs take turns.
pub(super) fn merged(histories: &[Vec<SimEvent>]) -> Vec<(usize, &SimEvent)> {
    let all = histories.iter().enumerate().flat_map(|(case, events)| {
        events.iter().enumerate().map(move |(place, event)| ((event.at, place, case), (case, event)))
    });
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(key, _)| *key);
    all.into_iter().map(|(_, event)| event).collect()
}

/// Moves all that is due, by so many advancers.
async fn advance(world: &World, advancers: usize, chance: &mut Chance) {
    loop {
        let mut others = JoinSet::new();
        for _ in 1..advancers {
            let (advancer, batch) = (world.engine.advancer.clone(), 1 + chance.below(SMALL));
            others.spawn(async move {
                while advancer.advance_once(u32::try_from(batch).unwrap()).await.unwrap().tokens > 0 {}
            });
        }
        let batch = if advancers > 1 { u32::try_from(SMALL).unwrap() } else { BATCH };
        while world.engine.advancer.advance_once(batch).await.unwrap().tokens > 0 {}
        let beside = others.len();
        others.join_all().await;
        // What one found taken may be there again, by a step of who took it.
        let left = if beside > 0 { world.engine.advancer.advance_once(BATCH).await.unwrap().tokens } else { 0 };
        if left == 0 && world.answer_calls(calls::end).await == 0 {
            return;
        }
    }
}

pub(super) async fn run(world: &World, cases: &[Case], advancers: usize) -> Vec<Played> {
    let mut now = random::epoch();
    world.hands.set(now);
    for case in cases {
        world.publish(&case.program).await;
    }
    let histories: Vec<_> = cases.iter().map(Case::live).collect();
    let events = merged(&histories);
    let mut left = &events[..];
    let mut chance = Chance::new();
    let mut tokens: Vec<Vec<_>> = vec![Vec::new(); cases.len()];
    // The simulator knows events by their place.
    let mut places: HashMap<EventId, EventId> = HashMap::new();
    let mut taken = vec![0; cases.len()];
    loop {
        let due = world.store.next_due(now).await.unwrap();
        let Some(next) = due.into_iter().chain(left.first().map(|(_, event)| event.at)).min() else { break };
        now = next;
        world.hands.set(now);
        let (come, rest) = left.split_at(left.partition_point(|(_, event)| event.at <= now));
        left = rest;
        for (case, answer) in take(world, come, &mut chance).await {
            let Ingested::Accepted { event, tokens: started, .. } = answer else { panic!("{answer:?}") };
            places.insert(event, numbered_event(taken[case]));
            taken[case] += 1;
            tokens[case].extend(started);
        }
        advance(world, advancers, &mut chance).await;
    }
    let mut played = Vec::with_capacity(cases.len());
    for tokens in tokens {
        let mut runs = Played::new();
        for token in tokens {
            let mut trace = world.trace(token).await;
            for effect in trace.iter_mut().flat_map(|step| &mut step.effects) {
                if let Effect::JoinEvent { event, .. } = effect {
                    *event = places[event];
                }
            }
            runs.push((token, trace));
        }
        played.push(runs);
    }
    played
}

//! The simulator and the runner agree: random programs, random histories, both databases.
//!
//! `STAFETTE_CASES` says how many programs are tried on each database; 60 by default.

use std::{cell::Cell, collections::HashMap};

use program::{Effect, EventId, Plan, Program, ProgramName, SimEvent, Stream, TokenId, numbered_event, simulate};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use store::Ingested;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::{
    random::{self, STREAMS},
    world::{Place, World},
};

#[test]
fn on_sqlite() {
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(async { World::new(Place::sqlite().await, random::epoch()).await });
    agree(&runtime, world);
}

#[test]
fn on_postgres() {
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(async { World::new(Place::postgres("same").await, random::epoch()).await });
    agree(&runtime, world);
}

fn agree(runtime: &Runtime, world: World) {
    runtime.block_on(async {
        for name in STREAMS {
            world.stream(&stream(name)).await;
        }
    });
    let cases = std::env::var("STAFETTE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let mut tries = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    // All cases share one database; contacts and programs are told apart by the number of the case.
    let case = Cell::new(0);
    let result = tries.run(&(random::program(), random::history(8)), |(mut program, mut events)| {
        let number = case.replace(case.get() + 1);
        program.name = ProgramName::new(&format!("random-{number}")).unwrap();
        for event in &mut events {
            event.contact = format!("{number}-{}", event.contact);
            event.attributes.insert("email".into(), event.contact.clone().into());
        }
        let (tokens, run): (Vec<_>, Vec<_>) = runtime.block_on(play(&world, &program, &events)).into_iter().unzip();
        // Chance goes by the tokens' ids.
        let mut ids = tokens.into_iter().chain(std::iter::repeat(TokenId(Uuid::nil())));
        let simulated = simulate(&Plan::new(program.clone()).unwrap(), &events, None, || ids.next().unwrap());
        let simulated: Vec<_> = simulated.into_iter().map(|run| run.steps).collect();
        let text = |runs: &[Vec<program::TraceStep>]| {
            runs.iter().flatten().map(|step| format!("{step}\n")).collect::<String>()
        };
        if run == simulated {
            return Ok(());
        }
        let (yaml, simulated, run) = (program.to_yaml(), text(&simulated), text(&run));
        Err(TestCaseError::fail(format!("{yaml}\n{events:#?}\nsimulated\n{simulated}\nrun\n{run}")))
    });
    runtime.block_on(world.end());
    result.unwrap();
}

/// The tokens of a running system with the traces that they leave, in the order in which they were made.
async fn play(world: &World, program: &Program, events: &[SimEvent]) -> Vec<(TokenId, Vec<program::TraceStep>)> {
    // Every case begins at the same time as the simulation, whatever the one before did to the clock.
    let mut now = random::epoch();
    world.hands.set(now);
    world.publish(program).await;
    let mut tokens = Vec::new();
    // The simulator knows events by their place.
    let mut places: HashMap<EventId, EventId> = HashMap::new();
    let mut events = events.iter().peekable();
    loop {
        let due = world.store.next_due(now).await.unwrap();
        let Some(next) = due.into_iter().chain(events.peek().map(|event| event.at)).min() else { break };
        now = next;
        world.hands.set(now);
        while let Some(event) = events.next_if(|event| event.at == now) {
            match world.event(event.event.as_str(), &event.attributes, &event.data).await {
                Ingested::Accepted { event, tokens: started, .. } => {
                    places.insert(event, numbered_event(places.len()));
                    tokens.extend(started);
                }
                other => panic!("{other:?}"),
            }
        }
        world.advance().await;
    }
    world.finish(program).await;
    let mut traces = Vec::new();
    for token in tokens {
        let mut trace = world.trace(token).await;
        for effect in trace.iter_mut().flat_map(|step| &mut step.effects) {
            if let Effect::JoinEvent { event, .. } = effect {
                *event = places[event];
            }
        }
        traces.push((token, trace));
    }
    traces
}

fn stream(name: &str) -> Stream {
    let text = format!(
        "stafette: 1\nname: {name}\ntitle: {name}\nclass: operational\nfrom: {{ email: shop@example.test }}\n\
         subject: Hello\nhtml: <p>Hello</p>\ntext: Hello\n"
    );
    Stream::parse(&text).unwrap()
}

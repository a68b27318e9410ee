//! The simulator, the runner and the dry run agree: random programs, random histories, both databases.
//!
//! Many programs play in one database at once, in any order: the events of one instant come in calls of any size, and a
//! batch of tokens is of all of them. They are told apart by their contacts and event types, so each must do what it does
//! alone. Where tokens have no part in each other's fate, several advancers carry them side by side, in batches of any
//! size. Some calls are refused, and some are never answered.
//!
//! `STAFETTE_CASES` says how many programs are tried on each database, 500 by default.

use program::{TokenId, TraceStep};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::{
    load::number,
    random,
    world::{Place, World},
};

mod calls;
mod case;
mod dry;
mod play;

use case::Case;

/// Programs that share a database.
const PACK: usize = 500;
/// Side by side, where the order does not matter.
const ADVANCERS: usize = 4;
/// How often a failing program is made smaller.
const SHRINKS: usize = 60;

#[test]
fn on_sqlite() {
    agree(|| async { World::new(Place::sqlite().await, random::epoch()).await });
}

#[test]
fn on_postgres() {
    agree(|| async { World::new(Place::postgres("same").await, random::epoch()).await });
}

/// A program, a history, and whether what is known of the contacts stays as it is.
fn any_case() -> impl Strategy<Value = Case> {
    (random::program(), random::history(8), any::<bool>()).prop_map(|(program, events, constant)| Case {
        number: 0,
        program,
        events,
        constant,
    })
}

fn agree<F: Future<Output = World>>(world: impl Fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let mut chance = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let (all, mut tried) = (number("STAFETTE_CASES", PACK), 0);
    while tried < all {
        let pack = PACK.min(all - tried);
        let trees: Vec<_> = (0..pack).map(|_| any_case().new_tree(&mut chance).unwrap()).collect();
        let cases: Vec<_> = trees.iter().zip(tried..).map(|(tree, n)| tree.current().numbered(n)).collect();
        if let Some((at, why)) = differs(&runtime, &world, &cases) {
            let smaller = smallest(trees.into_iter().nth(at).unwrap(), |case| differs(&runtime, &world, &[case]));
            panic!("{}", smaller.unwrap_or(format!("only beside others:\n{}\n{why}", cases[at])));
        }
        tried += pack;
        eprintln!("{tried} programs");
    }
}

/// The smallest case that still fails, and how.
fn smallest(mut tree: impl ValueTree<Value = Case>, fails: impl Fn(Case) -> Option<(usize, String)>) -> Option<String> {
    let failure = |case: Case| fails(case.clone()).map(|(_, why)| format!("{case}\n{why}"));
    let mut found = failure(tree.current().numbered(0))?;
    let mut smaller = tree.simplify();
    for _ in 0..SHRINKS {
        if !smaller {
            break;
        }
        smaller = match failure(tree.current().numbered(0)) {
            Some(failure) => {
                found = failure;
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    Some(found)
}

/// Plays all of them in one world. The first one that is not everywhere the same, and how.
fn differs<F: Future<Output = World>>(
    runtime: &Runtime,
    world: &impl Fn() -> F,
    cases: &[Case],
) -> Option<(usize, String)> {
    let (any_order, one_order): (Vec<_>, Vec<_>) = (0..cases.len()).partition(|at| cases[*at].is_in_any_order());
    eprintln!("{} of {} programs in any order", any_order.len(), cases.len());
    [(one_order, 1), (any_order, ADVANCERS)].into_iter().find_map(|(places, advancers)| {
        let some: Vec<_> = places.iter().map(|at| cases[*at].clone()).collect();
        let (at, why) = runtime.block_on(async { some_differ(world().await, &some, advancers).await })?;
        Some((places[at], why))
    })
}

async fn some_differ(world: World, cases: &[Case], advancers: usize) -> Option<(usize, String)> {
    for name in random::STREAMS {
        world.stream(&case::stream(name)).await;
    }
    // First, because ids grow with the clock, and a dry run reads events by their ids.
    let dry = dry::run(&world, cases).await;
    let run = play::run(&world, cases, advancers).await;
    world.end().await;
    cases.iter().zip(run).zip(dry).enumerate().find_map(|(at, ((case, run), dry))| {
        let why = not_as_simulated(case, &run).or_else(|| dry.differs(case, &run));
        why.map(|why| (at, why))
    })
}

/// The tokens of a running system with the traces that they leave, in the order in which they were made.
type Played = Vec<(TokenId, Vec<TraceStep>)>;

fn not_as_simulated(case: &Case, run: &Played) -> Option<String> {
    let mut ids = run.iter().map(|(token, _)| *token).chain(std::iter::repeat(TokenId(Uuid::nil())));
    let simulated = case.simulated(|| ids.next().unwrap());
    let simulated: Vec<_> = simulated.into_iter().map(|run| run.steps).collect();
    if run.iter().map(|(_, steps)| steps).eq(&simulated) {
        return None;
    }
    let text = |steps: &mut dyn Iterator<Item = &TraceStep>| steps.map(|step| format!("{step}\n")).collect::<String>();
    let simulated = text(&mut simulated.iter().flatten());
    let run = text(&mut run.iter().flat_map(|(_, steps)| steps));
    Some(format!("simulated\n{simulated}\nrun\n{run}"))
}

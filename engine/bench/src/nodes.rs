//! `bench nodes`: two nodes on one PostgreSQL beside one, and whether any token was moved twice.

use std::time::Duration;

use runner::{Advancer, Config, Engine};
use store::{Beat, Options, Store};
use tokio::{runtime::Runtime, task::JoinSet};

use crate::{
    Bench, BenchError, advance,
    measure::{Figure, figure, median, middle},
    report::Report,
    seed::Bed,
};

/// Nodes, and transactions that each runs side by side. A node with one leaves the database time to breathe.
const CASES: [(usize, usize); 4] = [(1, 1), (2, 1), (1, 2), (2, 2)];

/// As much of a node as moves tokens. Its runtime and its pool are its own, as if it were a process of its own.
struct Node {
    runtime: Runtime,
    store: Store,
    advancer: Advancer,
}

impl Node {
    async fn start(bed: &Bed) -> Result<Self, BenchError> {
        // A pool connects when it is asked to, and then on the runtime of who asks.
        let (runtime, store) = (Runtime::new()?, Store::open(Options::new(&bed.url)).await?);
        let deps = runner::Deps { store: store.clone(), ..bed.deps(mail::Transport::inbox(), Config::default()) };
        Ok(Self { runtime, store, advancer: Engine::new(deps).advancer })
    }

    /// Says that it lives, and what is its own of what is due.
    async fn share(&self, name: &str, bed: &Bed) -> Result<(), BenchError> {
        let (ttl, every) = (Duration::from_secs(600), Duration::from_secs(200));
        let beat = Beat { ttl, every, advances: true, dispatches: true };
        Ok(self.store.beat(name, bed.clock.now(), beat).await?)
    }

    async fn stop(self) {
        self.store.close().await;
        self.runtime.shutdown_background();
    }
}

/// Measures each case in turn.
pub(crate) async fn run(options: &Bench, bed: &Bed, report: &mut Report) -> Result<(), BenchError> {
    if bed.store.dialect() == store::Dialect::Sqlite {
        return Err("on SQLite one process owns the file: give --database-url postgres://…".into());
    }
    let nodes = [Node::start(bed).await?, Node::start(bed).await?];
    let mut rounds: [Vec<Figure>; 4] = Default::default();
    for round in 0..options.rounds {
        for turn in 0..CASES.len() {
            // Back and forth: what a case wrote is still being vacuumed when the next one runs.
            let at = if round % 2 == 0 { turn } else { CASES.len() - 1 - turn };
            let (count, committers) = CASES[at];
            rounds[at].push(case(options, bed, &nodes[..count], committers).await?);
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    let ratio = |a: usize, b: usize, rate: fn(&Figure) -> f64| {
        middle(rounds[a].iter().zip(&rounds[b]).map(|(a, b)| rate(a) / rate(b)).collect())
    };
    for (a, b, each) in [(1, 0, "one transaction each"), (3, 2, "two transactions each")] {
        report.ratio(&format!("two nodes : one, {each}, wall"), ratio(a, b, |f| f.per_second));
        report.ratio(&format!("two nodes : one, {each}, per CPU-second"), ratio(a, b, |f| f.per_cpu_second));
        for (at, nodes) in [(b, "one node"), (a, "two nodes")] {
            let busy = middle(rounds[at].iter().map(|figure| busy(figure, cores)).collect());
            report.ratio(&format!("share of all cores that {nodes} used with PostgreSQL, {each}"), busy);
        }
    }
    report.note("no token was claimed twice: each round's claims add up to its tokens, and so do the runs that ended");
    for ((nodes, committers), rounds) in CASES.into_iter().zip(rounds) {
        report.figure(&format!("{nodes} node(s) of {committers} transaction(s)"), median(rounds));
    }
    for node in nodes {
        node.stop().await;
    }
    Ok(())
}

/// One round, counted.
async fn case(options: &Bench, bed: &Bed, nodes: &[Node], committers: usize) -> Result<Figure, BenchError> {
    let names: Vec<_> = (0..nodes.len()).map(|n| format!("node {n}")).collect();
    for name in ["node 0", "node 1"] {
        bed.store.leave(name).await?;
    }
    // Each twice: the first to speak has not heard of the other.
    for (node, name) in nodes.iter().zip(&names).chain(nodes.iter().zip(&names)) {
        node.share(name, bed).await?;
    }
    let before = bed.ended().await?;
    bed.seed(options.n, bed.clock.now()).await?;
    let figure = figure(work(nodes, committers)).await?;
    let ended = bed.ended().await? - before;
    if figure.n != options.n || ended != options.n as u64 {
        let n = options.n;
        return Err(format!("of {n} tokens {} were claimed and {ended} runs ended: some moved twice", figure.n).into());
    }
    Ok(figure)
}

async fn work(nodes: &[Node], committers: usize) -> Result<(usize, Vec<Duration>), BenchError> {
    let mut tasks = JoinSet::new();
    for node in nodes {
        for _ in 0..committers {
            tasks.spawn_on(advance::work_off(node.advancer.clone(), advance::BATCH), node.runtime.handle());
        }
    }
    advance::join(tasks).await
}

/// How much of the machine's processor time was used.
fn busy(figure: &Figure, cores: f64) -> f64 {
    figure.cpu_seconds / figure.seconds / cores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_two_cores_is_one() {
        assert_eq!(busy(&Figure::new(1, Duration::from_secs(3), 6.0, Vec::new()), 2.0), 1.0);
    }
}

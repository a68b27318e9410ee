//! apalis-postgres: tasks that do nothing. Usage: apalis-peer batched|default N. The database is in STAFETTE_TEST_POSTGRES.

use std::{
    env, process,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use apalis::prelude::*;
use apalis_postgres::{Config, PgPool, PostgresStorage};
use futures::stream;
use serde_json::json;

/// Tasks that ran.
static DONE: AtomicUsize = AtomicUsize::new(0);

async fn nothing(_at: usize) -> Result<(), BoxDynError> {
    DONE.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), BoxDynError> {
    let mode = env::args().nth(1).ok_or("batched or default?")?;
    let n: usize = env::args().nth(2).ok_or("how many?")?.parse()?;
    let pool = PgPool::connect(&env::var("STAFETTE_TEST_POSTGRES")?).await?;
    PostgresStorage::setup(&pool).await?;
    let config = if mode == "batched" { Config::default().batch_size(500) } else { Config::default() };
    let mut storage = PostgresStorage::new(&pool).with_config(config.queue("nothing"));
    let begun = Instant::now();
    storage.push_stream(&mut stream::iter(0..n)).await?;
    let enqueued = begun.elapsed();
    // What is due this very second is not fetched yet.
    tokio::time::sleep(Duration::from_millis(1100)).await;

    let begun = Instant::now();
    tokio::spawn(WorkerBuilder::new("peer").backend(storage).build(nothing).run());
    // A task counts when it is marked as done, not when it ran.
    const LEFT: &str = "SELECT EXISTS (SELECT FROM apalis.jobs WHERE status <> 'Done')";
    while DONE.load(Ordering::Relaxed) < n || sqlx::query_scalar(LEFT).fetch_one(&pool).await? {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let (per_second, enqueued) = (n as f64 / seconds, n as f64 / enqueued.as_secs_f64());
    let figure = json!({ "peer": "apalis-postgres", "mode": mode, "n": n, "seconds": seconds,
        "per_second": per_second, "enqueued_per_second": enqueued });
    println!("{figure}");
    // The worker has nothing to hand back.
    process::exit(0);
}

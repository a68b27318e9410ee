//! Which rows a claim reads while other claims are open. The database counts them; nothing is timed.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};

use super::*;
use crate::{
    Dialect, Options, Store,
    db::{Db, Kind},
};

/// Claims that are open.
const OTHERS: usize = 32;
const LIMIT: u32 = 250;
const NOW: i64 = 1_000_000;

/// A database with so many due tokens and queued messages, fifty due at a time.
struct Place {
    admin: PgConnection,
    name: String,
    url: String,
}

impl Place {
    async fn new(what: &str, rows: usize) -> Self {
        let server = std::env::var("STAFETTE_TEST_POSTGRES").expect("run scripts/test, which starts a PostgreSQL");
        let name = format!("claims_{what}_{}", std::process::id());
        let mut admin = PgConnection::connect(&server).await.unwrap();
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let (front, query) = server.split_once('?').unwrap_or((&server, ""));
        let url = format!("{}/{name}?{query}", front.rsplit_once('/').unwrap().0);
        let place = Self { admin, name, url };
        let store = place.open().await;
        let id = "gen_random_uuid()";
        let fill = format!(
            "INSERT INTO token (workspace, id, program, version, contact, event, node, phase, seq, state, due_at, attempts, created_at, updated_at) \
             SELECT {id}, {id}, {id}, {id}, {id}, {id}, 'n', 'arrived', 0, 'ready', n / 50, 0, 0, 0 FROM generate_series(1, {rows}) AS n; \
             INSERT INTO message (workspace, id, token, seq, program, version, node, stream, stream_version, class, contact, event, recipient, \
             message_id, purpose, state, due_at, queued_at) \
             SELECT {id}, {id}, {id}, 1, {id}, {id}, 'n', 's', {id}, 'operational', {id}, {id}, 'r', 'm', '\"opt_in\"', 'queued', n / 50, 0 \
             FROM generate_series(1, {rows}) AS n; ANALYZE;"
        );
        let Kind::Postgres { pool, .. } = &store.db.kind else { panic!("this is not PostgreSQL") };
        sqlx::raw_sql(AssertSqlSafe(fill)).execute(pool).await.unwrap();
        store.close().await;
        place
    }

    async fn open(&self) -> Store {
        Store::open(Options { connections: 40, ..Options::new(&self.url) }).await.unwrap()
    }

    async fn remove(mut self) {
        self.admin.execute(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name))).await.unwrap();
    }
}

fn now() -> Time {
    Time::UNIX_EPOCH + std::time::Duration::from_millis(NOW.unsigned_abs())
}

/// The first parameters of a lease.
fn lease_args() -> Args {
    Args::new().text("operational".to_owned()).time(now()).text("node".to_owned()).time(now())
}

/// How many rows of a table a statement read at most, and how many it took.
async fn visited(db: &Db, statement: &'static Statement, args: Args, table: &str) -> (f64, f64) {
    let Kind::Postgres { pool, .. } = &db.kind else { panic!("this is not PostgreSQL") };
    let text = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {}", statement.text(Dialect::Postgres));
    let mut tx = pool.begin().await.unwrap();
    let row = sqlx::query_with(AssertSqlSafe(text), args.postgres().unwrap()).fetch_one(&mut *tx).await.unwrap();
    tx.rollback().await.unwrap();
    let plan: Value = serde_json::from_str(row.try_get_unchecked::<&str, _>(0).unwrap()).unwrap();
    let (mut open, mut came_by, mut taken) = (vec![&plan[0]["Plan"]], 0.0, None);
    while let Some(node) = open.pop() {
        let below = node["Plans"].as_array().into_iter().flatten();
        open.extend(below);
        let number = |name: &str| node[name].as_f64().unwrap_or_default();
        let loops = number("Actual Loops");
        // The plan gives the mean of all loops, rounded.
        let rows = |name: &str| loops * (number(name) + if loops > 1.0 { 0.5 } else { 0.0 });
        if node["Relation Name"] == table && node["Index Name"] == format!("{table}_bucket") {
            came_by += rows("Actual Rows");
            // Only locked rows may be filtered out.
            assert_eq!(number("Rows Removed by Filter"), 0.0, "{plan:#}");
        }
        assert!(node["Node Type"] != "Seq Scan" || node["Relation Name"] != table, "{plan:#}");
        if node["Node Type"] == "Limit" && loops <= 1.0 && taken.is_none() {
            taken = Some(number("Actual Rows"));
        }
    }
    assert!(came_by > 0.0, "{plan:#}");
    (came_by, taken.unwrap_or_else(|| panic!("{plan:#}")))
}

async fn token_claim(store: &Store) -> (f64, f64) {
    let look = store.dues.tokens.look(now());
    let args = look.args(Args::new().time(now()).int(i64::from(LIMIT)), Dialect::Postgres);
    let seen = visited(&store.db, &sql::token_claim, args, "token").await;
    drop(store.dues.tokens.ended(&look, now(), &Found::default()));
    seen
}

async fn message_lease(store: &Store) -> (f64, f64) {
    let due = &store.dues.messages[program::StreamClass::Operational];
    let look = due.look(now());
    let args = look.args(lease_args().int(i64::from(LIMIT)), Dialect::Postgres);
    let seen = visited(&store.db, &sql::message_lease, args, "message").await;
    drop(due.ended(&look, now(), &Found::default()));
    seen
}

fn is_lean((came_by, taken): (f64, f64), expected: f64) {
    assert_eq!(taken, expected, "so many are left for a claim");
    assert!(came_by <= 3.0 * taken, "a claim of {taken} rows came by {came_by}");
}

async fn claims_beside(what: &str, rows: usize, left: f64) {
    let place = Place::new(what, rows).await;
    let store = place.open().await;
    is_lean(token_claim(&store).await, f64::from(LIMIT));
    let mut open = Vec::new();
    for _ in 0..OTHERS {
        let claim = store.claim(now(), LIMIT).await.unwrap();
        assert_eq!(claim.tokens().len() + claim.corrupt().len(), LIMIT as usize);
        open.push(claim);
    }
    is_lean(token_claim(&store).await, left);
    drop(open);

    let mut leases = Vec::new();
    for _ in 0..OTHERS {
        let mut tx = store.db.begin().await.unwrap();
        let due = &store.dues.messages[program::StreamClass::Operational];
        let (taken, in_use) = messages(&mut tx, due, now(), (lease_args(), LIMIT)).await.unwrap();
        assert_eq!(taken.len(), LIMIT as usize);
        leases.push((tx, in_use));
    }
    is_lean(message_lease(&store).await, left);
    drop(leases);
    store.close().await;
    place.remove().await;
}

#[tokio::test]
async fn a_claim_comes_by_few_rows_of_others() {
    claims_beside("deep", 40_000, f64::from(LIMIT)).await;
}

#[tokio::test]
async fn a_claim_of_the_last_rows_comes_by_few_of_others() {
    // A hundred are left.
    claims_beside("last", OTHERS * LIMIT as usize + 100, 100.0).await;
}

#[tokio::test]
async fn nodes_claim_beside_each_other() {
    let place = Place::new("nodes", 40_000).await;
    let stores = [place.open().await, place.open().await];
    for _ in 0..2 {
        for (store, node) in stores.iter().zip(["one", "other"]) {
            let beat = crate::Beat {
                ttl: std::time::Duration::from_secs(6),
                every: std::time::Duration::from_secs(2),
                advances: true,
                dispatches: true,
            };
            store.beat(node, now(), beat).await.unwrap();
        }
    }
    let mut open = Vec::new();
    for n in 0..OTHERS - 2 {
        // Every sixteenth claim of a node goes through all buckets alike.
        open.push(stores[n % 2].claim(now(), LIMIT).await.unwrap());
    }
    for store in &stores {
        is_lean(token_claim(store).await, f64::from(LIMIT));
    }
    drop(open);
    for store in stores {
        store.close().await;
    }
    place.remove().await;
}

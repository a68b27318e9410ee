//! What is true of all statements.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, postgres::PgConnectOptions};

use super::*;
use crate::{Migrate, Options, Pooling, Store, db::Kind};

/// Statements on given rows must look each row up, not read the table for it.
#[tokio::test]
async fn sqlite_reads_no_table_for_given_rows() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Options::new(format!("sqlite:{}/plans.db", folder.path().display()))).await.unwrap();
    let Kind::Sqlite { writer, .. } = &store.db.kind else { panic!("this is not SQLite") };
    let mut bad = BTreeMap::new();
    for statement in all() {
        let text = statement.text(Dialect::Sqlite);
        if !text.contains("jsonb_each") {
            continue;
        }
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
        let rows = sqlx::query(explain).fetch_all(writer).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        // What a statement made itself is not a table.
        let made: Vec<_> = plan.iter().filter_map(|line| line.strip_prefix("CO-ROUTINE ")).collect();
        let own = |line: &str| line.strip_prefix("SCAN ").is_some_and(|name| name == "w" || made.contains(&name));
        let scans = |line: &&String| line.starts_with("SCAN") && !line.contains("jsonb_each") && !own(line);
        let partial = |line: &&String| line.ends_with("(workspace=?)");
        if plan.iter().any(|line| scans(&line) || partial(&line)) {
            bad.insert(statement.name, plan);
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}

/// Exempt: rare statements, and tables with few rows per workspace. Their SQL is not worth bending.
const EXEMPT: [&str; 7] = [
    "message_by_id",
    "stream_head",
    "test_run_contact",
    "test_run_stream",
    "test_run_stream_version",
    "token_hold",
    "token_park",
];

/// Checks the generic plans that are made while tables are empty: those are the ones that PostgreSQL keeps.
#[tokio::test]
async fn postgres_reads_no_table_for_given_rows() {
    let server = std::env::var("STAFETTE_TEST_POSTGRES").expect("run scripts/test, which starts a PostgreSQL");
    let name = format!("plans_{}", std::process::id());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let options = server.parse::<PgConnectOptions>().unwrap().database(&name);
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    crate::migrate::postgres(&mut connection, Migrate::Run, Pooling::None).await.unwrap();
    connection.execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
    let mut bad = BTreeMap::new();
    for statement in all() {
        let text = statement.text(Dialect::Postgres);
        if !text.contains("unnest(") {
            continue;
        }
        connection.execute(AssertSqlSafe(format!("PREPARE p AS {text}"))).await.unwrap();
        let given = (1..).take_while(|n| has_parameter(&text, *n)).map(|_| "NULL").collect::<Vec<_>>().join(", ");
        let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE p({given})"));
        let rows = connection.fetch_all(explain).await.unwrap();
        connection.execute("DEALLOCATE p").await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let scans = |line: &String| line.contains("Seq Scan on") && !line.contains("Seq Scan on workspace");
        // By the workspace alone an index is as long as the table.
        let wholly = |line: &String| {
            let condition = line.trim_start().strip_prefix("Index Cond: (workspace = ");
            condition.is_some_and(|rest| !rest.contains(" AND "))
        };
        let reads = |line: &String| scans(line) || wholly(line);
        if !EXEMPT.contains(&statement.name) && plan.iter().any(reads) {
            bad.insert(statement.name, plan);
        }
    }
    connection.close().await.unwrap();
    admin.execute(AssertSqlSafe(format!("DROP DATABASE {name}"))).await.unwrap();
    assert!(bad.is_empty(), "{bad:#?}");
}

/// Into the folder STATEMENTS: for the builds after this one (`tests/upgrade`), packed by `gzip -n9`.
#[test]
#[ignore = "writes files"]
fn statements_are_written_down() {
    let folder = std::env::var("STATEMENTS").expect("STATEMENTS names no folder");
    for (dialect, name) in [(Dialect::Sqlite, "sqlite"), (Dialect::Postgres, "postgres")] {
        let all = all().map(|statement| format!("-- {}\n{}", statement.name, statement.text(dialect)));
        std::fs::write(format!("{folder}/statements.{name}"), all.collect::<String>()).unwrap();
    }
}

#[test]
fn each_database_is_told_what_is_its_own() {
    let source = "SELECT a\nFROM t INDEXED BY i\nJOIN u INDEXED BY j ON TRUE\nFOR UPDATE OF t SKIP LOCKED";
    let postgres = "SELECT a\nFROM t\nJOIN u ON TRUE\nFOR UPDATE OF t SKIP LOCKED\n";
    assert_eq!(expand(source, Dialect::Postgres), postgres);
    let sqlite = "SELECT a\nFROM t INDEXED BY i\nJOIN u INDEXED BY j ON TRUE\n";
    assert_eq!(expand(source, Dialect::Sqlite), sqlite);
}

#[test]
fn rows_follow_the_scalars() {
    let source = "-- ROWS( is ours.\nSELECT r.a FROM ROWS(a uuid, b bigint) AS r WHERE r.b > $1";
    assert_eq!(
        expand(source, Dialect::Postgres),
        "SELECT r.a FROM (SELECT a, b FROM unnest($2::uuid[], $3::bigint[]) AS given (a, b) \
         WHERE (a = a) IS NOT FALSE) AS r WHERE r.b > $1\n"
    );
    assert_eq!(
        expand(source, Dialect::Sqlite),
        "SELECT r.a FROM (SELECT unhex(value ->> 0) AS a, value ->> 1 AS b FROM jsonb_each($2)) AS r WHERE r.b > $1\n"
    );
}

#[test]
fn a_text_of_both_lanes_names_its_own_table() {
    let of = |lane| {
        let source = "SELECT id FROM LANE\nWHERE LANE.a = 1 AND CLASS = $1 AND (SELECT b FROM QUEUE)";
        Statement::new("held", (source, ""), Some(lane)).text(Dialect::Sqlite).to_string()
    };
    let calls = "SELECT id FROM call\nWHERE call.a = 1 AND 'calls' = $1 AND (SELECT b FROM call_queue)\n";
    let messages = "SELECT id FROM message\nWHERE message.a = 1 AND class = $1 AND (SELECT b FROM queue)\n";
    assert_eq!((&*of(CALLS), &*of(MESSAGES)), (calls, messages));
}

//! Hot queries read a range of an index, whatever stands behind it.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};
use store::Dialect;
use uuid::Uuid;

use crate::world::{World, at, queue, start};

/// SQLite's index and PostgreSQL's, the texts, what it is.
const HOT: [([&str; 2], &str, &str, &str); 6] = [
    (
        ["token_due", "token_bucket"],
        include_str!("../../sql/claim/sqlite/token_claim.sql"),
        include_str!("../../sql/claim/postgres/token_claim.sql"),
        "claim",
    ),
    (
        ["token_due", "token_bucket"],
        include_str!("../../sql/sqlite/token_next_due.sql"),
        include_str!("../../sql/postgres/token_next_due.sql"),
        "next_due",
    ),
    (
        ["message_due", "message_bucket"],
        include_str!("../../sql/claim/sqlite/message_lease.sql"),
        include_str!("../../sql/claim/postgres/message_lease.sql"),
        "lease",
    ),
    (
        ["message_due", "message_bucket"],
        include_str!("../../sql/sqlite/message_next_due.sql"),
        include_str!("../../sql/postgres/message_next_due.sql"),
        "next_message_due",
    ),
    (
        ["token_place"; 2],
        include_str!("../../sql/token_place_count.sql"),
        include_str!("../../sql/token_place_count.sql"),
        "place_count",
    ),
    (
        ["token_place"; 2],
        include_str!("../../sql/publication_take.sql"),
        include_str!("../../sql/publication_take.sql"),
        "place_take",
    ),
];

pub(crate) async fn hot_queries_are_index_ranges(store: World) {
    // Thousands that wait for ever after, so that reading the table would be the worse plan.
    for _ in 0..3 {
        queue(&store, "hold", 500).await;
    }
    start(&store, at(1_000_000), 2_000).await;
    for (indexes, sqlite, postgres, name) in HOT {
        let (index, sql, explain) = match store.dialect() {
            Dialect::Sqlite => (indexes[0], sqlite, "EXPLAIN QUERY PLAN "),
            Dialect::Postgres => (indexes[1], postgres, "EXPLAIN "),
        };
        let mut text = said(&store, sql);
        if name.starts_with("place") {
            let id = match store.dialect() {
                Dialect::Sqlite => format!("x'{}'", "00".repeat(16)),
                Dialect::Postgres => format!("'{}'", Uuid::nil()),
            };
            text = ["$1", "$2", "$3", "$6"].iter().fold(text, |text, parameter| text.replace(parameter, &id));
            text = text.replace("$4", "1").replace("$5", "'node'").replace("$7", "5000");
        } else if name.ends_with("claim") {
            text = text.replace("$1", "1").replace("$2", "250").replace("$3", "0");
        } else if name == "next_due" {
            text = text.replace("$1", "0");
        } else if name == "next_message_due" {
            text = text.replace("$1", "'operational'").replace("$2", "0");
        } else {
            text = text.replace("$1", "'operational'").replace("$2", "1").replace("$3", "'node'");
            text = text.replace("$4", "2").replace("$5", "100").replace("$6", "0");
        }
        let plan = plan(&store, format!("{explain}{text}")).await;
        assert!(plan.contains(index), "{name} does not use {index}:\n{plan}");
        for bad in ["Seq Scan on token", "Seq Scan on message", "SCAN token\n", "SCAN message\n", "Sort", "TEMP B-TREE"]
        {
            assert!(!plan.contains(bad), "{name} has \"{bad}\":\n{plan}");
        }
    }
}

/// What is asked of calls: the text, its index, the arguments.
const CALLS: [(&str, &str, &[&str]); 3] = [
    (include_str!("../../sql/call_hosts.sql"), "call_due", &["'host 7'", "200"]),
    (include_str!("../../sql/claim/call_lease.sql"), "call_due", &["'host 7'", "100", "'node'", "200", "8"]),
    (include_str!("../../sql/call_flush.sql"), "call_put_off", &["1000"]),
];

pub(crate) async fn calls_are_read_by_their_indexes(store: World) {
    let (random, explain) = match store.dialect() {
        Dialect::Sqlite => ("randomblob(16)", "EXPLAIN QUERY PLAN "),
        Dialect::Postgres => ("gen_random_uuid()", "EXPLAIN "),
    };
    // Half of them wait, few for another try.
    let ids = [random; 7].join(", ");
    store
        .raw(&format!(
            "WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < 10000) \
             INSERT INTO call (workspace, id, token, program, version, contact, event, seq, node, url, host, body, state, reason, \
             due_at, queued_at) \
             SELECT {ids}, 1, 'tell', 'u', 'host ' || (n % 10), '{{}}', CASE n % 2 WHEN 0 THEN 'queued' ELSE 'answered' END, \
             CASE n % 100 WHEN 0 THEN 'busy' END, n + 60000, n \
             FROM row"
        ))
        .await;
    for (text, index, given) in CALLS {
        let mut text = said(&store, text);
        for (n, value) in (1..).zip(given) {
            text = text.replace(&format!("${n}"), value);
        }
        let plan = plan(&store, format!("{explain}{text}")).await;
        assert!(plan.contains(index), "not {index}:\n{text}\n{plan}");
        for bad in ["Seq Scan on call ", "SCAN call\n", "SCAN c\n", "Sort", "TEMP B-TREE"] {
            assert!(!plan.contains(bad), "\"{bad}\":\n{text}\n{plan}");
        }
    }
}

/// Lists of the few among the many: SQLite's text, PostgreSQL's, the indexes that must do, the filters.
const LISTS: [(&str, &str, &[&str], &[&str]); 4] = [
    (
        include_str!("../../sql/sqlite/token_list_due.sql"),
        include_str!("../../sql/postgres/token_list_due.sql"),
        &["token_"],
        &["1", "NULL", "NULL"],
    ),
    (
        include_str!("../../sql/token_list_failed.sql"),
        include_str!("../../sql/token_list_failed.sql"),
        &["token_failed"],
        &["NULL", "'hello'"],
    ),
    (
        include_str!("../../sql/sqlite/dead_letters.sql"),
        include_str!("../../sql/postgres/dead_letters.sql"),
        &["token_failed", "message_dead"],
        &["NULL", "NULL", "NULL"],
    ),
    (
        include_str!("../../sql/sqlite/dead_letters.sql"),
        include_str!("../../sql/postgres/dead_letters.sql"),
        &["message_dead"],
        &["'unknown'", "NULL", "NULL"],
    ),
];

pub(crate) async fn lists_use_their_indexes(store: World) {
    queue(&store, "hold", 500).await;
    start(&store, at(1_000_000), 2_000).await;
    for (sqlite, postgres, indexes, given) in LISTS {
        let (sql, id, explain) = match store.dialect() {
            Dialect::Sqlite => (sqlite, "x'ff'", "EXPLAIN QUERY PLAN "),
            Dialect::Postgres => (postgres, "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid", "EXPLAIN "),
        };
        let mut text = said(&store, sql).replace("$1", id).replace("$2", id).replace("$3", "50");
        for (n, value) in (4..).zip(given) {
            text = text.replace(&format!("${n}"), value);
        }
        let plan = plan(&store, format!("{explain}{text}")).await;
        assert!(indexes.iter().all(|index| plan.contains(index)), "not all of {indexes:?}:\n{text}\n{plan}");
        for bad in ["Seq Scan on token", "Seq Scan on message", "SCAN token\n", "SCAN message\n"] {
            assert!(!plan.contains(bad), "\"{bad}\":\n{text}\n{plan}");
        }
    }
}

/// Counts of a time, their folding, and who came by: the text, the indexes that must do, the arguments.
const PAST: [(&str, &[&str], &[&str]); 4] = [
    (include_str!("../../sql/node_count_between.sql"), &["node_count_past"], &["UUID", "UUID", "29000000", "29000100"]),
    (include_str!("../../sql/node_count_past_take.sql"), &["node_count_span"], &["UUID", "15", "29000000"]),
    (include_str!("../../sql/visit_end.sql"), &["trace_at"], &["UUID", "0", "9", "UUID", "0", "4999"]),
    (
        include_str!("../../sql/visit_list.sql"),
        &["trace_at"],
        &["UUID", "0", "9", "UUID", "0", "UUID", "0", "'hello'", "UUID", "'entered'", "NULL", "51"],
    ),
];

pub(crate) async fn the_past_is_read_by_its_time(store: World) {
    queue(&store, "hold", 500).await;
    let id = match store.dialect() {
        Dialect::Sqlite => format!("x'{}'", "00".repeat(16)),
        Dialect::Postgres => format!("'{}'::uuid", Uuid::nil()),
    };
    // Many days, and some quarters of an hour.
    let many = format!(
        "WITH RECURSIVE span (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM span WHERE n < 10000) \
         INSERT INTO node_count_past (workspace, program, minute, span, node, what, n) \
         SELECT {id}, {id}, CASE WHEN n < 9900 THEN n * 1440 ELSE 28850000 + n * 15 END, \
         CASE WHEN n < 9900 THEN 1440 ELSE 15 END, 'hello', 'entered', 1 FROM span"
    );
    store.raw(&many).await;
    for (sql, indexes, given) in PAST {
        let explain = match store.dialect() {
            Dialect::Sqlite => "EXPLAIN QUERY PLAN ",
            Dialect::Postgres => "EXPLAIN ",
        };
        let mut text = said(&store, sql);
        // `$1` is part of `$10`.
        for (n, value) in given.iter().enumerate().rev() {
            text = text.replace(&format!("${}", n + 1), if *value == "UUID" { &id } else { value });
        }
        let plan = plan(&store, format!("{explain}{text}")).await;
        assert!(indexes.iter().all(|index| plan.contains(index)), "not all of {indexes:?}:\n{text}\n{plan}");
        for bad in
            ["Seq Scan on trace", "Seq Scan on node_count_past", "SCAN trace", "SCAN x\n", "SCAN node_count_past\n"]
        {
            assert!(!plan.contains(bad), "\"{bad}\":\n{text}\n{plan}");
        }
    }
}

/// Who asks for one of many actors or targets reads its rows and no others.
pub(crate) async fn the_audit_is_read_by_its_indexes(store: World) {
    let (workspace, last, random, explain) = match store.dialect() {
        Dialect::Sqlite => (
            format!("x'{}01'", "00".repeat(15)),
            format!("x'{}'", "ff".repeat(16)),
            "randomblob(16)",
            "EXPLAIN QUERY PLAN ",
        ),
        Dialect::Postgres => (
            format!("'{}'::uuid", Uuid::from_u128(1)),
            format!("'{}'::uuid", Uuid::max()),
            "gen_random_uuid()",
            "EXPLAIN ",
        ),
    };
    store
        .raw(&format!(
            "WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < 5000) \
             INSERT INTO audit (workspace, id, at, actor_kind, actor_name, action, target_kind, target_name, details) \
             SELECT {workspace}, {random}, n, 'key', 'actor ' || (n % 100), 'save_draft', 'program', 'target ' || (n % 99), '{{}}' \
             FROM row"
        ))
        .await;
    for (sql, index, name) in [
        (include_str!("../../sql/audit_list_of_actor.sql"), "audit_actor", "actor 7"),
        (include_str!("../../sql/audit_list_of_target.sql"), "audit_target", "target 7"),
    ] {
        let text = said(&store, sql).replace("$1", &workspace).replace("$2", &last).replace("$3", "50");
        let text = text.replace("$4", &workspace).replace("$5", &format!("'{name}'")).replace("$6", "NULL");
        let plan = plan(&store, format!("{explain}{text}")).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{index}:\n{plan}");
    }
}

/// What the database is given of a statement's file.
fn said(store: &World, sql: &str) -> String {
    let lines = sql.lines().filter(|line| !line.starts_with("--"));
    match store.dialect() {
        Dialect::Sqlite => lines.filter(|line| !line.trim_start().starts_with("FOR ")).collect::<Vec<_>>().join("\n"),
        Dialect::Postgres => {
            let lines = lines.map(|line| line.split(" INDEXED BY ").next().unwrap()).collect::<Vec<_>>().join("\n");
            let two = "unnest('{5,7}'::bigint[], '{0,0}'::bigint[]) AS r (bucket, since)";
            lines.replace("ROWS(bucket bigint, since bigint) AS r", two)
        }
    }
}

async fn plan(store: &World, sql: String) -> String {
    let lines: Vec<String> = match store.dialect() {
        Dialect::Sqlite => {
            let mut connection = SqliteConnection::connect(&store.url).await.unwrap();
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>("detail")).collect()
        }
        Dialect::Postgres => {
            let mut connection = PgConnection::connect(&store.url).await.unwrap();
            sqlx::query("ANALYZE").execute(&mut connection).await.unwrap();
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>(0)).collect()
        }
    };
    lines.join("\n") + "\n"
}

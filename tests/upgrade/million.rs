//! How long it takes to migrate a million tokens. Not asserted, since machines differ: run it with
//! `scripts/postgres cargo test -p tests --test system -- --ignored --nocapture upgrade::million`.

use std::time::Instant;

use super::former::{self, Former};

/// Tokens beside those that the database has, each with its way, two steps, an event and a message.
const TOKENS: u32 = 1_000_000;

/// One row of each kind is taken as the pattern of all that are added.
fn statements(sqlite: bool) -> String {
    let (series, id) = match sqlite {
        true => (
            format!("WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {TOKENS})"),
            "CAST(unhex(printf('%032x', 4096 + s.n)) AS BLOB)",
        ),
        false => {
            (format!("WITH s (n) AS (SELECT generate_series(1, {TOKENS}))"), "lpad(to_hex(4096 + s.n), 32, '0')::uuid")
        }
    };
    let copy = |table: &str, columns: &str, values: &str, pattern: &str| {
        format!(
            "{series} INSERT INTO {table} ({columns}) SELECT {values} FROM s, (SELECT * FROM {table} WHERE {pattern} LIMIT 1) AS p;\n"
        )
    };
    let token = "workspace, id, program, version, contact, event, node, phase, seq, state, due_at, attempts, created_at, updated_at";
    let message = "workspace, id, token, seq, program, version, node, stream, class, contact, event, recipient, message_id, \
                   purpose, state, due_at, queued_at, settled_at";
    let values = |columns: &str, own: &[(&str, String)]| {
        let value = |column: &str| match own.iter().find(|(name, _)| *name == column) {
            Some((_, value)) => value.clone(),
            None => format!("p.{column}"),
        };
        columns.split(", ").map(value).collect::<Vec<_>>().join(", ")
    };
    let id = || id.to_string();
    let event = "workspace, id, contact, type, data, occurred_at, received_at";
    let trace = "workspace, token, seq, at, node, action, detail, reason, effect";
    [
        copy("event", event, &values(event, &[("id", id())]), "1 = 1"),
        copy(
            "token",
            token,
            &values(token, &[("id", id()), ("event", id()), ("due_at", "p.due_at + s.n".into())]),
            "state = 'ready'",
        ),
        copy(
            "participation",
            "workspace, contact, token, program",
            &format!("p.workspace, p.contact, {}, p.program", id()),
            "1 = 1",
        ),
        copy("trace", trace, &values(trace, &[("token", id())]), "1 = 1"),
        copy("message", message, &values(message, &[("id", id()), ("token", id())]), "state = 'sent'"),
    ]
    .concat()
}

fn measure(former: Former) {
    let url = former.database_url();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let took = runtime.block_on(async {
        former::run(&url, &statements(true), &format!("{}ANALYZE;", statements(false))).await;
        let start = Instant::now();
        let store = store::Store::open(store::Options::new(&url)).await.unwrap();
        let took = start.elapsed();
        store.close().await;
        took
    });
    eprintln!("{}: {TOKENS} tokens, {took:?}", url.split(':').next().unwrap());
    former.remove();
}

#[test]
#[ignore = "takes minutes and 2 GB; its figure is for the changelog"]
fn a_million_tokens() {
    for folder in former::folders() {
        measure(Former::sqlite(&folder));
        measure(Former::postgres(&folder, "upgrade_million"));
    }
}

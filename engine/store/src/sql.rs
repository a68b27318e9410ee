//! THE list of statements. Each is a file: one text for both databases, or a pair whose first line
//! says why it must differ.
//!
//! One form is ours: `ROWS(id uuid, seq bigint)` stands for a table of rows that the caller gives.
//! It becomes UNNEST over one array per column on PostgreSQL, and json_each over one JSON text on
//! SQLite, so that nearly all set-based statements need no pair. Its parameters follow the scalars.
//! A line of row locks (`FOR UPDATE …`) is PostgreSQL's alone: on SQLite the transaction is the only one that writes.
//! `INDEXED BY …` is SQLite's alone: PostgreSQL cannot be told of an index and need not be.
//! `(GATE)` stands for the one question whether a message may be handed over, which several statements ask.

use std::{
    borrow::Cow,
    fmt::Write as _,
    sync::{Arc, OnceLock},
};

use crate::{
    Dialect,
    limits::{MOST_HAND_OVERS, MOST_UNKNOWNS},
};

/// A statement, in both dialects.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) name: &'static str,
    sqlite: (&'static str, OnceLock<Arc<str>>),
    postgres: (&'static str, OnceLock<Arc<str>>),
}

impl Statement {
    const fn new(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self { name, sqlite: (sqlite, OnceLock::new()), postgres: (postgres, OnceLock::new()) }
    }

    /// What the database is given.
    pub(crate) fn text(&self, dialect: Dialect) -> Arc<str> {
        let (source, text) = match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Postgres => &self.postgres,
        };
        text.get_or_init(|| expand(source, dialect).into()).clone()
    }
}

/// What `GATE` stands for.
const GATE: &str = include_str!("../sql/parts/gate.sql");

/// Replaces `GATE` and `ROWS(…)`. Put every lookup column into `ROWS`, the workspace too. With the workspace as a scalar,
/// PostgreSQL scans the whole workspace while the table has no statistics.
fn expand(source: &str, dialect: Dialect) -> String {
    // Comments say why; the database need not read them, and `ROWS` in them is a word.
    let plain = |source: &str| -> String {
        let lines = source.lines().filter(|line| !line.starts_with("--")).filter_map(|line| of(line, dialect));
        lines.flat_map(|line| [line, "\n".into()]).collect()
    };
    let mut source = plain(source);
    if source.contains("(GATE)") {
        source = source.replace("(GATE)", &format!("({})", plain(GATE).trim_end()));
        source = source.replace("MOST_HAND_OVERS", &MOST_HAND_OVERS.to_string());
        source = source.replace("MOST_UNKNOWNS", &MOST_UNKNOWNS.to_string());
    }
    let Some((before, rest)) = source.split_once("ROWS(") else { return source };
    let Some((columns, after)) = rest.split_once(')') else { return source };
    let columns: Vec<(&str, &str)> = columns.split(',').filter_map(|column| column.trim().split_once(' ')).collect();
    let first = (1..).find(|n| !has_parameter(&source, *n)).unwrap_or(1);
    let mut text = before.to_owned();
    // Writing to a string cannot fail, so results are dropped.
    match dialect {
        Dialect::Postgres => {
            let arrays = columns.iter().zip(first..).map(|((_, kind), n)| format!("${n}::{kind}[]"));
            let names = columns.iter().map(|(name, _)| *name);
            let arrays = arrays.collect::<Vec<_>>().join(", ");
            let names = names.collect::<Vec<_>>().join(", ");
            // Always true. Of arrays that it does not see PostgreSQL expects ten rows, for which reading a whole table
            // looks cheap while that is new; and a plan stays, however the table grows, until it is analysed. With an
            // equality it expects one row, and goes by an index.
            let one = columns.first().map_or("true", |(name, _)| name);
            let _ = write!(
                text,
                "(SELECT {names} FROM unnest({arrays}) AS given ({names}) WHERE ({one} = {one}) IS NOT FALSE)"
            );
        }
        Dialect::Sqlite => {
            let values = columns.iter().enumerate().map(|(at, (name, kind))| match *kind {
                "uuid" | "bytea" => format!("unhex(value ->> {at}) AS {name}"),
                _ => format!("value ->> {at} AS {name}"),
            });
            let values = values.collect::<Vec<_>>().join(", ");
            // jsonb_each hands out parsed rows, so `->>` parses nothing.
            let _ = write!(text, "(SELECT {values} FROM jsonb_each(${first}))");
            // SQLite knows nothing of the rows given and may read the table for each of them;
            // CROSS JOIN is its way of saying that the rows come first.
            text.push_str(&after.replacen("AS r\nJOIN", "AS r\nCROSS JOIN", 1));
            return text;
        }
    }
    text.push_str(after);
    text
}

/// What a line says to this database, if anything.
fn of(line: &str, dialect: Dialect) -> Option<Cow<'_, str>> {
    match dialect {
        Dialect::Sqlite => (!line.starts_with("FOR ")).then(|| line.into()),
        Dialect::Postgres => Some(match line.split_once(" INDEXED BY ") {
            // An index is named by one word.
            Some((before, after)) => match after.split_once(' ') {
                Some((_, rest)) => format!("{before} {rest}").into(),
                None => before.into(),
            },
            None => line.into(),
        }),
    }
}

fn has_parameter(source: &str, n: usize) -> bool {
    let name = format!("${n}");
    source.match_indices(&name).any(|(at, _)| !source[at + name.len()..].starts_with(|c: char| c.is_ascii_digit()))
}

macro_rules! statements {
    (shared { $($shared:ident)* } pairs { $($pair:ident)* }) => {
        $(
            #[allow(non_upper_case_globals, reason = "a statement is called by the name of its file")]
            pub(crate) static $shared: Statement = Statement::new(
                stringify!($shared),
                include_str!(concat!("../sql/", stringify!($shared), ".sql")),
                include_str!(concat!("../sql/", stringify!($shared), ".sql")),
            );
        )*
        $(
            #[allow(non_upper_case_globals, reason = "a statement is called by the name of its file")]
            pub(crate) static $pair: Statement = Statement::new(
                stringify!($pair),
                include_str!(concat!("../sql/sqlite/", stringify!($pair), ".sql")),
                include_str!(concat!("../sql/postgres/", stringify!($pair), ".sql")),
            );
        )*

        /// All of them, for the test that prepares each on both databases.
        pub(crate) static ALL: &[&Statement] = &[$(&$shared,)* $(&$pair,)*];
    };
}

statements! {
    shared {
        account_by_email
        account_delete
        account_insert
        account_list
        account_set_password
        attachment_insert
        attachment_list
        attachment_prune
        attachment_size
        contact_beyond_ascii
        contact_by_email
        contact_by_external_id
        contact_by_id
        contact_insert
        contact_list
        contact_list_test
        contact_name
        contact_search
        contact_set_test
        contact_update
        draft_get
        draft_put
        dry_run_branch
        dry_run_count
        dry_run_event
        dry_run_message
        event_by_id
        event_by_key
        event_count
        event_head_by_id
        event_insert
        event_list
        event_list_of_contact
        event_newest
        event_passed_over
        event_prune
        event_type_known
        event_type_list
        event_type_register
        held_count
        inbox_get
        inbox_insert
        inbox_list
        inbox_list_of_recipient
        inbox_prune
        installation_get
        installation_put
        key_by_digest
        key_insert
        key_list
        key_revoke
        key_touch
        login_link_insert
        login_link_prune
        login_link_use
        message_by_id
        message_feed
        message_insert
        message_leased_of_program
        message_leased_until
        message_life
        message_list
        message_list_held
        message_list_of_contact
        message_list_unknown
        message_mark
        message_next_due
        message_prune
        message_release
        message_replay
        message_resolve
        message_settle
        node_count_between
        node_count_get
        node_count_past_add
        node_count_past_take
        node_count_take
        node_count_total
        node_forget
        node_leave
        node_prune
        participation_insert
        participation_prune
        piece_insert
        piece_list
        piece_prune
        ping
        probe
        program_by_id
        program_by_name
        program_catch_up
        program_catch_up_set
        program_catching_up
        program_draft_version
        program_holding
        program_insert
        program_list
        program_live
        program_publish
        program_set_latest
        program_set_state
        program_touch
        program_unpublish
        program_version_get
        program_version_insert
        program_version_list
        program_version_number
        program_version_published
        publication_batch_insert
        publication_batch_list
        publication_batch_tokens
        publication_exit
        publication_insert
        publication_latest
        publication_move
        publication_return
        publication_return_trace
        publication_take
        publication_take_failed
        publication_take_held
        publication_trace
        publication_undone
        queue_expire
        queue_flush
        queue_flushed
        queue_list
        queue_oldest
        queue_relay_back
        queue_set_held
        queue_waiting
        relay_clear
        relay_list
        relay_prune
        relay_put
        routing_bump
        secret_get
        secret_keep
        session_delete
        session_delete_all
        session_extend
        session_get
        session_insert
        session_prune
        setup_link_insert
        setup_link_prune
        setup_link_use
        stream_by_name
        stream_head
        stream_insert
        stream_list
        stream_set_current
        stream_version_get
        stream_version_insert
        stream_version_list
        test_run_contact
        test_run_delete
        test_run_drop_attachment
        test_run_drop_contact
        test_run_drop_event
        test_run_drop_event_type
        test_run_drop_inbox_mail
        test_run_drop_message
        test_run_drop_node_count
        test_run_drop_participation
        test_run_drop_piece
        test_run_drop_program
        test_run_drop_program_version
        test_run_drop_stream
        test_run_drop_stream_version
        test_run_drop_token
        test_run_drop_trace
        test_run_event
        test_run_get
        test_run_insert
        test_run_list
        test_run_of_message
        test_run_old
        test_run_skip
        test_run_stream
        test_run_stream_version
        timeline
        token_claim
        token_claim_exactly
        token_eject_held
        token_entered
        token_get
        token_hold
        token_insert
        token_list
        token_list_due
        token_list_failed
        token_list_held
        token_list_of_contact
        token_list_waiting
        token_mend
        token_mendable
        token_next_due
        token_of_event
        token_park
        token_place_count
        token_place_failed
        token_place_held
        token_prune
        token_release
        token_replay
        token_update
        trace_by_key
        trace_feed
        trace_get
        trace_insert
        trace_prune
        visit_end
        visit_list
        workspace_delete
        workspace_insert
        workspace_list
        workspace_lock
        workspace_routing
        workspace_set
    }
    pairs {
        clock
        contact_lock
        dead_letters
        durability
        message_abandoned
        message_lease
        node_beat
        node_count_add
        node_live
        token_eject
    }
}

#[cfg(test)]
mod tests {
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
        for statement in ALL {
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

    /// Exempt: rare statements, and tables with few rows per workspace. It is not worth to bend their SQL.
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
        for statement in ALL {
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
            let all = ALL.iter().map(|statement| format!("-- {}\n{}", statement.name, statement.text(dialect)));
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
}

//! THE list of statements. Each is a file: one text for both databases, or a pair whose first line
//! says why it must differ.
//!
//! One form is ours: `ROWS(id uuid, seq bigint)` stands for a table of rows that the caller gives.
//! It becomes UNNEST over one array per column on PostgreSQL, and json_each over one JSON text on
//! SQLite, so that nearly all set-based statements need no pair. Its parameters follow the scalars.
//! A line of row locks (`FOR UPDATE …`) is PostgreSQL's alone: on SQLite the transaction is the only one that writes.
//! `INDEXED BY …` is SQLite's alone: PostgreSQL cannot be told of an index and need not be.
//! `(GATE)` stands for the one question whether a message may be handed over, which several statements ask.
//! Statements in `sql/document/` are of every kind of document: `DOCUMENT` stands for its table ([`Shelf`]).
//! A line `PROGRAM_SUMMARY` stands for the columns of a program with its versions, which all are read by one function.

use std::{
    borrow::Cow,
    fmt::Write as _,
    sync::{Arc, OnceLock},
};

use crate::{
    Dialect,
    limits::{MOST_HAND_OVERS, MOST_UNKNOWNS},
};

mod shelf;
#[cfg(test)]
mod tests;

use shelf::Tables;
pub(crate) use shelf::{PROGRAM, STREAM, Shelf};

/// A statement, in both dialects.
#[derive(Debug)]
pub struct Statement {
    pub(crate) name: &'static str,
    tables: Option<Tables>,
    sqlite: (&'static str, OnceLock<Arc<str>>),
    postgres: (&'static str, OnceLock<Arc<str>>),
}

impl Statement {
    const fn new(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self { name, tables: None, sqlite: (sqlite, OnceLock::new()), postgres: (postgres, OnceLock::new()) }
    }

    /// The same text for both databases, on the tables of one kind of document.
    const fn on(tables: Tables, name: &'static str, source: &'static str) -> Self {
        let tables = Some(tables);
        Self { name, tables, sqlite: (source, OnceLock::new()), postgres: (source, OnceLock::new()) }
    }

    /// What the database is given.
    pub(crate) fn text(&self, dialect: Dialect) -> Arc<str> {
        let (source, text) = match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Postgres => &self.postgres,
        };
        let expanded = || match &self.tables {
            Some(tables) => expand(&tables.name(source), dialect).into(),
            None => expand(source, dialect).into(),
        };
        text.get_or_init(expanded).clone()
    }
}

/// What `GATE` stands for.
const GATE: &str = include_str!("../sql/parts/gate.sql");

/// What `PROGRAM_SUMMARY` stands for.
const PROGRAM_SUMMARY: &str = include_str!("../sql/parts/program_summary.sql");

/// Replaces `GATE`, `PROGRAM_SUMMARY` and `ROWS(…)`. Put every lookup column into `ROWS`, the workspace too. With the workspace as a scalar,
/// PostgreSQL scans the whole workspace while the table has no statistics.
fn expand(source: &str, dialect: Dialect) -> String {
    // Comments say why; the database need not read them, and `ROWS` in them is a word.
    let plain = |source: &str| -> String {
        let lines = source.lines().filter(|line| !line.starts_with("--")).filter_map(|line| of(line, dialect));
        lines.flat_map(|line| [line, "\n".into()]).collect()
    };
    let mut source = plain(source);
    if source.contains("PROGRAM_SUMMARY\n") {
        source = source.replace("PROGRAM_SUMMARY\n", &plain(PROGRAM_SUMMARY));
    }
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

        static SINGLE: &[&Statement] = &[$(&$shared,)* $(&$pair,)*];
    };
}

/// All of them: each is prepared on both databases.
pub(crate) fn all() -> impl Iterator<Item = &'static Statement> {
    SINGLE.iter().copied().chain(PROGRAM.all()).chain(STREAM.all())
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
        audit_insert
        audit_list
        audit_list_of_actor
        audit_list_of_target
        audit_prune
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
        program_holding
        program_insert
        program_list
        program_live
        program_publish
        program_set_state
        program_unpublish
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
        stream_set_class
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

//! THE list of statements. Each is a file: one text for both databases, or a pair whose first line
//! says why it must differ.
//!
//! One form is ours: `ROWS(id uuid, seq bigint)` stands for a table of rows that the caller gives.
//! It becomes UNNEST over one array per column on PostgreSQL, and json_each over one JSON text on
//! SQLite, so that nearly all set-based statements need no pair. Its parameters follow the scalars.
//! A line of row locks (`FOR UPDATE …`) is PostgreSQL's alone: on SQLite the transaction is the only one that writes.
//! `INDEXED BY …` is SQLite's alone: PostgreSQL cannot be told of an index and need not be.
//! `(GATE)` stands for the one question whether a message may be handed over, which several statements ask.
//! Statements in `sql/claim/` skip what others hold, and only `claim.rs` uses them.
//! Statements in `sql/document/` are of every kind of document: `DOCUMENT` stands for its table ([`Shelf`]).
//! `LANE` stands for the table of a lane of the outbox, `message` or `call`: what both do alike is written once. In such a text
//! `QUEUE` stands for the table with what operators say of its queues, and `CLASS` for what tells them apart ([`Lane`]).
//! A line `PROGRAM_SUMMARY` stands for the columns of a program with its versions, which all are read by one function.

use std::sync::{Arc, OnceLock};

use crate::Dialect;

mod expand;

use expand::expand;
#[cfg(test)]
use expand::has_parameter;

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
    lane: Option<Lane>,
    sqlite: (&'static str, OnceLock<Arc<str>>),
    postgres: (&'static str, OnceLock<Arc<str>>),
}

/// What stands for a lane in a text of both.
#[derive(Clone, Copy, Debug)]
struct Lane {
    table: &'static str,
    queue: &'static str,
    /// A column of messages; all calls are in one queue.
    class: &'static str,
}

const MESSAGES: Lane = Lane { table: "message", queue: "queue", class: "class" };
const CALLS: Lane = Lane { table: "call", queue: "call_queue", class: "'calls'" };

impl Lane {
    fn name(self, source: &str) -> String {
        source.replace("LANE", self.table).replace("QUEUE", self.queue).replace("CLASS", self.class)
    }
}

impl Statement {
    const fn new(name: &'static str, (sqlite, postgres): (&'static str, &'static str), lane: Option<Lane>) -> Self {
        Self { name, tables: None, lane, sqlite: (sqlite, OnceLock::new()), postgres: (postgres, OnceLock::new()) }
    }

    /// The same text for both databases, on the tables of one kind of document.
    const fn on(tables: Tables, name: &'static str, source: &'static str) -> Self {
        let tables = Some(tables);
        Self { name, tables, lane: None, sqlite: (source, OnceLock::new()), postgres: (source, OnceLock::new()) }
    }

    /// What the database is given.
    pub(crate) fn text(&self, dialect: Dialect) -> Arc<str> {
        let (source, text) = match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Postgres => &self.postgres,
        };
        let expanded = || match (&self.tables, self.lane) {
            (Some(tables), _) => expand(&tables.name(source), dialect).into(),
            (None, Some(lane)) => expand(&lane.name(source), dialect).into(),
            (None, None) => expand(source, dialect).into(),
        };
        text.get_or_init(expanded).clone()
    }
}

macro_rules! statements {
    (
        shared { $($shared:ident)* }
        pairs { $($pair:ident)* }
        lanes { $($file:literal: $message:ident $call:ident)* }
        claims { $($claim:ident)* }
        pairs_of_claims { $($claim_pair:ident)* }
        claims_of_lanes { $($both:literal: $of_message:ident $of_call:ident)* }
    ) => {
        $(
            #[allow(non_upper_case_globals, reason = "a statement is called by the name of its file")]
            pub(crate) static $shared: Statement = {
                let text = include_str!(concat!("../sql/", stringify!($shared), ".sql"));
                Statement::new(stringify!($shared), (text, text), None)
            };
        )*
        $(
            #[allow(non_upper_case_globals, reason = "a statement is called by the name of its file")]
            pub(crate) static $pair: Statement = {
                let sqlite = include_str!(concat!("../sql/sqlite/", stringify!($pair), ".sql"));
                let postgres = include_str!(concat!("../sql/postgres/", stringify!($pair), ".sql"));
                Statement::new(stringify!($pair), (sqlite, postgres), None)
            };
        )*
        $(
            #[allow(non_upper_case_globals, reason = "a statement is called by the name of its file")]
            pub(crate) static $claim: Statement = {
                let text = include_str!(concat!("../sql/claim/", stringify!($claim), ".sql"));
                Statement::new(stringify!($claim), (text, text), None)
            };
        )*
        $(
            #[allow(non_upper_case_globals, reason = "a statement is called by the name of its file")]
            pub(crate) static $claim_pair: Statement = {
                let sqlite = include_str!(concat!("../sql/claim/sqlite/", stringify!($claim_pair), ".sql"));
                let postgres = include_str!(concat!("../sql/claim/postgres/", stringify!($claim_pair), ".sql"));
                Statement::new(stringify!($claim_pair), (sqlite, postgres), None)
            };
        )*
        $(statements!(@lanes
            $message $call include_str!(concat!("../sql/", $file, ".sql")), include_str!(concat!("../sql/", $file, ".sql"))
        );)*
        $(statements!(@lanes
            $of_message $of_call
            include_str!(concat!("../sql/claim/sqlite/", $both, ".sql")),
            include_str!(concat!("../sql/claim/postgres/", $both, ".sql"))
        );)*

        static SINGLE: &[&Statement] =
            &[$(&$shared,)* $(&$pair,)* $(&$claim,)* $(&$claim_pair,)* $(&$message, &$call,)* $(&$of_message, &$of_call,)*];
    };
    (@lanes $message:ident $call:ident $sqlite:expr, $postgres:expr) => {
        #[allow(non_upper_case_globals, reason = "a statement is called by the name of its file and its table")]
        pub(crate) static $message: Statement =
            Statement::new(stringify!($message), ($sqlite, $postgres), Some(MESSAGES));
        #[allow(non_upper_case_globals, reason = "a statement is called by the name of its file and its table")]
        pub(crate) static $call: Statement = Statement::new(stringify!($call), ($sqlite, $postgres), Some(CALLS));
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
        awaiting_after
        awaiting_count
        awaiting_delete
        awaiting_end
        awaiting_follow
        awaiting_found
        awaiting_lock
        awaiting_of_contact
        awaiting_overlooked
        awaiting_behind
        awaiting_put
        awaiting_return
        call_answer
        call_expire
        call_flush
        call_host_clear
        call_host_prune
        call_host_put
        call_hosts
        call_insert
        call_list
        call_list_of_token
        call_oldest
        call_prune
        call_replay
        call_settle
        call_token
        crowd_event_delete
        crowd_event_first
        crowd_event_put
        crowd_event_set
        crowd_list
        crowd_of_tokens
        crowd_put
        candidate_delete
        candidate_insert
        candidate_list
        contact_beyond_ascii
        contact_by_email
        contact_by_external_id
        contact_by_id
        contact_edit
        contact_insert
        contact_lock
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
        event_contract_forget
        event_contract_history
        event_contract_live
        event_contract_put
        event_count
        event_field_list
        event_field_of
        event_field_prune
        event_field_put
        event_head_by_id
        event_insert
        event_list
        event_list_of_contact
        event_look_count
        event_look_known
        event_look_list
        event_look_prune
        event_look_set
        event_look_touch
        event_newest
        event_passed_over
        event_prune
        event_type_list
        event_type_register
        event_violation_add
        event_violation_drop
        event_violation_list
        event_violation_of
        event_violation_prune
        held_count
        inbox_get
        inbox_insert
        inbox_list
        inbox_list_of_recipient
        inbox_prune
        ingest_begin
        installation_get
        installation_put
        joined_delete
        joined_list
        joined_put
        key_by_digest
        key_insert
        key_list
        key_revoke
        key_touch
        message_by_id
        message_feed
        message_insert
        message_leased_of_program
        message_life
        message_list
        message_list_of_contact
        message_list_unknown
        message_mark
        message_prune
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
        program_archive
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
        queue_list
        queue_relay_back
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
        stream_archive
        stream_insert
        stream_list
        stream_set_class
        test_run_contact
        test_run_delete
        test_run_drop_attachment
        test_run_drop_awaiting
        test_run_drop_call
        test_run_drop_candidate
        test_run_drop_contact
        test_run_drop_event
        test_run_drop_event_type
        test_run_drop_inbox_mail
        test_run_drop_joined
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
        test_run_drop_waking
        test_run_drop_crowd
        test_run_drop_crowd_event
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
        token_came
        token_eject_held
        token_entered
        token_get
        token_hold
        token_insert
        token_list
        token_list_failed
        token_list_held
        token_list_of_contact
        token_list_waiting
        token_mend
        token_mendable
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
        waking_delete
        waking_get
        waking_put
        waking_set
        workspace_awaits
        workspace_delete
        workspace_insert
        workspace_list
        workspace_lock
        workspace_routing
        workspace_set
    }
    pairs {
        clock
        dead_letters
        durability
        message_next_due
        node_beat
        node_count_add
        node_live
        queue_oldest
        token_list_due
        token_next_due
    }
    lanes {
        "lane_flushed": message_flushed call_flushed
        "lane_leased_until": message_leased_until call_leased_until
        "lane_list_held": message_list_held call_list_held
        "lane_release": message_release call_release
        "lane_set_held": message_set_held call_set_held
        "lane_waiting": message_waiting call_waiting
    }
    claims {
        call_lease
        call_overdue
        token_claim_exactly
        token_free
    }
    pairs_of_claims {
        message_lease
        token_claim
        token_eject
    }
    claims_of_lanes {
        "lane_abandoned": message_abandoned call_abandoned
    }
}

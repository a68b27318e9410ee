//! One list of cases, run on both databases.
//!
//! PostgreSQL is the one at `STAFETTE_TEST_POSTGRES`; each case makes a database of its own there and
//! drops it. Without the variable these tests fail: a suite that skips a database tests half of it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod access;
mod advance;
mod again;
mod audit;
mod calls;
mod conditions;
mod counts;
mod crowds;
mod definitions;
mod designer;
mod documents;
mod dry_run;
mod entered;
mod events;
mod faults;
mod fences;
mod gate;
mod holding;
mod housekeeping;
mod lists;
mod mend;
mod nodes;
mod outbox;
mod pieces;
mod plans;
mod pooler;
mod queues;
mod races;
mod replica;
mod seen;
mod server;
mod statements;
mod test_runs;
mod texts;
mod waits;
mod ways;
mod world;

macro_rules! cases {
    ($($area:ident: $($case:ident)*;)*) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::world::on_sqlite(crate::$area::$case).await;
                }
            )*)*
        }

        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::world::on_postgres(crate::$area::$case).await;
                }
            )*)*
        }
    };
}

cases! {
    access: keys_are_found_by_digest_until_revoked sessions_end
        setup_links_make_one_user;
    advance: a_claim_carries_tokens_on a_claim_is_fenced_by_seq what_waits_is_not_due done_and_failed
        replay_makes_a_failed_token_ready two_claims_never_overlap an_effect_asks_for_one_message
        counts_have_bounds a_batch_loads_so_much_and_no_more nodes_are_counted what_cannot_be_read_is_parked_alone;
    again: crowds_are_told_once what_is_settled_is_settled_once what_people_change_is_changed_once batches_begin_again
        what_is_edited_is_edited_once what_is_published_moves_once what_is_held_comes_back_once what_is_called_is_called_once
        what_is_old_goes_once what_is_tried_is_tried_once what_is_mended_is_mended_once
        what_nobody_went_on_with_is_found_once what_operators_say_is_done_once what_is_said_is_said_once
        what_people_are_given_is_given_once;
    audit: changes_are_listed_as_they_were_written no_statement_changes_a_row;
    calls: a_call_is_made_and_its_token_goes_on each_host_has_its_share a_call_is_tried_again_and_then_given_up
        what_nobody_calls_is_given_up a_dead_nodes_calls_are_made_again a_lease_of_calls_in_doubt_is_given_back
        a_token_that_has_gone_on_is_left_alone calls_of_one_step_are_answered_together a_pause_holds_calls
        calls_that_are_over_are_pruned a_call_that_is_skipped_lets_its_token_go;
    counts: counts_are_of_their_time old_times_get_longer older_times_are_days a_rest_is_measured
        visits_are_found_by_looks;
    definitions: a_stream_gets_a_version_per_change a_program_is_put_and_published publishing_is_idempotent
        a_pause_takes_entries_and_a_finish_does_not versions_are_paged;
    documents: documents_of_each_kind_are_edited_alike a_stream_that_is_only_a_draft_sends_nothing
        a_file_of_a_stream_takes_its_draft_along_unless_it_was_edited;
    dry_run: the_past_is_read_in_order the_past_has_room what_a_program_did_is_read;
    entered: who_entered_before_is_known;
    designer: a_draft_is_fenced_by_its_revision an_import_takes_a_draft_along_unless_it_was_edited
        a_publication_does_what_was_chosen the_same_wait_goes_on_and_many_go_in_batches
        what_a_pause_holds_is_published_along archived_programs_let_nobody_in
        archived_stays_archived;
    events: a_new_contact_is_made a_known_contact_is_merged duplicates_are_told
        taken_keys_are_told names_that_clash
        stale_routing_writes_nothing unknown_types_are_registered_or_refused attachments_come_along
        nodes_that_ingest_together_agree one_address_in_two_spellings_is_one_contact
        contacts_of_both_spellings_stay_two
        an_id_belongs_to_one_event the_newest_word_counts
        nothing_happens_in_the_future a_contact_is_bounded what_a_batch_meets_has_room who_cannot_be_decided_about_is_a_dead_letter
        who_is_refused_ends_at_the_entry;
    faults: a_full_disk a_file_that_may_not_grow a_missing_column somebodys_trigger a_database_that_is_read_only killed_connections rights_are_lost
        too_few_connections a_locked_file a_damaged_page callers_that_go_away what_is_not_migrated_is_told
        clocks_that_differ;
    fences: two_attempts_in_one_call two_attempts_of_a_call_in_one_call what_is_marked_meanwhile_is_not_given_back;
    gate: the_gate_says_why each_class_has_its_time;
    holding: a_pause_holds_what_falls_due a_pause_holds_messages_and_others_pass a_pause_refuses_marks
        the_inbox_is_barred_too what_was_held_runs what_is_too_old_is_skipped what_was_held_is_spread
        a_stop_ejects_and_comes_back many_come_back_in_batches_whoever_goes_on states_allow_what_they_should
        publishing_does_not_resume nothing_stays_held_in_a_race;
    housekeeping: old_rows_go_in_batches a_token_stays_with_its_messages old_counters_become_one
        a_file_gets_shorter a_lost_connection_is_told settings_and_secrets;
    lists: every_list_pages_through_all_rows_once a_page_has_room the_timeline_tells_all the_feed_tells_news dead_letters_are_one_list
        a_filtered_page_is_full_while_there_is_more;
    mend: a_failed_token_goes_on_in_the_current_version a_replay_wakes_no_program a_publication_moves_what_failed
        a_failed_message_is_written_by_the_current_stream a_message_gets_the_stream_that_was_missing;
    outbox: a_step_may_ask_for_several_messages a_message_goes_out what_waited_too_long_is_over a_lease_loads_so_much_and_no_more settling_is_fenced a_retry_comes_back the_inbox_keeps_mails
        rescue_follows_the_policy a_live_node_keeps_its_lease a_lease_in_doubt_is_given_back leases_do_not_overlap an_operator_resolves
        a_mark_is_refused_beyond_the_bounds consent_is_asked_at_the_mark_and_at_the_inbox;
    nodes: only_a_silent_nodes_buckets_change_hands;
    pieces: long_files_are_read_as_they_came a_value_without_all_its_pieces_is_none
        long_mails_stay_as_they_were_written_first;
    pooler: behind_a_pooler;
    queues: an_operator_holds_and_flushes what_waited_for_its_relay_is_due_at_once nodes_tell_what_they_see_of_relays
        an_operator_holds_and_flushes_calls a_flush_leaves_spread_calls_spread what_is_held_for_a_day_is_not_called_any_more
        nodes_tell_which_hosts_they_leave_alone;
    replica: a_replica_answers_lists;
    plans: the_audit_is_read_by_its_indexes calls_are_read_by_their_indexes hot_queries_are_index_ranges the_past_is_read_by_its_time lists_use_their_indexes;
    seen: fields_of_several_nodes_add_up two_nodes_add_at_once types_and_fields_have_a_budget
        a_contract_has_versions contracts_have_a_budget violations_are_counted
        what_is_seen_is_written_in_parts what_was_seen_goes_with_the_events;
    statements: every_statement_can_be_prepared migrations_are_paired;
    waits: an_event_makes_those_due_who_wait what_was_stored_first_is_looked_at_first so_many_events_are_kept_for_a_token
        nobody_waits_for_a_token_that_waits what_was_overlooked_is_made_due a_step_changes_its_contact a_publication_takes_waits_along
        who_is_moved_away_waits_no_more;
    conditions: whatever_happens_to_a_contact_makes_those_due_who_wait a_step_that_changes_a_contact_makes_others_due
        whoever_begins_to_wait_misses_nothing what_comes_between_a_claim_and_its_look_is_counted;
    crowds: a_crowd_is_woken_in_batches no_crowd_is_made_of_many_contacts each_crowd_has_its_turn a_crowd_gets_events_in_batches
        who_has_waited_long_enough_sees_what_was_noted who_ends_has_seen_all_that_was_noted what_one_transaction_gives_is_bounded
        what_comes_behind_what_is_noted_is_noted what_was_left_over_does_not_join a_publication_leaves_what_was_noted;
    races: a_publication_of_many_batches_and_events_meet they_meet_the_other_way_round a_stop_collects_what_comes a_dead_letter_takes_its_wait_along
        a_wait_of_a_test_run_ends_and_goes;
    ways: no_way_back_is_without_end no_way_back_from_the_unknown_is_without_end;
    texts: texts_that_cannot_be_stored texts_that_no_index_holds;
    test_runs: a_test_run_is_alone_and_goes_as_a_whole;
}

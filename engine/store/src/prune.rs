//! Deletes old rows, in bounded batches.

use std::ops::AddAssign;

use program::{Period, Time, WorkspaceId};
use uuid::Uuid;

use crate::{Result, Store, args::Args, counts, db::whole, pieces, sql};

/// How long a dead node stays listed, in milliseconds.
const DEAD_NODE: i64 = 86_400_000;

/// What is seen of events is written with the begin of its day, so it is older than it says by a day at most, in milliseconds.
const DAY: i64 = 86_400_000;

/// How long a test run is kept, in milliseconds.
const TEST_RUN: i64 = 7 * 86_400_000;

/// How long to keep what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Finished tokens and their trace; a token stays longer while a message of it is kept, because the way from a contact
    /// to its messages leads by the token.
    pub trace: Period,
    /// Events that no live token or message needs, with their attachments.
    pub events: Period,
    /// Messages that are sent, blocked, skipped or failed.
    pub messages: Period,
    /// Mails of the built-in inbox.
    pub inbox: Period,
    /// Who changed what.
    pub audit: Period,
}

/// How many rows went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Steps.
    pub trace: u64,
    /// Finished tokens.
    pub tokens: u64,
    /// Events.
    pub events: u64,
    /// Messages.
    pub messages: u64,
    /// Calls of other people's servers.
    pub calls: u64,
    /// Inbox mails.
    pub inbox: u64,
    /// Rows of who changed what.
    pub audit: u64,
    /// Expired sessions and login links.
    pub access: u64,
    /// What events looked like, and what of them stood against contracts.
    pub seen: u64,
    /// Test runs, each with all that it holds.
    pub test_runs: u64,
}

impl Pruned {
    /// All of them.
    pub fn total(&self) -> u64 {
        let outbox = self.messages + self.calls + self.inbox;
        self.trace + self.tokens + self.events + outbox + self.audit + self.access + self.seen + self.test_runs
    }
}

impl AddAssign for Pruned {
    fn add_assign(&mut self, more: Self) {
        self.trace += more.trace;
        self.tokens += more.tokens;
        self.events += more.events;
        self.messages += more.messages;
        self.calls += more.calls;
        self.inbox += more.inbox;
        self.audit += more.audit;
        self.access += more.access;
        self.seen += more.seen;
        self.test_runs += more.test_runs;
    }
}

impl Store {
    /// Deletes at most `limit` rows of each sort, and makes one counter of many. Call again while [`Pruned::total`] is
    /// not 0.
    pub async fn prune(&self, now: Time, keep: Keep, limit: u32) -> Result<Pruned> {
        let limit = i64::from(limit.max(1));
        let mut pruned = Pruned::default();
        for row in self.db.fetch(&sql::workspace_list, Args::new()).await? {
            let workspace = row.read("workspace").id("id")?;
            pruned += self.prune_workspace(workspace, now, keep, limit).await?;
        }
        for run in self.test_runs_before(now.timestamp_millis() - TEST_RUN, limit).await? {
            self.clear_test_run(run).await?;
            pruned.test_runs += 1;
        }
        let over = || Args::new().time(now).int(limit);
        pruned.access += self.db.execute(&sql::session_prune, over()).await?;
        pruned.access += self.db.execute(&sql::setup_link_prune, over()).await?;
        self.db.execute(&sql::relay_prune, Args::new()).await?;
        self.db.execute(&sql::call_host_prune, Args::new()).await?;
        self.db.execute(&sql::node_prune, Args::new().int(now.timestamp_millis() - DEAD_NODE)).await?;
        Ok(pruned)
    }

    /// Each sort in a transaction of its own, so that none is long.
    async fn prune_workspace(&self, workspace: WorkspaceId, now: Time, keep: Keep, limit: i64) -> Result<Pruned> {
        let mut pruned = Pruned::default();
        let head = || Args::new().uuid(workspace.uuid());
        let cut = |keep: Period| now - keep.delta();
        let args = head().time(cut(keep.trace)).int(limit);
        pruned.trace += self.db.execute(&sql::trace_prune, args).await?;
        let args = head().uuid(first_id(cut(keep.messages))).time(cut(keep.messages)).int(limit);
        pruned.messages += self.db.execute(&sql::message_prune, args).await?;
        let args = head().uuid(first_id(cut(keep.messages))).time(cut(keep.messages)).int(limit);
        pruned.calls += self.db.execute(&sql::call_prune, args).await?;
        let args = head().uuid(first_id(cut(keep.trace))).time(cut(keep.trace)).int(limit);
        pruned.tokens += self.prune_tokens(workspace, args).await?;
        let args = head().uuid(first_id(cut(keep.inbox))).int(limit);
        pruned.inbox += self.prune_inbox(workspace, args).await?;

        let args = head().uuid(first_id(cut(keep.audit))).int(limit);
        pruned.audit += self.db.execute(&sql::audit_prune, args).await?;

        counts::fold(&self.db, workspace, now).await?;

        let events = whole!(self.db, |tx| {
            let rows = tx.fetch(&sql::event_prune, head().uuid(first_id(cut(keep.events))).int(limit)).await?;
            if !rows.is_empty() {
                let events = rows.iter().map(|row| row.read("event").get("id")).collect::<Result<Vec<Uuid>>>()?;
                tx.execute(&sql::attachment_prune, head().uuids(events.iter().copied())).await?;
                pieces::prune(tx, workspace, events).await?;
            }
            Ok(rows.len() as u64)
        });
        pruned.events += events?;

        let cut = cut(keep.events);
        pruned.seen += self.db.execute(&sql::event_violation_prune, head().time(cut).int(limit)).await?;
        let day = || head().int(cut.timestamp_millis() - DAY).int(limit);
        pruned.seen += self.db.execute(&sql::event_field_prune, day()).await?;
        pruned.seen += self.db.execute(&sql::event_look_prune, day()).await?;
        Ok(pruned)
    }

    /// Mails of the inbox, with all their pieces.
    async fn prune_inbox(&self, workspace: WorkspaceId, args: Args) -> Result<u64> {
        whole!(self.db, |tx| {
            let rows = tx.fetch(&sql::inbox_prune, args.clone()).await?;
            if !rows.is_empty() {
                let mails = rows.iter().map(|row| row.read("inbox_mail").get("id")).collect::<Result<Vec<Uuid>>>()?;
                pieces::prune(tx, workspace, mails).await?;
            }
            Ok(rows.len() as u64)
        })
    }

    /// Finished tokens, with whose they were.
    async fn prune_tokens(&self, workspace: WorkspaceId, args: Args) -> Result<u64> {
        whole!(self.db, |tx| {
            let rows = tx.fetch(&sql::token_prune, args.clone()).await?;
            if !rows.is_empty() {
                let (mut tokens, mut contacts) = (Vec::<Uuid>::new(), Vec::<Uuid>::new());
                for row in &rows {
                    let mut row = row.read("token");
                    tokens.push(row.get("id")?);
                    contacts.push(row.get("contact")?);
                }
                let args = Args::new().uuid(workspace.uuid()).uuids(contacts).uuids(tokens.iter().copied());
                tx.execute(&sql::participation_prune, args).await?;
                for statement in [&sql::awaiting_delete, &sql::candidate_delete, &sql::joined_delete] {
                    let args = Args::new().uuids(tokens.iter().map(|_| workspace.uuid())).uuids(tokens.iter().copied());
                    tx.execute(statement, args).await?;
                }
            }
            Ok(rows.len() as u64)
        })
    }
}

/// The smallest UUIDv7 of a time: the first 48 bits are its milliseconds. So age is a range of ids.
pub(crate) fn first_id(time: Time) -> Uuid {
    let millis = u64::try_from(time.timestamp_millis()).unwrap_or_default();
    Uuid::from_u128(u128::from(millis) << 80)
}

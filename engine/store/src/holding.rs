//! Programs that hold: pause, resume with a catch-up rule, finish, stop.
//!
//! ```text
//! live -> paused -> live          what falls due is held, and comes back by a rule
//! live, paused, finishing -> stopped -> live      those inside are ejected, and come back by a rule
//! live -> finishing -> live       nobody enters, those inside go on
//! ```
//!
//! A wait costs when it is due, so a pause touches no token that waits: what falls due is set aside by whoever claims
//! it, and a message by whoever leases it or wants to mark it. Both hold the program's row while they do so, which is
//! why nothing is set aside any more once a program goes on.

use std::ops::AddAssign;

use program::{Period, ProgramId, Time, WorkspaceId};

use crate::{
    Error, ProgramState, ProgramSummary, Result, Store,
    args::Args,
    db::{Tx, whole},
    documents,
    outbox::aside::bar,
    programs, sql,
};

mod aside;
mod eject;
mod release;

pub(crate) use aside::{HeldToken, hold_tokens};
use release::Progress;

/// What becomes of what fell due while its program held it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatchUp {
    /// All of it at once, what was due first goes first.
    Run,
    /// What was due longer ago than this ends there; the rest runs.
    Skip {
        /// How long ago, when the program goes on.
        older_than: Period,
    },
    /// Evenly over this time from now, what was due first goes first.
    Spread {
        /// Over how long.
        over: Period,
    },
}

/// What a program has set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Tokens that fell due.
    pub tokens: u64,
    /// Tokens that were taken out by a stop, whether they were due or not.
    pub ejected: u64,
    /// Messages that were to be handed over.
    pub messages: u64,
    /// Calls that were to be made.
    pub calls: u64,
}

/// What a batch of a catch-up did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Tokens that go on, now or spread over a time.
    pub tokens: u64,
    /// Tokens that a stop had taken out and that wait on, because they are not due yet.
    pub waiting: u64,
    /// Messages that go on.
    pub messages: u64,
    /// Tokens that ended, because they were due too long ago.
    pub skipped_tokens: u64,
    /// Messages that ended for the same reason.
    pub skipped_messages: u64,
    /// Calls that go on.
    pub calls: u64,
    /// Calls that ended for the same reason.
    pub skipped_calls: u64,
    /// Whether there may be more: call again.
    pub more: bool,
}

impl AddAssign for Released {
    /// Both together; whether there is more is what the later one says.
    fn add_assign(&mut self, later: Self) {
        self.tokens += later.tokens;
        self.waiting += later.waiting;
        self.messages += later.messages;
        self.skipped_tokens += later.skipped_tokens;
        self.skipped_messages += later.skipped_messages;
        self.calls += later.calls;
        self.skipped_calls += later.skipped_calls;
        self.more = later.more;
    }
}

impl Store {
    /// Pauses a live program: its events go on starting tokens, and all that falls due is held. Once this returns, no
    /// mail of it is marked any more; gives how many had begun before and are still being handed over.
    pub async fn pause_program(&self, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<u64> {
        self.change_state(workspace, program, now, |stored| match stored.state {
            ProgramState::Live | ProgramState::Paused => Ok(ProgramState::Paused),
            ProgramState::Finishing => refuse("it is finishing; let it go on first, or stop it"),
            ProgramState::Stopped => refuse("it is stopped, which holds more than a pause; let it go on first"),
            state => refuse(never(state)),
        })
        .await?;
        bar(&self.db, workspace, program, now).await
    }

    /// Lets nobody in any more; those inside go on. One that is paused or stopped gives `Error::Conflict`, because
    /// nothing says what becomes of what it holds.
    pub async fn finish_program(&self, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<()> {
        self.change_state(workspace, program, now, |stored| match stored.state {
            ProgramState::Live | ProgramState::Finishing => Ok(ProgramState::Finishing),
            ProgramState::Paused | ProgramState::Stopped => refuse("it holds what fell due; let it go on first"),
            state => refuse(never(state)),
        })
        .await
    }

    /// Stops a program: nobody enters, nothing goes on. As [`Store::pause_program`] with its mails; those inside are
    /// taken out by [`Store::eject`], and those that it does not reach when they are claimed.
    pub async fn stop_program(&self, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<u64> {
        self.change_state(workspace, program, now, |stored| match stored.state {
            ProgramState::Live | ProgramState::Paused | ProgramState::Finishing | ProgramState::Stopped => {
                Ok(ProgramState::Stopped)
            }
            state => refuse(never(state)),
        })
        .await?;
        bar(&self.db, workspace, program, now).await
    }

    /// Takes a batch of those inside a stopped program out; says how many. Call again until it is none.
    pub async fn eject(&self, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<u64> {
        eject::batch(&self.db, workspace, program, now).await
    }

    /// Lets a paused, stopped or finishing program go on. What was set aside comes back by the rule, batch by batch:
    /// see [`Store::release`]. A live one is asked again for what an interruption left, by the new rule.
    pub async fn resume_program(
        &self,
        workspace: WorkspaceId,
        program: ProgramId,
        rule: CatchUp,
        now: Time,
    ) -> Result<()> {
        whole!(self.db, |tx| resume(tx, workspace, program, rule, now).await)
    }

    /// Brings a batch of what a program that goes on had set aside back, by the rule that it was resumed with.
    pub async fn release(&self, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<Released> {
        release::batch(&self.db, workspace, program, now).await
    }

    /// Programs whose catch-up has not come on since then: whoever did it is gone.
    pub async fn catch_ups_left(&self, since: Time) -> Result<Vec<(WorkspaceId, ProgramId)>> {
        let mut left = Vec::new();
        for row in self.db.fetch(&sql::program_catching_up, Args::new()).await? {
            let mut row = row.read("program");
            let (workspace, program) = (row.id("workspace")?, row.id("id")?);
            let progress: Progress = row.json("catch_up")?;
            if progress.touched <= since.timestamp_millis() {
                left.push((workspace, program));
            }
        }
        Ok(left)
    }

    /// What a program has set aside. Counts those rows, however many the program has besides.
    pub async fn held(&self, workspace: WorkspaceId, program: ProgramId) -> Result<Held> {
        let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid()).int(i64::MAX);
        let mut held = Held::default();
        for row in self.db.fetch(&sql::held_count, args).await? {
            let mut row = row.read("token or message");
            match (row.text("state")?.as_str(), row.number("count")?) {
                ("held", n) => held.tokens = n,
                ("ejected", n) => held.ejected = n,
                ("call", n) => held.calls = n,
                (_, n) => held.messages = n,
            }
        }
        Ok(held)
    }
}

async fn resume(tx: &mut Tx, workspace: WorkspaceId, program: ProgramId, rule: CatchUp, now: Time) -> Result<()> {
    documents::lock(tx, workspace).await?;
    let stored: ProgramSummary = programs::find(tx, workspace, program).await?.0;
    if matches!(stored.state, ProgramState::Draft | ProgramState::Archived) {
        return refuse(never(stored.state));
    }
    programs::put_state(tx, workspace, &stored, ProgramState::Live, now).await?;
    let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid()).time(now);
    let [mut tokens, mut messages, mut calls] = [0; 3];
    for row in tx.fetch(&sql::held_count, args).await? {
        let mut row = row.read("token, message or call");
        let total = match row.text("state")?.as_str() {
            "message" => &mut messages,
            "call" => &mut calls,
            _ => &mut tokens,
        };
        *total += row.from("due").int("due")?;
    }
    release::write(tx, workspace, program, Some(&Progress::new(rule, [tokens, messages, calls], now))).await
}

fn refuse<T>(why: &str) -> Result<T> {
    Err(Error::Conflict { what: "program state", why: why.into() })
}

fn never(state: ProgramState) -> &'static str {
    match state {
        ProgramState::Archived => "the program is archived; take it out of the archive first",
        _ => "the program was never published",
    }
}

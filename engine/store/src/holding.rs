//! Puts programs on hold and resumes them: pause, resume with a catch-up rule, finish, stop.
//!
//! ```text
//! live -> paused -> live          what falls due is held, and comes back by a rule
//! live, paused, finishing -> stopped -> live      those inside are ejected, and come back by a rule
//! live -> finishing -> live       nobody enters, those inside go on
//! ```
//!
//! A wait costs when it is due, so a pause touches no waiting token. The claim sets due tokens aside; the lease or the
//! mark sets messages aside. Both lock the program's row meanwhile. So nothing is set aside any more after the program
//! was resumed.

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

/// What happens on a resume to what fell due while the program was on hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatchUp {
    /// Everything runs at once, in the order in which it was due.
    Run,
    /// What was due longer ago than this ends there. The rest runs.
    Skip {
        /// How long before the resume.
        older_than: Period,
    },
    /// Everything runs, spread evenly over this time from now, in the order in which it was due.
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
    /// Tokens that a stop took out, due or not.
    pub ejected: u64,
    /// Messages that were to be sent.
    pub messages: u64,
    /// Calls that were to be made.
    pub calls: u64,
}

/// What a batch of a catch-up did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Tokens that go on, now or spread over a time.
    pub tokens: u64,
    /// Tokens that a stop had taken out and that wait again, because they are not due yet.
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
    /// Whether there may be more. If so, call again.
    pub more: bool,
}

impl AddAssign for Released {
    /// The sum of both. The later one says whether there is more.
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
    /// Pauses a live program. Its events still start tokens, and everything that falls due is held. After this returns,
    /// no mail of the program is marked any more. Returns how many mails were marked before and are still being handed
    /// over.
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

    /// Lets no new tokens in; those inside go on. A paused or stopped program gives `Error::Conflict`, because it would
    /// not be known what happens to what it holds.
    pub async fn finish_program(&self, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<()> {
        self.change_state(workspace, program, now, |stored| match stored.state {
            ProgramState::Live | ProgramState::Finishing => Ok(ProgramState::Finishing),
            ProgramState::Paused | ProgramState::Stopped => refuse("it holds what fell due; let it go on first"),
            state => refuse(never(state)),
        })
        .await
    }

    /// Stops a program: no token enters, and none goes on. Mails are treated as by [`Store::pause_program`].
    /// [`Store::eject`] takes out the tokens inside; those that it does not reach are taken out when they are claimed.
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

    /// Takes out a batch of the tokens in a stopped program; returns how many. Call again until it is 0.
    pub async fn eject(&self, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<u64> {
        eject::batch(&self.db, workspace, program, now).await
    }

    /// Resumes a paused, stopped or finishing program. What was set aside comes back by the rule, batch by batch: see
    /// [`Store::release`]. For a live program this brings back what an interrupted catch-up left, by the new rule.
    pub async fn resume_program(
        &self,
        workspace: WorkspaceId,
        program: ProgramId,
        rule: CatchUp,
        now: Time,
    ) -> Result<()> {
        whole!(self.db, |tx| resume(tx, workspace, program, rule, now).await)
    }

    /// Brings back a batch of what a resumed program had set aside, by the rule of its resume.
    pub async fn release(&self, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<Released> {
        release::batch(&self.db, workspace, program, now).await
    }

    /// Programs whose catch-up made no progress since `since`, because its process is gone.
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

    /// What a program has set aside. This counts only those rows, however many others the program has.
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

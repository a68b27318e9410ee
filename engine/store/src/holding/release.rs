//! Brings back what was set aside, by a rule, in the order in which it was due, in bounded batches. The progress is
//! stored beside the program, so that any node can go on.

use program::{Action, NodeId, Period, ProgramId, Reason, Time, TokenId, TraceStep, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::{CatchUp, Released};
use crate::{
    MessageStatus, Result, TokenStatus,
    args::Args,
    calls,
    counts::Counts,
    db::{Db, Tx, whole},
    lane::{self, CALLS, Lane, MAIL},
    row::Row,
    sql,
    trace::insert_trace,
    words::Word as _,
};

/// Tokens, or messages, of one batch.
const BATCH: i64 = 1_000;

/// A catch-up and its progress, as stored. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    rule: Rule,
    at: i64,
    /// When it last made progress.
    pub(super) touched: i64,
    tokens: Share,
    messages: Share,
    /// Zero if a former build wrote it, which knew no calls.
    #[serde(default)]
    calls: Share,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rule {
    Run,
    Skip(i64),
    Spread(i64),
}

/// How many there are to bring back, and how many of them are back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Share {
    total: i64,
    done: i64,
}

/// What becomes of one that is brought back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// It was not due yet when the program was resumed.
    Waits,
    Due(i64),
    Skipped,
}

/// A token that was set aside.
pub(super) struct Aside {
    pub(super) id: TokenId,
    node: NodeId,
    seq: u32,
    state: TokenStatus,
    due_at: i64,
}

impl Progress {
    /// How many tokens, messages and calls there are to bring back.
    pub(super) fn new(rule: CatchUp, [tokens, messages, calls]: [i64; 3], now: Time) -> Self {
        let millis = |period: Period| period.millis().cast_signed();
        let rule = match rule {
            CatchUp::Run => Rule::Run,
            CatchUp::Skip { older_than } => Rule::Skip(millis(older_than)),
            CatchUp::Spread { over } => Rule::Spread(millis(over)),
        };
        let (at, share) = (now.timestamp_millis(), |total| Share { total, done: 0 });
        let (tokens, messages, calls) = (share(tokens), share(messages), share(calls));
        Self { rule, at, touched: at, tokens, messages, calls }
    }

    /// What becomes of the next one, which was due at `was`.
    fn next(&self, share: &mut Share, was: i64) -> Fate {
        if was > self.at {
            return Fate::Waits;
        }
        let (place, total) = (share.done, share.total.max(1));
        share.done += 1;
        match self.rule {
            Rule::Skip(older_than) if was < self.at - older_than => Fate::Skipped,
            // One millisecond apart, because claims sort by the due time.
            Rule::Run | Rule::Skip(_) => Fate::Due(was.max(self.at - (total - place).max(0)).min(self.at)),
            Rule::Spread(over) => {
                let part = i128::from(over) * i128::from(place.min(total)) / i128::from(total);
                Fate::Due(self.at + i64::try_from(part).unwrap_or(over))
            }
        }
    }

    /// Why one is skipped.
    fn reason(&self) -> Reason {
        match self.rule {
            Rule::Skip(millis) => {
                let by = Period::from_millis(millis.unsigned_abs()).unwrap_or(Period::MAX);
                Reason::Overdue { by }
            }
            Rule::Run | Rule::Spread(_) => Reason::NONE,
        }
    }
}

/// Stores the progress of a catch-up; none: it is done.
pub(super) async fn write(
    tx: &mut Tx,
    workspace: WorkspaceId,
    program: ProgramId,
    progress: Option<&Progress>,
) -> Result<()> {
    let text = progress.map(crate::documents::json).transpose()?;
    let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid()).text(text);
    tx.execute(&sql::program_catch_up_set, args).await.map(drop)
}

pub(super) async fn batch(db: &Db, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<Released> {
    whole!(db, |tx| run(tx, workspace, program, now).await)
}

async fn run(tx: &mut Tx, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<Released> {
    let mut released = Released::default();
    let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid());
    let rows = tx.fetch(&sql::program_catch_up, args).await?;
    let Some(row) = rows.first() else { return Ok(released) };
    let mut row = row.read("program");
    let holds = row.opt_text("holds")?.is_some();
    let progress: Option<Progress> = row.opt_json("catch_up")?;
    let Some(mut progress) = progress.filter(|_| !holds) else { return Ok(released) };

    let mut share = progress.messages;
    let mail = release_lane(tx, &MAIL, (workspace, program), (&progress, &mut share), now).await?;
    progress.messages = share;
    let mut share = progress.calls;
    let calls = release_lane(tx, &CALLS, (workspace, program), (&progress, &mut share), now).await?;
    progress.calls = share;
    (released.messages, released.skipped_messages) = (mail.queued, mail.skipped);
    calls::go_on(tx, now, &calls.rows).await?;
    (released.calls, released.skipped_calls) = (calls.queued, calls.skipped);
    let mut counts = Counts::default();
    let tokens = release_tokens(tx, (workspace, program), &mut progress, (&mut released, &mut counts), now).await?;
    progress.touched = now.timestamp_millis();
    released.more = mail.count().max(calls.count()).max(tokens) == BATCH;
    write(tx, workspace, program, released.more.then_some(&progress)).await?;
    counts.write(tx, now).await?;
    Ok(released)
}

/// What came back in one lane: how many go on, how many are skipped, and what became of each.
struct Back {
    queued: u64,
    skipped: u64,
    rows: Vec<Row>,
}

impl Back {
    fn count(&self) -> i64 {
        (self.queued + self.skipped).cast_signed()
    }
}

/// Releases messages, or calls. The words of their states are the same.
async fn release_lane(
    tx: &mut Tx,
    lane: &Lane,
    program: (WorkspaceId, ProgramId),
    (progress, share): (&Progress, &mut Share),
    now: Time,
) -> Result<Back> {
    let held = lane::held(tx, lane, program, BATCH).await?;
    let mut back = Back { queued: 0, skipped: 0, rows: Vec::new() };
    let mut released = Vec::with_capacity(held.len());
    for (id, was) in held {
        let fate = progress.next(share, was);
        released.push(match fate {
            Fate::Skipped => {
                back.skipped += 1;
                let (state, reason) = (MessageStatus::Skipped.word(), Some(progress.reason()));
                lane::Released { id, state, due_at: was, reason, settled_at: Some(now.timestamp_millis()) }
            }
            Fate::Waits | Fate::Due(_) => {
                back.queued += 1;
                let due_at = if let Fate::Due(at) = fate { at } else { was };
                lane::Released { id, state: MessageStatus::Queued.word(), due_at, reason: None, settled_at: None }
            }
        });
    }
    back.rows = lane::release(tx, lane, program.0, &released, now).await?;
    Ok(back)
}

/// Held or ejected tokens of a program, earliest due first.
pub(super) async fn held_tokens(
    tx: &mut Tx,
    workspace: WorkspaceId,
    program: ProgramId,
    state: TokenStatus,
    limit: i64,
) -> Result<Vec<Aside>> {
    let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid()).text(state.word().to_owned()).int(limit);
    let read = |row: &Row| {
        let mut row = row.read("token");
        Ok(Aside {
            id: row.id("id")?,
            node: row.name("node")?,
            seq: row.number("seq")?,
            state: row.word("state")?,
            due_at: row.int("due_at")?,
        })
    };
    tx.fetch(&sql::token_list_held, args).await?.iter().map(read).collect()
}

async fn release_tokens(
    tx: &mut Tx,
    (workspace, program): (WorkspaceId, ProgramId),
    progress: &mut Progress,
    (released, counts): (&mut Released, &mut Counts),
    now: Time,
) -> Result<i64> {
    let mut tokens = held_tokens(tx, workspace, program, TokenStatus::Held, BATCH).await?;
    tokens.extend(held_tokens(tx, workspace, program, TokenStatus::Ejected, BATCH).await?);
    tokens.sort_by_key(|token| (token.due_at, token.id));
    tokens.truncate(BATCH as usize);
    if tokens.is_empty() {
        return Ok(0);
    }
    let mut share = progress.tokens;
    let fates: Vec<Fate> = tokens.iter().map(|token| progress.next(&mut share, token.due_at)).collect();
    progress.tokens = share;
    let mut steps = Vec::new();
    for (token, fate) in tokens.iter().zip(&fates) {
        if token.state == TokenStatus::Ejected {
            counts.add(workspace, program, &token.node, "ejected", -1);
        }
        match fate {
            Fate::Waits => released.waiting += 1,
            Fate::Due(_) => released.tokens += 1,
            Fate::Skipped => {
                released.skipped_tokens += 1;
                counts.add(workspace, program, &token.node, "finished", 1);
                let (seq, node, reason) = (token.seq + 1, token.node.clone(), progress.reason());
                let step = TraceStep { seq, at: now, node, action: Action::Finished, reason, effects: Vec::new() };
                steps.push((workspace, token.id, step));
            }
        }
    }
    let rows = || tokens.iter().zip(&fates);
    let state = |fate: &Fate| if *fate == Fate::Skipped { TokenStatus::Done } else { TokenStatus::Ready };
    let due = |token: &Aside, fate: &Fate| match fate {
        Fate::Waits => token.due_at,
        Fate::Due(at) => *at,
        Fate::Skipped => now.timestamp_millis(),
    };
    let seq = |token: &Aside, fate: &Fate| i64::from(token.seq) + i64::from(*fate == Fate::Skipped);
    let args = Args::new()
        .time(now)
        .uuids(rows().map(|_| workspace.uuid()))
        .uuids(rows().map(|(token, _)| token.id.uuid()))
        .texts(rows().map(|(_, fate)| state(fate).word().to_owned()))
        .ints(rows().map(|(token, fate)| due(token, fate)))
        .ints(rows().map(|(token, fate)| seq(token, fate)));
    tx.execute(&sql::token_release, args).await?;
    let steps: Vec<_> = steps.iter().map(|(workspace, token, step)| (*workspace, *token, step)).collect();
    insert_trace(tx, &steps).await?;
    Ok(tokens.len() as i64)
}

#[cfg(test)]
mod tests {
    use program::Time;

    use super::*;

    fn fates(rule: CatchUp, was: &[i64]) -> Vec<Fate> {
        let now = Time::from_timestamp_millis(1_000).unwrap_or_default();
        let due = was.iter().filter(|was| **was <= 1_000).count() as i64;
        let progress = Progress::new(rule, [due, 0, 0], now);
        let mut share = progress.tokens;
        was.iter().map(|was| progress.next(&mut share, *was)).collect()
    }

    fn millis(n: u64) -> Period {
        Period::from_millis(n).unwrap_or(Period::MAX)
    }

    #[test]
    fn each_rule() {
        use Fate::{Due, Skipped, Waits};
        let was = [100, 100, 900, 2_000];
        assert_eq!(fates(CatchUp::Run, &was), [Due(997), Due(998), Due(999), Waits]);
        let skip = CatchUp::Skip { older_than: millis(500) };
        assert_eq!(fates(skip, &was), [Skipped, Skipped, Due(999), Waits]);
        let spread = CatchUp::Spread { over: millis(600) };
        assert_eq!(fates(spread, &was), [Due(1_000), Due(1_200), Due(1_400), Waits]);
    }
}

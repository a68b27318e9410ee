//! Moves tokens to another version, batch by batch. A batch holds tokens at one node of one version.

use program::{Phase, Program, ProgramId, Reason, Time, VersionId, WorkspaceId};
use uuid::Uuid;

use super::{Choice, Moved, NodeChoice, Publish, standing};
use crate::{
    Error, Result,
    args::Args,
    awaits::{self, Following, Follows, Waited},
    counts::Counts,
    db::Tx,
    documents,
    row::Row,
    sql::{self, Statement},
    words::Word as _,
};

/// Tokens of one batch. Each of its three statements stays far below the time limit of a statement.
const BATCH: i64 = 5_000;

/// Where tokens go.
pub(super) struct Target<'a> {
    pub(super) workspace: WorkspaceId,
    pub(super) program: ProgramId,
    pub(super) version: VersionId,
    pub(super) number: u32,
    pub(super) body: &'a Program,
}

/// Where a token stood: what an undo needs of each token, beside what its batch has in common.
pub(super) struct Former {
    token: Uuid,
    phase: String,
    seq: i64,
    due_at: i64,
    /// The error, if it had failed.
    error: Option<String>,
}

impl Former {
    pub(super) fn read(rows: &[Row]) -> Result<Vec<Self>> {
        let read = |row: &Row| {
            let mut row = row.read("publication_token");
            let (token, phase) = (row.get("token")?, row.text("phase")?);
            Ok(Self { token, phase, seq: row.int("seq")?, due_at: row.int("due_at")?, error: row.opt_text("error")? })
        };
        rows.iter().map(read).collect()
    }

    /// The rows of a statement. With given rows both databases look up each token by its key. A join with the table
    /// took PostgreSQL seconds, because the table has no statistics yet.
    pub(super) fn rows(tokens: &[Self], workspace: WorkspaceId, args: Args) -> Args {
        let args = args.uuids(tokens.iter().map(|_| workspace.uuid()));
        args.uuids(tokens.iter().map(|former| former.token))
            .texts(tokens.iter().map(|former| former.phase.clone()))
            .ints(tokens.iter().map(|former| former.seq))
            .ints(tokens.iter().map(|former| former.due_at))
    }

    /// Its wait, if it rested.
    pub(super) fn waited(&self) -> Option<Waited> {
        let Self { token, seq, due_at, .. } = *self;
        (self.phase == Phase::Due.word()).then_some(Waited { token, seq, due_at })
    }

    /// The last column of the statement that puts tokens back.
    pub(super) fn errors(tokens: &[Self], args: Args) -> Args {
        args.texts(tokens.iter().map(|former| former.error.clone()))
    }

    /// Whether they had failed. This is the same for all of a batch.
    pub(super) fn had_failed(tokens: &[Self]) -> bool {
        tokens.iter().any(|former| former.error.is_some())
    }
}

/// One place of tokens, and what is done to them.
struct Batch<'a> {
    choice: &'a NodeChoice,
    from: VersionId,
    /// The number of its first batch. Batches of a publication are counted.
    number: i64,
    /// How much later a wait ends, in milliseconds.
    later: i64,
}

/// The tokens of a program in one state: where they stand, and how a batch of them is taken.
pub(super) struct Source {
    pub(super) places: &'static Statement,
    take: &'static Statement,
    /// Whether they are dead letters, which a move tries again.
    pub(super) failed: bool,
}

/// In this order a later source finds tokens that a pause sets aside, or that fail, meanwhile.
pub(super) static SOURCES: [Source; 3] = [
    Source { places: &sql::token_place_count, take: &sql::publication_take, failed: false },
    Source { places: &sql::token_place_held, take: &sql::publication_take_held, failed: false },
    Source { places: &sql::token_place_failed, take: &sql::publication_take_failed, failed: true },
];

/// Treats tokens as chosen; returns how many tokens each choice had.
pub(super) async fn run(tx: &mut Tx, target: &Target<'_>, publish: &Publish<'_>, now: Time) -> Result<Vec<Moved>> {
    let moved = |choice: &NodeChoice| Moved { node: choice.node.clone(), choice: choice.choice.clone(), tokens: 0 };
    let mut done: Vec<_> = publish.choices.iter().map(moved).collect();
    let mut counts = Counts::default();
    let mut number = 0;
    // Tokens that still wait for an event.
    let mut following = Vec::new();
    for source in &SOURCES {
        let args = Args::new().uuid(target.workspace.uuid()).uuid(target.program.uuid());
        let places = tx.fetch(source.places, args).await?;
        let places = places.iter().map(|row| standing(row, source.failed)).collect::<Result<Vec<_>>>()?;
        for (choice, done) in publish.choices.iter().zip(&mut done) {
            for place in places.iter().filter(|place| place.node == choice.node && place.version != target.version) {
                if choice.choice == Choice::Stay {
                    done.tokens += place.tokens;
                    continue;
                }
                let later = match choice.choice {
                    Choice::Retime => later(tx, target, choice, place.version).await? / publish.time_scale,
                    _ => 0.0,
                };
                let mut batch = Batch { choice, from: place.version, number, later: later.round() as i64 };
                let taken = put(tx, target, publish, (source.take, &mut batch, &mut following), now).await?;
                done.tokens += taken;
                number = batch.number;
                if source.failed {
                    counts.add(target.workspace, target.program, &choice.node, "failed", -signed(taken));
                }
            }
        }
    }
    awaits::follow(tx, target.workspace, &following, now).await?;
    for (choice, done) in publish.choices.iter().zip(&done) {
        count(&mut counts, target.workspace, target.program, choice, signed(done.tokens));
    }
    counts.write(tx, now).await?;
    Ok(done)
}

/// How much later the wait ends than in an older version, in milliseconds of the program. 0 if it was another kind of
/// wait.
async fn later(tx: &mut Tx, target: &Target<'_>, choice: &NodeChoice, from: VersionId) -> Result<f64> {
    let was: Program = documents::version(tx, target.workspace, from).await?;
    let was = was.rest(&choice.node);
    let is = target.body.rest(&choice.node);
    let later = was.zip(is).and_then(|(was, is)| is.later_than(was));
    Ok(later.map_or(0.0, |later| later.num_milliseconds() as f64))
}

/// Treats all tokens of a place, batch by batch.
async fn put<'t>(
    tx: &mut Tx,
    target: &Target<'t>,
    publish: &Publish<'_>,
    (take, batch, following): (&'static Statement, &mut Batch<'_>, &mut Vec<Following<'t>>),
    now: Time,
) -> Result<u64> {
    let node = &batch.choice.node;
    let version = target.number;
    let (word, to, keep, reason) = match &batch.choice.choice {
        // `run` skips places where tokens stay.
        Choice::Stay => return Ok(0),
        Choice::Move { to } => {
            ("move", Some(to), to == node && target.body.rest(to).is_some(), Reason::Moved { version })
        }
        Choice::Retime => ("retime", Some(node), true, Reason::Retimed { version }),
        Choice::Exit => ("exit", None, false, Reason::TakenOut { version }),
    };
    let reason = reason.to_stored();
    let mut total = 0;
    loop {
        let args = Args::new()
            .uuid(target.workspace.uuid())
            .uuid(target.program.uuid())
            .uuid(publish.id)
            .int(batch.number)
            .text(node.to_string())
            .uuid(batch.from.uuid())
            .int(BATCH);
        let tokens = Former::read(&tx.fetch(take, args).await?)?;
        // A batch leaves out tokens that moved on while another transaction held them. So only an empty batch is the
        // last one.
        if tokens.is_empty() {
            return Ok(total);
        }
        let args = Args::new().uuid(target.workspace.uuid()).uuid(publish.id).int(batch.number);
        let args = args.text(word.to_owned()).uuid(batch.from.uuid()).text(node.to_string());
        tx.execute(&sql::publication_batch_insert, args.text(to.map(ToString::to_string))).await?;
        let written = match to {
            Some(to) => {
                let args = Args::new().uuid(target.version.uuid()).text(to.to_string()).bool(keep);
                let args = args.int(batch.later).time(now);
                if let Some(event) = awaits::awaited_at(target.body, to.as_str()).filter(|_| keep) {
                    let follows = |it: &Former| Follows { token: it.token, seen: it.seq, seq: it.seq + 1 };
                    let tokens = tokens.iter().map(follows).collect();
                    following.push(Following { tokens, event, later: batch.later });
                }
                tx.execute(&sql::publication_move, Former::rows(&tokens, target.workspace, args)).await?
            }
            None => {
                tx.execute(&sql::publication_exit, Former::rows(&tokens, target.workspace, Args::new().time(now)))
                    .await?
            }
        };
        let args = Args::new().time(now).text(node.to_string()).text(word.to_owned()).text(to.map(ToString::to_string));
        let traced = tx
            .execute(&sql::publication_trace, Former::rows(&tokens, target.workspace, args.text(reason.clone())))
            .await?;
        let taken = tokens.len() as u64;
        if (written, traced) != (taken, taken) {
            let why = format!("of {taken} tokens {written} were moved and {traced} traced");
            return Err(Error::Database(why));
        }
        total += taken;
        batch.number += 1;
    }
}

pub(super) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Counts the tokens of a choice. A token that stays at its node is not counted again.
pub(super) fn count(counts: &mut Counts, workspace: WorkspaceId, program: ProgramId, choice: &NodeChoice, n: i64) {
    let mut add = |node, what| counts.add(workspace, program, node, what, n);
    match &choice.choice {
        Choice::Stay | Choice::Retime => {}
        Choice::Move { to } if *to == choice.node => {}
        Choice::Move { to } => {
            add(&choice.node, "moved");
            add(to, "entered");
        }
        Choice::Exit => add(&choice.node, "finished"),
    }
}

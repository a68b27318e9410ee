//! Moves failed tokens and messages to the current version, so that they go on with what was corrected.

use std::collections::{BTreeMap, HashMap, btree_map::Entry};

use program::{EventType, MessageId, NodeId, Phase, Program, ProgramId, Reason, Time, TokenId, VersionId, WorkspaceId};
use uuid::Uuid;

use crate::{
    Error, MessageStatus, Result, Store, TokenStatus,
    args::Args,
    awaits::{self, Following, Follows},
    counts::Counts,
    db::{Tx, whole},
    documents, programs,
    row::{Reader, Row},
    sql,
    words::Word as _,
};

/// What became of dead letters that were to go on in what is there now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// How many are tried again.
    pub changed: u64,
    /// Those that stay as they are. An id of another sort is in neither.
    pub left: Vec<Left>,
}

/// A dead letter that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Id of the token or message.
    pub id: Uuid,
    /// Why, and what to do.
    pub why: String,
}

/// A failed token, as far as it can go on elsewhere.
struct Failed {
    id: TokenId,
    program: ProgramId,
    version: VersionId,
    node: NodeId,
    phase: Phase,
    seq: u32,
}

/// The live version of a program.
struct Live {
    id: VersionId,
    number: u32,
    body: Program,
}

impl Store {
    /// Makes failed tokens ready again at their node in their program's current version. One whose node is gone from
    /// that stays a dead letter: a publication can say where it goes. Each that changes its version takes one more step,
    /// which says so.
    pub async fn mend_tokens(&self, workspace: WorkspaceId, ids: &[TokenId], now: Time) -> Result<Mended> {
        if ids.is_empty() {
            return Ok(Mended::default());
        }
        whole!(self.db, |tx| tokens(tx, workspace, ids, now).await)
    }

    /// Queues failed messages again, to be written by the current version of their stream, under the same Message-ID.
    pub async fn mend_messages(&self, workspace: WorkspaceId, ids: &[MessageId], now: Time) -> Result<Mended> {
        if ids.is_empty() {
            return Ok(Mended::default());
        }
        let changed = self.requeue(workspace, ids, true, now).await?;
        let rest: Vec<_> = ids.iter().filter(|id| !changed.contains(id)).copied().collect();
        let left = match rest.is_empty() {
            true => Vec::new(),
            false => self.messages_by_id(workspace, &rest).await?,
        };
        let left = left.into_iter().map(|message| Left {
            id: message.id.uuid(),
            why: match message.status {
                MessageStatus::Failed => format!("there is no stream \"{}\"; import it first", message.stream),
                status => no_letter("message", status.word()),
            },
        });
        Ok(Mended { changed: changed.len() as u64, left: left.collect() })
    }
}

fn no_letter(what: &str, state: &str) -> String {
    format!("this {what} is no dead letter, it is {state}")
}

async fn tokens(tx: &mut Tx, workspace: WorkspaceId, ids: &[TokenId], now: Time) -> Result<Mended> {
    // One after the other with publications, so that the live version is the live one until the commit.
    documents::lock(tx, workspace).await?;
    let mut ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    let args = Args::new().uuids(ids.iter().map(|_| workspace.uuid())).uuids(ids.iter().copied());
    let (mut found, mut mended) = (Vec::new(), Mended::default());
    for row in tx.fetch(&sql::token_mendable, args).await? {
        match failed(&row)? {
            Ok(token) => found.push(token),
            Err(left) => mended.left.push(left),
        }
    }
    let mut live: BTreeMap<ProgramId, Option<Live>> = BTreeMap::new();
    for token in &found {
        if let Entry::Vacant(entry) = live.entry(token.program) {
            entry.insert(current(tx, workspace, token.program).await?);
        }
    }
    let mut going: HashMap<TokenId, (&Failed, &Live)> = HashMap::new();
    for token in &found {
        match live.get(&token.program).and_then(Option::as_ref) {
            Some(live) if live.body.nodes.contains_key(&token.node) => drop(going.insert(token.id, (token, live))),
            live => mended.left.push(Left { id: token.id.uuid(), why: nowhere(token, live) }),
        }
    }
    mended.changed = write(tx, workspace, &going, now).await?;
    Ok(mended)
}

fn nowhere(token: &Failed, live: Option<&Live>) -> String {
    match live {
        Some(Live { number, .. }) => format!(
            "version {number} has no node \"{}\"; replay it in its own version, or choose where it goes when you publish",
            token.node
        ),
        None => "its program has no live version; publish one first, or replay it in its own version".into(),
    }
}

/// A token that can go on, or why it cannot.
fn failed(row: &Row) -> Result<std::result::Result<Failed, Left>> {
    let mut head = row.read("token");
    let (id, status): (TokenId, TokenStatus) = (head.id("id")?, head.word("state")?);
    let left = |why| Ok(Err(Left { id: id.uuid(), why }));
    if status != TokenStatus::Failed {
        return left(no_letter("token", status.word()));
    }
    let read = |mut rest: Reader<'_>| {
        Ok(Failed {
            id,
            program: rest.id("program")?,
            version: rest.id("version")?,
            node: rest.name("node")?,
            phase: rest.word("phase")?,
            seq: rest.number("seq")?,
        })
    };
    match read(head) {
        Ok(token) => Ok(Ok(token)),
        Err(error @ Error::Corrupt { .. }) => left(error.to_string()),
        Err(error) => Err(error),
    }
}

async fn current(tx: &mut Tx, workspace: WorkspaceId, program: ProgramId) -> Result<Option<Live>> {
    let summary = match programs::find(tx, workspace, program).await {
        Ok((summary, _)) => summary,
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(version) = summary.current else { return Ok(None) };
    let body = documents::version(tx, workspace, version.id).await?;
    Ok(Some(Live { id: version.id, number: version.number, body }))
}

async fn write(
    tx: &mut Tx,
    workspace: WorkspaceId,
    going: &HashMap<TokenId, (&Failed, &Live)>,
    now: Time,
) -> Result<u64> {
    if going.is_empty() {
        return Ok(0);
    }
    let mut tokens: Vec<_> = going.values().collect();
    tokens.sort_unstable_by_key(|(token, _)| token.id);
    // A step says that the version is another one; in the same one it is a replay as any other.
    let moves = |(token, live): &(&Failed, &Live)| token.version != live.id;
    // What had rested goes on from there if it can rest there still; else it arrives anew.
    let phase = |(token, live): &(&Failed, &Live)| match live.body.rest(&token.node) {
        Some(_) => token.phase,
        None => Phase::Arrived,
    };
    let args = Args::new()
        .time(now)
        .uuids(tokens.iter().map(|_| workspace.uuid()))
        .uuids(tokens.iter().map(|(token, _)| token.id.uuid()))
        .ints(tokens.iter().map(|(token, _)| i64::from(token.seq)))
        .uuids(tokens.iter().map(|(_, live)| live.id.uuid()))
        .texts(tokens.iter().map(|one| phase(one).word().to_owned()))
        .ints(tokens.iter().map(|one| i64::from(one.0.seq) + i64::from(moves(one))));
    let mut counts = Counts::default();
    let mut moved = Vec::new();
    let rows = tx.fetch(&sql::token_mend, args).await?;
    for row in &rows {
        let id: TokenId = row.read("token").id("id")?;
        let Some(one @ (token, _)) = going.get(&id) else { continue };
        counts.add(workspace, token.program, &token.node, "failed", -1);
        if moves(one) {
            moved.push(one);
        }
    }
    if !moved.is_empty() {
        let node = |(token, _): &&(&Failed, &Live)| token.node.to_string();
        let args = Args::new()
            .uuids(moved.iter().map(|_| workspace.uuid()))
            .uuids(moved.iter().map(|(token, _)| token.id.uuid()))
            .ints(moved.iter().map(|(token, _)| i64::from(token.seq) + 1))
            .ints(moved.iter().map(|_| now.timestamp_millis()))
            .texts(moved.iter().map(node))
            .texts(moved.iter().map(|_| "moved".to_owned()))
            .texts(moved.iter().map(node))
            .texts(moved.iter().map(|(_, live)| Reason::Mended { version: live.number }.to_stored()))
            .texts(moved.iter().map(|_| None::<String>));
        tx.execute(&sql::trace_insert, args).await?;
        awaits::follow(tx, workspace, &following(&moved), now).await?;
    }
    counts.write(tx, now).await?;
    Ok(rows.len() as u64)
}

/// Those that failed at a wait and wait for an event in the current version, too: what came for them goes along.
fn following<'a>(moved: &[&(&Failed, &'a Live)]) -> Vec<Following<'a>> {
    let mut by_event: BTreeMap<&EventType, Vec<Follows>> = BTreeMap::new();
    for (token, live) in moved.iter().filter(|(token, _)| token.phase == Phase::Due) {
        if let Some(event) = awaits::awaited_at(&live.body, token.node.as_str()) {
            let seen = i64::from(token.seq);
            by_event.entry(event).or_default().push(Follows { token: token.id.uuid(), seen, seq: seen + 1 });
        }
    }
    by_event.into_iter().map(|(event, tokens)| Following { tokens, event, later: 0 }).collect()
}

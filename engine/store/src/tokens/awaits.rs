//! What claimed tokens wait for: read, written and ended in the claim's transaction.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use program::{ContactId, EventId, EventType, Time, TokenId, WorkspaceId};
use uuid::Uuid;

use super::DueToken;
use crate::{
    Result,
    args::Args,
    awaits::{Waiting, noted},
    db::Tx,
    sql,
};

/// What a claimed token waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaiting {
    /// How long at most.
    pub until: Time,
    /// What came since it was looked at last, in the order in which it was stored.
    pub events: Vec<EventId>,
}

/// What becomes of the waits of claimed tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// These wait from now on, or rest on.
    pub open: Vec<OpenWait>,
    /// These have gone on.
    pub closed: Vec<(WorkspaceId, TokenId)>,
    /// These failed where they waited, and have another number: what they looked at is there for who tries again.
    pub failed: Vec<FailedWait>,
    /// These looked at what came; what comes later is new.
    pub looked: Vec<(WorkspaceId, TokenId)>,
    /// These events joined.
    pub joined: Vec<(WorkspaceId, TokenId, String, EventId)>,
}

/// A token that failed where it waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedWait {
    /// Whose tenant.
    pub workspace: WorkspaceId,
    /// Which token.
    pub token: TokenId,
    /// Its `seq` while it waited.
    pub seen: u32,
    /// Its `seq` as a dead letter.
    pub seq: u32,
}

/// A token that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenWait {
    /// Whose tenant.
    pub workspace: WorkspaceId,
    /// Which token.
    pub token: TokenId,
    /// Its `seq` while it waits.
    pub seq: u32,
    /// Whose events.
    pub contact: ContactId,
    /// Of which type.
    pub event: EventType,
    /// How long at most.
    pub until: Time,
}

/// The events that tokens wait for or have, each with its tenant.
pub(super) fn events(
    tokens: &[DueToken],
    awaited: &HashMap<TokenId, Awaiting>,
    joined: &HashMap<TokenId, Vec<(String, EventId)>>,
) -> Vec<(WorkspaceId, EventId)> {
    let mut events = Vec::new();
    if awaited.is_empty() && joined.is_empty() {
        return events;
    }
    for token in tokens {
        let came = awaited.get(&token.id).into_iter().flat_map(|awaiting| &awaiting.events);
        let known = joined.get(&token.id).into_iter().flatten().map(|(_, event)| event);
        events.extend(came.chain(known).map(|event| (token.workspace, *event)));
    }
    events
}

type Keys<'a> = &'a [&'a DueToken];

fn keys(tokens: Keys<'_>) -> Args {
    let args = Args::new().uuids(tokens.iter().map(|token| token.workspace.uuid()));
    args.uuids(tokens.iter().map(|token| token.id.uuid()))
}

/// What these tokens wait for; locked until the end of the claim. One that is missing does not wait yet.
/// What was noted for crowds and is read here is told in `read`.
pub(super) async fn awaited(
    tx: &mut Tx,
    now: Time,
    tokens: Keys<'_>,
    read: &mut Vec<Read>,
) -> Result<HashMap<TokenId, Awaiting>> {
    let mut awaited = HashMap::with_capacity(tokens.len());
    if tokens.is_empty() {
        return Ok(awaited);
    }
    let seqs: HashMap<TokenId, u32> = tokens.iter().map(|token| (token.id, token.place.seq)).collect();
    let (mut came, mut crowds) = (false, Vec::new());
    for row in tx.fetch(&sql::awaiting_lock, keys(tokens)).await? {
        let mut row = row.read("awaiting");
        let waiting = Waiting::read(&mut row)?;
        let (token, until, is_noted) = (TokenId(waiting.token), row.time("until")?, row.int("noted")? > 0);
        if seqs.get(&token).is_some_and(|seq| i64::from(*seq) == waiting.seq) {
            came |= waiting.found > 0;
            crowds.extend(is_noted.then_some(waiting));
            awaited.insert(token, Awaiting { until, events: Vec::new() });
        }
    }
    if came {
        for row in tx.fetch(&sql::candidate_list, keys(tokens)).await? {
            let mut row = row.read("candidate");
            let token: TokenId = row.id("token")?;
            let event = row.id("event")?;
            awaited.entry(token).and_modify(|awaiting| awaiting.events.push(event));
        }
    }
    if !crowds.is_empty() {
        let mut all = noted(tx, &crowds).await?;
        for waiting in crowds {
            let (Some(mut noted), Some(awaiting)) =
                (all.remove(&waiting.token), awaited.get_mut(&TokenId(waiting.token)))
            else {
                continue;
            };
            awaiting.events.append(&mut noted.events);
            // It does not end before all of it was looked at.
            if noted.more && awaiting.until <= now {
                awaiting.until = now + Duration::from_millis(1);
            }
            read.push(Read { waiting, last: noted.last });
        }
    }
    Ok(awaited)
}

/// The events that joined these tokens before, by name.
pub(super) async fn joined(tx: &mut Tx, tokens: Keys<'_>) -> Result<HashMap<TokenId, Vec<(String, EventId)>>> {
    let mut joined: HashMap<TokenId, Vec<(String, EventId)>> = HashMap::new();
    if tokens.is_empty() {
        return Ok(joined);
    }
    for row in tx.fetch(&sql::joined_list, keys(tokens)).await? {
        let mut row = row.read("joined");
        let token = row.id("token")?;
        joined.entry(token).or_default().push((row.text("name")?, row.id("event")?));
    }
    Ok(joined)
}

/// What a token has read of what was noted for its crowd: up to a number.
#[derive(Debug)]
pub(super) struct Read {
    waiting: Waiting,
    last: i64,
}

/// Writes what became of waits, and which of them have looked at what they `read`; what nobody asks for costs no statement.
pub(super) async fn write(tx: &mut Tx, waits: &Waits, read: &[Read]) -> Result<()> {
    let Waits { open, closed, failed, looked, joined } = waits;
    let keys = |rows: &[(WorkspaceId, TokenId)]| {
        let args = Args::new().uuids(rows.iter().map(|(workspace, _)| workspace.uuid()));
        args.uuids(rows.iter().map(|(_, token)| token.uuid()))
    };
    if !closed.is_empty() {
        tx.execute(&sql::awaiting_delete, keys(closed)).await?;
    }
    if !failed.is_empty() {
        // As in another version, but for the same event and as long.
        let args = Args::new()
            .text(None::<String>)
            .int(0)
            .int(0)
            .uuids(failed.iter().map(|wait| wait.workspace.uuid()))
            .uuids(failed.iter().map(|wait| wait.token.uuid()))
            .ints(failed.iter().map(|wait| i64::from(wait.seen)))
            .ints(failed.iter().map(|wait| i64::from(wait.seq)));
        tx.execute(&sql::awaiting_follow, args).await?;
    }
    if !joined.is_empty() {
        let args = Args::new()
            .uuids(joined.iter().map(|(workspace, ..)| workspace.uuid()))
            .uuids(joined.iter().map(|(_, token, ..)| token.uuid()))
            .texts(joined.iter().map(|(_, _, name, _)| name.clone()))
            .uuids(joined.iter().map(|(.., event)| event.uuid()));
        tx.execute(&sql::joined_put, args).await?;
    }
    if !open.is_empty() {
        // Rows that are left over are not locked yet: in the order in which everybody takes them.
        let mut open: Vec<_> = open.iter().collect();
        open.sort_unstable_by_key(|wait| wait.token);
        let args = Args::new()
            .uuids(open.iter().map(|wait| wait.workspace.uuid()))
            .uuids(open.iter().map(|wait| wait.token.uuid()))
            .ints(open.iter().map(|wait| i64::from(wait.seq)))
            .uuids(open.iter().map(|wait| wait.contact.uuid()))
            .texts(open.iter().map(|wait| wait.event.as_str().to_owned()))
            .ints(open.iter().map(|wait| wait.until.timestamp_millis()));
        tx.execute(&sql::awaiting_put, args).await?;
    }
    // Behind the rows: whoever gives events to left-over ones has given them by now.
    if !looked.is_empty() {
        tx.execute(&sql::candidate_delete, keys(looked)).await?;
    }
    let has_looked: HashSet<Uuid> = looked.iter().map(|(_, token)| token.uuid()).collect();
    let read: Vec<_> = read.iter().filter(|read| has_looked.contains(&read.waiting.token)).collect();
    if !read.is_empty() {
        let args = Args::new()
            .uuids(read.iter().map(|read| read.waiting.workspace))
            .uuids(read.iter().map(|read| read.waiting.token))
            .ints(read.iter().map(|read| read.waiting.seq))
            .ints(read.iter().map(|read| read.last));
        tx.execute(&sql::awaiting_behind, args).await?;
    }
    Ok(())
}

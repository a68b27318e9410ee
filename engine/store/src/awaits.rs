//! Tokens that wait for events, as those see them who are not about to move them: ingest, publications, a duty.
//!
//! Locks are taken in this order: contacts, crowds, rows of `awaiting` (all sorted), tokens that are free, counters. Whoever has
//! tokens (a claim, a publication) may wait for the rows; whoever has rows never waits for a token. A publication takes
//! its tokens in batches, but all rows of all batches at once, so that the order holds among them, too.

use std::collections::{BTreeMap, BTreeSet};

use program::{ContactId, EventId, EventType, MOST_CAME, Program, Time, VersionId, WorkspaceId};
use uuid::Uuid;

use crate::{
    Error, Result, Store,
    args::Args,
    claim,
    db::{Tx, whole},
    row::Reader,
    sql,
};

mod crowds;

pub use crowds::CrowdsAt;
pub(crate) use crowds::noted;
use crowds::{Sort, few};

/// The most tokens of one call of [`Store::overlooked`].
const MOST_OVERLOOKED: i64 = 1_000;
/// Rows of one statement, where there may be very many: each stays far below the time that a statement may take.
const BATCH: usize = 5_000;

/// The event types that tokens of a workspace may wait for. Those of versions that are not live any more are among them:
/// their tokens go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AwaitedTypes(BTreeSet<EventType>);

impl AwaitedTypes {
    /// As the workspace's row has them.
    pub(crate) fn read(workspace: &mut Reader<'_>) -> Result<Self> {
        let text = workspace.opt_text("awaited")?;
        let types = text.map(|text| serde_json::from_str(&text)).transpose();
        types.map(|types| Self(types.unwrap_or_default())).map_err(|error| workspace.corrupt("awaited", error))
    }

    pub(crate) fn contains(&self, event: &EventType) -> bool {
        self.0.contains(event)
    }

    pub(crate) fn into_set(self) -> BTreeSet<EventType> {
        self.0
    }
}

/// Keeps in mind what the tokens of a version will wait for, once it is live.
pub(crate) async fn expect(tx: &mut Tx, workspace: WorkspaceId, program: &Program) -> Result<()> {
    let mut awaited = program.awaited_events();
    awaited.extend(EventType::facts().filter(|_| program.watches()));
    if awaited.is_empty() {
        return Ok(());
    }
    let rows = tx.fetch(&sql::workspace_routing, Args::new().uuid(workspace.uuid())).await?;
    let row = rows.first().ok_or(Error::NotFound { what: "workspace" })?;
    let mut types = AwaitedTypes::read(&mut row.read("workspace").from("awaited"))?;
    let known = types.0.len();
    types.0.extend(awaited.into_iter().cloned());
    if types.0.len() == known {
        return Ok(());
    }
    let text = serde_json::to_string(&types.0);
    let text = text.map_err(|error| Error::Invalid { field: "event", why: error.to_string() })?;
    tx.execute(&sql::workspace_awaits, Args::new().uuid(workspace.uuid()).text(text)).await.map(drop)
}

/// Events have come: whoever waits for them is due. Where anybody waits for conditions, each event is news of its contact, too.
/// False, and nothing is written, where more than one event is too much at once.
pub(crate) async fn came(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: Time,
    events: &[(ContactId, &EventType, EventId)],
    awaited: &AwaitedTypes,
) -> Result<bool> {
    let facts = EventType::facts().filter(|facts| awaited.contains(facts));
    let mut news: BTreeMap<Sort, Vec<EventId>> = BTreeMap::new();
    for (contact, event, id) in events {
        let of = |event: &EventType| (workspace.uuid(), contact.uuid(), event.as_str().to_owned());
        if awaited.contains(event) {
            news.entry(of(event)).or_default().push(*id);
        }
        if let Some(facts) = facts {
            news.entry(of(facts)).or_default();
        }
    }
    tell(tx, now, &news, events.len() > 1).await.map(|told| told.is_some())
}

/// Steps have changed these contacts, which are locked: whoever waits for a condition on them is due. What the claim itself
/// has is not among them: it sees to that. Says whether there is anybody.
pub(crate) async fn changed(tx: &mut Tx, now: Time, contacts: &BTreeSet<(Uuid, Uuid)>) -> Result<bool> {
    let Some(facts) = EventType::facts() else { return Ok(false) };
    let sort = |(workspace, contact): &(Uuid, Uuid)| (*workspace, *contact, facts.as_str().to_owned());
    let news = contacts.iter().map(|contact| (sort(contact), Vec::new())).collect();
    tell(tx, now, &news, false).await.map(|told| told == Some(true))
}

/// Tells whoever waits, and leaves crowds to the duty. Says whether anybody was told; none, and nothing is written, where they
/// are too many at once and the caller has parts.
async fn tell(tx: &mut Tx, now: Time, news: &BTreeMap<Sort, Vec<EventId>>, has_parts: bool) -> Result<Option<bool>> {
    let Some(few) = few(tx, news, has_parts).await? else { return Ok(None) };
    if few.is_empty() {
        return Ok(Some(false));
    }
    let args = Args::new()
        .uuids(few.iter().map(|(workspace, ..)| *workspace))
        .uuids(few.iter().map(|(_, contact, _)| *contact))
        .texts(few.iter().map(|(.., event)| event.clone()));
    let mut told = Vec::new();
    for row in tx.fetch(&sql::awaiting_of_contact, args).await? {
        let mut row = row.read("awaiting");
        let waiting = Waiting::read(&mut row)?;
        let sort = (waiting.workspace, row.get("contact")?, row.text("event")?);
        told.extend(news.get(&sort).map(|events| (waiting, &events[..])));
    }
    give(tx, now, told.iter().map(|(waiting, events)| (waiting, *events))).await?;
    Ok(Some(!told.is_empty()))
}

fn is_facts(event: &str) -> bool {
    EventType::facts().is_some_and(|facts| facts.as_str() == event)
}

/// A token that waits, whose row is locked.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) workspace: Uuid,
    pub(crate) token: Uuid,
    pub(crate) seq: i64,
    /// How many events there are for it already.
    pub(crate) found: usize,
}

impl Waiting {
    pub(crate) fn read(row: &mut Reader<'_>) -> Result<Self> {
        let (workspace, token) = (row.get("workspace")?, row.get("token")?);
        Ok(Self { workspace, token, seq: row.int("seq")?, found: row.number("found")? })
    }
}

/// Tokens get what came, as far as there is room, and are due if nobody has them; none where it is news for whoever looks at
/// the contact. Says how many are due.
async fn give<'a>(tx: &mut Tx, now: Time, tokens: impl Iterator<Item = (&'a Waiting, &'a [EventId])>) -> Result<u64> {
    let tokens: Vec<_> = tokens.collect();
    if tokens.is_empty() {
        return Ok(0);
    }
    let (mut candidates, mut passed_over) = (Vec::new(), 0);
    let mut found = Vec::with_capacity(tokens.len());
    for (Waiting { workspace, token, found: has, .. }, events) in &tokens {
        let (fits, rest) = events.split_at(events.len().min(MOST_CAME.saturating_sub(*has)));
        passed_over += rest.len();
        candidates.extend(fits.iter().zip(*has..).map(|(event, number)| (*workspace, *token, number as i64, *event)));
        // One, where nothing comes but news.
        found.push((has + fits.len()).max(1) as i64);
    }
    if passed_over > 0 {
        tracing::warn!(
            events = passed_over,
            most = MOST_CAME,
            "a token waits for events, and so many came that some are not kept for it"
        );
    }
    for candidates in candidates.chunks(BATCH) {
        let args = Args::new()
            .uuids(candidates.iter().map(|(workspace, ..)| *workspace))
            .uuids(candidates.iter().map(|(_, token, ..)| *token))
            .ints(candidates.iter().map(|(.., number, _)| *number))
            .uuids(candidates.iter().map(|(.., event)| event.uuid()));
        tx.execute(&sql::candidate_insert, args).await?;
    }
    let args = Args::new()
        .uuids(tokens.iter().map(|(waiting, _)| waiting.workspace))
        .uuids(tokens.iter().map(|(waiting, _)| waiting.token))
        .ints(found);
    tx.execute(&sql::awaiting_found, args).await?;
    let places = tokens.iter().map(|(waiting, _)| (waiting.workspace, waiting.token, waiting.seq));
    make_due(tx, now, &places.collect::<Vec<_>>()).await
}

/// Makes tokens due that stand where they waited and that nobody else has.
async fn make_due(tx: &mut Tx, now: Time, tokens: &[(Uuid, Uuid, i64)]) -> Result<u64> {
    let args = Args::new()
        .time(now)
        .uuids(tokens.iter().map(|(workspace, ..)| *workspace))
        .uuids(tokens.iter().map(|(_, token, _)| *token))
        .ints(tokens.iter().map(|(.., seq)| *seq));
    let mut free = BTreeSet::new();
    for row in claim::free_tokens(tx, args).await? {
        free.insert(row.read("token").get::<Uuid>("id")?);
    }
    let free: Vec<_> = tokens.iter().filter(|(_, token, _)| free.contains(token)).collect();
    if free.is_empty() {
        return Ok(0);
    }
    let args = Args::new()
        .time(now)
        .uuids(free.iter().map(|(workspace, ..)| *workspace))
        .uuids(free.iter().map(|(_, token, _)| *token));
    tx.execute(&sql::token_came, args).await
}

impl Store {
    /// Makes tokens due for which an event came while somebody else than a claim had them; says how many.
    pub async fn overlooked(&self, now: Time) -> Result<u64> {
        let rows = self.db.fetch(&sql::awaiting_overlooked, Args::new().time(now).int(MOST_OVERLOOKED)).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let mut tokens = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut row = row.read("awaiting");
            tokens.push((row.get("workspace")?, row.get("token")?, row.int("seq")?));
        }
        whole!(self.db, |tx| make_due(tx, now, &tokens).await)
    }
}

/// A token that rests on by another number.
pub(crate) struct Follows {
    pub(crate) token: Uuid,
    pub(crate) seen: i64,
    pub(crate) seq: i64,
}

/// Tokens that rest on in another version alike.
pub(crate) struct Following<'a> {
    pub(crate) tokens: Vec<Follows>,
    /// What they wait for there.
    pub(crate) event: &'a EventType,
    /// How much later their wait ends, in milliseconds.
    pub(crate) later: i64,
}

/// Tokens rest on in another version: all that one transaction moves, because their rows are locked in one order.
pub(crate) async fn follow(tx: &mut Tx, workspace: WorkspaceId, all: &[Following<'_>], now: Time) -> Result<()> {
    lock(tx, workspace, all.iter().flat_map(|following| &following.tokens).map(|token| token.token)).await?;
    for Following { tokens, event, later } in all {
        for tokens in tokens.chunks(BATCH) {
            let args = Args::new().text(event.as_str().to_owned()).int(*later).time(now);
            tx.execute(&sql::awaiting_follow, numbers(workspace, tokens, args)).await?;
        }
    }
    Ok(())
}

/// Tokens have waited long enough.
pub(crate) async fn end(tx: &mut Tx, workspace: WorkspaceId, tokens: &[Follows], now: Time) -> Result<()> {
    lock(tx, workspace, tokens.iter().map(|token| token.token)).await?;
    tx.execute(&sql::awaiting_end, numbers(workspace, tokens, Args::new().time(now))).await.map(drop)
}

/// What the tokens of a node wait for in a version, if they do.
pub(crate) fn awaited_at<'a>(program: &'a Program, node: &str) -> Option<&'a EventType> {
    let (_, node) = program.nodes.iter().find(|(id, _)| id.as_str() == node)?;
    if node.disabled { None } else { node.awaited() }
}

/// Where an undone publication put tokens back.
pub(crate) struct Back {
    pub(crate) node: String,
    pub(crate) version: VersionId,
    pub(crate) event: EventType,
    pub(crate) tokens: Vec<Waited>,
}

/// A token that rested before the publication, with the `seq` and the due time that it had.
pub(crate) struct Waited {
    pub(crate) token: Uuid,
    pub(crate) seq: i64,
    pub(crate) due_at: i64,
}

/// Tokens are back where they waited: all that one transaction puts back, because their rows are locked in one order.
pub(crate) async fn put_back(tx: &mut Tx, workspace: WorkspaceId, all: &[Back], now: Time) -> Result<()> {
    lock(tx, workspace, all.iter().flat_map(|back| &back.tokens).map(|token| token.token)).await?;
    for Back { node, version, event, tokens } in all {
        for tokens in tokens.chunks(BATCH) {
            let args = Args::new()
                .text(event.as_str().to_owned())
                .time(now)
                .text(node.clone())
                .uuid(version.uuid())
                .uuids(tokens.iter().map(|_| workspace.uuid()))
                .uuids(tokens.iter().map(|token| token.token))
                .ints(tokens.iter().map(|token| token.seq))
                .ints(tokens.iter().map(|token| token.due_at));
            tx.execute(&sql::awaiting_return, args).await?;
        }
    }
    Ok(())
}

/// In the order in which everybody takes them, also from one statement to the next.
async fn lock(tx: &mut Tx, workspace: WorkspaceId, tokens: impl Iterator<Item = Uuid>) -> Result<()> {
    let mut tokens: Vec<_> = tokens.collect();
    tokens.sort_unstable();
    for tokens in tokens.chunks(BATCH) {
        tx.fetch(&sql::awaiting_lock, rows(workspace, tokens.len()).uuids(tokens.iter().copied())).await?;
    }
    Ok(())
}

fn numbers(workspace: WorkspaceId, tokens: &[Follows], args: Args) -> Args {
    args.uuids(tokens.iter().map(|_| workspace.uuid()))
        .uuids(tokens.iter().map(|token| token.token))
        .ints(tokens.iter().map(|token| token.seen))
        .ints(tokens.iter().map(|token| token.seq))
}

fn rows(workspace: WorkspaceId, n: usize) -> Args {
    Args::new().uuids(std::iter::repeat_n(workspace.uuid(), n))
}

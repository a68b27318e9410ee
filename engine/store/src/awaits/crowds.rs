//! Crowds: so many tokens of one contact wait that whoever has news of it does not tell them all. A duty does, in batches.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use program::{EventId, EventType, MOST_CAME, Time};
use uuid::Uuid;

use super::{Waiting, give, is_facts};
use crate::{
    Result, Store,
    args::Args,
    db::{Tx, whole},
    sql,
};

/// More tokens of one contact that wait for the same are a crowd, and so many are told by one transaction of the duty. Whoever
/// has news of a contact has it locked meanwhile, and others wait.
const CROWD: usize = 1_000;
/// The most tokens that whoever has news makes due, of all contacts.
const MOST_WOKEN: usize = 2_000;
/// The most events that one transaction gives to tokens, each counted for each of them.
const MOST_GIVEN: usize = 10_000;
/// The most crowds of one call of [`Store::wake_crowds`].
const MOST_CROWDS: i64 = 100;

/// By what whoever waits is found: a tenant, its contact, and an event type.
pub(super) type Sort = (Uuid, Uuid, String);

/// Of what there is news: the sorts whose tokens the caller tells. Crowds are noted for the duty, with what came. Where the
/// others are too many at once, they are noted, too; or none is the answer, and nothing is written, if the caller has parts.
/// The contacts of conditions are locked.
pub(super) async fn few(
    tx: &mut Tx,
    news: &BTreeMap<Sort, Vec<EventId>>,
    has_parts: bool,
) -> Result<Option<BTreeSet<Sort>>> {
    let Some(facts) = EventType::facts().filter(|_| !news.is_empty()) else { return Ok(Some(BTreeSet::new())) };
    let args = Args::new()
        .int(CROWD as i64 + 1)
        .text(facts.as_str().to_owned())
        .uuids(news.keys().map(|(workspace, ..)| *workspace))
        .uuids(news.keys().map(|(_, contact, _)| *contact))
        .texts(news.keys().map(|(.., event)| event.clone()));
    let (mut few, mut crowds) = (BTreeSet::new(), Vec::new());
    let (mut woken, mut given) = (0, 0);
    for row in tx.fetch(&sql::awaiting_count, args).await? {
        let mut row = row.read("awaiting");
        let sort: Sort = (row.get("workspace")?, row.get("contact")?, row.text("event")?);
        let (waiting, noted): (usize, i64) = (row.number("count")?, row.int("noted")?);
        let Some(events) = news.get(&sort).filter(|_| waiting > 0) else { continue };
        // What comes behind something that is noted is noted, too.
        if waiting > CROWD || noted > 0 {
            crowds.push((sort, events));
        } else {
            (woken, given) = (woken + waiting, given + waiting * events.len().min(MOST_CAME));
            few.insert(sort);
        }
    }
    if woken > MOST_WOKEN || given > MOST_GIVEN {
        if has_parts {
            return Ok(None);
        }
        crowds.extend(std::mem::take(&mut few).into_iter().filter_map(|sort| {
            let events = news.get(&sort)?;
            Some((sort, events))
        }));
    }
    note(tx, &crowds).await?;
    Ok(Some(few))
}

/// Notes for the duty what came.
async fn note(tx: &mut Tx, crowds: &[(Sort, &Vec<EventId>)]) -> Result<()> {
    let (waking, crowds): (Vec<_>, Vec<_>) = crowds.iter().partition(|((.., event), _)| is_facts(event));
    if !waking.is_empty() {
        let args = Args::new().uuids(waking.iter().map(|((workspace, ..), _)| *workspace));
        tx.execute(&sql::waking_put, args.uuids(waking.iter().map(|((_, contact, _), _)| *contact))).await?;
    }
    if crowds.is_empty() {
        return Ok(());
    }
    let sorts = |of: &[&Sort]| {
        let args = Args::new().uuids(of.iter().map(|(workspace, ..)| *workspace));
        let args = args.uuids(of.iter().map(|(_, contact, _)| *contact));
        args.texts(of.iter().map(|(.., event)| event.clone()))
    };
    let crowds: BTreeMap<&Sort, &Vec<EventId>> = crowds.iter().map(|(sort, events)| (sort, *events)).collect();
    let args = sorts(&crowds.keys().copied().collect::<Vec<_>>());
    let mut noted = Vec::new();
    for row in tx.fetch(&sql::crowd_put, args.ints(crowds.values().map(|events| events.len() as i64))).await? {
        let mut row = row.read("crowd");
        let sort: Sort = (row.get("workspace")?, row.get("contact")?, row.text("event")?);
        let last = row.int("noted")?;
        let Some((sort, events)) = crowds.get_key_value(&sort) else { continue };
        let first = last - events.len() as i64 + 1;
        noted.extend((first..).zip(*events).map(|(number, event)| (*sort, number, *event)));
    }
    let args = sorts(&noted.iter().map(|(sort, ..)| *sort).collect::<Vec<_>>())
        .ints(noted.iter().map(|(_, number, _)| *number))
        .uuids(noted.iter().map(|(.., event)| event.uuid()));
    tx.execute(&sql::crowd_event_put, args).await.map(drop)
}

/// Behind which crowd the next call goes on.
#[derive(Clone, Debug, Default)]
pub struct CrowdsAt(Sort);

impl Store {
    /// Tells a batch of each crowd of which there is news, from a place on; says how many tokens are due by that. None where
    /// nothing is left to do. One crowd whose batch fails does not keep the others waiting: it is an error where all fail.
    pub async fn wake_crowds(&self, now: Time, at: &mut CrowdsAt) -> Result<Option<u64>> {
        let facts = || EventType::facts().map(ToString::to_string);
        let list = async |(workspace, contact, event): Sort| {
            let args = Args::new().int(MOST_CROWDS).uuid(workspace).uuid(contact).text(event).text(facts());
            self.db.fetch(&sql::crowd_list, args).await
        };
        let mut rows = list(at.0.clone()).await?;
        if rows.is_empty() && at.0 != Sort::default() {
            rows = list(Sort::default()).await?;
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let (mut woken, mut failed) = (None, None);
        for row in &rows {
            let mut row = row.read("crowd");
            at.0 = (row.get("workspace")?, row.get("contact")?, row.text("event")?);
            let batch = if is_facts(&at.0.2) {
                whole!(self.db, |tx| wake(tx, &at.0, now).await)
            } else {
                whole!(self.db, |tx| tell(tx, &at.0, now).await)
            };
            match batch {
                Ok(more) => woken = Some(woken.unwrap_or(0) + more),
                Err(error) => {
                    tracing::warn!(contact = %at.0.1, event = at.0.2, %error, "a crowd is not told what came, trying again");
                    failed = Some(error);
                }
            }
        }
        match (woken, failed) {
            (None, Some(error)) => Err(error),
            (woken, _) => Ok(woken),
        }
    }
}

/// Its contact is locked as by whoever changes it, whoever has news for those who wait for conditions, and the duties of other
/// nodes.
async fn lock(tx: &mut Tx, (workspace, contact, _): &Sort) -> Result<()> {
    tx.fetch(&sql::contact_lock, Args::new().uuids([*workspace]).uuids([*contact])).await.map(drop)
}

/// The next tokens of a crowd, in the order of their ids, each with how much was noted when it began to wait: it gets what has
/// a higher number.
async fn next(tx: &mut Tx, (workspace, contact, event): &Sort, after: Option<Uuid>) -> Result<Vec<(Waiting, i64)>> {
    let args = Args::new().uuid(*workspace).uuid(*contact).text(event.clone());
    let args = args.uuid(after.unwrap_or_default()).int(CROWD as i64);
    let mut tokens = Vec::new();
    for row in tx.fetch(&sql::awaiting_after, args).await? {
        let mut row = row.read("awaiting");
        tokens.push((Waiting::read(&mut row)?, row.int("behind")?));
    }
    Ok(tokens)
}

/// One batch of those that wait for conditions.
async fn wake(tx: &mut Tx, sort: &Sort, now: Time) -> Result<u64> {
    lock(tx, sort).await?;
    let at = || Args::new().uuid(sort.0).uuid(sort.1);
    let rows = tx.fetch(&sql::waking_get, at()).await?;
    let Some(mut row) = rows.first().map(|row| row.read("waking")) else { return Ok(0) };
    let (after, again): (Option<Uuid>, i64) = (row.get("woken")?, row.int("again")?);
    let tokens = next(tx, sort, after).await?;
    let woken = give(tx, now, tokens.iter().map(|(waiting, _)| (waiting, &[][..]))).await?;
    match tokens.last().filter(|_| tokens.len() == CROWD) {
        Some((last, _)) => tx.execute(&sql::waking_set, at().uuid(last.token).int(again)).await?,
        None if again > 0 => tx.execute(&sql::waking_set, at().uuid(None::<Uuid>).int(0)).await?,
        None => tx.execute(&sql::waking_delete, at()).await?,
    };
    Ok(woken)
}

/// One batch of those that wait for events: they get as much of what is noted as one transaction may give, in its order.
async fn tell(tx: &mut Tx, sort: &Sort, now: Time) -> Result<u64> {
    lock(tx, sort).await?;
    let at = || Args::new().uuid(sort.0).uuid(sort.1).text(sort.2.clone());
    let (mut told, mut came): (Option<Uuid>, Vec<(i64, EventId)>) = (None, Vec::new());
    for row in tx.fetch(&sql::crowd_event_first, at().int(MOST_CAME as i64)).await? {
        let mut row = row.read("crowd_event");
        let (number, event, until) = (row.int("number")?, row.id("came")?, row.get("told")?);
        // Those behind the first ones have reached fewer tokens.
        if came.is_empty() {
            told = until;
        }
        if told == until {
            came.push((number, event));
        }
    }
    let tokens = next(tx, sort, told).await?;
    came.truncate((MOST_GIVEN / tokens.len().max(1)).max(1));
    let Some((last, _)) = came.last().copied() else { return Ok(0) };
    let events: Vec<EventId> = came.iter().map(|(_, event)| *event).collect();
    let later = |behind: i64| &events[came.partition_point(|(number, _)| *number <= behind)..];
    let given = tokens.iter().map(|(waiting, behind)| (waiting, later(*behind)));
    let woken = give(tx, now, given.filter(|(_, events)| !events.is_empty())).await?;
    match tokens.last().filter(|_| tokens.len() == CROWD) {
        Some((token, _)) => tx.execute(&sql::crowd_event_set, at().int(last).uuid(token.token)).await?,
        None => tx.execute(&sql::crowd_event_delete, at().int(last)).await?,
    };
    Ok(woken)
}

/// What is noted for the crowd of a token and did not reach it yet, as much as it has room for.
#[derive(Default)]
pub(crate) struct Noted {
    pub(crate) events: Vec<EventId>,
    /// The number of the last of them.
    pub(crate) last: i64,
    /// Whether there is more.
    pub(crate) more: bool,
}

/// What is noted for tokens that their claim has locked, by token: what is stored is there for whoever looks. Else they might
/// have waited long enough before the duty reaches them.
pub(crate) async fn noted(tx: &mut Tx, tokens: &[Waiting]) -> Result<HashMap<Uuid, Noted>> {
    let args = Args::new()
        .int(MOST_CAME as i64 + 1)
        .uuids(tokens.iter().map(|waiting| waiting.workspace))
        .uuids(tokens.iter().map(|waiting| waiting.token));
    let has: HashMap<Uuid, usize> = tokens.iter().map(|waiting| (waiting.token, waiting.found)).collect();
    let mut all: HashMap<Uuid, Noted> = HashMap::new();
    for row in tx.fetch(&sql::crowd_of_tokens, args).await? {
        let mut row = row.read("crowd_event");
        let token: Uuid = row.get("token")?;
        let noted = all.entry(token).or_default();
        if noted.events.len() + has.get(&token).copied().unwrap_or(0) < MOST_CAME {
            noted.last = row.int("number")?;
            noted.events.push(row.id("came")?);
        } else {
            noted.more = true;
        }
    }
    Ok(all)
}

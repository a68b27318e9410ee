//! Crowds: so many tokens of one contact wait that whoever has news of it does not tell them all. A duty does, in batches.

use std::collections::{BTreeMap, BTreeSet};

use program::{EventId, EventType, MOST_CAME, Time};
use uuid::Uuid;

use super::{Waiting, append, give, is_facts};
use crate::{
    Result, Store,
    args::Args,
    db::{Tx, whole},
    sql,
};

/// The most tokens that one transaction makes due: one for each event of the largest batch. Whoever stores events has
/// contacts locked meanwhile, and others wait for them.
const MOST_WOKEN: usize = 1_000;
/// The most events that one transaction gives to tokens, each counted for each of them.
const MOST_GIVEN: usize = 10_000;
/// The most crowds of one call of [`Store::wake_crowds`].
const MOST_CROWDS: i64 = 100;

/// By what whoever waits is found: a tenant, its contact, and an event type.
pub(super) type Sort = (Uuid, Uuid, String);

/// Of what there is news: the sorts whose tokens the caller tells. The others are noted for the duty, with what came. The
/// contacts of conditions are locked.
pub(super) async fn few(tx: &mut Tx, news: &BTreeMap<Sort, Vec<EventId>>) -> Result<BTreeSet<Sort>> {
    let Some(facts) = EventType::facts().filter(|_| !news.is_empty()) else { return Ok(BTreeSet::new()) };
    let args = Args::new()
        .int(MOST_WOKEN as i64 + 1)
        .text(facts.as_str().to_owned())
        .uuids(news.keys().map(|(workspace, ..)| *workspace))
        .uuids(news.keys().map(|(_, contact, _)| *contact))
        .texts(news.keys().map(|(.., event)| event.clone()));
    let (mut few, mut crowds) = (BTreeSet::new(), Vec::new());
    let (mut woken, mut given) = (MOST_WOKEN, MOST_GIVEN);
    for row in tx.fetch(&sql::awaiting_count, args).await? {
        let mut row = row.read("awaiting");
        let sort: Sort = (row.get("workspace")?, row.get("contact")?, row.text("event")?);
        let (waiting, noted): (usize, i64) = (row.number("count")?, row.int("noted")?);
        let Some(events) = news.get(&sort).filter(|_| waiting > 0) else { continue };
        let rest = (woken.checked_sub(waiting), given.checked_sub(waiting * events.len().min(MOST_CAME)));
        match rest {
            (Some(tokens), Some(events)) if noted == 0 => {
                (woken, given) = (tokens, events);
                few.insert(sort);
            }
            _ => crowds.push((sort, events)),
        }
    }
    note(tx, &crowds).await?;
    Ok(few)
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
    /// nothing is left to do. One crowd whose batch fails does not keep the others waiting.
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
        let mut woken = Ok(0);
        for row in &rows {
            let mut row = row.read("crowd");
            at.0 = (row.get("workspace")?, row.get("contact")?, row.text("event")?);
            let batch = if is_facts(&at.0.2) {
                whole!(self.db, |tx| wake(tx, &at.0, now).await)
            } else {
                whole!(self.db, |tx| tell(tx, &at.0, now).await)
            };
            woken = woken.and_then(|n| batch.map(|more| n + more));
        }
        woken.map(Some)
    }
}

/// Its contact is locked as by whoever changes it, and by the duties of other nodes: nobody has news of it meanwhile.
async fn lock(tx: &mut Tx, (workspace, contact, _): &Sort) -> Result<()> {
    tx.fetch(&sql::contact_lock, Args::new().uuids([*workspace]).uuids([*contact])).await.map(drop)
}

/// The next tokens of a crowd, in the order of their ids, each with how much was noted when it began to wait: it gets what has
/// a higher number.
async fn next(tx: &mut Tx, (workspace, contact, event): &Sort, after: Option<Uuid>) -> Result<Vec<(Waiting, i64)>> {
    let args = Args::new().uuid(*workspace).uuid(*contact).text(event.clone());
    let args = args.uuid(after.unwrap_or_default()).int(MOST_WOKEN as i64);
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
    match tokens.last().filter(|_| tokens.len() == MOST_WOKEN) {
        Some((last, _)) => tx.execute(&sql::waking_set, at().uuid(last.token).int(again)).await?,
        None if again > 0 => tx.execute(&sql::waking_set, at().uuid(None::<Uuid>).int(0)).await?,
        None => tx.execute(&sql::waking_delete, at()).await?,
    };
    Ok(woken)
}

/// One batch of those that wait for events. They get what is noted one after the other, each in its order.
async fn tell(tx: &mut Tx, sort: &Sort, now: Time) -> Result<u64> {
    lock(tx, sort).await?;
    let at = || Args::new().uuid(sort.0).uuid(sort.1).text(sort.2.clone());
    let rows = tx.fetch(&sql::crowd_event_first, at()).await?;
    let Some(mut row) = rows.first().map(|row| row.read("crowd")) else { return Ok(0) };
    let (number, came, told): (i64, [EventId; 1], _) = (row.int("number")?, [row.id("came")?], row.get("told")?);
    let tokens = next(tx, sort, told).await?;
    let later = tokens.iter().filter(|(_, behind)| *behind < number);
    let woken = give(tx, now, later.map(|(waiting, _)| (waiting, &came[..]))).await?;
    match tokens.last().filter(|_| tokens.len() == MOST_WOKEN) {
        Some((last, _)) => tx.execute(&sql::crowd_event_set, at().int(number).uuid(last.token)).await?,
        None => tx.execute(&sql::crowd_event_delete, at().int(number)).await?,
    };
    Ok(woken)
}

/// Tokens that their claim has locked get what the duty has not told them yet: what is stored is there for whoever looks.
/// Else they might have waited long enough before it reaches them.
pub(crate) async fn catch_up(tx: &mut Tx, tokens: &[Waiting]) -> Result<()> {
    let args = Args::new()
        .int(MOST_CAME as i64)
        .uuids(tokens.iter().map(|waiting| waiting.workspace))
        .uuids(tokens.iter().map(|waiting| waiting.token));
    let mut came: BTreeMap<Uuid, (Vec<EventId>, i64)> = BTreeMap::new();
    for row in tx.fetch(&sql::crowd_of_tokens, args).await? {
        let mut row = row.read("crowd");
        let (events, behind) = came.entry(row.get("token")?).or_default();
        *behind = row.int("number")?;
        events.push(row.id("came")?);
    }
    let known: Vec<_> = tokens.iter().filter_map(|waiting| Some((waiting, came.get(&waiting.token)?))).collect();
    append(tx, &known.iter().map(|(waiting, (events, _))| (*waiting, &events[..])).collect::<Vec<_>>()).await?;
    let behind = Args::new()
        .uuids(known.iter().map(|(waiting, _)| waiting.workspace))
        .uuids(known.iter().map(|(waiting, _)| waiting.token))
        .ints(known.iter().map(|(_, (_, behind))| *behind));
    tx.execute(&sql::awaiting_behind, behind).await.map(drop)
}

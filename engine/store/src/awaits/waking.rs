//! Contacts on which very many tokens wait for conditions: not whoever has news of one wakes them, but a duty, in batches.

use std::collections::BTreeSet;

use program::{EventType, Time};
use uuid::Uuid;

use super::make_due;
use crate::{
    Result, Store,
    args::Args,
    db::{Tx, whole},
    sql,
};

/// The most tokens that wait for conditions and are woken by one transaction: one for each event of the largest batch.
/// Whoever stores events has contacts locked meanwhile, and others wait for them.
pub(super) const MOST_WOKEN: usize = 1_000;
/// The most contacts of one call of [`Store::wake_crowds`].
const MOST_CROWDS: i64 = 100;

/// Of contacts (each with its tenant) that are locked and of which there is news: those whose tokens the caller wakes. For
/// the others the duty is told.
pub(crate) async fn few(tx: &mut Tx, contacts: &BTreeSet<(Uuid, Uuid)>) -> Result<BTreeSet<(Uuid, Uuid)>> {
    let Some(facts) = EventType::facts().filter(|_| !contacts.is_empty()) else { return Ok(BTreeSet::new()) };
    let args = Args::new()
        .int(MOST_WOKEN as i64 + 1)
        .uuids(contacts.iter().map(|(workspace, _)| *workspace))
        .uuids(contacts.iter().map(|(_, contact)| *contact))
        .texts(contacts.iter().map(|_| facts.as_str().to_owned()));
    let (mut few, mut crowds, mut room) = (BTreeSet::new(), Vec::new(), MOST_WOKEN);
    for row in tx.fetch(&sql::awaiting_count, args).await? {
        let mut row = row.read("awaiting");
        let key = (row.get("workspace")?, row.get("contact")?);
        let (waiting, again): (usize, Option<i64>) = (row.number("count")?, row.get("again")?);
        match room.checked_sub(waiting).filter(|_| again.is_none()) {
            _ if waiting == 0 => {}
            Some(left) => {
                room = left;
                few.insert(key);
            }
            None => crowds.push(key),
        }
    }
    if !crowds.is_empty() {
        let args = Args::new().uuids(crowds.iter().map(|(workspace, _)| *workspace));
        tx.execute(&sql::waking_put, args.uuids(crowds.iter().map(|(_, contact)| *contact))).await?;
    }
    Ok(few)
}

/// Behind which contact the next call goes on.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrowdsAt((Uuid, Uuid));

impl Store {
    /// Wakes a batch of the tokens of each contact of which there is news and on which too many wait, from a place on; says
    /// how many. None where nothing is left to do. One contact whose batch fails does not keep the others waiting.
    pub async fn wake_crowds(&self, now: Time, at: &mut CrowdsAt) -> Result<Option<u64>> {
        let list = async |behind: (Uuid, Uuid)| {
            let args = Args::new().int(MOST_CROWDS).uuid(behind.0).uuid(behind.1);
            self.db.fetch(&sql::waking_list, args).await
        };
        let mut rows = list(at.0).await?;
        if rows.is_empty() && at.0 != Default::default() {
            rows = list(Default::default()).await?;
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let mut woken = Ok(0);
        for row in &rows {
            let mut row = row.read("waking");
            at.0 = (row.get("workspace")?, row.get("contact")?);
            let batch = whole!(self.db, |tx| batch(tx, at.0, now).await);
            woken = woken.and_then(|n| batch.map(|more| n + more));
        }
        woken.map(Some)
    }
}

/// One batch of one contact. The contact is locked as by whoever stores events, so nobody has news of it meanwhile.
async fn batch(tx: &mut Tx, (workspace, contact): (Uuid, Uuid), now: Time) -> Result<u64> {
    tx.fetch(&sql::contact_lock, Args::new().uuids([workspace]).uuids([contact])).await?;
    let at = || Args::new().uuid(workspace).uuid(contact);
    let rows = tx.fetch(&sql::waking_get, at()).await?;
    let Some(mut row) = rows.first().map(|row| row.read("waking")) else { return Ok(0) };
    let (after, again): (Option<Uuid>, i64) = (row.get("woken")?, row.int("again")?);
    let facts = EventType::facts().map(ToString::to_string);
    let args = at().text(facts).uuid(after.unwrap_or_default()).int(MOST_WOKEN as i64);
    let mut tokens = Vec::new();
    for row in tx.fetch(&sql::awaiting_after, args).await? {
        let mut row = row.read("awaiting");
        tokens.push((workspace, row.get("token")?, row.int("seq")?));
    }
    super::found(tx, tokens.iter().map(|(workspace, token, _)| (*workspace, *token, 1))).await?;
    let woken = make_due(tx, now, &tokens).await?;
    match tokens.last().filter(|_| tokens.len() == MOST_WOKEN) {
        Some((_, last, _)) => tx.execute(&sql::waking_set, at().uuid(*last).int(again)).await?,
        None if again > 0 => tx.execute(&sql::waking_set, at().uuid(None::<Uuid>).int(0)).await?,
        None => tx.execute(&sql::waking_delete, at()).await?,
    };
    Ok(woken)
}

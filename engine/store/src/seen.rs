//! What events look like, by type: the tables `event_look` and `event_field`. Ingest adds what is new, by set and in a
//! transaction of its own; the hot path writes nothing here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use program::{EventType, SeenField, SeenType, Time, ValueKind, WorkspaceId};

use crate::{
    Result, Store,
    args::{Args, storable},
    db::{Tx, whole},
    documents::json,
    row::Row,
    sql,
};

/// The most event types of a workspace whose fields are kept. More are made up by somebody's loop.
pub const MOST_TYPES: usize = 1_000;
/// The most fields that one read tells, of all types: so many rows take some two megabytes.
const MOST_ROWS: usize = 20_000;
/// Types that are written in one transaction: at most 4,000 fields, so that none is long and what is read for it is little.
const PART: usize = 20;
/// A day, in milliseconds.
const DAY: i64 = 86_400_000;

/// A field as it is kept.
struct Kept {
    field: SeenField,
    first_seen: i64,
    last_seen: i64,
}

impl Store {
    /// Adds what was seen, in transactions of a few types. What is written is taken out, and so is what no try can write;
    /// what is left when it fails can be written later. Types over the budget are left out; says how many those are.
    pub async fn note_fields(
        &self,
        workspace: WorkspaceId,
        now: Time,
        seen: &mut BTreeMap<EventType, SeenType>,
    ) -> Result<usize> {
        let (mut left_out, mut done) = (0, Ok(()));
        while !seen.is_empty() {
            let rest = seen.keys().nth(PART).cloned().map(|next| seen.split_off(&next));
            let part = std::mem::replace(seen, rest.unwrap_or_default());
            match self.note_types(workspace, now, &part).await {
                Ok(n) => left_out += n,
                Err(error) if error.retryable() => {
                    seen.extend(part);
                    return Err(error);
                }
                // The other types do not suffer for these.
                Err(error) => done = done.and(Err(error)),
            }
        }
        done.map(|()| left_out)
    }

    async fn note_types(
        &self,
        workspace: WorkspaceId,
        now: Time,
        part: &BTreeMap<EventType, SeenType>,
    ) -> Result<usize> {
        whole!(self.db, much | tx | note(tx, workspace, now, part).await)
    }

    /// What was seen of each event type. One that has more fields than there is room for in all is told without.
    pub async fn seen_types(&self, workspace: WorkspaceId) -> Result<BTreeMap<EventType, SeenType>> {
        let head = || Args::new().uuid(workspace.uuid());
        let mut types = BTreeMap::new();
        for row in self.db.fetch(&sql::event_look_list, head().int(MOST_TYPES as i64)).await? {
            let (event, seen) = look(&row)?;
            types.insert(event, seen);
        }
        let read = |row: Row| kept(&row);
        let rows = self.db.fetch_kept(&sql::event_field_list, head().int(MOST_ROWS as i64), usize::MAX, read).await?;
        let full = rows.len() == MOST_ROWS;
        let mut last = None;
        for row in rows {
            let (event, path, kept) = row?;
            if let Some(seen) = types.get_mut(&event) {
                seen.fields.insert(path, kept.field);
            }
            last = Some(event);
        }
        // Its other fields are behind the end: a part of them would mislead.
        if let Some(seen) = last.filter(|_| full).and_then(|event| types.get_mut(&event)) {
            seen.fields.clear();
        }
        Ok(types)
    }
}

async fn note(tx: &mut Tx, workspace: WorkspaceId, now: Time, seen: &BTreeMap<EventType, SeenType>) -> Result<usize> {
    let rows = |types: &BTreeSet<&EventType>| {
        let names: Vec<_> = types.iter().map(|event| event.as_str().to_owned()).collect();
        Args::new().uuids(names.iter().map(|_| workspace.uuid())).texts(names)
    };
    let mut types: BTreeSet<&EventType> = seen.keys().collect();
    let mut known = BTreeSet::new();
    for row in tx.fetch(&sql::event_look_known, rows(&types)).await? {
        known.insert(row.read("event_look").name::<EventType>("type")?);
    }
    let mut left_out = 0;
    if known.len() < types.len() {
        let counted = tx.fetch(&sql::event_look_count, Args::new().uuid(workspace.uuid())).await?;
        let count: usize = counted.first().map_or(Ok(0), |row| row.read("event_look").number("count"))?;
        let mut room = MOST_TYPES.saturating_sub(count);
        types.retain(|event| {
            let fits = known.contains(*event) || room > 0;
            room -= usize::from(fits && !known.contains(*event));
            left_out += usize::from(!fits);
            fits
        });
    }
    if types.is_empty() {
        return Ok(left_out);
    }
    let today = now.timestamp_millis().div_euclid(DAY) * DAY;
    let head = Args::new().int(today);
    let names: Vec<_> = types.iter().map(|event| event.as_str().to_owned()).collect();
    let args = head.uuids(names.iter().map(|_| workspace.uuid())).texts(names);
    let mut stored: HashMap<EventType, SeenType> = HashMap::new();
    for row in tx.fetch(&sql::event_look_touch, args).await? {
        let (event, looked) = look(&row)?;
        stored.insert(event, looked);
    }
    let mut times: HashMap<(EventType, String), (i64, i64)> = HashMap::new();
    for row in tx.fetch(&sql::event_field_of, rows(&types)).await? {
        let (event, path, kept) = kept(&row)?;
        times.insert((event.clone(), path.clone()), (kept.first_seen, kept.last_seen));
        stored.entry(event).or_default().fields.insert(path, kept.field);
    }
    let mut fields: Vec<(&EventType, String, Kept)> = Vec::new();
    let mut looks = Vec::new();
    for event in types {
        let Some(news) = seen.get(event) else { continue };
        let before = stored.remove(event).unwrap_or_default();
        let mut after = before.clone();
        after.add(news);
        looks.push((
            event,
            i64::try_from(after.looked).unwrap_or(i64::MAX),
            i64::try_from(after.beyond).unwrap_or(i64::MAX),
        ));
        for (path, field) in after.fields {
            let is_news = news.fields.contains_key(&path);
            if !is_news && before.fields.get(&path) == Some(&field) {
                continue;
            }
            let (first_seen, last_seen) = times.get(&(event.clone(), path.clone())).copied().unwrap_or((today, today));
            let last_seen = if is_news { last_seen.max(today) } else { last_seen };
            fields.push((event, path, Kept { field, first_seen, last_seen }));
        }
    }
    let args = Args::new()
        .uuids(looks.iter().map(|_| workspace.uuid()))
        .texts(looks.iter().map(|(event, ..)| event.as_str().to_owned()))
        .ints(looks.iter().map(|(_, looked, _)| *looked))
        .ints(looks.iter().map(|(.., beyond)| *beyond));
    tx.execute(&sql::event_look_set, args).await?;
    put(tx, workspace, &fields).await?;
    Ok(left_out)
}

async fn put(tx: &mut Tx, workspace: WorkspaceId, fields: &[(&EventType, String, Kept)]) -> Result<()> {
    if fields.is_empty() {
        return Ok(());
    }
    let mut examples = Vec::with_capacity(fields.len());
    for (.., kept) in fields {
        let clean: Vec<_> = kept.field.examples.iter().map(|example| storable(example)).collect();
        examples.push(json(&clean)?);
    }
    let kinds = |kept: &Kept| kept.field.kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(",");
    let args = Args::new()
        .uuids(fields.iter().map(|_| workspace.uuid()))
        .texts(fields.iter().map(|(event, ..)| event.as_str().to_owned()))
        .texts(fields.iter().map(|(_, path, _)| path.clone()))
        .texts(fields.iter().map(|(.., kept)| kinds(kept)))
        .texts(examples)
        .ints(fields.iter().map(|(.., kept)| i64::try_from(kept.field.carried).unwrap_or(i64::MAX)))
        .ints(fields.iter().map(|(.., kept)| kept.first_seen))
        .ints(fields.iter().map(|(.., kept)| kept.last_seen));
    tx.execute(&sql::event_field_put, args).await.map(drop)
}

fn look(row: &Row) -> Result<(EventType, SeenType)> {
    let mut row = row.read("event_look");
    let event = row.name("type")?;
    Ok((event, SeenType { looked: row.number("looked")?, beyond: row.number("beyond")?, fields: BTreeMap::new() }))
}

fn kept(row: &Row) -> Result<(EventType, String, Kept)> {
    let mut row = row.read("event_field");
    let (event, path) = (row.name("type")?, row.text("path")?);
    let words = row.text("kinds")?;
    let kinds = words.split(',').filter(|word| !word.is_empty()).map(str::parse::<ValueKind>);
    let kinds = kinds.collect::<Result<Vec<_>, _>>().map_err(|error| row.corrupt("kinds", error))?;
    let examples = row.json("examples")?;
    let field = SeenField::stored(kinds, row.number("carried")?, examples);
    Ok((event, path, Kept { field, first_seen: row.int("first_seen")?, last_seen: row.int("last_seen")? }))
}

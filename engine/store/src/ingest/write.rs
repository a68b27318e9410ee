//! The transaction of an ingest.

use std::collections::{BTreeSet, HashMap, HashSet};

use program::{ContactId, EventId, EventType, Place, Run, Time, TokenId, WorkspaceId};
use uuid::Uuid;

use super::{
    IngestOutcome, Ingested, NewEvent, NewToken,
    batch::Batch,
    merge::{Bounds, Draft, Merge, Stray},
    same::First,
    stored::{self, versioned},
};
use crate::{
    Error, Result, TokenStatus, UnknownEvents,
    args::{self, Args},
    awaits::{self, AwaitedTypes},
    counts::Counts,
    db::{Db, Tx},
    page::{ROOM, fitting},
    pieces::{self, Of},
    spelling::email_key,
    sql,
    trace::insert_trace,
    words::Word,
};

/// The most events of one call.
const MAX_EVENTS: usize = 1_000;
/// The most bytes of a key: a client's id of an event, an address, an external id. PostgreSQL has no longer ones in an
/// index, and both databases refuse the same.
const MAX_KEY: usize = 1_024;
/// How often a batch is tried if other nodes change the same contacts.
const TRIES: u32 = 5;

/// Stores a batch in one transaction, or in several if too much would have to be read for one. If a later one fails,
/// the whole call is repeated, and what was stored already is recognised by its ids.
pub(super) async fn ingest(db: &Db, events: &[NewEvent], batch: Batch<'_>) -> Result<IngestOutcome> {
    check(events)?;
    let mut parts = vec![(0..events.len()).collect::<Vec<_>>()];
    let mut answers: Vec<Option<Ingested>> = vec![None; events.len()];
    while let Some(part) = parts.pop() {
        let own: Vec<_> = part.iter().map(|at| &events[*at]).collect();
        match store(db, Batch { events: &own, ..batch }).await? {
            Some(IngestOutcome::Done(some)) => {
                part.into_iter().zip(some).for_each(|(at, answer)| answers[at] = Some(answer));
            }
            Some(IngestOutcome::StaleRouting) => return Ok(IngestOutcome::StaleRouting),
            None => {
                let (first, second) = halves(part, events);
                parts.extend([second, first]);
            }
        }
    }
    // Every part has an answer for each of its events.
    answers.into_iter().collect::<Option<_>>().map(IngestOutcome::Done).ok_or_else(raced)
}

/// Splits a batch. Events of one contact stay together and in order where possible, so that the contact is read once.
fn halves(mut part: Vec<usize>, events: &[NewEvent]) -> (Vec<usize>, Vec<usize>) {
    let who = |at: &usize| {
        let who = &events[*at].who;
        who.external_id.clone().or_else(|| who.email.as_deref().map(email_key))
    };
    let mut first = HashMap::new();
    for at in &part {
        first.entry(who(at)).or_insert(*at);
    }
    part.sort_by_key(|at| first.get(&who(at)).copied());
    let middle = part.len() / 2;
    let borders = (1..part.len()).filter(|at| who(&part[at - 1]) != who(&part[*at]));
    let second = part.split_off(borders.min_by_key(|at| at.abs_diff(middle)).unwrap_or(middle));
    (part, second)
}

/// Refuses what no database can store, because it would fail the whole batch later.
fn check(events: &[NewEvent]) -> Result<()> {
    if events.len() > MAX_EVENTS {
        return Err(Error::Invalid { field: "events", why: format!("at most {MAX_EVENTS} in one call") });
    }
    for event in events {
        let who = &event.who;
        if who.email.is_none() && who.external_id.is_none() {
            return Err(Error::Invalid { field: "contact", why: "give an email or an external_id".into() });
        }
        for text in [&who.email, &who.external_id, &event.key].into_iter().flatten() {
            let why = if text.contains('\0') {
                "a text with a NUL character cannot be stored".to_owned()
            } else if text.len() > MAX_KEY {
                format!("{} bytes are too long; at most {MAX_KEY} are stored", text.len())
            } else {
                continue;
            };
            return Err(Error::Invalid { field: "contact or key", why });
        }
    }
    Ok(())
}

/// Stores a batch. None: it is too large for one transaction.
async fn store(db: &Db, batch: Batch<'_>) -> Result<Option<IngestOutcome>> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut tx = db.begin_much().await?;
        match batch.write(&mut tx).await {
            Ok(Some(IngestOutcome::Done(answers))) => {
                tx.commit().await?;
                return Ok(Some(IngestOutcome::Done(answers)));
            }
            Ok(nothing) => {
                tx.rollback().await?;
                return Ok(nothing);
            }
            // Another node made or changed the same contact meanwhile, so read again.
            Err(Error::Conflict { .. }) if tries < TRIES => tx.rollback().await?,
            Err(Error::Conflict { why, .. }) => return Err(tx.fail(Error::Unavailable(why)).await),
            Err(error) => return Err(tx.fail(error).await),
        }
    }
}

/// An event with its contact.
struct Owned<'a, 'm> {
    /// Its position in the call.
    at: usize,
    event: &'a NewEvent,
    draft: &'m Draft,
    /// See [`Merge::passed_over`].
    passed_over: &'m [String],
}

fn raced() -> Error {
    Error::Conflict { what: "contact", why: "another node changed the same contacts".into() }
}

impl<'a> Batch<'a> {
    /// None if there is no room for what has to be read.
    async fn write(&self, tx: &mut Tx) -> Result<Option<IngestOutcome>> {
        // A single event is read whatever its size.
        let mut room = if self.events.len() > 1 { stored::ROOM } else { usize::MAX };
        let types: BTreeSet<&EventType> = self.events.iter().map(|event| &event.event).collect();
        let names = types.iter().map(|event| event.as_str().to_owned());
        let rows = tx.fetch(&sql::ingest_begin, Args::new().uuid(self.workspace.uuid()).texts(names)).await?;
        let (mut workspace, mut known) = (None, HashSet::new());
        for row in &rows {
            let mut row = row.read("workspace");
            match row.opt_text("name")? {
                Some(name) => drop(known.insert(name)),
                None => workspace = Some(row),
            }
        }
        let mut workspace = workspace.ok_or(Error::NotFound { what: "workspace" })?;
        if workspace.int("routing_revision")? != self.routing_revision {
            return Ok(Some(IngestOutcome::StaleRouting));
        }
        let unknown: UnknownEvents = workspace.word("unknown_events")?;
        let awaited = AwaitedTypes::read(&mut workspace)?;

        let mut answers: Vec<Option<Ingested>> = vec![None; self.events.len()];
        let missing = types.into_iter().filter(|event| !known.contains(event.as_str()));
        self.refuse_unknown_types(tx, unknown, missing, &mut answers).await?;
        if !self.find_duplicates(tx, &mut answers, &mut room).await? {
            return Ok(None);
        }

        let watched = EventType::facts().is_some_and(|facts| awaited.contains(facts));
        let open: Vec<usize> = (0..self.events.len()).filter(|at| answers[*at].is_none()).collect();
        let events: Vec<&NewEvent> = open.iter().map(|at| self.events[*at]).collect();
        let Some(merge) = self.merge_contacts(tx, &events, &mut room, watched).await? else { return Ok(None) };
        let mut owned = Vec::with_capacity(events.len());
        let merged = merge.owners.iter().zip(&merge.passed_over);
        for ((at, event), (owner, passed_over)) in open.into_iter().zip(events).zip(merged) {
            match owner {
                Ok(owner) => owned.push(Owned { at, event, draft: &merge.drafts[*owner], passed_over }),
                Err(Stray::Conflict) => answers[at] = Some(Ingested::ContactConflict),
                Err(Stray::TooLarge(size)) => {
                    answers[at] = Some(Ingested::ContactTooLarge { size: *size, most: self.max_contact });
                }
            }
        }
        if !self.write_events(tx, &owned, &mut answers, (&mut room, &awaited)).await? {
            return Ok(None);
        }
        // Every event has an answer by now. If one has none, that is a defect, and a retry is the safe answer.
        let answers = answers.into_iter().collect::<Option<Vec<_>>>().ok_or_else(raced)?;
        Ok(Some(IngestOutcome::Done(answers)))
    }

    async fn refuse_unknown_types(
        &self,
        tx: &mut Tx,
        unknown: UnknownEvents,
        missing: impl Iterator<Item = &EventType>,
        answers: &mut [Option<Ingested>],
    ) -> Result<()> {
        // Our own types need no registration. An answer to one of our mails must not be lost.
        let (taken, refused): (Vec<_>, Vec<_>) =
            missing.partition(|event| unknown == UnknownEvents::Register || event.is_own());
        if !taken.is_empty() {
            let names = taken.into_iter().map(|event| event.as_str().to_owned());
            let args = Args::new().uuid(self.workspace.uuid()).time(self.now).texts(names);
            tx.execute(&sql::event_type_register, args).await?;
        }
        if !refused.is_empty() {
            for (event, answer) in self.events.iter().zip(answers) {
                if refused.contains(&&event.event) {
                    *answer = Some(Ingested::UnknownEventType);
                }
            }
        }
        Ok(())
    }

    /// Runs before contacts are merged, so that a repeated call does not bring old attributes back. False: there is no
    /// room.
    async fn find_duplicates(&self, tx: &mut Tx, answers: &mut [Option<Ingested>], room: &mut usize) -> Result<bool> {
        let Some(mut first) = self.stored_keys(tx, answers, room).await? else { return Ok(false) };
        let mut times: HashMap<&str, usize> = HashMap::new();
        for key in self.events.iter().filter_map(|event| event.key.as_deref()) {
            *times.entry(key).or_default() += 1;
        }
        for (event, answer) in self.events.iter().zip(answers) {
            let (None, Some(key)) = (&answer, &event.key) else { continue };
            match first.get(key) {
                Some(known) => *answer = Some(known.answer(event)),
                // Most keys occur once, so no later event of this call asks for them.
                None if times.get(key.as_str()).is_none_or(|times| *times < 2) => {}
                None => {
                    first.insert(key.clone(), First::new(event));
                }
            }
        }
        Ok(true)
    }

    /// If any token waits for conditions, all contacts of the batch are locked. Their events matter to these
    /// conditions, and a token that begins to wait meanwhile must be found.
    async fn merge_contacts(
        &self,
        tx: &mut Tx,
        events: &[&NewEvent],
        room: &mut usize,
        watched: bool,
    ) -> Result<Option<Merge>> {
        let Some(mut stored) = self.stored_contacts(tx, events, room).await? else { return Ok(None) };
        let bounds = Bounds { now: self.now, max_contact: self.max_contact };
        let mut merge = Merge::new(&stored, events, bounds);
        let changed: BTreeSet<Uuid> = merge
            .drafts
            .iter()
            .filter(|d| (d.changed || watched) && d.revision.is_some())
            .map(|d| d.id.uuid())
            .collect();
        if !changed.is_empty() {
            let (args, mut stale) = (self.rows(changed.len()).uuids(changed), false);
            for row in tx.fetch(&sql::contact_lock, args).await? {
                let read = versioned(&row)?;
                // A contact that nobody changed meanwhile is as it was read.
                stale |= stored.iter().any(|old| old.contact.id == read.contact.id && old.revision != read.revision);
                stored.retain(|old| old.contact.id != read.contact.id);
                stored.push(read);
            }
            if stale {
                merge = Merge::new(&stored, events, bounds);
            }
        }
        let (new, known): (Vec<&Draft>, Vec<&Draft>) =
            merge.drafts.iter().filter(|draft| draft.changed).partition(|draft| draft.revision.is_none());
        if !new.is_empty() {
            let args = Args::new().uuid(self.workspace.uuid()).time(self.now).uuids(new.iter().map(|d| d.id.uuid()));
            let written = tx.fetch(&sql::contact_insert, describe(args, &new)?).await?.len();
            if written != new.len() {
                return Err(raced());
            }
        }
        if !known.is_empty() {
            let args = Args::new()
                .time(self.now)
                .uuids(known.iter().map(|_| self.workspace.uuid()))
                .uuids(known.iter().map(|draft| draft.id.uuid()))
                .ints(known.iter().map(|draft| draft.revision));
            if tx.execute(&sql::contact_update, describe(args, &known)?).await? != known.len() as u64 {
                return Err(raced());
            }
        }
        Ok(Some(merge))
    }

    /// False: there is no room to read the events that other nodes have just stored under the same keys, or too many
    /// tokens wait for these events.
    async fn write_events(
        &self,
        tx: &mut Tx,
        owned: &[Owned<'a, '_>],
        answers: &mut [Option<Ingested>],
        (room, awaited): (&mut usize, &AwaitedTypes),
    ) -> Result<bool> {
        if owned.is_empty() {
            return Ok(true);
        }
        let mut data = Vec::with_capacity(owned.len());
        let mut passed_over = Vec::with_capacity(owned.len());
        for Owned { event, passed_over: names, .. } in owned {
            data.push(json(&*event.data)?);
            passed_over.push(if names.is_empty() { None } else { Some(json(names)?) });
        }
        let events = || owned.iter().map(|owned| owned.event);
        let args = Args::new()
            .uuid(self.workspace.uuid())
            .time(self.now)
            .uuids(events().map(|event| event.id.uuid()))
            .uuids(owned.iter().map(|owned| owned.draft.id.uuid()))
            .texts(events().map(|event| event.event.as_str().to_owned()))
            .texts(events().map(|event| event.key.clone()))
            .texts(data)
            .ints(events().map(|event| event.occurred_at.min(self.now).timestamp_millis()))
            .ints(events().map(|event| (event.occurred_at > self.now).then(|| event.occurred_at.timestamp_millis())))
            .texts(passed_over);
        let mut new: HashSet<EventId> = HashSet::with_capacity(owned.len());
        for row in tx.fetch(&sql::event_insert, args).await? {
            new.insert(row.read("event").id("id")?);
        }
        // Another node was faster with the same key, or this call is repeated.
        let faster =
            if new.len() == owned.len() { Some(HashMap::new()) } else { self.stored_keys(tx, answers, room).await? };
        let Some(first) = faster else { return Ok(false) };
        let mut fresh = Vec::with_capacity(owned.len());
        for Owned { at, event, draft, .. } in owned {
            answers[*at] = Some(if new.contains(&event.id) {
                fresh.push((*event, *draft));
                let tokens = event.tokens.iter().map(|token| token.id).collect();
                Ingested::Accepted { event: event.id, contact: draft.id, tokens }
            } else {
                let first = event.key.as_ref().and_then(|key| first.get(key));
                first.map_or(Ingested::Duplicate { event: event.id }, |first| first.answer(event))
            });
        }
        self.write_attachments(tx, &fresh).await?;
        let came: Vec<_> = fresh.iter().map(|(event, draft)| (draft.id, &event.event, event.id)).collect();
        if !awaits::came(tx, self.workspace, self.now, &came, awaited).await? {
            return Ok(false);
        }
        self.write_tokens(tx, &fresh).await?;
        Ok(true)
    }

    /// In parts, because a statement holds its rows several times in memory.
    async fn write_attachments(&self, tx: &mut Tx, fresh: &[(&NewEvent, &Draft)]) -> Result<()> {
        let files: Vec<_> = fresh
            .iter()
            .flat_map(|(event, _)| (0_i64..).zip(&event.attachments).map(|(at, file)| (event.id, at, file)))
            .collect();
        let (dialect, mut files) = (tx.dialect(), &files[..]);
        while !files.is_empty() {
            let fits = fitting(files.iter().map(|(.., file)| pieces::first(dialect, &file.bytes).len()), ROOM);
            let (part, rest) = files.split_at(fits);
            let args = Args::new()
                .uuid(self.workspace.uuid())
                .uuids(part.iter().map(|(event, ..)| event.uuid()))
                .ints(part.iter().map(|(_, at, _)| *at))
                .texts(part.iter().map(|(.., file)| file.filename.clone()))
                .texts(part.iter().map(|(.., file)| file.content_type.clone()))
                .large(part.iter().map(|(.., file)| pieces::first(dialect, &file.bytes).to_vec()));
            tx.execute(&sql::attachment_insert, args).await?;
            for (event, position, file) in part {
                let of = Of { workspace: self.workspace, owner: event.uuid(), position: *position };
                pieces::write(tx, of, &file.bytes).await?;
            }
            files = rest;
        }
        Ok(())
    }

    async fn write_tokens(&self, tx: &mut Tx, fresh: &[(&NewEvent, &Draft)]) -> Result<()> {
        let tokens: Vec<_> = fresh
            .iter()
            .flat_map(|(event, draft)| event.tokens.iter().map(|token| (token, event.id, draft.id)))
            .collect();
        if tokens.is_empty() {
            return Ok(());
        }
        let mut counts = Counts::default();
        for (token, ..) in &tokens {
            counts.add(self.workspace, token.program, &token.node, "entered", 1);
        }
        insert_tokens(tx, self.workspace, self.now, &tokens).await?;
        self.set_aside(tx, fresh, &mut counts).await?;
        counts.write(tx, self.now).await
    }
}

impl Batch<'_> {
    /// Tokens whose entry filter could not be decided become dead letters at their entry; refused ones end there.
    async fn set_aside(&self, tx: &mut Tx, fresh: &[(&NewEvent, &Draft)], counts: &mut Counts) -> Result<()> {
        let status = |failed| if failed { TokenStatus::Failed } else { TokenStatus::Done };
        let mut letters = Vec::new();
        for (event, _) in fresh {
            let at = |id: &TokenId| event.tokens.iter().find(|token| token.id == *id);
            for (token, error) in event.undecided.iter().filter_map(|(id, error)| Some((at(id)?, error))) {
                let run = Run::failed(&Place::entry(token.node.clone()), error.clone(), self.now);
                counts.add(self.workspace, token.program, &token.node, "failed", 1);
                letters.push((token, Some(error), run));
            }
            for (token, reason) in event.refused.iter().filter_map(|(id, reason)| Some((at(id)?, reason))) {
                let run = Run::refused(&Place::entry(token.node.clone()), reason.clone(), self.now);
                counts.add(self.workspace, token.program, &token.node, "finished", 1);
                letters.push((token, None, run));
            }
        }
        if letters.is_empty() {
            return Ok(());
        }
        let args = Args::new()
            .time(self.now)
            .uuids(letters.iter().map(|_| self.workspace.uuid()))
            .uuids(letters.iter().map(|(token, ..)| token.id.uuid()))
            .ints(letters.iter().map(|_| 0))
            .texts(letters.iter().map(|(.., run)| run.place.node.to_string()))
            .texts(letters.iter().map(|(.., run)| run.place.phase.word().to_owned()))
            .ints(letters.iter().map(|(.., run)| i64::from(run.place.seq)))
            .texts(letters.iter().map(|(_, error, _)| status(error.is_some()).word().to_owned()))
            .ints(letters.iter().map(|_| self.now.timestamp_millis()))
            .ints(letters.iter().map(|_| 0))
            .texts(letters.iter().map(|(_, error, _)| error.map(args::reason)));
        tx.execute(&sql::token_update, args).await?;
        let steps: Vec<_> = letters
            .iter()
            .flat_map(|(token, _, run)| run.steps.iter().map(|step| (self.workspace, token.id, step)))
            .collect();
        insert_trace(tx, &steps).await
    }
}

/// Inserts tokens that are due at once, each with its contact. The caller writes the counters.
pub(crate) async fn insert_tokens(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: Time,
    tokens: &[(&NewToken, EventId, ContactId)],
) -> Result<()> {
    let args = Args::new()
        .uuid(workspace.uuid())
        .time(now)
        .uuids(tokens.iter().map(|(token, ..)| token.id.uuid()))
        .uuids(tokens.iter().map(|(token, ..)| token.program.uuid()))
        .uuids(tokens.iter().map(|(token, ..)| token.version.uuid()))
        .uuids(tokens.iter().map(|(.., contact)| contact.uuid()))
        .uuids(tokens.iter().map(|(_, event, _)| event.uuid()))
        .texts(tokens.iter().map(|(token, ..)| token.node.to_string()));
    tx.execute(&sql::token_insert, args).await?;
    let args = Args::new()
        .uuid(workspace.uuid())
        .uuids(tokens.iter().map(|(.., contact)| contact.uuid()))
        .uuids(tokens.iter().map(|(token, ..)| token.id.uuid()))
        .uuids(tokens.iter().map(|(token, ..)| token.program.uuid()));
    tx.execute(&sql::participation_insert, args).await.map(drop)
}

fn describe(args: Args, drafts: &[&Draft]) -> Result<Args> {
    let mut attributes = Vec::with_capacity(drafts.len());
    let mut said = Vec::with_capacity(drafts.len());
    for draft in drafts {
        attributes.push(json(&draft.attributes)?);
        said.push(draft.said.write()?);
    }
    Ok(args
        .texts(drafts.iter().map(|draft| draft.external_id.clone()))
        .texts(drafts.iter().map(|draft| draft.email.clone()))
        .texts(drafts.iter().map(|draft| draft.email.as_deref().map(email_key)))
        .texts(attributes)
        .bools(drafts.iter().map(|draft| draft.opt_in))
        .texts(said))
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Invalid { field: "data", why: error.to_string() })
}

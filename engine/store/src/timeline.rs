//! What happened to a contact: events, steps and messages in one list.

use std::collections::HashMap;

use program::{ContactId, EventId, MessageId, ProgramId, Time, TokenId, TraceStep, WorkspaceId};
use uuid::Uuid;

use crate::{Event, Message, Page, Paging, Result, Store, args::Args, page, sql, trace};

/// Where one thing is found: what it is, its id, its seq. The numbers of the kinds order what has the
/// same time: an event comes before the steps it causes, a step before its message.
type Key = (i64, Uuid, u32);

const EVENT: i64 = 1;
const STEP: i64 = 2;
const MESSAGE: i64 = 3;

/// One thing that happened to a contact.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineItem {
    /// When.
    pub at: Time,
    /// What.
    pub kind: TimelineKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineKind {
    /// An event came in; `at` is when it happened.
    Event(Event),
    /// A token took a step.
    Step {
        /// Which token.
        token: TokenId,
        /// In which program.
        program: ProgramId,
        /// The step.
        step: TraceStep,
    },
    /// A message was queued (`at`), as it stands now.
    Message(Box<Message>),
}

impl Store {
    /// What happened to a contact, newest first.
    pub async fn timeline(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        paging: &Paging,
    ) -> Result<Page<TimelineItem>> {
        let (at, kind, id, seq) = after(paging)?;
        let args = Args::new()
            .uuid(workspace.uuid())
            .uuid(contact.uuid())
            .int(paging.fetch())
            .int(at)
            .int(kind)
            .uuid(id)
            .int(seq);
        let mut keys: Vec<(Time, Key)> = Vec::new();
        for row in self.db.fetch_list(&sql::timeline, args).await? {
            let mut row = row.read("event, trace or message");
            let (id, kind) = (row.get("id")?, row.int("kind")?);
            keys.push((row.time("at")?, (kind, id, row.number("seq")?)));
        }
        let limit = usize::try_from(paging.fetch() - 1).unwrap_or_default();
        let more = keys.len() > limit;
        keys.truncate(limit);
        let next = keys
            .last()
            .filter(|_| more)
            .map(|(at, (kind, id, seq))| format!("{}.{kind}.{}.{seq}", at.timestamp_millis(), id.as_simple()));
        let mut found = self.found(workspace, &keys).await?;
        // What was pruned between the two reads is left out.
        let items = keys.iter().filter_map(|(at, key)| Some(TimelineItem { at: *at, kind: found.remove(key)? }));
        Ok(Page { items: items.collect(), next })
    }

    async fn found(&self, workspace: WorkspaceId, keys: &[(Time, Key)]) -> Result<HashMap<Key, TimelineKind>> {
        let of = |kind: i64| keys.iter().map(|(_, key)| *key).filter(move |key| key.0 == kind);
        let mut found = HashMap::with_capacity(keys.len());
        let events: Vec<_> = of(EVENT).map(|(_, id, _)| EventId(id)).collect();
        for event in self.event_heads(workspace, &events).await? {
            found.insert((EVENT, event.id.uuid(), 0), TimelineKind::Event(event));
        }
        let args = Args::new()
            .uuids(of(STEP).map(|_| workspace.uuid()))
            .uuids(of(STEP).map(|(_, token, _)| token))
            .ints(of(STEP).map(|(.., seq)| i64::from(seq)));
        for row in self.db.fetch(&sql::trace_by_key, args).await? {
            let mut row = row.read("trace");
            let token: TokenId = row.id("token")?;
            let step = trace::step(&mut row)?;
            let kind = TimelineKind::Step { token, program: row.id("program")?, step: step.clone() };
            found.insert((STEP, token.uuid(), step.seq), kind);
        }
        let messages: Vec<_> = of(MESSAGE).map(|(_, id, _)| MessageId(id)).collect();
        for message in self.messages_by_id(workspace, &messages).await? {
            found.insert((MESSAGE, message.id.uuid(), 0), TimelineKind::Message(Box::new(message)));
        }
        Ok(found)
    }
}

/// The key that the page's keys are below.
fn after(paging: &Paging) -> Result<(i64, i64, Uuid, i64)> {
    let Some(after) = &paging.after else { return Ok((i64::MAX, i64::MAX, Uuid::max(), i64::MAX)) };
    let parse = || {
        let mut parts = after.split('.');
        let mut part = || parts.next();
        Some((part()?.parse().ok()?, part()?.parse().ok()?, Uuid::parse_str(part()?).ok()?, part()?.parse().ok()?))
    };
    parse().ok_or_else(page::foreign)
}

//! Moves tokens: claim, load, write, commit, in one transaction.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use program::{
    ContactId, CountFact, EventId, MessageId, NodeId, Place, ProgramId, Purpose, Reason, StreamClass, StreamId,
    StreamName, Time, TokenId, TraceStep, VersionId, WorkspaceId,
};

use uuid::Uuid;

use crate::{
    CallAnswer, Contact, Error, EventData, NewCall, Result, Store,
    args::Args,
    calls, claim,
    counts::Counts,
    db::{Tx, whole},
    due::Open,
    holding::{HeldToken, hold_tokens},
    row::Row,
    said::Said,
    sql,
    within::{contacts_within, events_within},
};

mod awaits;
mod corrupt;
mod edits;
mod entered;
pub(crate) mod write;

pub use awaits::{Awaiting, FailedWait, OpenWait, Waits};
pub use corrupt::CorruptToken;
pub use edits::ContactWrite;
pub use entered::Entered;

/// The most tokens of one claim.
const MAX_CLAIM: u32 = 500;
/// Events with a stored time up to this far ahead still count, because clocks of nodes differ.
const AHEAD: Duration = Duration::from_secs(3_600);

/// A due token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueToken {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its id.
    pub id: TokenId,
    /// In which program.
    pub program: ProgramId,
    /// In which version.
    pub version: VersionId,
    /// Its contact.
    pub contact: ContactId,
    /// The event that started it.
    pub event: EventId,
    /// Where it stands.
    pub place: Place,
    /// How often it was put off since its last step: [`TokenState::Ready`] without a step.
    pub attempts: u32,
    /// Since when it is due.
    pub due_at: Time,
    /// Since when it is at its node. None for a token that came before this was stored.
    pub arrived_at: Option<Time>,
}

/// Due tokens, locked by an open transaction, so that no other claim takes them. A dropped claim rolls back later;
/// [`Claim::rollback`] does it at once.
#[derive(Debug)]
pub struct Claim {
    tx: Tx,
    now: Time,
    tokens: Vec<DueToken>,
    corrupt: Vec<CorruptToken>,
    held: Vec<HeldToken>,
    /// The times of attributes, for contacts that are locked.
    said: HashMap<ContactId, Said>,
    /// Changed contacts for which a token waits, each with its workspace.
    watched: BTreeSet<(Uuid, Uuid)>,
    /// What waiting tokens have read of the notes for their crowds.
    read: Vec<awaits::Read>,
    /// While this lives, other claims of this process scan other places.
    _open: Option<Open>,
}

/// What a batch needs to load.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Events whose payload is read.
    pub events: Vec<(WorkspaceId, EventId)>,
    /// Counts: events after `now - within` that are stored.
    pub counts: Vec<(ContactId, CountFact)>,
    /// Contacts that may be changed; they are locked.
    pub edits: HashSet<ContactId>,
    /// Tokens that stand where they wait for an event. What they wait for is locked.
    pub awaits: HashSet<TokenId>,
    /// Tokens whose joined events are loaded.
    pub joins: HashSet<TokenId>,
}

/// What was loaded for a batch.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What tokens wait for, of those that were asked for and that wait.
    pub awaited: HashMap<TokenId, Awaiting>,
    /// The events that joined tokens, of those that were asked for.
    pub joined: HashMap<TokenId, Vec<(String, EventId)>>,
    /// The contacts of all claimed tokens.
    pub contacts: HashMap<ContactId, Contact>,
    /// The events asked for.
    pub events: HashMap<EventId, EventData>,
    /// The counts that were asked for, including those of 0.
    pub counts: HashMap<(ContactId, CountFact), u64>,
}

/// A stream's current version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamHead {
    /// The stream.
    pub id: StreamId,
    /// Its current version.
    pub version: VersionId,
    /// Its class, which says who may get its mails.
    pub class: StreamClass,
}

/// The result of one claimed token.
#[derive(Clone, Debug)]
pub struct TokenWrite {
    /// Which token.
    pub token: TokenId,
    /// Its `seq` as claimed; the fence.
    pub seen_seq: u32,
    /// Where it stands now.
    pub place: Place,
    /// Its new state.
    pub state: TokenState,
    /// The steps it took.
    pub steps: Vec<TraceStep>,
    /// The mails it asks for.
    pub messages: Vec<NewMessage>,
    /// The calls it asks for.
    pub calls: Vec<NewCall>,
}

/// The new state of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// It takes its next step then: its wait is over, or it is retried.
    Ready {
        /// When.
        due_at: Time,
    },
    /// It rests as before, because what it looked at changed nothing.
    Resting {
        /// When it is due.
        due_at: Time,
    },
    /// Its run is over.
    Done,
    /// Parked as a dead letter.
    Failed {
        /// What went wrong, and what to do.
        error: Reason,
    },
}

/// One mail for the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMessage {
    /// Its id.
    pub id: MessageId,
    /// The token that asked for it.
    pub token: TokenId,
    /// The step that asked for it.
    pub seq: u32,
    /// Which of the step's effects it is.
    pub n: u32,
    /// In which program.
    pub program: ProgramId,
    /// In which version.
    pub version: VersionId,
    /// At which node.
    pub node: NodeId,
    /// Which stream writes it.
    pub stream: StreamName,
    /// Which version of the stream; none if the stream is missing.
    pub stream_version: Option<VersionId>,
    /// Its sending pool.
    pub class: StreamClass,
    /// The recipient.
    pub contact: ContactId,
    /// The event that started the token.
    pub event: EventId,
    /// The events that have joined the token, by name.
    pub joined: BTreeMap<String, EventId>,
    /// Mail address.
    pub recipient: String,
    /// Message-ID header, without angle brackets.
    pub message_id: String,
    /// What the mail asks of the contact.
    pub purpose: Purpose,
    /// Whether it may be sent.
    pub state: MessageState,
    /// Not before this.
    pub due_at: Time,
}

/// How a message starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// To be sent.
    Queued,
    /// Not sent, on purpose: no opt-in, no address.
    Blocked {
        /// Why.
        reason: Reason,
    },
    /// Cannot be sent; a dead letter.
    Failed {
        /// Why.
        reason: Reason,
    },
}

impl Store {
    /// Claims at most `limit` (1 to 500) due tokens of all workspaces. On PostgreSQL these are the longest due tokens
    /// of some buckets, and each claim begins with other buckets.
    pub async fn claim(&self, now: Time, limit: u32) -> Result<Claim> {
        let limit = limit.clamp(1, MAX_CLAIM);
        let mut tx = self.db.begin_much().await?;
        match claim::tokens(&mut tx, &self.dues.tokens, now, limit).await {
            Ok((rows, open)) => claimed(tx, now, &rows, Some(open)).await,
            Err(error) => Err(tx.fail(error).await),
        }
    }

    /// Claims these tokens, as far as they are due and free. This bisects a batch that failed.
    pub async fn claim_exactly(&self, now: Time, ids: &[TokenId]) -> Result<Claim> {
        let mut tx = self.db.begin_much().await?;
        match claim::tokens_exactly(&mut tx, now, ids.iter().map(|id| id.uuid())).await {
            Ok(rows) => claimed(tx, now, &rows, None).await,
            Err(error) => Err(tx.fail(error).await),
        }
    }

    /// When the next token is due; in the past if one is due now.
    pub async fn next_due(&self, now: Time) -> Result<Option<Time>> {
        self.dues.tokens.first_due(&self.db, &sql::token_next_due, Args::new(), now).await
    }

    /// Makes failed tokens ready again at their place; returns how many.
    pub async fn replay_tokens(&self, workspace: WorkspaceId, ids: &[TokenId], now: Time) -> Result<u64> {
        whole!(self.db, |tx| {
            let mut ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
            ids.sort_unstable();
            let args = Args::new().time(now).uuids(ids.iter().map(|_| workspace.uuid())).uuids(ids);
            let rows = tx.fetch(&sql::token_replay, args).await?;
            let mut counts = Counts::default();
            for row in &rows {
                let mut row = row.read("token");
                counts.add(workspace, row.id("program")?, &row.name("node")?, "failed", -1);
            }
            counts.write(tx, now).await?;
            Ok(rows.len() as u64)
        })
    }
}

async fn claimed(tx: Tx, now: Time, rows: &[Row], open: Option<Open>) -> Result<Claim> {
    match sorted(rows) {
        Ok(Sorted { tokens, corrupt, held }) => Ok(Claim {
            tx,
            now,
            tokens,
            corrupt,
            held,
            said: HashMap::new(),
            watched: BTreeSet::new(),
            read: Vec::new(),
            _open: open,
        }),
        Err(error) => Err(tx.fail(error).await),
    }
}

/// Readable tokens, unreadable tokens, and tokens whose program is on hold.
struct Sorted {
    tokens: Vec<DueToken>,
    corrupt: Vec<CorruptToken>,
    held: Vec<HeldToken>,
}

fn sorted(rows: &[Row]) -> Result<Sorted> {
    let (mut tokens, mut corrupt, mut held) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
    for row in rows {
        match due(row) {
            Ok((token, true)) => {
                let DueToken { workspace, id, program, place, .. } = token;
                held.push(HeldToken { workspace, id, program, node: place.node });
            }
            Ok((token, false)) => tokens.push(token),
            Err(Error::Corrupt { .. }) => corrupt.push(corrupt::read(row)?),
            Err(error) => return Err(error),
        }
    }
    // The rows came bucket by bucket.
    tokens.sort_by_key(|token| (token.due_at, token.id));
    Ok(Sorted { tokens, corrupt, held })
}

/// A claimed token, and whether its program is on hold.
pub(crate) fn due(row: &Row) -> Result<(DueToken, bool)> {
    let mut row = row.read("token");
    let mut token = DueToken {
        id: row.id("id")?,
        workspace: row.id("workspace")?,
        program: row.id("program")?,
        version: row.id("version")?,
        contact: row.id("contact")?,
        event: row.id("event")?,
        place: Place { node: row.name("node")?, phase: row.word("phase")?, seq: row.number("seq")? },
        attempts: row.number("attempts")?,
        due_at: row.time("due_at")?,
        arrived_at: None,
    };
    let held = row.opt_text("holds")?.is_some();
    token.arrived_at = row.opt_time("arrived_at")?;
    Ok((token, held))
}

impl Claim {
    /// The claimed tokens, longest due first.
    pub fn tokens(&self) -> &[DueToken] {
        &self.tokens
    }

    /// Claimed tokens whose row cannot be read. [`Claim::commit`] parks them.
    pub fn corrupt(&self) -> &[CorruptToken] {
        &self.corrupt
    }

    /// How many more tokens were claimed only to be set aside, because their program is paused or stopped.
    /// [`Claim::commit`] does it.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Keeps the first `n` tokens only. The others stay due, and are free when this claim ends.
    pub fn keep(&mut self, n: usize) {
        self.tokens.truncate(n);
    }

    /// Loads the contacts of all claimed tokens, and what is wanted beside them. None if contacts and events need more
    /// than `most` bytes. What is not wanted costs no statement.
    pub async fn facts(&mut self, wanted: &Wanted, now: Time, most: usize) -> Result<Option<Loaded>> {
        self.read.clear();
        let mut room = most;
        let counts = &wanted.counts;
        let owners: HashMap<ContactId, WorkspaceId> =
            self.tokens.iter().map(|token| (token.contact, token.workspace)).collect();
        let contacts = self.tokens.iter().map(|token| (token.workspace, token.contact));
        let (edited, read): (Vec<_>, Vec<_>) = contacts.partition(|(_, contact)| wanted.edits.contains(contact));
        let Some(locked) = edits::lock(&mut self.tx, edited.into_iter(), &mut room).await? else { return Ok(None) };
        let Some(mut contacts) = contacts_within(&mut self.tx, read.into_iter(), &mut room).await? else {
            return Ok(None);
        };
        for (id, (contact, said)) in locked {
            contacts.insert(id, contact);
            self.said.insert(id, said);
        }
        let of = |asked: &HashSet<TokenId>| -> Vec<&DueToken> {
            if asked.is_empty() {
                return Vec::new();
            }
            self.tokens.iter().filter(|token| asked.contains(&token.id)).collect()
        };
        let awaited = awaits::awaited(&mut self.tx, self.now, &of(&wanted.awaits), &mut self.read).await?;
        let joined = awaits::joined(&mut self.tx, &of(&wanted.joins)).await?;
        let events = wanted.events.iter().copied().chain(awaits::events(&self.tokens, &awaited, &joined));
        let Some(events) = events_within(&mut self.tx, events, &mut room).await? else { return Ok(None) };

        let asked: Vec<_> =
            counts.iter().filter_map(|ask| owners.get(&ask.0).map(|workspace| (workspace, ask))).collect();
        let mut counts = HashMap::with_capacity(asked.len());
        if !asked.is_empty() {
            let args = Args::new()
                .time(now + AHEAD)
                .ints((0_i64..).take(asked.len()))
                .uuids(asked.iter().map(|(workspace, _)| workspace.uuid()))
                .uuids(asked.iter().map(|(_, (contact, _))| contact.uuid()))
                .texts(asked.iter().map(|(_, (_, fact))| fact.event.as_str().to_owned()))
                .ints(asked.iter().map(|(_, (_, fact))| (now - fact.within.delta()).timestamp_millis()));
            for row in self.tx.fetch(&sql::event_count, args).await? {
                let mut row = row.read("event");
                let at: usize = row.number("ord")?;
                let n: u64 = row.number("count")?;
                if let Some((_, ask)) = asked.get(at) {
                    counts.insert((*ask).clone(), n);
                }
            }
        }
        Ok(Some(Loaded { awaited, joined, contacts, events, counts }))
    }

    /// Writes contacts that [`Claim::facts`] locked.
    pub async fn edit_contacts(&mut self, writes: &[ContactWrite]) -> Result<()> {
        self.watched = edits::write(&mut self.tx, self.now, &self.said, writes).await?;
        Ok(())
    }

    /// Writes the changes of waits. Makes other tokens due that wait for a condition on changed contacts; returns
    /// whether there are any. Tokens of this claim are not among them.
    pub async fn write_waits(&mut self, waits: &Waits) -> Result<bool> {
        awaits::write(&mut self.tx, waits, &self.read).await?;
        crate::awaits::changed(&mut self.tx, self.now, &self.watched).await
    }

    /// The results of the calls that claimed tokens wait for, each by its node and its number of steps. A token without
    /// calls is absent.
    pub async fn answers(
        &mut self,
        waiting: &[(WorkspaceId, TokenId, u32, &NodeId)],
    ) -> Result<HashMap<TokenId, CallAnswer>> {
        calls::answers(&mut self.tx, waiting).await
    }

    /// The current versions of these streams; unknown names are absent.
    pub async fn streams(
        &mut self,
        workspace: WorkspaceId,
        names: &[StreamName],
    ) -> Result<HashMap<StreamName, StreamHead>> {
        let mut heads = HashMap::with_capacity(names.len());
        if names.is_empty() {
            return Ok(heads);
        }
        let args = Args::new().uuid(workspace.uuid()).texts(names.iter().map(|name| name.as_str().to_owned()));
        for row in self.tx.fetch(&sql::stream_head, args).await? {
            let mut row = row.read("stream");
            let id = row.id("id")?;
            let name = row.name("name")?;
            heads.insert(name, StreamHead { id, version: row.id("current")?, class: row.word("class")? });
        }
        Ok(heads)
    }

    /// Writes tokens, trace, messages and counters, and commits. If a token's `seq` has changed since, it gives
    /// [`Error::Conflict`], and nothing is written. Corrupt tokens are parked, and tokens of programs on hold are set
    /// aside, in the same transaction.
    pub async fn commit(mut self, writes: Vec<TokenWrite>) -> Result<()> {
        match self.write(writes).await {
            Ok(()) => self.tx.commit().await,
            Err(error) => Err(self.tx.fail(error).await),
        }
    }

    async fn write(&mut self, writes: Vec<TokenWrite>) -> Result<()> {
        let mut counts = write::write(&mut self.tx, self.now, &self.tokens, writes).await?;
        corrupt::park(&mut self.tx, self.now, &self.corrupt, &mut counts).await?;
        hold_tokens(&mut self.tx, self.now, &self.held, &mut counts).await?;
        counts.write(&mut self.tx, self.now).await
    }

    /// Frees the tokens.
    pub async fn rollback(self) -> Result<()> {
        self.tx.rollback().await
    }
}

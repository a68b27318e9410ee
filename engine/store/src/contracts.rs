//! Contracts of event types, in versions, and what broke them.

use std::collections::{BTreeMap, HashMap, HashSet};

use program::{Contract, EventType, Time, Violation, WorkspaceId};

use crate::{
    Act, Error, Result, Store,
    args::{Args, storable},
    db::{Tx, whole},
    documents::json,
    row::Row,
    sql,
};

/// The most contracts of a workspace. Each node keeps all of them in memory.
pub const MOST_CONTRACTS: usize = 200;
/// The longest contract, in bytes of JSON; with all values that the largest might list it would be megabytes.
const MOST_BYTES: usize = 64 << 10;
/// The most fields and reasons that are counted of one type. Names of fields that no contract knows are the sender's.
const MOST_VIOLATIONS: usize = 200;
/// Types whose violations are written in one transaction, so that none is long.
const PART: usize = 20;
/// What one takes in memory beside its texts, in bytes.
const ROW: usize = 128;
/// Versions that are kept of one contract.
const HISTORY: i64 = 50;

/// A version of a contract.
#[derive(Clone, Debug, PartialEq)]
pub struct ContractVersion {
    /// Which one, from 1.
    pub version: u64,
    /// What it says; none where it took the contract away. The error says why what is stored cannot be read.
    pub contract: std::result::Result<Option<Contract>, String>,
    /// Who made it.
    pub author: Option<String>,
    /// When.
    pub made_at: Time,
}

/// A field that stood against the contract, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViolationRow {
    /// Which field.
    pub path: String,
    /// Which rule, as a word.
    pub code: String,
    /// In how many events.
    pub times: u64,
    /// The rule in words.
    pub reason: String,
    /// When first.
    pub first_at: Time,
    /// When last.
    pub last_at: Time,
}

/// What stood against contracts and is not written.
#[derive(Debug, Default)]
pub struct Violations(BTreeMap<EventType, BTreeMap<Rule, Counted>>);

/// The path and the word of a rule.
type Rule = (String, &'static str);

#[derive(Clone, Debug, Default)]
struct Counted {
    /// In how many events.
    times: u64,
    reason: String,
}

impl Violations {
    /// Adds what one event did, as far as there is room, in bytes; says how much was left out.
    pub fn add(&mut self, event: &EventType, found: &[Violation], room: &mut usize) -> u64 {
        let counted = found.iter().map(|violation| {
            let counted = Counted { times: 1, reason: violation.reason.clone() };
            ((violation.path.clone(), violation.code), counted)
        });
        self.count(event, counted, room)
    }

    /// Adds others; see [`Self::add`].
    pub fn extend(&mut self, more: Self, room: &mut usize) -> u64 {
        more.0.into_iter().map(|(event, of)| self.count(&event, of.into_iter(), room)).sum()
    }

    fn count(&mut self, event: &EventType, found: impl Iterator<Item = (Rule, Counted)>, room: &mut usize) -> u64 {
        let of = self.0.entry(event.clone()).or_default();
        let mut left_out = 0;
        for (rule, counted) in found {
            if let Some(known) = of.get_mut(&rule) {
                known.times += counted.times;
                continue;
            }
            let left = room.checked_sub(takes(&rule, &counted)).filter(|_| of.len() < MOST_VIOLATIONS);
            match left {
                Some(left) => {
                    *room = left;
                    of.insert(rule, counted);
                }
                None => left_out += counted.times,
            }
        }
        left_out
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much memory they take, as [`Self::add`] counts.
    pub fn takes(&self) -> usize {
        self.0.values().flatten().map(|(rule, counted)| takes(rule, counted)).sum()
    }

    /// The first types.
    fn part(&mut self) -> Self {
        let rest = self.0.keys().nth(PART).cloned().map(|next| self.0.split_off(&next));
        Self(std::mem::replace(&mut self.0, rest.unwrap_or_default()))
    }
}

fn takes((path, _): &Rule, counted: &Counted) -> usize {
    ROW + path.len() + counted.reason.len()
}

impl Store {
    /// The contracts that count. One that cannot be read is told with its error, and stands in no other's way.
    pub async fn contracts(&self, workspace: WorkspaceId) -> Result<BTreeMap<EventType, ContractVersion>> {
        let args = Args::new().uuid(workspace.uuid()).int(MOST_CONTRACTS as i64);
        let rows = self.db.fetch(&sql::event_contract_live, args).await?;
        let all = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(all.into_iter().collect())
    }

    /// The versions of a type's contract, the newest first, at most 50.
    pub async fn contract_history(&self, workspace: WorkspaceId, event: &EventType) -> Result<Vec<ContractVersion>> {
        let args = Args::new().uuid(workspace.uuid()).text(event.as_str().to_owned()).int(HISTORY);
        let rows = self.db.fetch(&sql::event_contract_history, args).await?;
        rows.iter().map(|row| read(row).map(|(_, version)| version)).collect()
    }

    /// Sets the contract of a type, or takes it away; says its version. What is decided about events after the commit is
    /// decided by it, on all nodes. What stood against the former one is forgotten.
    pub async fn put_contract(
        &self,
        Act { workspace, author, now }: Act<'_>,
        event: &EventType,
        contract: Option<&Contract>,
    ) -> Result<u64> {
        let body = contract.map(json).transpose()?;
        if let Some(body) = body.as_ref().filter(|body| body.len() > MOST_BYTES) {
            let why = format!("{} bytes are too long; at most {MOST_BYTES} are kept", body.len());
            return Err(Error::Invalid { field: "contract", why });
        }
        let name = || event.as_str().to_owned();
        whole!(self.db, |tx| {
            tx.fetch(&sql::workspace_lock, Args::new().uuid(workspace.uuid())).await?;
            if contract.is_some() {
                let args = Args::new().uuid(workspace.uuid()).int(MOST_CONTRACTS as i64);
                let live = tx.fetch(&sql::event_contract_live, args).await?;
                let types = live.iter().map(|row| row.read("event_contract").name::<EventType>("type"));
                let types = types.collect::<Result<Vec<_>>>()?;
                if types.len() >= MOST_CONTRACTS && !types.contains(event) {
                    let why = format!("at most {MOST_CONTRACTS} event types have one");
                    return Err(Error::Invalid { field: "contract", why });
                }
            }
            let args = Args::new().uuid(workspace.uuid()).text(name()).text(body.clone());
            let args = args.text(author.map(storable)).time(now);
            let rows = tx.fetch(&sql::event_contract_put, args).await?;
            let version: u64 = rows.first().map_or(Ok(0), |row| row.read("event_contract").number("version"))?;
            let old = i64::try_from(version).unwrap_or(i64::MAX) - HISTORY;
            let args = Args::new().uuid(workspace.uuid()).text(name()).int(old);
            tx.execute(&sql::event_contract_forget, args).await?;
            tx.execute(&sql::event_violation_drop, Args::new().uuid(workspace.uuid()).text(name())).await?;
            let args = Args::new().uuid(workspace.uuid()).time(now).texts([name()]);
            tx.execute(&sql::event_type_register, args).await?;
            tx.execute(&sql::routing_bump, Args::new().uuid(workspace.uuid())).await?;
            Ok(version)
        })
    }

    /// Counts what stood against contracts, in transactions of a few types. What is written is taken out; what is left when
    /// it fails can be written later.
    pub async fn note_violations(&self, workspace: WorkspaceId, now: Time, found: &mut Violations) -> Result<()> {
        while !found.is_empty() {
            let part = found.part();
            if let Err(error) = self.note_some(workspace, now, &part).await {
                found.0.extend(part.0);
                return Err(error);
            }
        }
        Ok(())
    }

    async fn note_some(&self, workspace: WorkspaceId, now: Time, part: &Violations) -> Result<()> {
        whole!(self.db, much | tx | note(tx, workspace, now, part).await)
    }

    /// What stood against the contract of a type, the newest first, at most so many.
    pub async fn violations(&self, workspace: WorkspaceId, event: &EventType, most: u32) -> Result<Vec<ViolationRow>> {
        let args = Args::new().uuid(workspace.uuid()).text(event.as_str().to_owned()).int(i64::from(most));
        let read = |row: &Row| {
            let mut row = row.read("event_violation");
            Ok(ViolationRow {
                path: row.text("path")?,
                code: row.text("code")?,
                times: row.number("times")?,
                reason: row.text("reason")?,
                first_at: row.time("first_at")?,
                last_at: row.time("last_at")?,
            })
        };
        self.db.fetch(&sql::event_violation_list, args).await?.iter().map(read).collect()
    }
}

async fn note(tx: &mut Tx, workspace: WorkspaceId, now: Time, found: &Violations) -> Result<()> {
    let args = Args::new()
        .uuids(found.0.keys().map(|_| workspace.uuid()))
        .texts(found.0.keys().map(|event| event.as_str().to_owned()));
    let mut known: HashMap<EventType, HashSet<(String, String)>> = HashMap::new();
    for row in tx.fetch(&sql::event_violation_of, args).await? {
        let mut row = row.read("event_violation");
        known.entry(row.name("type")?).or_default().insert((row.text("path")?, row.text("code")?));
    }
    let mut rows = BTreeMap::new();
    for (event, of) in &found.0 {
        let known = known.entry(event.clone()).or_default();
        for ((path, code), Counted { times, reason }) in of {
            let key = (storable(path), (*code).to_owned());
            if known.len() < MOST_VIOLATIONS || known.contains(&key) {
                known.insert(key.clone());
                // Two paths may be one once they are storable, and one statement writes a row once.
                let row = rows.entry((event, key)).or_insert_with(|| Counted { times: 0, reason: storable(reason) });
                row.times = row.times.saturating_add(*times);
            }
        }
    }
    let args = Args::new()
        .time(now)
        .uuids(rows.iter().map(|_| workspace.uuid()))
        .texts(rows.keys().map(|(event, _)| event.as_str().to_owned()))
        .texts(rows.keys().map(|(_, (path, _))| path.clone()))
        .texts(rows.keys().map(|(_, (_, code))| code.clone()))
        .ints(rows.values().map(|row| i64::try_from(row.times).unwrap_or(i64::MAX)))
        .texts(rows.values().map(|row| row.reason.clone()));
    tx.execute(&sql::event_violation_add, args).await.map(drop)
}

fn read(row: &Row) -> Result<(EventType, ContractVersion)> {
    let mut row = row.read("event_contract");
    let (event, version, body) = (row.name("type")?, row.number("version")?, row.opt_text("body")?);
    let contract = body.map(|body| serde_json::from_str(&body)).transpose().map_err(|error| error.to_string());
    Ok((event, ContractVersion { version, contract, author: row.opt_text("author")?, made_at: row.time("made_at")? }))
}

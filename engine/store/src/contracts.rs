//! Contracts of event types, in versions, and what stood against them.

use std::collections::{BTreeMap, HashMap, HashSet};

use program::{Contract, EventType, Time, Violation, WorkspaceId};

use crate::{
    Error, Result, Store,
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

/// What stood against contracts since it was last written: by type, path and rule, in how many events and why.
pub type Violations = BTreeMap<EventType, BTreeMap<(String, &'static str), (u64, String)>>;

/// Adds what one event did.
pub fn add_violations(all: &mut Violations, event: &EventType, found: &[Violation]) {
    let of = all.entry(event.clone()).or_default();
    for violation in found {
        let key = (violation.path.clone(), violation.code);
        if of.len() < MOST_VIOLATIONS || of.contains_key(&key) {
            let told = of.entry(key).or_default();
            told.0 += 1;
            told.1.clone_from(&violation.reason);
        }
    }
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
        workspace: WorkspaceId,
        event: &EventType,
        contract: Option<&Contract>,
        (author, now): (Option<&str>, Time),
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

    /// Counts what stood against contracts.
    pub async fn note_violations(&self, workspace: WorkspaceId, now: Time, found: &Violations) -> Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        whole!(self.db, |tx| note(tx, workspace, now, found).await)
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
        .uuids(found.keys().map(|_| workspace.uuid()))
        .texts(found.keys().map(|event| event.as_str().to_owned()));
    let mut known: HashMap<EventType, HashSet<(String, String)>> = HashMap::new();
    for row in tx.fetch(&sql::event_violation_of, args).await? {
        let mut row = row.read("event_violation");
        known.entry(row.name("type")?).or_default().insert((row.text("path")?, row.text("code")?));
    }
    let mut rows = BTreeMap::new();
    for (event, of) in found {
        let known = known.entry(event.clone()).or_default();
        for ((path, code), (times, reason)) in of {
            let key = (storable(path), (*code).to_owned());
            if known.len() < MOST_VIOLATIONS || known.contains(&key) {
                known.insert(key.clone());
                // Two paths may be one once they are storable, and one statement writes a row once.
                let row = rows.entry((event, key)).or_insert_with(|| (0_i64, storable(reason)));
                row.0 = row.0.saturating_add(i64::try_from(*times).unwrap_or(i64::MAX));
            }
        }
    }
    let args = Args::new()
        .time(now)
        .uuids(rows.iter().map(|_| workspace.uuid()))
        .texts(rows.keys().map(|(event, _)| event.as_str().to_owned()))
        .texts(rows.keys().map(|(_, (path, _))| path.clone()))
        .texts(rows.keys().map(|(_, (_, code))| code.clone()))
        .ints(rows.values().map(|(times, _)| *times))
        .texts(rows.values().map(|(_, reason)| reason.clone()));
    tx.execute(&sql::event_violation_add, args).await.map(drop)
}

fn read(row: &Row) -> Result<(EventType, ContractVersion)> {
    let mut row = row.read("event_contract");
    let (event, version, body) = (row.name("type")?, row.number("version")?, row.opt_text("body")?);
    let contract = body.map(|body| serde_json::from_str(&body)).transpose().map_err(|error| error.to_string());
    Ok((event, ContractVersion { version, contract, author: row.opt_text("author")?, made_at: row.time("made_at")? }))
}

//! How many tokens came by each node: counter rows, never a count over tokens.

use std::collections::BTreeMap;

use program::{NodeId, ProgramId, Time, WorkspaceId};

use crate::{
    Result, Store,
    args::Args,
    db::{Db, Tx},
    sql,
};

/// What happened at one node of a program, over all its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCount {
    /// The node.
    pub node: NodeId,
    /// Tokens that came in.
    pub entered: u64,
    /// Tokens that left, by port (`next`, `yes` …), sorted by name.
    pub passed: Vec<(String, u64)>,
    /// Tokens that rest here now.
    pub waiting: u64,
    /// Tokens whose run ended here.
    pub finished: u64,
    /// Tokens that a publication took to another node.
    pub moved: u64,
    /// Tokens that were taken out here when the program was stopped.
    pub ejected: u64,
    /// Tokens that stand here as dead letters.
    pub failed: u64,
    /// Messages that were handed over.
    pub sent: u64,
    /// Messages that were blocked.
    pub blocked: u64,
}

impl Store {
    /// The counts of all nodes where anything happened.
    pub async fn node_counts(&self, workspace: WorkspaceId, program: ProgramId) -> Result<Vec<NodeCount>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid());
        let mut counts: Vec<NodeCount> = Vec::new();
        for row in self.db.fetch(&sql::node_count_get, args).await? {
            let mut row = row.read("node_count");
            let node: NodeId = row.name("node")?;
            let what = row.text("what")?;
            // Slots add up to a total; only a total below nothing would be wrong, and is shown as nothing.
            let n = u64::try_from(row.int("n")?).unwrap_or_default();
            if counts.last().is_none_or(|last| last.node != node) {
                counts.push(NodeCount::new(node));
            }
            let Some(count) = counts.last_mut() else { continue };
            match what.as_str() {
                "entered" => count.entered = n,
                "finished" => count.finished = n,
                "moved" => count.moved = n,
                "ejected" => count.ejected = n,
                "failed" => count.failed = n,
                "sent" => count.sent = n,
                "blocked" => count.blocked = n,
                other => match other.strip_prefix("passed:") {
                    Some(port) => count.passed.push((port.to_owned(), n)),
                    None => return Err(row.corrupt("what", format!("\"{other}\" is not known"))),
                },
            }
        }
        for count in &mut counts {
            let passed: u64 = count.passed.iter().map(|(_, n)| n).sum();
            let left = passed + count.finished + count.moved + count.ejected + count.failed;
            count.waiting = count.entered.saturating_sub(left);
        }
        Ok(counts)
    }
}

/// Slots of a minute, and how long one may still be written to, in minutes: far longer than a transaction lasts.
const SLOTS: i64 = 32;
const OPEN: i64 = 5;
/// Slots that are folded at once.
const MAX_FOLD: i64 = 10_000;

/// Makes one slot of many old ones: on PostgreSQL counters get new ones each minute.
pub(crate) async fn fold(db: &Db, workspace: WorkspaceId, now: Time) -> Result<()> {
    let old = (now.timestamp() / 60 - OPEN) * SLOTS;
    let mut tx = db.begin().await?;
    let rows = tx.fetch(&sql::node_count_take, Args::new().uuid(workspace.uuid()).int(old).int(MAX_FOLD)).await?;
    let mut counts = Counts::default();
    for row in &rows {
        let mut row = row.read("node_count");
        let (program, node) = (row.id("program")?, row.name("node")?);
        counts.add(workspace, program, &node, &row.text("what")?, row.int("n")?);
    }
    counts.write(&mut tx).await?;
    tx.commit().await
}

impl NodeCount {
    fn new(node: NodeId) -> Self {
        let passed = Vec::new();
        let (entered, waiting, finished, moved, ejected) = Default::default();
        Self { node, entered, passed, waiting, finished, moved, ejected, failed: 0, sent: 0, blocked: 0 }
    }
}

/// What a transaction adds to the counters, summed and sorted.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<(WorkspaceId, ProgramId, NodeId, String), i64>);

impl Counts {
    pub(crate) fn add(&mut self, workspace: WorkspaceId, program: ProgramId, node: &NodeId, what: &str, n: i64) {
        *self.0.entry((workspace, program, node.clone(), what.to_owned())).or_default() += n;
    }

    /// The last write of a transaction, so that the counters are locked for the shortest time.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<()> {
        let rows: Vec<_> = self.0.into_iter().filter(|(_, n)| *n != 0).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let args = Args::new()
            .uuids(rows.iter().map(|((workspace, ..), _)| workspace.uuid()))
            .uuids(rows.iter().map(|((_, program, ..), _)| program.uuid()))
            .texts(rows.iter().map(|((_, _, node, _), _)| node.to_string()))
            .texts(rows.iter().map(|((.., what), _)| what.clone()))
            .ints(rows.iter().map(|(_, n)| *n));
        tx.execute(&sql::node_count_add, args).await.map(drop)
    }
}

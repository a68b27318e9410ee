//! How many tokens passed each node, and when. These are counter rows; tokens are never counted.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use program::{NodeId, ProgramId, Time, WorkspaceId};

use crate::{Result, Store, args::Args, db::Tx, row::Row, sql};

mod past;

pub(crate) use past::fold;

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
    /// Tokens that left after they had rested here: they waited, or could not go on at once. Those that a publication or a
    /// stop took away are not among them.
    pub rested: u64,
    /// How long those were here, all together, in milliseconds.
    pub dwelt: u64,
}

impl Store {
    /// The counts of all nodes where anything happened.
    pub async fn node_counts(&self, workspace: WorkspaceId, program: ProgramId) -> Result<Vec<NodeCount>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid());
        read(&self.db.fetch(&sql::node_count_get, args).await?)
    }

    /// What happened in a time; who waits or failed is still who does so at its end, which is now.
    pub async fn node_counts_in(
        &self,
        workspace: WorkspaceId,
        program: ProgramId,
        time: Range<Time>,
        now: Time,
    ) -> Result<Vec<NodeCount>> {
        let minutes = past::minutes(&time, now);
        let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid()).int(minutes.start).int(minutes.end);
        let happened = read(&self.db.fetch(&sql::node_count_between, args).await?)?;
        let mut happened: HashMap<NodeId, NodeCount> =
            happened.into_iter().map(|count| (count.node.clone(), count)).collect();
        let mut counts = self.node_counts(workspace, program).await?;
        for count in &mut counts {
            let (waiting, failed) = (count.waiting, count.failed);
            let node = count.node.clone();
            *count = happened.remove(&node).unwrap_or_else(|| NodeCount::new(node));
            (count.waiting, count.failed) = (waiting, failed);
        }
        Ok(counts)
    }
}

/// Rows of node, what and number, sorted by node.
fn read(rows: &[Row]) -> Result<Vec<NodeCount>> {
    let mut counts: Vec<NodeCount> = Vec::new();
    for row in rows {
        let mut row = row.read("node_count");
        let node: NodeId = row.name("node")?;
        let what = row.text("what")?;
        // Slots add up to a total; only a total below nothing would be wrong, and is shown as nothing. In a time more
        // may have been taken back than was counted.
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
            "rested" => count.rested = n,
            "dwelt" => count.dwelt = n,
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

impl NodeCount {
    fn new(node: NodeId) -> Self {
        let passed = Vec::new();
        let (entered, waiting, finished, moved, ejected) = Default::default();
        let (failed, sent, blocked, rested, dwelt) = Default::default();
        Self { node, entered, passed, waiting, finished, moved, ejected, failed, sent, blocked, rested, dwelt }
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
    pub(crate) async fn write(self, tx: &mut Tx, now: Time) -> Result<()> {
        let rows: Vec<_> = self.0.into_iter().filter(|(_, n)| *n != 0).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let args = Args::new()
            .int(monitor::minute(now))
            .uuids(rows.iter().map(|((workspace, ..), _)| workspace.uuid()))
            .uuids(rows.iter().map(|((_, program, ..), _)| program.uuid()))
            .texts(rows.iter().map(|((_, _, node, _), _)| node.to_string()))
            .texts(rows.iter().map(|((.., what), _)| what.clone()))
            .ints(rows.iter().map(|(_, n)| *n));
        tx.execute(&sql::node_count_add, args).await.map(drop)
    }
}

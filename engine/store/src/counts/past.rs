//! Folds old counters into a total and a history. `monitor` says how long the spans of the history are.

use std::{collections::BTreeMap, ops::Range};

use monitor::{HOUR, HOURS, QUARTER, QUARTERS, Span, minute, span};
use program::{NodeId, ProgramId, Time, WorkspaceId};

use crate::{
    Result,
    args::Args,
    db::{Db, Tx, whole},
    row::Row,
    sql::{self, Statement},
};

/// Slots of a minute, and how long one may still be written to, in minutes: far longer than a transaction lasts.
const SLOTS: i64 = 32;
const OPEN: i64 = 5;
/// Slots that are folded at once.
const MAX_FOLD: i64 = 10_000;

/// What happened at a node.
type What = (ProgramId, NodeId, String);

/// The minutes that counters of a time have.
pub(super) fn minutes(time: &Range<Time>, now: Time) -> Range<i64> {
    let minutes = monitor::covered(time, now);
    // Slot 0 is the total.
    minutes.start.max(1)..minutes.end
}

/// Makes few rows of many old ones.
pub(crate) async fn fold(db: &Db, workspace: WorkspaceId, now: Time) -> Result<()> {
    whole!(db, |tx| {
        let mut totals: BTreeMap<What, i64> = BTreeMap::new();
        let mut spans: BTreeMap<(Span, What), i64> = BTreeMap::new();
        let args = Args::new().uuid(workspace.uuid()).int((minute(now) - OPEN) * SLOTS).int(MAX_FOLD);
        for (slot, what, n) in take(tx, &sql::node_count_take, args).await? {
            *totals.entry(what.clone()).or_default() += n;
            *spans.entry((span(slot / SLOTS, now), what)).or_default() += n;
        }
        for (age, length) in [(QUARTERS, QUARTER), (HOURS, HOUR)] {
            let args = Args::new().uuid(workspace.uuid()).int(length).int(minute(now) - age);
            for (minute, what, n) in take(tx, &sql::node_count_past_take, args).await? {
                *spans.entry((span(minute, now), what)).or_default() += n;
            }
        }
        if !totals.is_empty() {
            let args = Args::new()
                .uuid(workspace.uuid())
                .uuids(totals.keys().map(|(program, ..)| program.uuid()))
                .texts(totals.keys().map(|(_, node, _)| node.to_string()))
                .texts(totals.keys().map(|(.., what)| what.clone()))
                .ints(totals.values().copied());
            tx.execute(&sql::node_count_total, args).await?;
        }
        if !spans.is_empty() {
            let args = Args::new()
                .uuid(workspace.uuid())
                .uuids(spans.keys().map(|(_, (program, ..))| program.uuid()))
                .ints(spans.keys().map(|(span, _)| span.first))
                .ints(spans.keys().map(|(span, _)| span.length))
                .texts(spans.keys().map(|(_, (_, node, _))| node.to_string()))
                .texts(spans.keys().map(|(_, (.., what))| what.clone()))
                .ints(spans.values().copied());
            tx.execute(&sql::node_count_past_add, args).await?;
        }
        Ok(())
    })
}

/// Deletes old counters and says what they were: slot or minute, what, number.
async fn take(tx: &mut Tx, statement: &'static Statement, args: Args) -> Result<Vec<(i64, What, i64)>> {
    let rows = tx.fetch(statement, args).await?;
    let read = |row: &Row| {
        let mut row = row.read("node_count");
        let what = (row.id("program")?, row.name("node")?, row.text("what")?);
        let n = row.int("n")?;
        Ok((row.int("slot")?, what, n))
    };
    rows.iter().map(read).collect()
}

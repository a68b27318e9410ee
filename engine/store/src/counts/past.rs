//! Counters get old: slots of the past become a total and a history, whose spans get longer with age.

use std::{collections::BTreeMap, ops::Range};

use program::{NodeId, ProgramId, Time, WorkspaceId};

use crate::{
    Result,
    args::Args,
    db::{Db, Tx},
    row::Row,
    sql::{self, Statement},
};

/// Slots of a minute, and how long one may still be written to, in minutes: far longer than a transaction lasts.
const SLOTS: i64 = 32;
const OPEN: i64 = 5;
/// Rows that are folded at once.
const MAX_FOLD: i64 = 10_000;

/// Spans of the history, in minutes.
const QUARTER: i64 = 15;
const HOUR: i64 = 60;
const DAY: i64 = 1_440;
/// From which age on there are only hours, and only days.
const HOURLY: i64 = 2 * DAY;
const DAILY: i64 = 8 * DAY;

/// What happened at a node.
type What = (ProgramId, NodeId, String);

/// The minute of a time, since 1970.
pub(super) fn minute(time: Time) -> i64 {
    time.timestamp().div_euclid(60)
}

/// The spans that begin in a time, which itself begins with a whole span: there is none finer for its age.
pub(super) fn minutes(time: &Range<Time>, now: Time) -> Range<i64> {
    let start = minute(time.start);
    let span = match minute(now) - start {
        age if age > DAILY => DAY,
        age if age > HOURLY => HOUR,
        _ => QUARTER,
    };
    // Slot 0 is the total.
    let end = time.end.timestamp_millis().div_euclid(60_000) + i64::from(time.end.timestamp_millis() % 60_000 != 0);
    (start - start.rem_euclid(span)).max(1)..end
}

/// Makes few rows of many old ones.
pub(crate) async fn fold(db: &Db, workspace: WorkspaceId, now: Time) -> Result<()> {
    let mut tx = db.begin().await?;
    let mut totals: BTreeMap<What, i64> = BTreeMap::new();
    let mut spans: BTreeMap<(i64, What), i64> = BTreeMap::new();
    let closed = (minute(now) - OPEN) * SLOTS;
    for (slot, what, n) in take(&mut tx, &sql::node_count_take, workspace, closed).await? {
        *totals.entry(what.clone()).or_default() += n;
        *spans.entry((slot / SLOTS / QUARTER * QUARTER, what)).or_default() += n;
    }
    // Days first: they take quarters of an hour along that nobody made hours of.
    for (statement, age, span) in
        [(&sql::node_count_past_daily, DAILY, DAY), (&sql::node_count_past_hourly, HOURLY, HOUR)]
    {
        for (minute, what, n) in take(&mut tx, statement, workspace, minute(now) - age).await? {
            *spans.entry((minute / span * span, what)).or_default() += n;
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
            .ints(spans.keys().map(|(minute, _)| *minute))
            .texts(spans.keys().map(|(_, (_, node, _))| node.to_string()))
            .texts(spans.keys().map(|(_, (.., what))| what.clone()))
            .ints(spans.values().copied());
        tx.execute(&sql::node_count_past_add, args).await?;
    }
    tx.commit().await
}

/// Deletes counters up to a slot or minute and says what they were: slot or minute, what, number.
async fn take(
    tx: &mut Tx,
    statement: &'static Statement,
    workspace: WorkspaceId,
    until: i64,
) -> Result<Vec<(i64, What, i64)>> {
    let rows = tx.fetch(statement, Args::new().uuid(workspace.uuid()).int(until).int(MAX_FOLD)).await?;
    let read = |row: &Row| {
        let mut row = row.read("node_count");
        let what = (row.id("program")?, row.name("node")?, row.text("what")?);
        let n = row.int("n")?;
        Ok((row.int("slot")?, what, n))
    };
    rows.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_begins_with_a_whole_span() {
        let at = |text: &str| text.parse::<Time>().unwrap_or_default();
        let now = at("2026-03-20T12:34:56Z");
        for (from, first) in [
            ("2026-03-20T11:34:56Z", "2026-03-20T11:30:00Z"),
            ("2026-03-18T12:34:56Z", "2026-03-18T12:30:00Z"),
            ("2026-03-17T12:34:56Z", "2026-03-17T12:00:00Z"),
            ("2026-02-20T12:34:56Z", "2026-02-20T00:00:00Z"),
        ] {
            let minutes = minutes(&(at(from)..now), now);
            assert_eq!(minutes, minute(at(first))..minute(now) + 1, "{from}");
        }
    }
}

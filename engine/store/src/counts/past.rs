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
/// Slots that are folded at once.
const MAX_FOLD: i64 = 10_000;

/// Spans of the history, in minutes.
const QUARTER: i64 = 15;
const HOUR: i64 = 60;
const DAY: i64 = 1_440;
/// Until which age there are quarters of an hour, and hours.
const QUARTERS: i64 = 2 * DAY;
const HOURS: i64 = 8 * DAY;

/// What happened at a node.
type What = (ProgramId, NodeId, String);

/// The minute of a time, since 1970.
pub(super) fn minute(time: Time) -> i64 {
    time.timestamp().div_euclid(60)
}

/// The span that a minute belongs to: its first minute, and its length, which depends on its age.
fn span(minute: i64, now: Time) -> (i64, i64) {
    let length = match self::minute(now) - minute {
        age if age <= QUARTERS => QUARTER,
        age if age <= HOURS => HOUR,
        _ => DAY,
    };
    (minute - minute.rem_euclid(length), length)
}

/// The minutes covered by `time`. Its start is rounded down to the finest span that is kept at that age.
pub(super) fn minutes(time: &Range<Time>, now: Time) -> Range<i64> {
    let (start, _) = span(minute(time.start), now);
    let end = time.end.timestamp_millis();
    // Slot 0 is the total.
    start.max(1)..end.div_euclid(60_000) + i64::from(end % 60_000 != 0)
}

/// Makes few rows of many old ones.
pub(crate) async fn fold(db: &Db, workspace: WorkspaceId, now: Time) -> Result<()> {
    let mut tx = db.begin().await?;
    let mut totals: BTreeMap<What, i64> = BTreeMap::new();
    let mut spans: BTreeMap<((i64, i64), What), i64> = BTreeMap::new();
    let args = Args::new().uuid(workspace.uuid()).int((minute(now) - OPEN) * SLOTS).int(MAX_FOLD);
    for (slot, what, n) in take(&mut tx, &sql::node_count_take, args).await? {
        *totals.entry(what.clone()).or_default() += n;
        *spans.entry((span(slot / SLOTS, now), what)).or_default() += n;
    }
    for (age, length) in [(QUARTERS, QUARTER), (HOURS, HOUR)] {
        let args = Args::new().uuid(workspace.uuid()).int(length).int(minute(now) - age);
        for (minute, what, n) in take(&mut tx, &sql::node_count_past_take, args).await? {
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
            .ints(spans.keys().map(|((minute, _), _)| *minute))
            .ints(spans.keys().map(|((_, length), _)| *length))
            .texts(spans.keys().map(|(_, (_, node, _))| node.to_string()))
            .texts(spans.keys().map(|(_, (.., what))| what.clone()))
            .ints(spans.values().copied());
        tx.execute(&sql::node_count_past_add, args).await?;
    }
    tx.commit().await
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

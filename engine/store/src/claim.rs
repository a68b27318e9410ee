//! Rows that one takes and everybody else skips: on PostgreSQL by locks that end with their transaction. The only file that
//! knows how; the statements are in `sql/claim/`.

use program::Time;
use uuid::Uuid;

use crate::{
    Result,
    args::Args,
    bucket,
    db::Tx,
    due::{Due, Found, Look, Open},
    row::{Column, Row},
    sql::{self, Statement},
};

/// Takes messages that dead nodes lease, or whose lease is over.
pub(crate) static ABANDONED_MESSAGES: &Statement = &sql::message_abandoned;
/// The same of calls.
pub(crate) static ABANDONED_CALLS: &Statement = &sql::call_abandoned;

/// Due tokens, at most so many: those of one bucket after those of another.
pub(crate) async fn tokens(tx: &mut Tx, due: &Due, now: Time, limit: u32) -> Result<(Vec<Row>, Open)> {
    let look = due.look(now);
    let args = look.args(Args::new().time(now).int(i64::from(limit)), tx.dialect());
    let rows = tx.fetch(&sql::token_claim, args).await;
    taken(due, &look, (now, limit), rows)
}

/// The same from all buckets, however long they are: for benches.
#[cfg(feature = "raw")]
pub(crate) async fn any_tokens(tx: &mut Tx, due: &Due, now: Time, limit: u32) -> Result<Vec<Row>> {
    let args = Args::new().time(now).int(i64::from(limit));
    tx.fetch(&sql::token_claim, due.look_at_all().args(args, tx.dialect())).await
}

/// These tokens, as far as they are due and free.
pub(crate) async fn tokens_exactly(tx: &mut Tx, now: Time, ids: impl Iterator<Item = Uuid>) -> Result<Vec<Row>> {
    tx.fetch(&sql::token_claim_exactly, Args::new().time(now).uuids(ids)).await
}

/// Those of these tokens that are free; see the statement for its parameters.
pub(crate) async fn free_tokens(tx: &mut Tx, args: Args) -> Result<Vec<Row>> {
    tx.fetch(&sql::token_free, args).await
}

/// Takes free tokens out of a program; see the statement for its parameters.
pub(crate) async fn eject_tokens(tx: &mut Tx, args: Args) -> Result<Vec<Row>> {
    tx.fetch(&sql::token_eject, args).await
}

/// Leases due messages, at most so many; see the statement for the first of its parameters.
pub(crate) async fn messages(
    tx: &mut Tx,
    due: &Due,
    now: Time,
    (args, limit): (Args, u32),
) -> Result<(Vec<Row>, Open)> {
    let look = due.look(now);
    let args = look.args(args.int(i64::from(limit)), tx.dialect());
    let rows = tx.fetch(&sql::message_lease, args).await;
    taken(due, &look, (now, limit), rows)
}

/// Leases due calls of one host; see the statement for its parameters.
pub(crate) async fn calls(tx: &mut Tx, args: Args) -> Result<Vec<Row>> {
    tx.fetch(&sql::call_lease, args).await
}

/// Calls that have been queued for too long; see the statement for its parameters.
pub(crate) async fn overdue_calls(tx: &mut Tx, args: Args) -> Result<Vec<Row>> {
    tx.fetch(&sql::call_overdue, args).await
}

/// What is said of a claim's rows. What cannot be read is for who reads all of it.
fn taken(due: &Due, look: &Look, (now, limit): (Time, u32), rows: Result<Vec<Row>>) -> Result<(Vec<Row>, Open)> {
    let count = due.count();
    let found = rows.as_ref().map_or_else(
        |_| Found::default(),
        |rows| {
            let due_at = Column::of(rows, "due_at");
            let read = |row: &Row| {
                let id = row.read("claim").get::<Uuid>("id").ok()?;
                Some((bucket::of(id, count), row.read("claim").at(due_at).int("due_at").ok()?))
            };
            Found { rows: Some(rows.iter().filter_map(read).collect()), full: rows.len() >= limit as usize }
        },
    );
    let open = due.ended(look, now, &found);
    Ok((rows?, open))
}

#[cfg(test)]
mod tests;

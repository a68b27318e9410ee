//! Claims: one transaction takes rows, and all others skip them. On PostgreSQL this is done by locks that end with the
//! transaction. Only this file knows how; its statements are in `sql/claim/`.

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

/// Takes messages that a dead node has leased, or whose lease is over.
pub(crate) static ABANDONED_MESSAGES: &Statement = &sql::message_abandoned;
/// The same for calls.
pub(crate) static ABANDONED_CALLS: &Statement = &sql::call_abandoned;

/// At most `limit` due tokens, bucket by bucket.
pub(crate) async fn tokens(tx: &mut Tx, due: &Due, now: Time, limit: u32) -> Result<(Vec<Row>, Open)> {
    let look = due.look(now);
    let args = look.args(Args::new().time(now).int(i64::from(limit)), tx.dialect());
    let rows = tx.fetch(&sql::token_claim, args).await;
    taken(due, &look, (now, limit), rows)
}

/// The same from all buckets, however long that takes: for benches.
#[cfg(feature = "raw")]
pub(crate) async fn any_tokens(tx: &mut Tx, due: &Due, now: Time, limit: u32) -> Result<Vec<Row>> {
    let args = Args::new().time(now).int(i64::from(limit));
    tx.fetch(&sql::token_claim, due.look_at_all().args(args, tx.dialect())).await
}

/// These tokens, as far as they are due and free.
pub(crate) async fn tokens_exactly(tx: &mut Tx, now: Time, ids: impl Iterator<Item = Uuid>) -> Result<Vec<Row>> {
    tx.fetch(&sql::token_claim_exactly, Args::new().time(now).uuids(ids)).await
}

/// These tokens, as far as they are free. The statement names its parameters.
pub(crate) async fn free_tokens(tx: &mut Tx, args: Args) -> Result<Vec<Row>> {
    tx.fetch(&sql::token_free, args).await
}

/// Takes free tokens out of a program. The statement names its parameters.
pub(crate) async fn eject_tokens(tx: &mut Tx, args: Args) -> Result<Vec<Row>> {
    tx.fetch(&sql::token_eject, args).await
}

/// Leases due messages, at most `limit`. The statement names the first parameters.
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

/// Leases due calls of one host. The statement names its parameters.
pub(crate) async fn calls(tx: &mut Tx, args: Args) -> Result<Vec<Row>> {
    tx.fetch(&sql::call_lease, args).await
}

/// Calls that have been queued for too long. The statement names its parameters.
pub(crate) async fn overdue_calls(tx: &mut Tx, args: Args) -> Result<Vec<Row>> {
    tx.fetch(&sql::call_overdue, args).await
}

/// Tells `due` which rows a claim took. Rows that cannot be read are left to the caller.
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

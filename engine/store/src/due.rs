//! Decides where a claim scans for due rows: in which order it scans the buckets, where it begins in each, and which
//! buckets other claims use.
//!
//! Each claim begins at another bucket, so that every bucket has its turn. Buckets of this node that no other claim of
//! this process uses come first. Then come those in use, behind the rows of the other claim. Buckets of other nodes
//! come last, and only after two claims in a row found nothing in the node's own. A bucket's owner may be alive and
//! take nothing all the same. So every sixteenth claim scans all buckets alike.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use program::Time;

use crate::{
    Dialect, Result,
    args::Args,
    bucket::{self, Own},
    db::Db,
    floor::{self, Floor},
    row::Row,
    sql::Statement,
};

/// The distance between the first buckets of two claims. It is odd, so that every bucket has its turn. It is large, so
/// that concurrent claims meet late.
const STRIDE: usize = 23;
/// After this many claims in a row that found nothing in the node's own buckets, other buckets are scanned.
const DRY: u32 = 2;
/// Every claim of this number scans all buckets alike.
const ALIKE: u64 = 16;

/// One queue. Cheap to clone; all clones share one state.
#[derive(Clone, Debug)]
pub(crate) struct Due(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    buckets: Vec<Bucket>,
    /// Claims so far.
    claims: u64,
    /// Claims in a row that found nothing in the node's own buckets.
    dry: u32,
    /// For tests: only the argument `now` counts, not the time that a scan takes.
    takes_no_time: bool,
}

#[derive(Clone, Debug)]
struct Bucket {
    floor: Floor,
    /// Whether this node owns it.
    own: bool,
    /// Claims that have rows of it, each with the last due time of its rows.
    open: Vec<(u64, i64)>,
}

/// One scan of a queue.
#[derive(Debug)]
pub(crate) struct Look {
    /// In the order of the scan.
    parts: Vec<Part>,
    begun: Instant,
    number: u64,
    /// Whether all buckets are scanned.
    whole: bool,
}

#[derive(Debug)]
struct Part {
    bucket: usize,
    from: i64,
    /// None if the scan begins behind the rows of another claim. Such a scan does not tell where the bucket begins.
    look: Option<floor::Look>,
}

/// What a claim found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Bucket and due time of each row; none if the claim failed.
    pub(crate) rows: Option<Vec<(usize, i64)>>,
    /// Whether it found as many rows as it wanted.
    pub(crate) full: bool,
}

/// The rows of a claim are in use until this is dropped.
#[derive(Debug)]
pub(crate) struct Open {
    due: Due,
    number: u64,
}

impl Due {
    pub(crate) fn new(dialect: Dialect) -> Self {
        let bucket = Bucket { floor: Floor::default(), own: true, open: Vec::new() };
        let buckets = vec![bucket; bucket::count(dialect)];
        Self(Arc::new(Mutex::new(State { buckets, claims: 0, dry: 0, takes_no_time: false })))
    }

    /// How many buckets there are.
    pub(crate) fn count(&self) -> usize {
        self.state().buckets.len()
    }

    /// Sets which buckets this node owns.
    pub(crate) fn share(&self, own: &Own) {
        self.state().buckets.iter_mut().zip(own).for_each(|(bucket, own)| bucket.own = *own);
    }

    /// Whether this node owns all buckets.
    pub(crate) fn has_all(&self) -> bool {
        self.state().buckets.iter().all(|bucket| bucket.own)
    }

    /// Something may be due before all that was found so far, so the next scans begin at the start.
    pub(crate) fn reset(&self) {
        self.state().buckets.iter_mut().for_each(|bucket| bucket.floor.reset());
    }

    /// From now on scans take no time.
    #[cfg(feature = "raw")]
    pub(crate) fn takes_no_time(&self) {
        self.state().takes_no_time = true;
    }

    /// Where the next claim scans.
    pub(crate) fn look(&self, now: Time) -> Look {
        self.state().look(now)
    }

    /// All buckets from their start, whoever owns them.
    #[cfg(feature = "raw")]
    pub(crate) fn look_at_all(&self) -> Look {
        let mut state = self.state();
        state.claims += 1;
        let parts = state.turn(state.claims).map(|bucket| Part { bucket, from: i64::MIN, look: None }).collect();
        Look { parts, begun: Instant::now(), number: state.claims, whole: true }
    }

    /// When the first row of a queue is due, in any bucket. The last parameters of the statement say where the scan
    /// begins.
    pub(crate) async fn first_due(
        &self,
        db: &Db,
        statement: &'static Statement,
        args: Args,
        now: Time,
    ) -> Result<Option<Time>> {
        let look = self.state().first(now);
        let found = match db.fetch(statement, look.args(args, db.dialect())).await {
            Ok(rows) => rows.iter().map(first).collect::<Result<Vec<_>>>(),
            Err(error) => Err(error),
        };
        let rows = found
            .as_ref()
            .ok()
            .map(|found| found.iter().map(|(bucket, due)| (*bucket, due.timestamp_millis())).collect());
        self.state().ended(&look, now, &Found { rows, full: false });
        Ok(found?.into_iter().map(|(_, due)| due).min())
    }

    /// Notes how a claim ended. Its rows are in use until the returned value is dropped.
    pub(crate) fn ended(&self, look: &Look, now: Time, found: &Found) -> Open {
        let mut state = self.state();
        state.ended(look, now, found);
        state.claimed(look, found);
        Open { due: self.clone(), number: look.number }
    }

    /// Nothing under this lock panics halfway, so a poisoned lock is still good.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first row of a bucket.
fn first(row: &Row) -> Result<(usize, Time)> {
    let mut row = row.read("queue");
    Ok((row.time("due_at")?, row.number("bucket")?)).map(|(due, bucket)| (bucket, due))
}

impl State {
    /// All buckets, beginning with another one each time.
    fn turn(&self, time: u64) -> impl Iterator<Item = usize> + use<> {
        let count = self.buckets.len();
        // This fits, because there are few buckets.
        let start = usize::try_from(time % count as u64).unwrap_or_default() * STRIDE;
        (0..count).map(move |n| (start + n) % count)
    }

    fn look(&mut self, now: Time) -> Look {
        self.claims += 1;
        let alike = self.claims.is_multiple_of(ALIKE);
        let mut order: Vec<usize> = self.turn(if alike { self.claims / ALIKE } else { self.claims }).collect();
        if !alike {
            order.sort_by_key(|at| (!self.buckets[*at].own, !self.buckets[*at].open.is_empty()));
        }
        let whole = alike || self.dry >= DRY || self.buckets.iter().all(|bucket| !bucket.own);
        let ours = |at: &usize| whole || self.buckets[*at].own;
        let order: Vec<usize> = order.into_iter().filter(ours).collect();
        let whole = order.len() == self.buckets.len();
        let parts = order.into_iter().map(|at| self.buckets[at].part(at, now)).collect();
        Look { parts, begun: Instant::now(), number: self.claims, whole }
    }

    /// Where to look for the first row.
    fn first(&mut self, now: Time) -> Look {
        let part = |(at, bucket): (usize, &mut Bucket)| {
            let look = bucket.floor.look(now);
            Part { bucket: at, from: look.from, look: Some(look) }
        };
        let parts = self.buckets.iter_mut().enumerate().map(part).collect();
        Look { parts, begun: Instant::now(), number: 0, whole: true }
    }

    fn ended(&mut self, look: &Look, now: Time, found: &Found) {
        let mut firsts = vec![None::<i64>; self.buckets.len()];
        for (bucket, due) in found.rows.iter().flatten() {
            firsts[*bucket] = Some(firsts[*bucket].map_or(*due, |first| first.min(*due)));
        }
        // A full claim did not scan the buckets after its last row.
        let last = look.parts.iter().rposition(|part| firsts[part.bucket].is_some()).unwrap_or_default();
        let looked = if found.full { last + 1 } else { look.parts.len() };
        let rounds = self.buckets.len().div_ceil(looked.max(1));
        let took = if self.takes_no_time { Duration::ZERO } else { look.begun.elapsed() };
        let took = took * u32::try_from(rounds).unwrap_or(u32::MAX);
        for (at, part) in look.parts.iter().enumerate() {
            let floor = &mut self.buckets[part.bucket].floor;
            let Some(look) = part.look else { continue };
            if at >= looked {
                floor.not_taken(look);
                continue;
            }
            let first = found.rows.as_ref().map(|_| firsts[part.bucket]);
            floor.ended(look, now, floor::Ended { found: first, full: found.full && at == last, took });
        }
    }

    fn claimed(&mut self, look: &Look, found: &Found) {
        let Some(rows) = &found.rows else { return };
        let ours = rows.iter().any(|(bucket, _)| self.buckets[*bucket].own);
        // A claim that was filled with rows of other nodes tells nothing about our buckets.
        match () {
            () if ours => self.dry = 0,
            () if !found.full || !look.whole => self.dry = self.dry.saturating_add(1),
            () => {}
        }
        // With one bucket there is one writer, and no concurrent claim.
        if self.buckets.len() == 1 {
            return;
        }
        for (bucket, due) in rows {
            let open = &mut self.buckets[*bucket].open;
            match open.last_mut() {
                Some((number, last)) if *number == look.number => *last = (*last).max(*due),
                _ => open.push((look.number, *due)),
            }
        }
    }
}

impl Bucket {
    fn part(&mut self, at: usize, now: Time) -> Part {
        if let Some(behind) = self.open.iter().map(|(_, last)| *last).max() {
            return Part { bucket: at, from: behind, look: None };
        }
        let look = self.floor.look(now);
        Part { bucket: at, from: look.from, look: Some(look) }
    }
}

impl Look {
    /// The last parameters of a statement: buckets, and where to begin in each. SQLite has one bucket, so it gets the
    /// beginning only.
    pub(crate) fn args(&self, args: Args, dialect: Dialect) -> Args {
        match dialect {
            Dialect::Sqlite => args.int(self.parts.first().map(|part| part.from)),
            Dialect::Postgres => {
                // This fits, because there are few buckets.
                let bucket = |part: &Part| i64::try_from(part.bucket).unwrap_or_default();
                args.ints(self.parts.iter().map(bucket)).ints(self.parts.iter().map(|part| part.from))
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        for bucket in &mut self.due.state().buckets {
            bucket.open.retain(|(number, _)| *number != self.number);
        }
    }
}

#[cfg(test)]
mod tests;

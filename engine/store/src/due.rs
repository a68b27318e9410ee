//! What is due in one queue, as this process goes about it: in which order a claim looks at the buckets, where it begins in
//! each, and which are in use.
//!
//! A claim begins at another bucket than the one before, so each has its turn and none starves. First come the buckets of this
//! node that no other claim of this process has rows of, then those that one has, from behind its rows on. Buckets of
//! other nodes come last, and only after two claims in a row found nothing in our own. Their owner may live and yet take
//! nothing, so every sixteenth claim goes through all buckets alike.

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

/// From one start to the next. Odd, so that each bucket is one in as many claims as there are buckets, and far, so that
/// claims side by side do not meet soon.
const STRIDE: usize = 23;
/// After so many claims in a row that found nothing in our own buckets the others are looked at.
const DRY: u32 = 2;
/// Each claim of this many asks for nobody's share.
const ALIKE: u64 = 16;

/// One queue. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub(crate) struct Due(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    buckets: Vec<Bucket>,
    /// Claims so far.
    claims: u64,
    /// Claims in a row that found nothing in buckets of our own.
    dry: u32,
    /// A test's: the time of its clock is all that counts.
    takes_no_time: bool,
}

#[derive(Clone, Debug)]
struct Bucket {
    floor: Floor,
    /// It is this node's.
    own: bool,
    /// Claims that have rows of it, with the last due time among them.
    open: Vec<(u64, i64)>,
}

/// One look at a queue.
#[derive(Debug)]
pub(crate) struct Look {
    /// In the order in which they are looked at.
    parts: Vec<Part>,
    begun: Instant,
    number: u64,
    /// All buckets are looked at.
    whole: bool,
}

#[derive(Debug)]
struct Part {
    bucket: usize,
    from: i64,
    /// None behind the rows of another claim: that says nothing about where the bucket begins.
    look: Option<floor::Look>,
}

/// What a claim has found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Bucket and due time of each row; nothing at all where it failed.
    pub(crate) rows: Option<Vec<(usize, i64)>>,
    /// As many as it wanted.
    pub(crate) full: bool,
}

/// Rows of a queue are with a claim, until this is dropped.
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

    /// From now on these buckets are this node's.
    pub(crate) fn share(&self, own: &Own) {
        self.state().buckets.iter_mut().zip(own).for_each(|(bucket, own)| bucket.own = *own);
    }

    /// Whether all buckets are this node's.
    pub(crate) fn has_all(&self) -> bool {
        self.state().buckets.iter().all(|bucket| bucket.own)
    }

    /// Something may be due behind all that was found so far: the next looks are from the start.
    pub(crate) fn reset(&self) {
        self.state().buckets.iter_mut().for_each(|bucket| bucket.floor.reset());
    }

    /// From now on looks take no time.
    #[cfg(feature = "raw")]
    pub(crate) fn takes_no_time(&self) {
        self.state().takes_no_time = true;
    }

    /// Where the next claim looks.
    pub(crate) fn look(&self, now: Time) -> Look {
        self.state().look(now)
    }

    /// All buckets from their start, whoever's they are.
    #[cfg(feature = "raw")]
    pub(crate) fn look_at_all(&self) -> Look {
        let mut state = self.state();
        state.claims += 1;
        let parts = state.turn(state.claims).map(|bucket| Part { bucket, from: i64::MIN, look: None }).collect();
        Look { parts, begun: Instant::now(), number: state.claims, whole: true }
    }

    /// When the first row of a queue is due, in whoever's bucket, by a statement whose last parameters are where it begins.
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

    /// How a claim ended. Its rows are in use until what this returns is dropped.
    pub(crate) fn ended(&self, look: &Look, now: Time, found: &Found) -> Open {
        let mut state = self.state();
        state.ended(look, now, found);
        state.claimed(look, found);
        Open { due: self.clone(), number: look.number }
    }

    /// A panic cannot leave anything half-written here.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first of a bucket.
fn first(row: &Row) -> Result<(usize, Time)> {
    let mut row = row.read("queue");
    Ok((row.time("due_at")?, row.number("bucket")?)).map(|(due, bucket)| (bucket, due))
}

impl State {
    /// All buckets, from another one on than the time before.
    fn turn(&self, time: u64) -> impl Iterator<Item = usize> + use<> {
        let count = self.buckets.len();
        // It fits: there are few buckets.
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

    /// Where the first row is looked for.
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
        // A claim that is full did not come to the buckets behind its last row.
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
        // One that took its fill of others' rows says nothing of ours.
        match () {
            () if ours => self.dry = 0,
            () if !found.full || !look.whole => self.dry = self.dry.saturating_add(1),
            () => {}
        }
        // One bucket is one writer's: nobody claims beside it.
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
    /// A statement's last parameters: buckets, and where to begin in each; on SQLite, where there is one, the latter alone.
    pub(crate) fn args(&self, args: Args, dialect: Dialect) -> Args {
        match dialect {
            Dialect::Sqlite => args.int(self.parts.first().map(|part| part.from)),
            Dialect::Postgres => {
                // It fits: there are few buckets.
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

//! The clock of leases and heartbeats.
//!
//! The rule: times that nodes compare with each other, that is heartbeats and leases, use the clock of the database.
//! Times that people see and wait for use the node's own clock, as an argument. So a node with a wrong clock sends
//! early or late, but takes nothing from a living node. On SQLite one process owns the file. Leases there use its clock
//! as it was at the start, plus the time that has passed, so changing the clock ends no lease. A test's clock stands
//! still, so a store uses the times that it is given until [`Store::use_database_clock`].

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use program::Time;

use crate::{Dialect, Result, Store, args::Args, sql};

/// The database's clock, as this process carries it on.
#[derive(Debug, Default)]
pub(crate) struct LeaseClock(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    used: bool,
    /// What the database said, or the node where it has no clock of its own, and when: by a clock that nobody sets.
    seen: Option<(Time, Instant)>,
}

impl LeaseClock {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        // A panic cannot leave anything half-written here.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn at(&self, now: Time, instant: Instant) -> Time {
        self.with(|state| match state.seen {
            Some((time, seen)) if state.used => time + instant.saturating_duration_since(seen),
            _ => now,
        })
    }
}

impl Store {
    /// From now on leases and heartbeats go by the clock of the database, or, where it has none of its own, go on from this
    /// time, however the node's clock is set.
    pub fn use_database_clock(&self, now: Time) {
        let alone = self.dialect() == Dialect::Sqlite;
        self.lease_clock.with(|state| {
            state.used = true;
            if alone {
                state.seen.get_or_insert((now, Instant::now()));
            }
        });
    }

    /// What the clock of the database says; none on SQLite, which has that of this machine. Leases go on from it.
    pub async fn database_time(&self) -> Result<Option<Time>> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(None);
        }
        let rows = self.db.fetch(&sql::clock, Args::new()).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let time = row.read("clock").time("now")?;
        self.lease_clock.with(|state| state.seen = Some((time, Instant::now())));
        Ok(Some(time))
    }

    /// What a lease that begins now begins with. By the node's clock until the database was asked for its own.
    pub fn lease_time(&self, now: Time) -> Time {
        self.lease_clock.at(now, Instant::now())
    }

    /// The time to compare with, where the database is not to take its own.
    pub(crate) fn lease_now(&self, now: Time) -> Option<i64> {
        let own = self.dialect() == Dialect::Postgres && self.lease_clock.with(|state| state.used);
        (!own).then(|| self.lease_time(now).timestamp_millis())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_that_is_set_moves_no_lease() {
        let clock = LeaseClock::default();
        let (node, database) = (Time::UNIX_EPOCH, Time::UNIX_EPOCH + Duration::from_secs(90));
        let seen = Instant::now();
        clock.with(|state| state.seen = Some((database, seen)));
        assert_eq!(clock.at(node, seen), node);
        clock.with(|state| state.used = true);
        for set_to in [node, node + Duration::from_secs(900)] {
            assert_eq!(clock.at(set_to, seen + Duration::from_secs(2)), database + Duration::from_secs(2));
        }
    }
}

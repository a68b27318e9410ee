//! How many calls run to each host, and which hosts are left alone for a while.
//!
//! A node knows a host by its own calls. A host that failed several times in a row is tried with one call, after a
//! pause that doubles. Its other calls stay queued meanwhile, and their tries are not counted.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use program::{Reason, Time};

/// After this many failed calls in a row a host is left alone.
const STREAK: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// The most failed hosts that are remembered. URLs come from programs, so there are few.
const REMEMBERED: usize = 1_000;

pub(super) struct Hosts {
    /// The most calls at once, to all hosts together.
    connections: usize,
    per_host: usize,
    /// Hosts that are being called, or that failed.
    known: HashMap<String, Host>,
    busy: usize,
    /// The host that was served last. The next look begins after it.
    last: String,
    /// When the queue was last flushed, if that is known.
    flushed: Option<Time>,
    /// Hosts that this node reported as left alone.
    told: BTreeSet<String>,
}

#[derive(Default)]
struct Host {
    busy: usize,
    /// Failed calls since the last good one.
    failures: u32,
    /// Until when it is left alone. After that it is tried with one call.
    rest: Option<Rest>,
    /// Pauses in a row.
    pauses: u32,
}

/// A host that is left alone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rest {
    pub(super) since: Time,
    pub(super) until: Time,
    /// Its last answer, or what broke.
    pub(super) why: Reason,
}

/// The result of a call for its host.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Went {
    /// It answered, with whatever status.
    Well,
    /// It did not answer, or asks not to be called now.
    Badly { why: Reason, after: Option<Duration> },
    /// It was not called.
    Nowhere,
}

/// What changed for the host.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Turn {
    Same,
    /// It is left alone from now on.
    Paused(Rest),
    /// It is still left alone, because its trial call failed.
    Again,
    Back,
}

impl Host {
    fn rests(&self, now: Time) -> bool {
        self.rest.as_ref().is_some_and(|rest| rest.until > now)
    }
}

impl Hosts {
    pub(super) fn new(connections: usize, per_host: usize) -> Self {
        let connections = connections.max(1);
        let per_host = per_host.clamp(1, connections);
        let (known, last, told) = (HashMap::new(), String::new(), BTreeSet::new());
        Self { connections, per_host, known, busy: 0, last, flushed: None, told }
    }

    pub(super) fn is_full(&self) -> bool {
        self.busy >= self.connections
    }

    pub(super) fn last(&self) -> String {
        self.last.clone()
    }

    /// An operator flushed the queue at this time, so hosts that are left alone are tried now. One flush counts once.
    pub(super) fn flushed(&mut self, at: Time) {
        if self.flushed.replace(at) != Some(at) {
            let rests = self.known.values_mut().filter_map(|host| host.rest.as_mut());
            rests.for_each(|rest| rest.until = rest.since);
        }
    }

    /// What to report when the state of this host has changed: its pause, and hosts that work again.
    pub(super) fn news(&mut self, host: &str) -> (Option<Rest>, Vec<String>) {
        let rest = self.known.get(host).and_then(|known| known.rest.clone());
        if rest.is_some() {
            self.told.insert(host.to_owned());
        }
        let rests = |host: &str| self.known.get(host).is_some_and(|known| known.rest.is_some());
        (rest, self.told.iter().filter(|host| !rests(host)).cloned().collect())
    }

    /// The other nodes know that it works again.
    pub(super) fn forget(&mut self, host: &str) {
        self.told.remove(host);
    }

    /// How many calls each of these hosts gets, in their order: one after the other, until there is no room.
    pub(super) fn shares(&mut self, due: &[(String, Time)], now: Time) -> Vec<(String, u32)> {
        let mut left = self.connections.saturating_sub(self.busy);
        let mut open: Vec<(&String, usize)> = due
            .iter()
            .filter(|(_, at)| *at <= now)
            .map(|(host, _)| (host, self.room(host, now)))
            .filter(|(_, room)| *room > 0)
            .collect();
        let mut shares: BTreeMap<usize, u32> = BTreeMap::new();
        while left > 0 && open.iter().any(|(_, room)| *room > 0) {
            for (at, (_, room)) in open.iter_mut().enumerate() {
                if left > 0 && *room > 0 {
                    *room -= 1;
                    left -= 1;
                    *shares.entry(at).or_default() += 1;
                }
            }
        }
        let shares: Vec<_> = shares.into_iter().map(|(at, share)| (open[at].0.clone(), share)).collect();
        if let Some((last, _)) = shares.last() {
            self.last = last.clone();
        }
        shares
    }

    /// None of these hosts gets a call now. The next look begins after them.
    pub(super) fn passed(&mut self, due: &[(String, Time)]) {
        if let Some((last, _)) = due.last() {
            self.last.clone_from(last);
        }
    }

    /// When one of these hosts can be called next.
    pub(super) fn next_look(&self, due: &[(String, Time)]) -> Option<Time> {
        let next = |(host, at): &(String, Time)| match self.known.get(host) {
            Some(known) if known.busy >= self.limit(known) => None,
            Some(Host { rest: Some(rest), .. }) => Some((*at).max(rest.until)),
            _ => Some(*at),
        };
        due.iter().filter_map(next).min()
    }

    pub(super) fn began(&mut self, host: &str) {
        self.busy += 1;
        self.known.entry(host.to_owned()).or_default().busy += 1;
    }

    /// Chance spreads the nodes.
    pub(super) fn ended(&mut self, host: &str, went: Went, now: Time, chance: f64) -> Turn {
        self.busy = self.busy.saturating_sub(1);
        let known = self.known.entry(host.to_owned()).or_default();
        known.busy = known.busy.saturating_sub(1);
        let turn = match went {
            Went::Nowhere => Turn::Same,
            Went::Well => {
                let back = known.rest.is_some();
                *known = Host { busy: known.busy, ..Host::default() };
                if back { Turn::Back } else { Turn::Same }
            }
            Went::Badly { why, after } => {
                known.failures = known.failures.saturating_add(1);
                // Calls that ran when the pause began tell nothing new.
                let asked = known.failures >= STREAK || known.rest.is_some() || after.is_some();
                if !known.rests(now) && asked {
                    let pause = FIRST_PAUSE.saturating_mul(1 << known.pauses.min(8)).min(LONGEST_PAUSE);
                    let pause = pause.mul_f64(0.8 + 0.4 * chance).max(after.unwrap_or_default()).min(LONGEST_PAUSE);
                    known.pauses += 1;
                    let first = known.rest.is_none();
                    let since = known.rest.take().map_or(now, |rest| rest.since);
                    let rest = known.rest.insert(Rest { since, until: now + pause, why });
                    if first { Turn::Paused(rest.clone()) } else { Turn::Again }
                } else {
                    Turn::Same
                }
            }
        };
        self.known.retain(|_, host| host.busy > 0 || host.failures > 0);
        if self.known.len() > self.connections + REMEMBERED {
            self.known.retain(|_, host| host.busy > 0 || host.rests(now));
        }
        turn
    }

    /// How many hosts are left alone.
    pub(super) fn paused(&self) -> usize {
        self.known.values().filter(|host| host.rest.is_some()).count()
    }

    fn room(&self, host: &str, now: Time) -> usize {
        match self.known.get(host) {
            Some(known) if known.rests(now) => 0,
            Some(known) => self.limit(known).saturating_sub(known.busy),
            None => self.per_host,
        }
    }

    fn limit(&self, host: &Host) -> usize {
        if host.rest.is_some() { 1 } else { self.per_host }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 0).unwrap_or_default()
    }

    fn due(hosts: &[&str]) -> Vec<(String, Time)> {
        hosts.iter().map(|host| ((*host).to_owned(), at(0))).collect()
    }

    fn shares(hosts: &mut Hosts, of: &[&str], seconds: i64) -> Vec<(String, u32)> {
        let shares = hosts.shares(&due(of), at(seconds));
        for (host, n) in &shares {
            (0..*n).for_each(|_| hosts.began(host));
        }
        shares
    }

    fn share(host: &str, n: u32) -> (String, u32) {
        (host.to_owned(), n)
    }

    fn rest(since: i64, until: i64, why: &str) -> Rest {
        Rest { since: at(since), until: at(until), why: why.into() }
    }

    fn badly() -> Went {
        Went::Badly { why: "503".into(), after: None }
    }

    #[test]
    fn no_host_takes_all_and_all_get_their_turn() {
        let mut hosts = Hosts::new(5, 3);
        assert_eq!(shares(&mut hosts, &["a"], 0), [share("a", 3)]);
        assert_eq!(shares(&mut hosts, &["a", "b", "c"], 0), [share("b", 1), share("c", 1)]);
        assert!(hosts.is_full() && shares(&mut hosts, &["d"], 0).is_empty());
        hosts.ended("a", Went::Well, at(0), 0.0);
        assert_eq!((hosts.last(), shares(&mut hosts, &["d"], 0)), ("c".into(), vec![share("d", 1)]));
        // What is not due yet is not called, but known.
        let later = [("z".to_owned(), at(9))];
        hosts.ended("a", Went::Well, at(0), 0.0);
        assert_eq!((hosts.shares(&later, at(0)), hosts.next_look(&later)), (Vec::new(), Some(at(9))));
    }

    #[test]
    fn who_fails_again_and_again_is_left_alone_and_looked_at_with_one_call() {
        let mut hosts = Hosts::new(10, 8);
        assert_eq!(shares(&mut hosts, &["a"], 0), [share("a", 8)]);
        for _ in 0..4 {
            assert_eq!(hosts.ended("a", badly(), at(0), 0.5), Turn::Same);
        }
        assert_eq!(hosts.ended("a", badly(), at(0), 0.5), Turn::Paused(rest(0, 15, "503")));
        // Those that were under way.
        (0..3).for_each(|_| assert_eq!(hosts.ended("a", badly(), at(1), 0.5), Turn::Same));
        assert_eq!((shares(&mut hosts, &["a"], 14), hosts.next_look(&due(&["a"]))), (Vec::new(), Some(at(15))));
        assert_eq!(shares(&mut hosts, &["a"], 15), [share("a", 1)]);
        assert_eq!((shares(&mut hosts, &["a"], 15), hosts.next_look(&due(&["a"]))), (Vec::new(), None));
        assert_eq!(hosts.ended("a", badly(), at(16), 0.5), Turn::Again);
        assert_eq!(hosts.next_look(&due(&["a"])), Some(at(46)));
        assert_eq!(shares(&mut hosts, &["a"], 46), [share("a", 1)]);
        assert_eq!(hosts.paused(), 1);
        assert_eq!(hosts.ended("a", Went::Well, at(46), 0.5), Turn::Back);
        assert_eq!((hosts.paused(), shares(&mut hosts, &["a"], 46)), (0, vec![share("a", 8)]));
    }

    #[test]
    fn who_asks_for_time_gets_it_at_once() {
        let mut hosts = Hosts::new(10, 8);
        assert_eq!(shares(&mut hosts, &["a"], 0), [share("a", 8)]);
        let after = Some(Duration::from_secs(120));
        let asked = Went::Badly { why: "429".into(), after };
        assert_eq!(hosts.ended("a", asked, at(0), 0.5), Turn::Paused(rest(0, 120, "429")));
        // But no host is forgotten for a day.
        let mut hosts = Hosts::new(10, 8);
        let asked = Went::Badly { why: "429".into(), after: Some(Duration::from_secs(86_400)) };
        assert_eq!(hosts.ended("a", asked, at(0), 0.5), Turn::Paused(rest(0, 300, "429")));
    }
    #[test]
    fn a_flush_has_who_rests_looked_at_once() {
        let mut hosts = Hosts::new(10, 8);
        hosts.flushed(at(0));
        assert_eq!(shares(&mut hosts, &["a"], 0), [share("a", 8)]);
        (0..8).for_each(|_| drop(hosts.ended("a", badly(), at(1), 0.5)));
        hosts.flushed(at(0));
        assert_eq!(shares(&mut hosts, &["a"], 5), []);
        // By whatever clock.
        hosts.flushed(at(-7));
        assert_eq!(hosts.next_look(&due(&["a"])), Some(at(1)));
        assert_eq!(shares(&mut hosts, &["a"], 5), [share("a", 1)]);
        assert_eq!(hosts.ended("a", badly(), at(6), 0.5), Turn::Again);
        hosts.flushed(at(-7));
        assert_eq!((shares(&mut hosts, &["a"], 35), hosts.next_look(&due(&["a"]))), (Vec::new(), Some(at(36))));
    }

    #[test]
    fn others_are_told_who_rests_and_who_does_no_more() {
        let mut hosts = Hosts::new(10, 8);
        let asked = || Went::Badly { why: "429".into(), after: Some(Duration::from_secs(60)) };
        for host in ["a", "b"] {
            hosts.began(host);
            hosts.ended(host, asked(), at(0), 0.5);
            assert_eq!(hosts.news(host), (Some(rest(0, 60, "429")), Vec::new()));
        }
        hosts.began("a");
        assert_eq!(hosts.ended("a", badly(), at(60), 0.5), Turn::Again);
        assert_eq!(hosts.news("a"), (Some(rest(0, 90, "503")), Vec::new()));
        hosts.began("b");
        assert_eq!(hosts.ended("b", Went::Well, at(60), 0.5), Turn::Back);
        // Until it is written it is said again, whoever stands otherwise.
        assert_eq!(hosts.news("b"), (None, vec!["b".to_owned()]));
        assert_eq!(hosts.news("a"), (Some(rest(0, 90, "503")), vec!["b".to_owned()]));
        hosts.forget("b");
        assert_eq!(hosts.news("b"), (None, Vec::new()));
    }
}

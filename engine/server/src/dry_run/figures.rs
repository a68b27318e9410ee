//! PURE: mails and branches become figures; the same for what a draft would do and for what was done.

use std::collections::{BTreeMap, HashMap};

use api::programs::{Branch, Close, DayMails, Figures};
use chrono::{NaiveDate, TimeDelta};
use program::{Action, ContactId, NodeId, Port, Program, SimRun, Time};

/// How many of those who get two mails within a day are named.
const NAMED: usize = 20;

/// What is counted. It grows with the mails, by 24 bytes each, and with the contacts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    entered: u64,
    failed: u64,
    by_day: BTreeMap<(NaiveDate, NodeId), u64>,
    by_minute: HashMap<i64, u64>,
    by_contact: HashMap<ContactId, Vec<Time>>,
    branches: BTreeMap<(NodeId, Port), u64>,
}

impl Tally {
    /// A mail.
    pub(super) fn mail(&mut self, contact: ContactId, node: &NodeId, at: Time) {
        *self.by_day.entry((at.date_naive(), node.clone())).or_default() += 1;
        *self.by_minute.entry(at.timestamp().div_euclid(60)).or_default() += 1;
        self.by_contact.entry(contact).or_default().push(at);
    }

    /// So many tokens left a node by a port.
    pub(super) fn branch(&mut self, program: &Program, node: &NodeId, port: &Port, tokens: u64) {
        if program.nodes.get(node).is_some_and(|node| node.kind.is_entry()) {
            self.entered += tokens;
        }
        *self.branches.entry((node.clone(), port.clone())).or_default() += tokens;
    }

    /// One token's way.
    pub(super) fn run(&mut self, program: &Program, contact: ContactId, run: &SimRun) {
        for step in &run.steps {
            match &step.action {
                Action::Passed { port } => self.branch(program, &step.node, port, 1),
                Action::Failed { .. } => self.failed += 1,
                Action::Waiting { .. } | Action::Moved { .. } | Action::Finished => {}
            }
            for _ in step.effects.iter().filter_map(|effect| effect.mail()) {
                self.mail(contact, &step.node, step.at);
            }
        }
    }

    /// What was counted apart.
    pub(super) fn add(&mut self, other: Self) {
        let Self { entered, failed, by_day, by_minute, by_contact, branches } = other;
        self.entered += entered;
        self.failed += failed;
        by_day.into_iter().for_each(|(key, n)| *self.by_day.entry(key).or_default() += n);
        by_minute.into_iter().for_each(|(key, n)| *self.by_minute.entry(key).or_default() += n);
        by_contact.into_iter().for_each(|(key, times)| self.by_contact.entry(key).or_default().extend(times));
        branches.into_iter().for_each(|(key, n)| *self.branches.entry(key).or_default() += n);
    }

    /// The figures.
    pub(super) fn figures(mut self) -> Figures {
        let mut close = Vec::new();
        for (contact, times) in &mut self.by_contact {
            times.sort_unstable();
            let pair = times.windows(2).find(|pair| pair[1] - pair[0] < TimeDelta::hours(24));
            close.extend(pair.map(|pair| Close { contact: contact.uuid(), first: pair[0], second: pair[1] }));
        }
        close.sort_by_key(|close| (close.first, close.contact));
        let mut each: Vec<u64> = self.by_contact.values().map(|times| times.len() as u64).collect();
        each.sort_unstable();
        let peak = self.by_minute.iter().max_by_key(|(minute, n)| (**n, -**minute));
        let day = |((day, node), mails): ((NaiveDate, NodeId), u64)| DayMails { day, node: node.to_string(), mails };
        let branch = |((node, port), tokens): ((NodeId, Port), u64)| Branch {
            node: node.to_string(),
            port: port.to_string(),
            tokens,
        };
        Figures {
            entered: self.entered,
            failed: self.failed,
            mails: each.iter().sum(),
            contacts: each.len() as u64,
            most_per_contact: each.last().copied().unwrap_or_default(),
            // The smallest number that 99 of 100 do not exceed.
            p99_per_contact: each.get((each.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default(),
            close: close.len() as u64,
            close_first: close.into_iter().take(NAMED).collect(),
            peak: peak.map_or(0, |(_, n)| *n),
            peak_at: peak.and_then(|(minute, _)| Time::from_timestamp(minute * 60, 0)),
            by_day: self.by_day.into_iter().map(day).collect(),
            branches: self.branches.into_iter().map(branch).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> Time {
        format!("2026-03-{text}:00Z").parse().unwrap()
    }

    #[test]
    fn mails_become_figures() {
        let node = |name: &str| NodeId::new(name).unwrap();
        let contact = |n| ContactId(Uuid::from_u128(n));
        let mut tally = Tally::default();
        for n in 0..200 {
            tally.mail(contact(n), &node("a"), at("01T09:00"));
        }
        for (who, day) in [(7, "02T08:59"), (8, "02T09:00"), (9, "03T10:00"), (9, "04T09:59"), (9, "09T09:00")] {
            tally.mail(contact(who), &node("b"), at(day));
        }
        let figures = tally.figures();
        assert_eq!((figures.mails, figures.contacts), (205, 200));
        assert_eq!((figures.most_per_contact, figures.p99_per_contact), (4, 2));
        assert_eq!((figures.peak, figures.peak_at), (200, Some(at("01T09:00"))));
        // A whole day between two is not within it.
        let who: Vec<_> = figures.close_first.iter().map(|close| close.contact.as_u128()).collect();
        assert_eq!((figures.close, who), (2, vec![7, 9]));
        let days: Vec<_> = figures.by_day.iter().map(|day| (day.node.as_str(), day.mails)).collect();
        assert_eq!(days, [("a", 200), ("b", 2), ("b", 1), ("b", 1), ("b", 1)]);
        assert_eq!(Tally::default().figures(), Figures::default());
    }
}

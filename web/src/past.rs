//! PURE: the figures of a dry run as they are shown: those of the draft beside those of the live version.

use std::collections::BTreeMap;

use api::programs::{Branch, DayMails, Figures};

/// One line: what it is of, how much with the draft, how much there was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Node or day.
    pub of: String,
    /// With the draft.
    pub draft: u64,
    /// With what was live.
    pub live: u64,
}

/// One way out of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// Which node.
    pub node: String,
    /// By which port.
    pub port: String,
    /// Tokens and their share, with the draft; none where the draft has nobody there.
    pub draft: Option<(u64, f64)>,
    /// The same with what was live.
    pub live: Option<(u64, f64)>,
}

/// Mails per node, most first.
pub fn by_node(draft: &Figures, live: &Figures) -> Vec<Line> {
    let mut lines = lines(draft, live, |day| day.node.clone());
    lines.sort_by(|a, b| (b.draft, b.live, &a.of).cmp(&(a.draft, a.live, &b.of)));
    lines
}

/// Mails per day, in their order.
pub fn by_day(draft: &Figures, live: &Figures) -> Vec<Line> {
    lines(draft, live, |day| day.day.to_string())
}

fn lines(draft: &Figures, live: &Figures, of: impl Fn(&DayMails) -> String) -> Vec<Line> {
    let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for day in &draft.by_day {
        sums.entry(of(day)).or_default().0 += day.mails;
    }
    for day in &live.by_day {
        sums.entry(of(day)).or_default().1 += day.mails;
    }
    sums.into_iter().map(|(of, (draft, live))| Line { of, draft, live }).collect()
}

/// The ways out of nodes that decide, in the order of their names.
pub fn ways(draft: &Figures, live: &Figures) -> Vec<Way> {
    let mut ports: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for Branch { node, port, tokens } in &draft.branches {
        ports.entry((node, port)).or_default().0 += tokens;
    }
    for Branch { node, port, tokens } in &live.branches {
        ports.entry((node, port)).or_default().1 += tokens;
    }
    let mut totals: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for ((node, _), (draft, live)) in &ports {
        let total = totals.entry(node).or_default();
        *total = (total.0 + draft, total.1 + live);
    }
    let share = |n: u64, all: u64| (all > 0).then(|| (n, n as f64 / all as f64));
    let way = |((node, port), (draft, live)): (&(&str, &str), &(u64, u64))| {
        let all = totals.get(node).copied().unwrap_or_default();
        let (draft, live) = (share(*draft, all.0), share(*live, all.1));
        Way { node: (*node).to_owned(), port: (*port).to_owned(), draft, live }
    };
    // A node that nobody left by another way than `next` decides nothing.
    ports.iter().filter(|((_, port), _)| *port != "next").map(way).collect()
}

/// How far a bar goes: 0 to 100.
pub fn bar(n: u64, most: u64) -> u64 {
    if most == 0 { 0 } else { (n * 100).div_ceil(most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(days: &[(&str, &str, u64)], branches: &[(&str, &str, u64)]) -> Figures {
        let day = |(day, node, mails): &(&str, &str, u64)| DayMails {
            day: day.parse().unwrap(),
            node: (*node).into(),
            mails: *mails,
        };
        let branch = |(node, port, tokens): &(&str, &str, u64)| Branch {
            node: (*node).into(),
            port: (*port).into(),
            tokens: *tokens,
        };
        Figures {
            by_day: days.iter().map(day).collect(),
            branches: branches.iter().map(branch).collect(),
            ..Figures::default()
        }
    }

    #[test]
    fn the_draft_stands_beside_what_was() {
        let draft = figures(
            &[("2026-03-01", "a", 3), ("2026-03-02", "a", 1), ("2026-03-02", "b", 9)],
            &[("if", "yes", 1), ("if", "no", 3), ("a", "next", 4)],
        );
        let live = figures(&[("2026-02-28", "a", 5)], &[("if", "no", 2)]);
        let line = |of: &str, draft, live| Line { of: of.into(), draft, live };
        assert_eq!(by_node(&draft, &live), [line("b", 9, 0), line("a", 4, 5)]);
        let days = [line("2026-02-28", 0, 5), line("2026-03-01", 3, 0), line("2026-03-02", 10, 0)];
        assert_eq!(by_day(&draft, &live), days);
        let way = |port: &str, draft, live| Way { node: "if".into(), port: port.into(), draft, live };
        let expected = [way("no", Some((3, 0.75)), Some((2, 1.0))), way("yes", Some((1, 0.25)), Some((0, 0.0)))];
        assert_eq!(ways(&draft, &live), expected);
        assert_eq!((bar(0, 0), bar(1, 3), bar(3, 3)), (0, 34, 100));
    }
}

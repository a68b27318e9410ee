//! Checks the pace: mails that follow each other too fast, or too late.

use super::{findings::Findings, paths::Paths};
use crate::{Finding, Fix, NodeId, Period, Problem};

/// The most mails that one contact should get within 24 hours.
const MAILS_A_DAY: usize = 3;
const DAY: u64 = 86_400_000;

pub(super) fn check(paths: &Paths<'_>, problems: &mut Findings) {
    mails_a_day(paths, problems);
    opens_at_once(paths, problems);
    outlived_invites(paths, problems);
}

fn day() -> Period {
    Period::from_millis(DAY).unwrap_or(Period::MAX)
}

/// The last so many mails before a node, on the way on which they follow each other the fastest.
#[derive(Clone, Copy)]
struct Mails {
    /// How long ago the first of them went out, in milliseconds.
    span: u64,
    /// The newest of them, in the list of links.
    newest: usize,
}

/// For each node and each k, the fastest k mails up to there: they are the fastest k-1 mails before one of them,
/// so one pass over the graph finds them all, however many ways there are.
fn mails_a_day(paths: &Paths<'_>, problems: &mut Findings) {
    let ids: Vec<&NodeId> = paths.program.nodes.keys().collect();
    let mut before: Vec<[Option<Mails>; MAILS_A_DAY]> = vec![[None; MAILS_A_DAY]; paths.next.len()];
    let mut links: Vec<(usize, Option<usize>)> = Vec::new();
    let mut told = vec![false; paths.next.len()];
    for &at in &paths.order {
        let mut mails = before[at];
        if paths.sends(at) {
            let mut link = |older: Option<usize>| {
                links.push((at, older));
                links.len() - 1
            };
            let full = mails[MAILS_A_DAY - 1].filter(|mails| mails.span < DAY);
            for k in (1..MAILS_A_DAY).rev() {
                mails[k] = mails[k - 1].map(|older| Mails { newest: link(Some(older.newest)), ..older });
            }
            mails[0] = Some(Mails { span: 0, newest: link(None) });
            if let Some(full) = full {
                let mut chain = vec![at];
                let mut link = Some(full.newest);
                while let Some((mail, older)) = link.and_then(|link| links.get(link)) {
                    chain.push(*mail);
                    link = *older;
                }
                // One problem for each mail too many, not for each that follows it.
                if !chain.iter().any(|mail| told[*mail]) {
                    told[at] = true;
                    let names: Vec<&str> = chain.iter().rev().map(|mail| ids[*mail].as_str()).collect();
                    let (mails, names) = (names.len(), names.join(", "));
                    let finding = Finding::MailsPerDay { mails, most: MAILS_A_DAY, names };
                    let fix = Fix::WaitBefore { duration: day() };
                    problems.push(Problem::warning("mails_per_day", finding).at(ids[at]).fix(fix));
                }
            }
        }
        let rest = paths.rest(at);
        let mails = mails.map(|mails| mails.map(|mails| Mails { span: mails.span.saturating_add(rest), ..mails }));
        for &to in &paths.next[at] {
            for (known, new) in before[to].iter_mut().zip(mails) {
                if new.is_some_and(|new| known.is_none_or(|known| new.span < known.span)) {
                    *known = new;
                }
            }
        }
    }
}

/// Opens and clicks are asked for right after the mail, when there can be none yet.
fn opens_at_once(paths: &Paths<'_>, problems: &mut Findings) {
    let ids: Vec<&NodeId> = paths.program.nodes.keys().collect();
    // By node: a mail that a contact may have been sent before, without a rest since.
    let mut fresh: Vec<Option<usize>> = vec![None; paths.next.len()];
    for &at in &paths.order {
        let node = paths.node(at);
        let exprs = if node.disabled { Vec::new() } else { node.kind.as_kind().exprs() };
        let counts = exprs.iter().flat_map(|asked| asked.expr.counts().iter().map(|fact| (asked.field, fact)));
        let asked = counts.into_iter().find(|(_, fact)| fact.event.as_str().starts_with("mail."));
        if let (Some((field, fact)), Some(mail)) = (asked, fresh[at]) {
            let finding = Finding::NoWaitBefore { mail: ids[mail].clone(), event: fact.event.clone() };
            let fix = Fix::WaitBefore { duration: day() };
            problems.push(Problem::warning("no_wait_before_opens", finding).at(ids[at]).field(field).fix(fix));
        }
        let after = match (paths.sends(at), paths.rest(at)) {
            (true, _) => Some(at),
            (false, 0) => fresh[at],
            (false, _) => None,
        };
        for &to in &paths.next[at] {
            fresh[to] = fresh[to].or(after);
        }
    }
}

/// Whoever is asked whether they joined when the invitation has run out already could not join for a while.
fn outlived_invites(paths: &Paths<'_>, problems: &mut Findings) {
    for (start, &invite) in paths.order.iter().enumerate() {
        let (id, node) = match paths.program.nodes.get_index(invite) {
            Some((id, node)) if !node.disabled => (id, node),
            _ => continue,
        };
        let Some(valid) = node.kind.as_kind().valid() else { continue };
        let joined = node.kind.as_kind().emits();
        let mut longest: Vec<Option<u64>> = vec![None; paths.next.len()];
        longest[invite] = Some(0);
        let mut worst: Option<(u64, usize)> = None;
        for &at in &paths.order[start..] {
            let Some(waited) = longest[at] else { continue };
            let asks = paths.node(at).kind.counts().any(|fact| joined.contains(&fact.event.as_str()));
            if asks && !paths.node(at).disabled && waited > worst.map_or(valid.millis(), |(longest, _)| longest) {
                worst = Some((waited, at));
            }
            let waited = waited.saturating_add(paths.rest(at));
            for &to in &paths.next[at] {
                longest[to] = longest[to].max(Some(waited));
            }
        }
        let Some((waited, asks)) = worst else { continue };
        let Some((asks, _)) = paths.program.nodes.get_index(asks) else { continue };
        let waited = Period::from_millis(waited);
        let finding = Finding::InviteOver { valid, waited: waited.unwrap_or(Period::MAX), node: asks.clone() };
        let problem = Problem::warning("wait_outlives_invite", finding).at(id).field("valid");
        let fix = waited.map(|waited| Fix::Set { field: "valid".into(), value: waited.to_string().into() });
        problems.push(Problem { fix, ..problem });
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Node, NodeId, Period, Port, StreamName,
        check::tests::{found, program, told},
        node::{Condition, SendMail, Wait},
    };

    #[test]
    fn finds_what_is_too_fast_or_too_late() {
        const IN: &str = "  in: { kind: entry, event: x, again: always, next: a }\n";
        const MAIL: &str = "kind: send_mail, stream: s";
        const OPENED: &str = "kind: condition, when: 'count(\"mail.opened\", duration(\"7d\")) > 0'";
        const JOINED: &str = "kind: condition, when: 'count(\"loyalty.joined\", duration(\"30d\")) > 0'";
        for (nodes, expected) in [
            (format!("  a: {{ {MAIL}, next: b }}\n  b: {{ {MAIL}, next: c }}\n  c: {{ {MAIL} }}"), vec![]),
            (
                format!(
                    "  a: {{ {MAIL}, next: b }}\n  b: {{ {MAIL}, next: c }}\n  c: {{ {MAIL}, next: d }}\n  \
                         d: {{ {MAIL} }}"
                ),
                vec!["mails_per_day@nodes.d"],
            ),
            // The fourth mail comes when the first is a day old.
            (
                format!(
                    "  a: {{ {MAIL}, next: b }}\n  b: {{ {MAIL}, next: w }}\n  w: {{ kind: wait, duration: 24h, \
                         next: c }}\n  c: {{ {MAIL}, next: d }}\n  d: {{ {MAIL} }}"
                ),
                vec![],
            ),
            (
                format!(
                    "  a: {{ {MAIL}, next: b }}\n  b: {{ {MAIL}, next: w }}\n  w: {{ kind: wait, duration: 23h, \
                         next: c }}\n  c: {{ {MAIL}, next: d }}\n  d: {{ {MAIL} }}"
                ),
                vec!["mails_per_day@nodes.d"],
            ),
            // A disabled wait does not wait; a disabled mail is not sent.
            (
                format!(
                    "  a: {{ {MAIL}, next: b }}\n  b: {{ {MAIL}, next: w }}\n  w: {{ kind: wait, disabled: true, \
                         duration: 2d, next: c }}\n  c: {{ {MAIL}, next: d }}\n  d: {{ {MAIL} }}"
                ),
                vec!["mails_per_day@nodes.d"],
            ),
            (
                format!(
                    "  a: {{ {MAIL}, next: b }}\n  b: {{ {MAIL}, disabled: true, next: c }}\n  \
                         c: {{ {MAIL}, next: d }}\n  d: {{ {MAIL} }}"
                ),
                vec![],
            ),
            // Only one of two ways has a wait.
            (
                format!(
                    "  a: {{ {MAIL}, next: b }}\n  b: {{ kind: condition, when: 'true', next: {{ yes: w, no: c }} }}\n  \
                         w: {{ kind: wait, duration: 1d, next: c }}\n  c: {{ {OPENED}, next: {{ yes: e, no: e }} }}\n  \
                         e: {{ kind: exit }}"
                ),
                vec!["no_wait_before_opens@nodes.c.when"],
            ),
            (
                format!(
                    "  a: {{ {MAIL}, next: w }}\n  w: {{ kind: wait, duration: 1h, next: c }}\n  \
                         c: {{ {OPENED}, next: {{ yes: e, no: e }} }}\n  e: {{ kind: exit }}"
                ),
                vec![],
            ),
            (
                format!(
                    "  a: {{ kind: loyalty_invite, stream: s, club: C, valid: 7d, next: w }}\n  \
                         w: {{ kind: wait, duration: 5d, next: v }}\n  v: {{ kind: wait, duration: 5d, next: c }}\n  \
                         c: {{ {JOINED}, next: {{ yes: e, no: e }} }}\n  e: {{ kind: exit }}"
                ),
                vec!["wait_outlives_invite@nodes.a.valid"],
            ),
            (
                format!(
                    "  a: {{ kind: loyalty_invite, stream: s, club: C, valid: 10d, next: w }}\n  \
                         w: {{ kind: wait, duration: 10d, next: c }}\n  \
                         c: {{ {JOINED}, next: {{ yes: e, no: e }} }}\n  e: {{ kind: exit }}"
                ),
                vec![],
            ),
        ] {
            assert_eq!(found(&program(&(IN.to_owned() + &nodes)), None), expected, "{nodes}");
        }
    }

    #[test]
    fn says_what_to_do() {
        let nodes = "  in: { kind: entry, event: x, again: always, next: a }\n  \
                     a: { kind: loyalty_invite, stream: s, club: C, valid: 7d, next: w }\n  \
                     w: { kind: wait, duration: 10d, next: c }\n  c: { kind: condition, \
                     when: 'count(\"loyalty.joined\", duration(\"30d\")) > 0', next: { yes: e, no: e } }\n  e: { kind: exit }";
        let expected = "warning[wait_outlives_invite] nodes.a.valid: The invitation holds for 7 days, but contacts \
                        wait 10 days before \"c\" asks whether they joined. Let it hold as long, or wait less. \
                        {\"fix\":\"set\",\"field\":\"valid\",\"value\":\"10d\"}";
        assert_eq!(told(&program(nodes), None), [expected]);
    }

    /// 333 forks one after another have 2^333 ways; looking at each would never end.
    #[test]
    fn a_thousand_nodes_are_no_burden() {
        let mut program = program("  in: { kind: entry, event: x, again: always, next: f0 }");
        let id = |kind: char, n: usize| NodeId::new(&format!("{kind}{n}")).unwrap();
        for n in 0..333 {
            let asks = Condition { when: crate::Expr::new(r#"count("mail.opened", duration("1d")) > 0"#) };
            let fork = Node::new(asks).to(Port::YES, &id('m', n)).to(Port::NO, &id('w', n));
            let mail = Node::new(SendMail { stream: StreamName::new("s").ok() }).to(Port::NEXT, &id('f', n + 1));
            let duration = Period::from_millis((n as u64 + 1) * 1_000).unwrap();
            let wait = Node::new(Wait { duration }).to(Port::NEXT, &id('f', n + 1));
            program.nodes.extend([(id('f', n), fork), (id('m', n), mail), (id('w', n), wait)]);
        }
        program.nodes[998].next.clear();
        program.nodes[999].next.clear();
        assert_eq!(program.nodes.len(), 1_000);
        let found = found(&program, None);
        let of = |code: &str| found.iter().filter(|problem| problem.starts_with(code)).count();
        assert_eq!((of("mails_per_day"), of("no_wait_before_opens"), found.len()), (83, 332, 415), "{found:?}");
    }
}

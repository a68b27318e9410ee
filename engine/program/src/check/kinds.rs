//! Checks what expressions compare and give, by the kinds that fields have.
//!
//! What can never be decided whatever the data holds is an error, and so is what a contract rules out. What was only never
//! seen so far is a warning: the next event may be another one.

use std::{collections::BTreeMap, str::FromStr as _};

use super::{findings::Findings, names::set, paths::Paths};
use crate::{
    EventType, Expr, Finding, Kinds, Known, KnownEvent, KnownField, Problem, Subject, ValueKind,
    expr::{Clash, Part},
    node::{Asked, Gives},
};

pub(super) fn check(paths: &Paths<'_>, known: Option<&Known>, problems: &mut Findings) {
    for (at, (id, node)) in paths.program.nodes.iter().enumerate().filter(|(_, (_, node))| !node.disabled) {
        for asked in node.kind.as_kind().exprs() {
            let Asked { field, expr, .. } = asked;
            // The fix puts an expression into the whole field.
            let whole = node.kind.field(field) == Some(expr.source().into());
            let agreed = known.map(|known| Fields::of(paths, at, known, |event| event.refuses));
            let seen = known.map(|known| Fields::of(paths, at, known, |event| event.seen > 0));
            let sure = wrong(asked, agreed.as_ref());
            let likely = seen.map_or_else(Vec::new, |seen| wrong(asked, Some(&seen)));
            let likely = likely.into_iter().filter(|wrong| !sure.contains(wrong));
            let all = sure.iter().map(|wrong| (true, wrong.clone())).chain(likely.map(|wrong| (false, wrong)));
            for (is_sure, wrong) in all.collect::<Vec<_>>() {
                let (code, finding, better) = said(expr, wrong);
                let problem = if is_sure { Problem::error(code, finding) } else { Problem::warning(code, finding) };
                let fix = better.filter(|_| whole).map(|better| set(field, &better));
                problems.push(Problem { fix, ..problem }.at(id).field(field));
            }
        }
    }
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wrong {
    Clash(Clash),
    /// It is asked with yes or no, and gives this.
    Gives(Kinds),
}

fn wrong(Asked { expr, gives, .. }: Asked<'_>, fields: Option<&Fields<'_>>) -> Vec<Wrong> {
    let of = |subject, path: &str| fields.and_then(|fields| fields.kinds(subject, path)).unwrap_or(Kinds::ANY);
    let (kinds, clashes) = expr.kinds(&of);
    let mut wrong: Vec<_> = clashes.into_iter().map(Wrong::Clash).collect();
    if gives == Gives::Answer && !kinds.may_be(ValueKind::Bool) {
        wrong.push(Wrong::Gives(kinds));
    }
    wrong
}

/// The fields that are known at a node.
struct Fields<'k> {
    attributes: Option<&'k BTreeMap<String, KnownField>>,
    /// One for each event that may have started a token here; none where nothing is known of it.
    events: Vec<Option<&'k KnownEvent>>,
    incoming: Option<&'k KnownEvent>,
    joined: BTreeMap<&'k str, Vec<Option<&'k KnownEvent>>>,
}

impl<'k> Fields<'k> {
    /// Of events that are known well enough. What contacts have is known where events count that were only seen.
    fn of(paths: &Paths<'k>, at: usize, known: &'k Known, enough: impl Fn(&KnownEvent) -> bool) -> Self {
        let event = |event: &EventType| known.events.get(event).filter(|it| enough(it) && !it.fields.is_empty());
        let awaits = |at: usize| paths.node(at).kind.as_kind().awaits();
        let mut joined: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for awaits in (0..paths.program.nodes.len()).filter_map(awaits) {
            if let Some(name) = awaits.name {
                joined.entry(name).or_default().push(awaits.event.and_then(event));
            }
        }
        let seen = enough(&KnownEvent { seen: 1, ..KnownEvent::default() });
        Self {
            attributes: seen.then_some(&known.attributes),
            events: paths.events_to(at).into_iter().map(event).collect(),
            incoming: awaits(at).and_then(|awaits| awaits.event).and_then(event),
            joined,
        }
    }

    fn kinds(&self, subject: Subject, path: &str) -> Option<Kinds> {
        match subject {
            Subject::Contact => match path {
                "email" | "external_id" => Some([ValueKind::String].into_iter().collect()),
                "opt_in" => Some([ValueKind::Bool].into_iter().collect()),
                path => of_field(self.attributes?, path),
            },
            Subject::Event => of_events(&self.events, path),
            Subject::Incoming => of_field(&self.incoming?.fields, path),
            Subject::Joined => match path.split_once('.') {
                Some((name, path)) => of_events(self.joined.get(name)?, path),
                None => Some([ValueKind::Object].into_iter().collect()),
            },
        }
    }
}

/// What the field is in any of these events; none where one of them may carry anything, or none has it.
fn of_events(events: &[Option<&KnownEvent>], path: &str) -> Option<Kinds> {
    let events: Vec<_> = events.iter().copied().collect::<Option<_>>()?;
    events.into_iter().filter_map(|event: &KnownEvent| of_field(&event.fields, path)).reduce(Kinds::or)
}

fn of_field(fields: &BTreeMap<String, KnownField>, path: &str) -> Option<Kinds> {
    if path.ends_with("[]") {
        // What is known by this name is the list, not its items.
        return None;
    }
    let field = fields.get(path).or_else(|| fields.get(&format!("{path}[]")))?;
    let kinds = std::iter::once(&field.kind).chain(&field.also).map(|word| ValueKind::from_str(word).ok());
    // What an older or newer build calls it, we do not know.
    kinds.collect::<Option<Vec<_>>>().map(|kinds| kinds.into_iter().collect())
}

fn said(expr: &Expr, wrong: Wrong) -> (&'static str, Finding, Option<Expr>) {
    match wrong {
        Wrong::Gives(kind) => ("no_question", Finding::NoQuestion { kind }, expr.as_question(kind)),
        Wrong::Clash(Clash::Unlike(left, right)) => {
            let better = alike(expr, &left, &right).or_else(|| alike(expr, &right, &left));
            let (left_kind, right_kind) = (left.kinds, right.kinds);
            let finding = Finding::UnlikeKinds { left: left.words, left_kind, right: right.words, right_kind };
            ("unlike_kinds", finding, better)
        }
        Wrong::Clash(Clash::Unfit(part, wanted)) => {
            ("unfit_kind", Finding::UnfitKind { what: part.words, kind: part.kinds, wanted }, None)
        }
    }
}

/// The same with one part written as the other is, where that can only be meant.
fn alike(expr: &Expr, part: &Part, other: &Part) -> Option<Expr> {
    let is = |part: &Part, kind| part.kinds.is_only(kind);
    match (&part.text, &part.path) {
        (Some(text), _) if is(other, ValueKind::Number) => expr.with_text(text, &number(text)?),
        (Some(text), _) if is(other, ValueKind::Bool) => match text.as_str() {
            "true" | "false" => expr.with_text(text, text),
            _ => None,
        },
        (None, Some((subject, path))) if is(part, ValueKind::String) && is(other, ValueKind::Number) => {
            match other.path {
                Some(_) => expr.as_number(*subject, path),
                None => expr.with_number_as_text(&other.words),
            }
        }
        _ => None,
    }
}

/// A number as people write it who put it into quotes. None where it has two readings, such as `1.234`.
fn number(text: &str) -> Option<String> {
    let text = text.trim();
    let (whole, rest) = text.split_once([',', '.']).unwrap_or((text, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let whole_digits = whole.strip_prefix('-').unwrap_or(whole);
    if whole_digits.is_empty() || !digits(whole_digits) || !digits(rest) || rest.len() == 3 {
        return None;
    }
    if text.len() > 20
        || (rest.is_empty() && text != whole)
        || (whole_digits.len() > 1 && whole_digits.starts_with('0'))
    {
        return None;
    }
    Some(if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") })
}

#[cfg(test)]
mod tests {
    use super::number;
    use crate::{
        Known,
        check::tests::{found, program, told},
    };

    fn known(refuses: bool) -> Known {
        let json = format!(
            r#"{{
            "attributes": {{ "tier": {{ "seen": 5, "kind": "string" }} }},
            "events": {{
                "order": {{ "seen": 100, "refuses": {refuses}, "fields": {{
                    "total": {{ "seen": 100, "kind": "number" }},
                    "mixed": {{ "seen": 100, "kind": "number", "also": ["string"] }},
                    "currency": {{ "seen": 100, "kind": "string" }},
                    "paid": {{ "seen": 100, "kind": "bool" }},
                    "tags[]": {{ "seen": 100, "kind": "list" }}
                }} }},
                "visit": {{ "seen": 10, "fields": {{ "page": {{ "seen": 10, "kind": "string" }} }} }},
                "new": {{ "seen": 0 }}
            }}
        }}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    /// A condition behind an entry of this event.
    fn asks(event: &str, when: &str) -> crate::Program {
        let when = serde_json::to_string(when).unwrap();
        program(&format!(
            "  e: {{ kind: entry, event: {event}, again: never, next: c }}\n  c: {{ kind: condition, when: {when}, \
             next: {{ yes: d, no: d }} }}\n  d: {{ kind: exit }}"
        ))
    }

    #[test]
    fn what_no_data_decides_is_an_error_and_what_was_never_seen_a_warning() {
        for (event, when, alone, beside) in [
            ("order", "event.total > 50", "", ""),
            ("order", "event.total >= \"1,5\"", "", "warning[unlike_kinds]"),
            ("order", "event.total", "", "warning[no_question]"),
            ("order", "event.total && event.paid", "", "warning[unfit_kind]"),
            ("order", "event.mixed > 5 && event.mixed != 'x'", "", ""),
            ("order", "size(event.tags) > 1 && 'a' in event.tags", "", ""),
            ("order", "event.tags > 1", "", "warning[unlike_kinds]"),
            ("order", "contact.tier > 5 || contact.email == 1", "", "error[unlike_kinds] warning[unlike_kinds]"),
            ("new", "event.total >= \"1,5\"", "", ""),
            ("order", "1 + 1", "error[no_question]", "error[no_question]"),
            ("order", "count('order', duration('1d')) > '3'", "error[unlike_kinds]", "error[unlike_kinds]"),
            ("order", "size('a' > 'b') > 0", "error[unfit_kind]", "error[unfit_kind]"),
        ] {
            let codes = |known: Option<&Known>| {
                let told = told(&asks(event, when), known);
                told.iter().filter_map(|told| Some(told.split_once(' ')?.0)).collect::<Vec<_>>().join(" ")
            };
            assert_eq!((codes(None).as_str(), codes(Some(&known(false))).as_str()), (alone, beside), "{when}");
        }
        let agreed = told(&asks("order", "event.total >= \"1,5\""), Some(&known(true)));
        assert!(agreed[0].starts_with("error[unlike_kinds] nodes.c.when: "), "{agreed:?}");
    }

    #[test]
    fn each_fix_takes_its_problem_away() {
        for (when, better) in [
            ("event.total >= \"1,5\"", Some("event.total >= 1.5")),
            ("event.total >= '50' && event.paid", Some("event.total >= 50 && event.paid")),
            ("event.total >= \"1.234\"", None),
            ("event.total >= \"a lot\"", None),
            ("event.paid == \"true\"", Some("event.paid == true")),
            ("event.currency == 5", Some("event.currency == \"5\"")),
            ("event.currency > event.total", Some("double(event.currency) > event.total")),
            ("event.total", Some("event.total > 0")),
            ("event.currency", Some("event.currency != \"\"")),
            ("event.tags", Some("size(event.tags) > 0")),
            ("event.total + 1", None),
            ("event.total && event.paid", None),
        ] {
            let told = told(&asks("order", when), Some(&known(false)));
            let fix = better.map(|better| serde_json::to_string(better).unwrap());
            let fix = fix.map(|better| format!("{{\"fix\":\"set\",\"field\":\"when\",\"value\":{better}}}"));
            assert!(told[0].ends_with(&fix.clone().unwrap_or_default()), "{when}: {told:?}");
            assert_eq!(told[0].contains("\"fix\""), fix.is_some(), "{when}: {told:?}");
            if let Some(better) = better {
                assert_eq!(found(&asks("order", better), Some(&known(false))), Vec::<String>::new(), "{better}");
            }
        }
    }

    #[test]
    fn says_what_to_do() {
        let told = |when| told(&asks("order", when), Some(&known(false))).remove(0);
        assert_eq!(
            told("event.total >= \"a\""),
            "warning[unlike_kinds] nodes.c.when: event.total is a number, but \"a\" is a text: they cannot be compared. "
        );
        assert_eq!(
            told("event.tags.startsWith('a')"),
            "warning[unfit_kind] nodes.c.when: event.tags is a list; only a text can stand here. "
        );
        assert_eq!(
            told("event.total + 1"),
            "error[no_question] nodes.c.when: This gives a number, neither yes nor no. Compare it with a value. "
        );
    }

    #[test]
    fn numbers_in_quotes_are_read_where_they_have_one_reading() {
        for (text, expected) in [
            ("1,5", Some("1.5")),
            ("1.5", Some("1.5")),
            (" 50 ", Some("50")),
            ("-3", Some("-3")),
            ("1.234", None),
            ("1,234", None),
            ("1.2.3", None),
            ("5.", None),
            (",5", None),
            ("", None),
            ("-", None),
            ("007", None),
            ("5 €", None),
            ("123456789012345678901", None),
        ] {
            assert_eq!(number(text).as_deref(), expected, "{text:?}");
        }
    }
}

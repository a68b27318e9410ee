//! PURE: what a draft reads of the past: which events, how far back, which of their fields.

use std::collections::HashSet;

use chrono::TimeDelta;
use program::{EventType, Object, Period, Program, Subject, node::Again};

/// How far back it matters who entered before, where nobody may enter again.
const NEVER: TimeDelta = TimeDelta::days(365);

/// The event types that the draft looks at.
pub(super) fn types(program: &Program) -> Vec<EventType> {
    let nodes = program.nodes.values().filter(|node| !node.disabled);
    let counted = nodes.flat_map(|node| node.kind.counts()).map(|fact| fact.event.clone());
    let awaited = program.awaited_events().into_iter().cloned();
    let types: HashSet<_> = program.entry_events().cloned().chain(counted).chain(awaited).collect();
    types.into_iter().collect()
}

/// How far back from an event the draft looks.
pub(super) fn looks_back(program: &Program) -> TimeDelta {
    let nodes = program.nodes.values().filter(|node| !node.disabled);
    let back = nodes.flat_map(|node| {
        let again = match node.kind.as_kind().way_in().and_then(|way| way.again) {
            Some(Again::Never) => Some(NEVER),
            Some(Again::After(period)) => Some(period.delta()),
            Some(Again::Always) | None => None,
        };
        node.kind.counts().map(|fact| fact.within).map(Period::delta).chain(again)
    });
    back.max().unwrap_or_default()
}

/// What the draft's expressions read of events, or of contacts.
pub(super) enum Fields {
    All,
    These(Vec<String>),
}

impl Fields {
    /// Of all its nodes, at the entries as well. Of an event it may be read when it comes, and when it has joined.
    pub(super) fn of(program: &Program, subject: Subject) -> Self {
        // A change may depend on what it finds, and no expression says so.
        if subject == Subject::Contact && program.nodes.values().any(|node| node.kind.as_kind().edits_contact()) {
            return Self::All;
        }
        let mut paths = Vec::new();
        for asked in program.nodes.values().flat_map(|node| node.kind.as_kind().exprs()) {
            paths.extend(asked.expr.references().iter().filter_map(|read| match (subject, read.subject) {
                (of, read_of) if of == read_of => Some(read.path.clone()),
                (Subject::Event, Subject::Incoming) => Some(read.path.clone()),
                // Behind the name that it has there.
                (Subject::Event, Subject::Joined) => {
                    Some(read.path.split_once('.').map(|(_, path)| path.to_owned()).unwrap_or_default())
                }
                _ => None,
            }));
        }
        if paths.iter().any(String::is_empty) { Self::All } else { Self::These(paths) }
    }

    /// Leaves the rest out.
    pub(super) fn keep(&self, data: &mut Object) {
        let Self::These(paths) = self else { return };
        // A name may have a dot in it, so the path is measured by the name and not cut at its dots.
        let read = |name: &str, path: &str| {
            path.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with('['))
        };
        data.retain(|name, _| paths.iter().any(|path| read(name, path)));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Filters, counts, and lets nobody in again for a month.
    pub(crate) fn draft() -> Program {
        Program::parse(
            "
stafette: 1
name: t
title: T
nodes:
  in: { kind: entry, event: order.placed, filter: event.total > 10, again: 30d, next: loyal }
  loyal: { kind: condition, when: 'count(\"page.seen\", duration(\"168h\")) >= 2', next: { yes: ask, no: out } }
  ask: { kind: send_mail, stream: ask, next: out }
  out: { kind: exit }
",
        )
        .unwrap()
    }

    #[test]
    fn only_what_the_draft_reads_is_kept() {
        let draft = draft();
        let mut seen: Vec<_> = types(&draft).iter().map(ToString::to_string).collect();
        seen.sort();
        assert_eq!(seen, ["order.placed", "page.seen"]);
        assert_eq!(looks_back(&draft), TimeDelta::days(30));
        let mut data = serde_json::json!({ "total": 3, "totals": 4, "lines": [1, 2] });
        let Some(data) = data.as_object_mut() else { panic!() };
        Fields::of(&draft, Subject::Event).keep(data);
        assert_eq!(data.keys().collect::<Vec<_>>(), ["total"]);
    }

    #[test]
    fn what_is_read_of_events_that_join_is_kept() {
        let draft = Program::parse(
            "
stafette: 1
name: t
title: T
nodes:
  in: { kind: entry, event: ordered, again: always, next: pay }
  pay:
    kind: wait_for_event
    event: paid
    filter: incoming.order == event.id
    timeout: 3d
    as: payment
    next: { came: much }
  much: { kind: condition, when: joined.payment.total > 100, next: { } }
",
        );
        let draft = draft.unwrap();
        let mut seen: Vec<_> = types(&draft).iter().map(ToString::to_string).collect();
        seen.sort();
        assert_eq!(seen, ["ordered", "paid"]);
        let mut data = serde_json::json!({ "id": 1, "order": 1, "total": 3, "payment": 4 });
        let Some(data) = data.as_object_mut() else { panic!() };
        Fields::of(&draft, Subject::Event).keep(data);
        assert_eq!(data.keys().collect::<Vec<_>>(), ["id", "order", "total"]);
    }

    #[test]
    fn a_draft_that_changes_contacts_knows_all_of_them() {
        let draft = Program::parse(
            "
stafette: 1
name: t
title: T
nodes:
  in: { kind: entry, event: ordered, next: tag }
  tag: { kind: update_contact, changes: [{ change: add, attribute: tags, value: new }] }
",
        );
        let draft = draft.unwrap();
        let mut known = serde_json::json!({ "tags": ["old"], "city": "Ulm" });
        let Some(known) = known.as_object_mut() else { panic!() };
        Fields::of(&draft, Subject::Contact).keep(known);
        assert_eq!(known.keys().collect::<Vec<_>>(), ["tags", "city"]);
    }
}

//! Entry: an external event comes in.

use serde::{Deserialize, Serialize};

use super::{Again, Asked, EVENT, Family, Gives, MaxAge, NodeKind, Visit, WayIn};
use crate::{EventType, Expr, Field, Finding, Input, Outcome, Port, Problem, Reason, Scope};

/// Starts a token for each event of a type whose payload passes the filter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The external event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventType>,
    /// A CEL expression on `event`; without it every event of the type enters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Expr>,
    /// Whether a contact may enter again. Nothing decided means always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
    /// How old an event may be. Nothing said means a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<MaxAge>,
}

impl NodeKind for Entry {
    fn title(&self) -> &'static str {
        "External event"
    }

    fn family(&self) -> Family {
        Family::Entry
    }

    fn ports(&self) -> &'static [Port] {
        &[Port::NEXT]
    }

    fn fields(&self) -> &'static [Field] {
        &[
            EVENT,
            Field {
                name: "filter",
                label: "Only when",
                help: "An expression on event; leave empty to let every event in.",
                input: Input::Expression { scope: Scope::Event },
                required: false,
            },
            Field {
                name: "again",
                label: "May enter again",
                help: "Always, never, or not within a length of time after the last entry, such as 30d.",
                input: Input::Choice { options: &["always", "never"], or_period: true },
                required: false,
            },
            Field {
                name: "max_age",
                label: "Not older than",
                help: "An event that came in longer after it happened starts nothing. Without it that is \
                       24h; any lets past events in, too.",
                input: Input::Choice { options: &["any"], or_period: true },
                required: false,
            },
        ]
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.event.is_none() {
            problems.push(Problem::error("event_missing", Finding::NoEvent).field("event"));
        }
        if let Some(filter) = &self.filter {
            problems.extend(filter.problem_of("filter"));
            if filter.is_about_more_than_event() {
                problems.push(Problem::error("filter_scope", Finding::FilterScope).field("filter"));
            }
        }
        problems
    }

    fn way_in(&self) -> Option<WayIn<'_>> {
        Some(WayIn {
            event: self.event.as_ref(),
            filter: self.filter.as_ref(),
            again: self.again,
            max_age: self.max_age.unwrap_or_default(),
        })
    }

    fn exprs(&self) -> Vec<Asked<'_>> {
        self.filter
            .iter()
            .map(|expr| Asked { field: "filter", expr, scope: Scope::Event, gives: Gives::Answer })
            .collect()
    }

    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason> {
        let again = self.again.unwrap_or_default();
        let admits = || self.way_in().map_or(Ok(true), |way| way.admits(visit.facts));
        if visit.facts.undecided && !admits()? {
            return Ok(Outcome::finish(Reason::FilteredOut));
        }
        if let Some(reason) = visit.facts.entered.and_then(|entered| again.refuses(entered, visit.now)) {
            return Ok(Outcome::finish(reason));
        }
        let reason = match &self.event {
            Some(event) if self.filter.is_some() => Reason::Filtered { event: event.clone() },
            Some(event) => Reason::Text(event.as_str().into()),
            None => Reason::NONE,
        };
        Ok(Outcome::pass(Port::NEXT, reason))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Facts, Next};

    fn facts(event: serde_json::Value) -> Facts {
        Facts { event: event.as_object().unwrap().clone(), ..Facts::default() }
    }

    #[test]
    fn the_filter_decides_who_enters() {
        let entry = Entry { event: None, filter: Some(Expr::new("event.total > 100")), ..Entry::default() };
        let id = crate::NodeId::new("n").unwrap();
        for (event, enters) in [
            (json!({ "total": 129.9 }), Some(true)),
            (json!({ "total": 100 }), Some(false)),
            (json!({ "total": "a lot" }), None),
            (json!({}), None),
        ] {
            let facts = facts(event.clone());
            assert_eq!(entry.way_in().unwrap().admits(&facts).ok(), enters, "{event}");
            let step = |undecided| {
                let facts = Facts { undecided, ..facts.clone() };
                let now = chrono::DateTime::UNIX_EPOCH;
                let visit = Visit { node: &id, now, phase: crate::Phase::Arrived, facts: &facts };
                entry.step(&visit).map(|outcome| outcome.next != Next::Finish).ok()
            };
            assert_eq!((step(false), step(true)), (Some(true), enters), "{event}: asked again when replayed only");
        }
        assert_eq!(Entry::default().way_in().unwrap().admits(&facts(json!({}))), Ok(true));
    }

    #[test]
    fn the_filter_sees_only_the_event() {
        let entry = Entry {
            event: EventType::new("a").ok(),
            filter: Some(Expr::new("contact.tier == 'gold'")),
            ..Entry::default()
        };
        assert_eq!(entry.problems()[0].code, "filter_scope");
    }

    #[test]
    fn who_entered_before_may_have_to_wait() {
        let at = |day| chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(day);
        for (again, entered, reason) in [
            ("always", Some(0), "x"),
            ("never", None, "x"),
            ("never", Some(0), "entered on 1970-01-01, never again"),
            ("30d", Some(62), "entered on 1970-03-04, not again within 30 days"),
            ("30d", Some(61), "x"),
        ] {
            let entry = Entry { event: EventType::new("x").ok(), again: again.parse().ok(), ..Entry::default() };
            let facts = Facts { entered: entered.map(at), ..Facts::default() };
            let id = crate::NodeId::new("n").unwrap();
            let visit = Visit { node: &id, now: at(91), phase: crate::Phase::Arrived, facts: &facts };
            let outcome = entry.step(&visit).unwrap();
            assert_eq!(outcome.reason.to_string(), reason, "{again}");
            assert_eq!(outcome.next == Next::Finish, reason != "x", "{again}");
        }
    }
}

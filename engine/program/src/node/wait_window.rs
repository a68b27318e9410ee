//! Wait for a window: the token goes on only on some days and in a part of the day.

use serde::{Deserialize, Serialize};

use super::{Family, NodeKind, Rest, Visit};
use crate::{Field, Finding, Hours, Input, Outcome, Phase, Port, Problem, Reason, Weekdays, Window, Zone};

/// Keeps the token until it is one of the days and that part of it; who comes then goes on at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitWindow {
    /// On which days the window opens.
    pub days: Weekdays,
    /// From when to when.
    pub hours: Hours,
    /// By whose clocks.
    #[serde(default)]
    pub zone: Zone,
}

impl Default for WaitWindow {
    fn default() -> Self {
        Self { days: Weekdays::WORKDAYS, hours: Hours::OFFICE, zone: Zone::UTC }
    }
}

impl WaitWindow {
    fn window(&self) -> Window {
        Window { days: self.days, hours: self.hours, zone: self.zone.name().into() }
    }

    fn reason(&self) -> Reason {
        Reason::Within { window: self.window() }
    }
}

impl NodeKind for WaitWindow {
    fn title(&self) -> &'static str {
        "Wait for a time window"
    }

    fn family(&self) -> Family {
        Family::Time
    }

    fn ports(&self) -> &'static [Port] {
        &[Port::NEXT]
    }

    fn fields(&self) -> &'static [Field] {
        const DAYS: Field = Field {
            name: "days",
            label: "On these days",
            help: "The days on which contacts go on.",
            input: Input::Weekdays,
            required: true,
        };
        const HOURS: Field = Field {
            name: "hours",
            label: "Between",
            help: "A part of the day, such as 09:00-17:00, or over midnight, such as 22:00-06:00.",
            input: Input::Hours,
            required: true,
        };
        &[DAYS, HOURS, Field::ZONE]
    }

    fn problems(&self) -> Vec<Problem> {
        if !self.days.is_empty() {
            return Vec::new();
        }
        vec![Problem::error("days_missing", Finding::NoDays).field("days")]
    }

    fn rest(&self) -> Option<Rest> {
        Some(Rest::Window)
    }

    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason> {
        let next = |time| {
            self.hours.next(self.days, self.zone, time).ok_or_else(|| Reason::Text("the node names no day".into()))
        };
        let until = next(visit.now)?;
        let late = match (visit.phase, visit.facts.arrived) {
            (Phase::Arrived, _) => true,
            // Due is due where the wait was skipped; who was kept beyond the window waits for the next one.
            (Phase::Due, Some(arrived)) => next(arrived)? <= visit.now,
            (Phase::Due, None) => false,
        };
        if late && visit.now < until {
            let missed = || Reason::Missed { window: self.window() };
            let reason = if visit.phase == Phase::Due { missed() } else { self.reason() };
            return Ok(Outcome::wait(until, reason));
        }
        Ok(Outcome::pass(Port::NEXT, self.reason()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, Next, NodeId};

    #[test]
    fn rests_until_the_window_opens() {
        let node = WaitWindow::default();
        let id = NodeId::new("n").unwrap();
        let outcome = |arrived: Option<&str>, now: &str, phase| {
            let facts = Facts { arrived: arrived.map(|time| time.parse().unwrap()), ..Facts::default() };
            let visit = Visit { node: &id, now: now.parse().unwrap(), phase, facts: &facts };
            node.step(&visit).unwrap()
        };
        let came = |arrived: Option<&str>, now: &str, phase| outcome(arrived, now, phase).next;
        let step = |now: &str, phase| came(None, now, phase);
        // A Saturday, a Monday.
        let monday = "2026-07-06T09:00:00Z";
        assert_eq!(step("2026-07-04T12:00:00Z", Phase::Arrived), Next::WaitUntil(monday.parse().unwrap()));
        assert_eq!(step(monday, Phase::Due), Next::Pass(Port::NEXT));
        assert_eq!(step("2026-07-06T16:59:00Z", Phase::Arrived), Next::Pass(Port::NEXT));
        assert_eq!(step("2026-07-04T12:00:00Z", Phase::Due), Next::Pass(Port::NEXT), "a wait that was skipped");
        let due = |now: &str| came(Some("2026-07-04T11:00:00Z"), now, Phase::Due);
        assert_eq!(due("2026-07-04T12:00:00Z"), Next::Pass(Port::NEXT), "a wait that was skipped");
        assert_eq!(due("2026-07-06T09:00:00Z"), Next::Pass(Port::NEXT), "on time");
        assert_eq!(due("2026-07-06T16:59:59Z"), Next::Pass(Port::NEXT), "late, and still open");
        let tuesday = "2026-07-07T09:00:00Z".parse().unwrap();
        assert_eq!(due("2026-07-06T17:00:00Z"), Next::WaitUntil(tuesday), "kept until after the window");
        let why = |now: &str, phase| outcome(Some("2026-07-04T11:00:00Z"), now, phase).reason;
        let missed = why("2026-07-06T17:00:00Z", Phase::Due);
        assert_eq!(missed, Reason::Missed { window: node.window() });
        assert!(missed.is_late() && !why("2026-07-06T17:00:00Z", Phase::Arrived).is_late());
        assert_eq!(due("2026-07-07T10:00:00Z"), Next::Pass(Port::NEXT), "kept until within another one");
        let never: WaitWindow = serde_json::from_str(r#"{"days":[],"hours":"09:00-17:00"}"#).unwrap();
        assert_eq!(never.problems()[0].code, "days_missing");
    }
}

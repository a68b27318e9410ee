//! Wait until: the token rests until a date and time. If that is over, it goes on at once.

use serde::{Deserialize, Serialize};

use super::{Family, NodeKind, Rest, Visit};
use crate::{At, Field, Finding, Input, LocalTime, Outcome, Phase, Port, Problem, Reason, Time, Zone};

/// Keeps the token until the clocks of a place show a date and time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitUntil {
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<LocalTime>,
    /// By whose clocks.
    #[serde(default)]
    pub zone: Zone,
}

impl WaitUntil {
    fn at(&self) -> Option<At> {
        Some(At { time: self.at?, zone: self.zone.name().into() })
    }

    fn instant(&self) -> Option<Time> {
        self.at.map(|at| self.zone.instant(at))
    }
}

impl NodeKind for WaitUntil {
    fn title(&self) -> &'static str {
        "Wait until a date"
    }

    fn family(&self) -> Family {
        Family::Time
    }

    fn ports(&self) -> &'static [Port] {
        &[Port::NEXT]
    }

    fn fields(&self) -> &'static [Field] {
        const AT: Field = Field {
            name: "at",
            label: "Wait until",
            help: "A date and time, such as 2026-12-24T08:00. Who comes later goes on at once.",
            input: Input::DateTime,
            required: true,
        };
        &[AT, Field::ZONE]
    }

    fn problems(&self) -> Vec<Problem> {
        match self.at {
            Some(_) => Vec::new(),
            None => vec![Problem::error("date_missing", Finding::NoDate).field("at")],
        }
    }

    fn rest(&self) -> Option<Rest> {
        self.instant().map(Rest::Until)
    }

    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason> {
        let (at, until) = self.at().zip(self.instant()).ok_or("the node names no date")?;
        match visit.phase {
            Phase::Arrived if visit.now < until => Ok(Outcome::wait(until, Reason::Until { at })),
            Phase::Arrived => Ok(Outcome::pass(Port::NEXT, Reason::WasBefore { at })),
            Phase::Due => Ok(Outcome::pass(Port::NEXT, Reason::HasCome { at })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, Next, NodeId};

    #[test]
    fn rests_until_the_clocks_there_show_it() {
        let node: WaitUntil = serde_json::from_str(r#"{"at":"2026-12-24T08:00","zone":"Europe/Berlin"}"#).unwrap();
        let (id, facts) = (NodeId::new("n").unwrap(), Facts::default());
        let step = |now: &str, phase| {
            let visit = Visit { node: &id, now: now.parse().unwrap(), phase, facts: &facts };
            node.step(&visit).unwrap().next
        };
        let until = "2026-12-24T07:00:00Z";
        assert_eq!(step("2026-12-01T00:00:00Z", Phase::Arrived), Next::WaitUntil(until.parse().unwrap()));
        assert_eq!(step(until, Phase::Arrived), Next::Pass(Port::NEXT));
        assert_eq!(step("2026-12-01T00:00:00Z", Phase::Due), Next::Pass(Port::NEXT), "a wait that was skipped");
        assert_eq!(WaitUntil::default().problems()[0].code, "date_missing");
        let later: WaitUntil = serde_json::from_str(r#"{"at":"2026-12-24T08:00"}"#).unwrap();
        let by = later.rest().unwrap().later_than(node.rest().unwrap());
        assert_eq!(by, Some(chrono::TimeDelta::hours(1)), "the same time by other clocks");
        assert_eq!(later.rest().unwrap().later_than(Rest::Window), None);
    }
}

//! Wait for condition: the token rests until a condition on its contact holds, or until a time is over.

use serde::{Deserialize, Serialize};

use super::{Asked, Family, Gives, NodeKind, Rest, Visit};
use crate::{Expr, Field, Finding, Input, Outcome, Period, Phase, Port, Problem, Reason, Scope};

/// It holds, or it did not in time. A disabled node lets everybody pass by the last port.
static PORTS: [Port; 2] = [Port::named("met"), Port::named("timed_out")];

/// Keeps the token until a condition on what is known of its contact holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitForCondition {
    /// A CEL expression that is true or false.
    pub when: Expr,
    /// How long at most.
    pub within: Period,
}

impl Default for WaitForCondition {
    fn default() -> Self {
        const DAYS: u64 = 3 * 86_400_000;
        Self { when: Expr::default(), within: Period::from_millis(DAYS).unwrap_or(Period::MAX) }
    }
}

impl NodeKind for WaitForCondition {
    fn title(&self) -> &'static str {
        "Wait for condition"
    }

    fn family(&self) -> Family {
        Family::Time
    }

    fn ports(&self) -> &'static [Port] {
        &PORTS
    }

    fn fields(&self) -> &'static [Field] {
        &[
            Field {
                name: "when",
                label: "Until",
                help: "An expression on contact, event and history. It is asked on arrival, after each event of the contact \
                       and each change of it, and at the end.",
                input: Input::Expression { scope: Scope::Step },
                required: true,
            },
            Field {
                name: "within",
                label: "At most",
                help: "A length of time, such as 30m, 36h or 2d.",
                input: Input::Period,
                required: true,
            },
        ]
    }

    fn problems(&self) -> Vec<Problem> {
        // Nothing would look at it when its time comes: only what happens to the contact does.
        let timed = self.when.asks_now().then(|| Problem::error("waits_for_time", Finding::WaitsForTime).field("when"));
        self.when.problem_of("when").into_iter().chain(timed).collect()
    }

    fn exprs(&self) -> Vec<Asked<'_>> {
        vec![Asked { field: "when", expr: &self.when, scope: Scope::Step, gives: Gives::Answer }]
    }

    fn rest(&self) -> Option<Rest> {
        Some(Rest::UpTo(self.within))
    }

    fn watches(&self) -> bool {
        true
    }

    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason> {
        let within = self.within;
        let met = |reason: Reason| Outcome::pass(PORTS[0].clone(), reason);
        // One that stands here and nobody knows since when begins to wait.
        let Some(awaited) = visit.facts.awaited.as_ref().filter(|_| visit.phase == Phase::Due) else {
            let (holds, reason) = self.when.holds(visit.facts)?;
            return Ok(match holds {
                true => met(reason),
                false => Outcome::wait_for(visit.now + within.delta(), Reason::AwaitsCondition { within }),
            });
        };
        match self.when.holds(visit.facts) {
            Ok((true, reason)) => return Ok(met(reason)),
            Err(reason @ Reason::TooManySteps { .. }) => return Err(reason),
            // Somebody else's event may have left the contact so: that is no reason for the token to stand still.
            Ok((false, _)) | Err(_) => {}
        }
        if visit.now < awaited.until {
            return Ok(Outcome::wait_for(awaited.until, Reason::NONE));
        }
        Ok(Outcome::pass(PORTS[1].clone(), Reason::NotMet { within }))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::{Value, json};

    use super::*;
    use crate::{Awaited, Facts, Next, Time};

    fn at(hours: i64) -> Time {
        Time::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn step(contact: &Value, hour: i64, waits: bool) -> Result<(Next, String), String> {
        let node = WaitForCondition { when: Expr::new("contact.score > 10"), within: "2d".parse().unwrap() };
        assert_eq!(node.problems(), []);
        let awaited = waits.then(|| Awaited { until: at(48), events: Vec::new() });
        let facts = Facts { awaited, contact: contact.as_object().unwrap().clone(), ..Facts::default() };
        let phase = if waits { Phase::Due } else { Phase::Arrived };
        let id = crate::NodeId::new("n").unwrap();
        let outcome = node.step(&Visit { node: &id, now: at(hour), phase, facts: &facts });
        outcome.map(|outcome| (outcome.next, outcome.reason.to_string())).map_err(|reason| reason.to_string())
    }

    #[test]
    fn it_is_asked_on_arrival_when_something_happens_and_at_the_end() {
        let (low, high, none) = (json!({ "score": 3 }), json!({ "score": 11 }), json!({}));
        let met = || Ok((Next::Pass(PORTS[0].clone()), String::new()));
        assert_eq!(step(&high, 5, false), met());
        let waits = |until, reason: &str| Ok((Next::Await { until }, reason.to_owned()));
        assert_eq!(step(&low, 5, false), waits(at(53), "waits until a condition holds, at most 2 days"));
        // On arrival it is as at any other node; later others may have left the contact so.
        assert!(step(&none, 5, false).unwrap_err().contains("cannot be decided"));
        for contact in [&low, &none] {
            assert_eq!(step(contact, 6, true), waits(at(48), ""));
            let out = (Next::Pass(PORTS[1].clone()), "the condition did not hold within 2 days".to_owned());
            assert_eq!(step(contact, 48, true), Ok(out));
        }
        // What holds at the end counts.
        assert_eq!((step(&high, 6, true), step(&high, 49, true)), (met(), met()));
    }

    #[test]
    fn a_typo_is_a_problem_not_a_failure() {
        let node = WaitForCondition { when: Expr::new("contcat.tier == 'gold'"), ..WaitForCondition::default() };
        assert_eq!(node.problems()[0].code, "expression");
        assert_eq!(WaitForCondition::default().problems().len(), 1);
        let node = WaitForCondition {
            when: Expr::new("timestamp(contact.born) < now"),
            ..WaitForCondition::default()
        };
        assert_eq!(node.problems()[0].code, "waits_for_time");
    }
}

//! Condition: yes or no, on contact, event and history.

use serde::{Deserialize, Serialize};

use super::{Asked, Family, Gives, NodeKind, Visit};
use crate::{Expr, Field, Input, Outcome, Port, Problem, Reason, Scope};

/// Leaves by `yes` where the expression holds, otherwise by `no`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// A CEL expression that is true or false.
    pub when: Expr,
}

impl NodeKind for Condition {
    fn title(&self) -> &'static str {
        "Condition"
    }

    fn family(&self) -> Family {
        Family::Decision
    }

    fn ports(&self) -> &'static [Port] {
        &[Port::YES, Port::NO]
    }

    fn fields(&self) -> &'static [Field] {
        &[Field {
            name: "when",
            label: "Contact goes Yes when",
            help: "An expression on contact, event and history.",
            input: Input::Expression { scope: Scope::Step },
            required: true,
        }]
    }

    fn problems(&self) -> Vec<Problem> {
        self.when.problem_of("when").into_iter().collect()
    }

    fn exprs(&self) -> Vec<Asked<'_>> {
        vec![Asked { field: "when", expr: &self.when, scope: Scope::Step, gives: Gives::Answer }]
    }

    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason> {
        let (holds, reason) = self.when.holds(visit.facts)?;
        Ok(Outcome::pass(if holds { Port::YES } else { Port::NO }, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, Next, Phase};

    #[test]
    fn goes_yes_or_no_with_its_reason() {
        let node = Condition { when: Expr::new(r#"count("order.placed", duration("365d")) >= 3"#) };
        let fact = node.when.counts()[0].clone();
        for (count, port) in [(2, Port::NO), (3, Port::YES)] {
            let facts = Facts { counts: [(fact.clone(), count)].into(), ..Facts::default() };
            let id = crate::NodeId::new("n").unwrap();
            let visit = Visit { node: &id, now: chrono::DateTime::UNIX_EPOCH, phase: Phase::Arrived, facts: &facts };
            let outcome = node.step(&visit).unwrap();
            assert_eq!(outcome.next, Next::Pass(port));
            assert_eq!(outcome.reason.to_string(), format!("order.placed {count} times in 365 days"));
        }
    }

    #[test]
    fn a_typo_is_a_problem_not_a_failure() {
        let node = Condition { when: Expr::new("contcat.tier == 'gold'") };
        let problems = node.problems();
        assert_eq!(problems[0].code, "expression");
        assert!(problems[0].message.contains("contcat"), "{problems:?}");
    }
}

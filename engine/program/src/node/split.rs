//! Split: chance decides which way a contact goes, as for a test of two mails.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Family, NodeKind, Visit};
use crate::{Field, Finding, Input, NodeId, Outcome, Port, Problem, Reason};

/// Sends each token one of several ways, as often as their weights say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Percent of the contacts that go by `a`, `b` and so on.
    pub weights: Vec<u8>,
}

const FEWEST: usize = 2;
const MOST: usize = WAYS.len();

/// The ways that a split can have, in the order of its weights.
pub static WAYS: [Port; 6] =
    [Port::named("a"), Port::named("b"), Port::named("c"), Port::named("d"), Port::named("e"), Port::named("f")];

impl Default for Split {
    fn default() -> Self {
        Self { weights: vec![50, 50] }
    }
}

impl Split {
    /// The way of who drew this number, from 1 to 100.
    fn way(&self, drawn: u32) -> Option<Port> {
        let mut end = 0;
        let at = self.weights.iter().position(|weight| {
            end += u32::from(*weight);
            drawn <= end
        })?;
        self.ports().get(at).cloned()
    }
}

/// A number from 1 to 100. The same token draws the same at the same node, and independently at another: the hash of
/// both (RFC 9562, version 5), of which the first 32 bits are taken.
fn draw(seed: Uuid, node: &NodeId) -> u32 {
    let hash = Uuid::new_v5(&seed, node.as_str().as_bytes()).as_u128();
    (((hash >> 96) * 100) >> 32) as u32 + 1
}

impl NodeKind for Split {
    fn title(&self) -> &'static str {
        "Split by chance"
    }

    fn family(&self) -> Family {
        Family::Decision
    }

    fn ports(&self) -> &'static [Port] {
        &WAYS[..self.weights.len().clamp(FEWEST, MOST)]
    }

    fn fields(&self) -> &'static [Field] {
        &[Field {
            name: "weights",
            label: "Percent of contacts",
            help: "How many of a hundred contacts go each way; together they are 100.",
            input: Input::Weights { min: FEWEST, max: MOST },
            required: true,
        }]
    }

    fn problems(&self) -> Vec<Problem> {
        let ways = self.weights.len();
        let sum: u32 = self.weights.iter().copied().map(u32::from).sum();
        let (code, finding) = if !(FEWEST..=MOST).contains(&ways) {
            ("weights", Finding::Ways { fewest: FEWEST, most: MOST, ways })
        } else if sum != 100 {
            ("weights_sum", Finding::WeightsSum { sum })
        } else {
            return Vec::new();
        };
        vec![Problem::error(code, finding).field("weights")]
    }

    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason> {
        let drawn = draw(visit.facts.seed, visit.node);
        let port = self.way(drawn).ok_or_else(|| Reason::Text("the percentages are less than 100 together".into()))?;
        Ok(Outcome::pass(port, Reason::Drew { drawn }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, Next, Phase, Time};

    #[test]
    fn goes_as_often_as_the_weights_say() {
        let node = Split { weights: vec![70, 20, 10] };
        let id = NodeId::new("n").unwrap();
        let mut went = [0; 3];
        for n in 0..10_000 {
            let facts = Facts { seed: Uuid::from_u128(n), ..Facts::default() };
            let visit = Visit { node: &id, now: Time::UNIX_EPOCH, phase: Phase::Arrived, facts: &facts };
            let outcome = node.step(&visit).unwrap();
            assert_eq!(node.step(&visit), Ok(outcome.clone()), "the same token draws the same");
            let Next::Pass(port) = outcome.next else { panic!("{outcome:?}") };
            went[node.ports().iter().position(|way| *way == port).unwrap()] += 1;
        }
        // Three standard deviations.
        for (went, expected, most) in [(went[0], 7_000_i32, 138), (went[1], 2_000, 120), (went[2], 1_000, 90)] {
            assert!((went - expected).abs() < most, "{went} of {expected}");
        }
    }

    #[test]
    fn one_node_says_nothing_about_another() {
        let (a, b) = (NodeId::new("a").unwrap(), NodeId::new("b").unwrap());
        let seeds = (0..10_000).map(Uuid::from_u128);
        let both = seeds.filter(|seed| draw(*seed, &a) <= 50 && draw(*seed, &b) <= 50).count() as i32;
        assert!((both - 2_500).abs() < 130, "{both}");
    }

    #[test]
    fn weights_that_cannot_be_are_problems() {
        for (weights, code) in [(vec![50, 49], "weights_sum"), (vec![100], "weights"), (vec![10; 10], "weights")] {
            let node = Split { weights };
            assert_eq!(node.problems()[0].code, code);
            assert!((2..=6).contains(&node.ports().len()));
        }
        assert_eq!(Split::default().problems(), []);
    }
}

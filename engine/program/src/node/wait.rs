//! Wait: the token rests for a length of time. It costs when it is due, never while it waits.

use serde::{Deserialize, Serialize};

use super::{Family, NodeKind, Rest, Visit};
use crate::{Field, Input, Outcome, Period, Phase, Port, Reason};

/// Keeps the token for a length of time after it arrives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// How long.
    pub duration: Period,
}

impl Default for Wait {
    fn default() -> Self {
        const DAY: u64 = 86_400_000;
        Self { duration: Period::from_millis(DAY).unwrap_or(Period::MAX) }
    }
}

impl NodeKind for Wait {
    fn title(&self) -> &'static str {
        "Wait"
    }

    fn family(&self) -> Family {
        Family::Time
    }

    fn ports(&self) -> &'static [Port] {
        &[Port::NEXT]
    }

    fn fields(&self) -> &'static [Field] {
        &[Field {
            name: "duration",
            label: "Wait for",
            help: "A length of time, such as 30m, 36h or 2d.",
            input: Input::Period,
            required: true,
        }]
    }

    fn rest(&self) -> Option<Rest> {
        Some(Rest::For(self.duration))
    }

    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason> {
        let wait = self.duration;
        match visit.phase {
            Phase::Due => Ok(Outcome::pass(Port::NEXT, Reason::Over { wait })),
            Phase::Arrived => Ok(Outcome::wait(visit.now + wait.delta(), Reason::For { wait })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, Next};

    #[test]
    fn rests_until_the_time_is_over() {
        let facts = Facts::default();
        let now = chrono::DateTime::UNIX_EPOCH;
        let wait = Wait { duration: "2d".parse().unwrap() };
        let id = crate::NodeId::new("n").unwrap();
        let step = |phase| wait.step(&Visit { node: &id, now, phase, facts: &facts }).unwrap().next;
        assert_eq!(step(Phase::Arrived), Next::WaitUntil(now + chrono::TimeDelta::days(2)));
        assert_eq!(step(Phase::Due), Next::Pass(Port::NEXT));
    }
}

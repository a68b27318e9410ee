//! Delay: the token rests for so many minutes.

use serde::{Deserialize, Serialize};

use super::{Family, NodeKind, Rest, Visit};
use crate::{Field, Input, Outcome, Period, Phase, Port, Reason};

/// Keeps the token for so many minutes after it arrives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// How many.
    pub minutes: u32,
}

impl Delay {
    fn period(&self) -> Period {
        Period::from_millis(u64::from(self.minutes) * 60_000).unwrap_or(Period::MAX)
    }
}

impl NodeKind for Delay {
    fn title(&self) -> &'static str {
        "Delay"
    }

    fn family(&self) -> Family {
        Family::Time
    }

    fn ports(&self) -> &'static [Port] {
        &[Port::NEXT]
    }

    fn fields(&self) -> &'static [Field] {
        &[Field {
            name: "minutes",
            label: "Minutes",
            help: "How long contacts rest here.",
            input: Input::Number { min: 0, max: 1_440 },
            required: true,
        }]
    }

    fn rest(&self) -> Option<Rest> {
        Some(Rest::For(self.period()))
    }

    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason> {
        let wait = self.period();
        match visit.phase {
            Phase::Due => Ok(Outcome::pass(Port::NEXT, Reason::Over { wait })),
            Phase::Arrived => Ok(Outcome::wait(visit.now + wait.delta(), Reason::For { wait })),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Plan, Program, SimEvent, check, numbered, simulate};

    /// Checked, run and told by nothing but what every kind has.
    #[test]
    fn its_example_runs() {
        let program = Program::parse(include_str!("program.yaml")).unwrap();
        assert_eq!(check(&program), []);
        assert_eq!(Program::parse(&program.to_yaml()).unwrap(), program);
        let event = SimEvent {
            at: chrono::DateTime::UNIX_EPOCH,
            event: crate::EventType::new("order.placed").unwrap(),
            contact: "ann@example.com".into(),
            attributes: crate::Object::new(),
            data: crate::Object::new(),
        };
        let runs = simulate(&Plan::new(program).unwrap(), &[event], None, numbered(uuid::Uuid::nil()));
        let told: Vec<_> = runs[0].steps.iter().map(|step| format!("{} {}", step.node, step.reason)).collect();
        assert_eq!(told, ["start order.placed", "later 90 minutes", "later 90 minutes are over", "end "]);
    }
}

//! Exit: the run is over.

use serde::{Deserialize, Serialize};

use super::{Family, NodeKind, Visit};
use crate::{Field, Outcome, Port, Reason};

/// Ends the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {}

impl NodeKind for Exit {
    fn title(&self) -> &'static str {
        "Finish"
    }

    fn family(&self) -> Family {
        Family::Exit
    }

    fn ports(&self) -> &'static [Port] {
        &[]
    }

    fn fields(&self) -> &'static [Field] {
        &[]
    }

    fn step(&self, _: &Visit<'_>) -> Result<Outcome, Reason> {
        Ok(Outcome::finish(Reason::NONE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, Next, Phase};

    #[test]
    fn ends_the_run() {
        let facts = Facts::default();
        let id = crate::NodeId::new("n").unwrap();
        let visit = Visit { node: &id, now: chrono::DateTime::UNIX_EPOCH, phase: Phase::Arrived, facts: &facts };
        assert_eq!(Exit {}.step(&visit).unwrap().next, Next::Finish);
    }
}

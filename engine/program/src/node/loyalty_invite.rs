//! Loyalty invite: a mail that asks the contact to join a club.

use serde::{Deserialize, Serialize};

use super::{Family, NodeKind, STREAM, Visit, chosen, missing_stream};
use crate::{Field, Finding, Input, Outcome, Period, Port, Problem, Purpose, Reason, StreamName};

/// Sends the stream with a link to join; joining comes back as the event `loyalty.joined`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoyaltyInvite {
    /// The mail stream that invites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamName>,
    /// Name of the club.
    pub club: String,
    /// How long the invitation holds, from the mail on; without it, always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Period>,
}

const CLUB: usize = 100;

impl NodeKind for LoyaltyInvite {
    fn title(&self) -> &'static str {
        "Loyalty invite"
    }

    fn family(&self) -> Family {
        Family::Contact
    }

    fn ports(&self) -> &'static [Port] {
        &[Port::NEXT]
    }

    fn fields(&self) -> &'static [Field] {
        &[
            Field { help: "The mail that invites; its templates know invite.club and invite.url.", ..STREAM },
            Field {
                name: "club",
                label: "Club",
                help: "What the contact is asked to join.",
                input: Input::Text { max: CLUB },
                required: true,
            },
            Field {
                name: "valid",
                label: "Holds for",
                help: "How long the link in the mail works; leave empty for always.",
                input: Input::Period,
                required: false,
            },
        ]
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = missing_stream(&self.stream);
        let length = self.club.chars().count();
        if self.club.trim().is_empty() || length > CLUB {
            problems.push(Problem::error("club", Finding::Club { most: CLUB, length }).field("club"));
        }
        problems
    }

    fn stream(&self) -> Option<&StreamName> {
        self.stream.as_ref()
    }

    fn emits(&self) -> &'static [&'static str] {
        &["loyalty.joined"]
    }

    fn valid(&self) -> Option<Period> {
        self.valid
    }

    fn step(&self, _: &Visit<'_>) -> Result<Outcome, Reason> {
        let purpose = Purpose::LoyaltyInvite { club: self.club.clone(), valid: self.valid };
        Ok(Outcome::send(chosen(&self.stream)?, purpose, Reason::Text(self.club.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_a_stream_and_a_club() {
        let codes: Vec<_> = LoyaltyInvite::default().problems().into_iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["stream_missing", "club"]);
    }
}

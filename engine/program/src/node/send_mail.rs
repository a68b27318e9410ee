//! Send mail: one message of a stream to the contact.

use serde::{Deserialize, Serialize};

use super::{Family, NodeKind, STREAM, Visit, chosen, missing_stream};
use crate::{Field, Outcome, Port, Problem, Purpose, Reason, StreamName};

/// Puts one message of the stream into the outbox.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendMail {
    /// The mail stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamName>,
}

impl NodeKind for SendMail {
    fn title(&self) -> &'static str {
        "Send mail"
    }

    fn family(&self) -> Family {
        Family::Message
    }

    fn ports(&self) -> &'static [Port] {
        &[Port::NEXT]
    }

    fn fields(&self) -> &'static [Field] {
        &[STREAM]
    }

    fn problems(&self) -> Vec<Problem> {
        missing_stream(&self.stream)
    }

    fn stream(&self) -> Option<&StreamName> {
        self.stream.as_ref()
    }

    fn step(&self, _: &Visit<'_>) -> Result<Outcome, Reason> {
        Ok(Outcome::send(chosen(&self.stream)?, Purpose::Mail, Reason::NONE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Effect, Facts, Phase};

    #[test]
    fn hands_one_mail_to_the_outbox() {
        let facts = Facts::default();
        let id = crate::NodeId::new("n").unwrap();
        let visit = Visit { node: &id, now: chrono::DateTime::UNIX_EPOCH, phase: Phase::Arrived, facts: &facts };
        let stream = StreamName::new("welcome").unwrap();
        let outcome = SendMail { stream: Some(stream.clone()) }.step(&visit).unwrap();
        assert_eq!(outcome.effects, [Effect::SendMail { stream, purpose: Purpose::Mail }]);
        assert_eq!(SendMail::default().problems()[0].code, "stream_missing");
    }
}

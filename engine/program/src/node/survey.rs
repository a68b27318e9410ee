//! Survey: a mail that asks for one answer on a scale.

use serde::{Deserialize, Serialize};

use super::{Family, NodeKind, STREAM, Visit, chosen, missing_stream};
use crate::{Field, Finding, Input, Outcome, Port, Problem, Purpose, Reason, StreamName};

/// Sends the stream with one link per grade; the answer comes back as the event `survey.answered`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// The mail stream that asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamName>,
    /// The question.
    pub question: String,
    /// The best grade, 2 to 10; 1 is the worst.
    #[serde(default = "five")]
    pub scale: u8,
}

const SCALE: std::ops::RangeInclusive<u8> = 2..=10;
const QUESTION: usize = 200;

fn five() -> u8 {
    5
}

impl Default for Survey {
    fn default() -> Self {
        Self { stream: None, question: "How satisfied are you?".into(), scale: 5 }
    }
}

impl NodeKind for Survey {
    fn title(&self) -> &'static str {
        "Survey"
    }

    fn family(&self) -> Family {
        Family::Message
    }

    fn ports(&self) -> &'static [Port] {
        &[Port::NEXT]
    }

    fn fields(&self) -> &'static [Field] {
        &[
            Field { help: "The mail that asks; its templates know survey.question and survey.links.", ..STREAM },
            Field {
                name: "question",
                label: "Question",
                help: "Asked in the mail and on the answer page.",
                input: Input::Text { max: QUESTION },
                required: true,
            },
            Field {
                name: "scale",
                label: "Best grade",
                help: "From 1, the worst, to this.",
                input: Input::Number { min: 2, max: 10 },
                required: false,
            },
        ]
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = missing_stream(&self.stream);
        let length = self.question.chars().count();
        if self.question.trim().is_empty() || length > QUESTION {
            let finding = Finding::Question { most: QUESTION, length };
            problems.push(Problem::error("question", finding).field("question"));
        }
        if !SCALE.contains(&self.scale) {
            problems.push(Problem::error("scale", Finding::Scale { scale: self.scale }).field("scale"));
        }
        problems
    }

    fn stream(&self) -> Option<&StreamName> {
        self.stream.as_ref()
    }

    fn emits(&self) -> &'static [&'static str] {
        &["survey.answered"]
    }

    fn step(&self, _: &Visit<'_>) -> Result<Outcome, Reason> {
        let purpose = Purpose::Survey { question: self.question.clone(), scale: self.scale };
        Ok(Outcome::send(chosen(&self.stream)?, purpose, Reason::Scale { best: self.scale }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Effect, Facts, Phase};

    #[test]
    fn asks_with_its_question_and_scale() {
        let facts = Facts::default();
        let id = crate::NodeId::new("n").unwrap();
        let visit = Visit { node: &id, now: chrono::DateTime::UNIX_EPOCH, phase: Phase::Arrived, facts: &facts };
        let survey = Survey { stream: StreamName::new("ask").ok(), ..Survey::default() };
        let outcome = survey.step(&visit).unwrap();
        let [Effect::SendMail { purpose, .. }] = &outcome.effects[..] else { panic!("no mail") };
        assert_eq!(*purpose, Purpose::Survey { question: survey.question, scale: 5 });
    }

    #[test]
    fn limits() {
        let survey = Survey { question: " ".into(), scale: 11, ..Survey::default() };
        let codes: Vec<_> = survey.problems().into_iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["stream_missing", "question", "scale"]);
    }
}

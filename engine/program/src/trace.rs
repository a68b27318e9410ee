//! What happened to a token, step by step, and its text form for goldens, timeline and CLI.

use std::fmt;

use chrono::SecondsFormat;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Effect, NodeId, Port, Reason, Time};

/// One step of one token. The key in the store is (token, seq).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Told", into = "Told")]
pub struct TraceStep {
    /// Counts the token's steps from 1.
    pub seq: u32,
    /// When it was taken.
    pub at: Time,
    /// Which node was stepped.
    pub node: NodeId,
    /// What became of the token.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// What the step did beside moving the token, in this order.
    pub effects: Vec<Effect>,
}

/// A step on the wire. `effect` is the first of `effects`: clients of former builds know one at most. `why` is what the
/// sentence says, the reason or the error.
#[derive(Serialize, Deserialize)]
struct Told {
    seq: u32,
    at: Time,
    node: NodeId,
    #[serde(flatten)]
    action: Action,
    reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effect: Option<Effect>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    effects: Vec<Effect>,
}

impl From<TraceStep> for Told {
    fn from(step: TraceStep) -> Self {
        let TraceStep { seq, at, node, action, reason, effects } = step;
        let (reason, mut why) = reason.told();
        if let Action::Failed { error } = &action {
            why = error.clone().told().1;
        }
        Self { seq, at, node, action, reason, why, effect: effects.first().cloned(), effects }
    }
}

impl From<Told> for TraceStep {
    fn from(told: Told) -> Self {
        let Told { seq, at, node, action, reason, why, effect, effects } = told;
        let effects = if effects.is_empty() { effect.into_iter().collect() } else { effects };
        let (action, reason) = match action {
            Action::Failed { error } => (Action::Failed { error: Reason::heard(error.told().0, why) }, reason.into()),
            action => (action, Reason::heard(reason, why)),
        };
        Self { seq, at, node, action, reason, effects }
    }
}

/// What became of a token in one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Left by this port.
    Passed {
        /// The port.
        port: Port,
    },
    /// Stays until then.
    Waiting {
        /// The due time.
        until: Time,
    },
    /// Put elsewhere by a publication, or back by its undoing; the reason says which.
    Moved {
        /// To which node, perhaps the same one in another version.
        to: NodeId,
    },
    /// The run is over.
    Finished,
    /// The step could not be taken; the token is parked as a dead letter.
    Failed {
        /// What went wrong and what to do.
        #[serde(serialize_with = "sentence", deserialize_with = "text")]
        error: Reason,
    },
}

/// On the wire the error is its sentence; what it says stands in `why` of the step.
fn sentence<S: Serializer>(error: &Reason, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(error)
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reason, D::Error> {
    String::deserialize(deserializer).map(Reason::Text)
}

impl fmt::Display for TraceStep {
    /// `2026-03-01T09:00:00Z  #3 pause            waiting until 2026-03-03T09:00:00Z  (2 days)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = |time: &Time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        write!(f, "{}  #{:<2} {:<16} ", stamp(&self.at), self.seq, self.node)?;
        match &self.action {
            Action::Passed { port } => write!(f, "passed {port}")?,
            Action::Waiting { until } => write!(f, "waiting until {}", stamp(until))?,
            Action::Moved { to } => write!(f, "moved to {to}")?,
            Action::Finished => write!(f, "finished")?,
            Action::Failed { error } => write!(f, "failed: {error}")?,
        }
        for effect in &self.effects {
            match effect {
                Effect::SendMail { stream, .. } => write!(f, ", mail {stream}")?,
                Effect::UpdateContact { edits } => edits.iter().try_for_each(|edit| write!(f, ", {edit}"))?,
                Effect::JoinEvent { name, .. } => write!(f, ", joined as {name}")?,
                // The reason says whom; a URL may hold a secret.
                Effect::CallWebhook { .. } => write!(f, ", call")?,
            }
        }
        if !self.reason.is_none() {
            write!(f, "  ({})", self.reason)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_step_is_read_with_one_effect_and_with_several() {
        let mail = |stream: &str| json!({ "effect": "send_mail", "stream": stream, "purpose": { "purpose": "mail" } });
        let step = json!({ "seq": 1, "at": "2026-03-01T09:00:00Z", "node": "a", "action": "finished", "reason": "" });
        let with = |name: &str, value: serde_json::Value| {
            let mut step = step.clone();
            step[name] = value;
            step
        };
        let read = |value| serde_json::from_value::<TraceStep>(value).unwrap();
        assert_eq!(read(step.clone()).effects, []);
        // As former builds tell it.
        let one = read(with("effect", mail("x")));
        assert_eq!(one.effects.len(), 1);
        let told = serde_json::to_value(&one).unwrap();
        assert_eq!((&told["effect"], &told["effects"]), (&mail("x"), &json!([mail("x")])));
        let two = read(with("effects", json!([mail("x"), mail("y")])));
        let told = serde_json::to_value(&two).unwrap();
        assert_eq!((&told["effect"], read(told.clone())), (&mail("x"), two));
        assert_eq!(serde_json::to_value(read(step.clone())).unwrap(), step);
    }
}

//! What a step decides: effects on the world, and where the token goes next.

use serde::{Deserialize, Serialize};

use crate::{Period, Port, Reason, StreamName, Time};

/// The decision of one step, with its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What the world must do, if anything. One at most: a step's effect is known by (token, seq).
    pub effect: Option<Effect>,
    /// Where the token goes.
    pub next: Next,
    /// Why, in one line for the timeline.
    pub reason: Reason,
}

impl Outcome {
    /// Leave by a port, with no effect.
    pub fn pass(port: Port, reason: Reason) -> Self {
        Self { effect: None, next: Next::Pass(port), reason }
    }

    /// Stay until then, with no effect.
    pub fn wait(until: Time, reason: Reason) -> Self {
        Self { effect: None, next: Next::WaitUntil(until), reason }
    }

    /// Hand one mail to the outbox and leave by the one port.
    pub fn send(stream: StreamName, purpose: Purpose, reason: Reason) -> Self {
        let effect = Some(Effect::SendMail { stream, purpose });
        Self { effect, next: Next::Pass(Port::NEXT), reason }
    }
}

/// Where a token goes after a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Along the edge at this port; a port without an edge ends the run.
    Pass(Port),
    /// Nowhere before this time; then the node is stepped again, as due.
    WaitUntil(Time),
    /// The run is over.
    Finish,
}

/// Whether a token has just arrived at its node, or its wait there is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Just arrived.
    Arrived,
    /// The time of [`Next::WaitUntil`] has come.
    Due,
}

/// What the world must do. The runner performs it, the simulator records it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Put one message into the outbox.
    SendMail {
        /// Which stream writes it.
        stream: StreamName,
        /// What the mail asks of the contact.
        #[serde(default)]
        purpose: Purpose,
    },
}

/// What a mail asks of the contact; decides which links its templates are given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum Purpose {
    /// Nothing: a plain mail.
    #[default]
    Mail,
    /// An answer on a scale; templates get `survey.question` and `survey.links`.
    Survey {
        /// The question asked.
        question: String,
        /// The best grade; 1 is the worst.
        scale: u8,
    },
    /// Joining a loyalty club; templates get `invite.club` and `invite.url`.
    LoyaltyInvite {
        /// Name of the club.
        club: String,
        /// How long after the mail the link leads there; without it, always.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid: Option<Period>,
    },
}

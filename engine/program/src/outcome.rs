//! What a step decides: effects on the world, and where the token goes next.

use serde::{Deserialize, Serialize};

use crate::{Edit, EventId, Period, Port, Reason, StreamName, Time};

/// The decision of one step, with its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What the step does, in this order. An effect is known by (token, seq, n), where n is its position: each
    /// outer one (see [`Effect::is_inner`]) becomes a row of the outbox under that key.
    pub effects: Vec<Effect>,
    /// Where the token goes.
    pub next: Next,
    /// Why, in one line for the timeline.
    pub reason: Reason,
}

impl Outcome {
    /// Leave by a port, with no effect.
    pub fn pass(port: Port, reason: Reason) -> Self {
        Self { effects: Vec::new(), next: Next::Pass(port), reason }
    }

    /// Stay until then, with no effect.
    pub fn wait(until: Time, reason: Reason) -> Self {
        Self { effects: Vec::new(), next: Next::WaitUntil(until), reason }
    }

    /// Stay until an event comes, at most until then, with no effect.
    pub fn wait_for(until: Time, reason: Reason) -> Self {
        Self { effects: Vec::new(), next: Next::Await { until }, reason }
    }

    /// End the run, with no effect.
    pub fn finish(reason: Reason) -> Self {
        Self { effects: Vec::new(), next: Next::Finish, reason }
    }

    /// Hand one mail to the outbox and leave by the one port.
    pub fn send(stream: StreamName, purpose: Purpose, reason: Reason) -> Self {
        let effects = vec![Effect::SendMail { stream, purpose }];
        Self { effects, next: Next::Pass(Port::NEXT), reason }
    }
}

/// Where a token goes after a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Along the edge at this port; a port without an edge ends the run.
    Pass(Port),
    /// Nowhere before this time; then the node is stepped again, as due.
    WaitUntil(Time),
    /// Nowhere before the event comes that the node waits for ([`NodeKind::awaits`](crate::NodeKind::awaits)), or this
    /// time; then the node is stepped again, as due. A token that stood there already rests on, and leaves no trace.
    Await {
        /// When the node is stepped though nothing came.
        until: Time,
    },
    /// Nowhere before the calls that this step asks for are all over, or before this time; then the node is stepped again,
    /// as due, and knows the answer ([`Facts::answer`](crate::Facts::answer)). A token that stood there already rests on
    /// while one of its calls is open, and leaves no trace.
    AwaitAnswer {
        /// When it goes on without one.
        until: Time,
    },
    /// The run is over.
    Finish,
}

/// Whether a token has just arrived at its node, or its wait there is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Just arrived.
    Arrived,
    /// The time of [`Next::WaitUntil`] has come, or what ends [`Next::Await`], or the answer of [`Next::AwaitAnswer`].
    Due,
}

/// What a step does beside moving its token, of two sorts: see [`Effect::is_inner`].
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
    /// Change what is known of the contact.
    UpdateContact {
        /// What is changed, with the values as they were calculated.
        edits: Vec<Edit>,
    },
    /// An event that came belongs to the token from here on.
    JoinEvent {
        /// By which name.
        name: String,
        /// Which event.
        event: EventId,
    },
    /// Call somebody's server, and say there who the contact is and what happened.
    CallWebhook {
        /// What is called.
        url: String,
    },
}

impl Effect {
    /// Whether it changes what the engine itself knows. An inner effect is folded into the facts of the run, so the next
    /// node sees it, and is written in the transaction of the claim. An outer effect asks something of the world: it
    /// becomes a row of the outbox, and the simulator only records it.
    pub fn is_inner(&self) -> bool {
        match self {
            Self::SendMail { .. } | Self::CallWebhook { .. } => false,
            Self::UpdateContact { .. } | Self::JoinEvent { .. } => true,
        }
    }

    /// The mail that it asks for.
    pub fn mail(&self) -> Option<(&StreamName, &Purpose)> {
        match self {
            Self::SendMail { stream, purpose } => Some((stream, purpose)),
            Self::CallWebhook { .. } | Self::UpdateContact { .. } | Self::JoinEvent { .. } => None,
        }
    }

    /// The URL that it asks to be called.
    pub fn call(&self) -> Option<&str> {
        match self {
            Self::CallWebhook { url } => Some(url),
            Self::SendMail { .. } | Self::UpdateContact { .. } | Self::JoinEvent { .. } => None,
        }
    }
}

/// What a mail asks of the contact; decides which links its templates are given. It is named by the question, not by the kind
/// of node that asks it: messages keep it, and templates and answer pages know it.
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

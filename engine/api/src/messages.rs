//! Messages, dead letters and unknown outcomes.

use chrono::{DateTime, Utc};
use program::Reason;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a message is on its way.
///
/// `queued → leased → handing_over → sent`, or back to `queued` for another try, or `failed`. `leased → held →
/// queued` where its program is paused meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MessageState {
    /// To be handed over, at its due time.
    Queued,
    /// Taken by a dispatcher, nothing said to the relay yet that could not be unsaid.
    Leased,
    /// Between DATA and the relay's reply.
    HandingOver,
    /// Accepted by the relay, or put into the built-in inbox.
    Sent,
    /// Not to be had; a dead letter.
    Failed,
    /// The hand-over was cut between DATA and the reply; the operator decides.
    Unknown,
    /// Not sent, by rule: no opt-in, no address, or a required attachment is missing.
    Blocked,
    /// Set aside, because its program is paused or stopped.
    Held,
    /// Not sent any more: its outcome was unknown and it counts as sent, or a pause held it for too long.
    Skipped,
}

/// One message in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageSummary {
    /// Id.
    pub id: Uuid,
    /// The Message-ID header, with its angle brackets.
    pub message_id: String,
    /// Which token asked for it.
    pub token_id: Uuid,
    /// At which of the token's steps.
    pub seq: u32,
    /// Which of that step's effects it is, from 0.
    #[serde(default)]
    pub n: u32,
    /// Program, by name.
    pub program: String,
    /// Node that asked for it.
    pub node: String,
    /// Stream, by name.
    pub stream: String,
    /// To whom.
    pub contact_id: Uuid,
    /// The address.
    pub recipient: String,
    /// Subject; known once it is rendered.
    pub subject: Option<String>,
    /// Where it is.
    pub state: MessageState,
    /// Tries so far.
    pub attempt: u32,
    /// How often the mail itself was handed over, in its whole life; nothing sets it back.
    #[serde(default)]
    pub hand_overs: u32,
    /// How often the outcome of that was unknown; nothing sets it back either.
    #[serde(default)]
    pub unknowns: u32,
    /// When it is tried (again).
    pub due_at: Option<DateTime<Utc>>,
    /// The relay's last reply, or why it was not sent.
    pub reason: Option<String>,
    /// The same by its name and its parts, `{"reason": "drew", "drawn": 42}`, unless it is somebody else's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub why: Option<Reason>,
    /// When its outcome was unknown, if it ever was; stays even when it was resolved.
    pub unknown_at: Option<DateTime<Utc>>,
    /// The mail in the built-in inbox, if it lies there.
    pub inbox_mail_id: Option<Uuid>,
    /// When the step asked for it.
    pub created_at: DateTime<Utc>,
    /// When it was accepted.
    pub sent_at: Option<DateTime<Utc>>,
}

/// What cannot go on by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadLetter {
    /// Id of the token, message or call.
    pub id: Uuid,
    /// What it is.
    pub kind: DeadLetterKind,
    /// Program, by name.
    pub program: String,
    /// Node.
    pub node: String,
    /// Stream, for messages.
    pub stream: Option<String>,
    /// Whose.
    pub contact_id: Uuid,
    /// The contact's address, or external id where there is none.
    pub contact: String,
    /// Why.
    pub reason: String,
    /// The same by its name and its parts, `{"reason": "drew", "drawn": 42}`, unless it is somebody else's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub why: Option<Reason>,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Whether there is a newer version of its program (for tokens) or stream (for messages) than the one that it failed
    /// by: a replay with `current` takes that.
    #[serde(default)]
    pub newer: bool,
    /// The token: itself, or the one that asked for the message or call.
    #[serde(default)]
    pub token_id: Option<Uuid>,
    /// The event that it began with.
    #[serde(default)]
    pub event_id: Option<Uuid>,
}

/// What a dead letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeadLetterKind {
    /// A token whose step failed.
    Token,
    /// A message that was refused for good.
    Message,
    /// A message whose outcome is unknown and whose stream says hold.
    UnknownOutcome,
    /// A call of somebody's server that came to nothing.
    Call,
}

/// Try these dead letters again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replay {
    /// Ids of dead letters, at most 1,000.
    pub ids: Vec<Uuid>,
    /// `true`: tokens go on in the current version of their program, messages are written by that of their stream.
    /// Without it, each by the version that it failed by.
    #[serde(default)]
    pub current: bool,
}

/// What a replay did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replayed {
    /// How many are tried again.
    pub changed: u64,
    /// Those that stay as they are, if they were to go on in what is current.
    #[serde(default)]
    pub left: Vec<Left>,
}

/// A dead letter that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Left {
    /// Its id.
    pub id: Uuid,
    /// Why, and what to do.
    pub detail: String,
}

/// Decide messages whose outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resolve {
    /// Ids of messages, at most 1,000.
    pub ids: Vec<Uuid>,
    /// What to do with them.
    pub resolution: Resolution,
}

/// What to do with a message whose outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Resolution {
    /// Hand it over again under the same Message-ID.
    Resend,
    /// Count it as sent.
    Skip,
}

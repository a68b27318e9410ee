//! The built-in inbox: where mail goes without a relay.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::events::AttachmentSummary;

/// One mail in the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailSummary {
    /// Id of the mail.
    pub id: Uuid,
    /// The message that it was.
    pub message_id: Uuid,
    /// Sender's address.
    pub sender: String,
    /// Recipient's address.
    pub recipient: String,
    /// Subject.
    pub subject: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Bytes on the wire.
    pub size: u64,
}

/// One mail, parsed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mail {
    /// As in the list.
    #[serde(flatten)]
    pub summary: MailSummary,
    /// Headers in order, unfolded.
    pub headers: Vec<Header>,
    /// The text part.
    pub text: Option<String>,
    /// Whether there is an HTML part; it is shown by its own call, sandboxed.
    pub has_html: bool,
    /// Whether its HTML part has pictures that lie elsewhere; they are not loaded unless asked for.
    #[serde(default)]
    pub remote_images: bool,
    /// Attached files.
    pub attachments: Vec<AttachmentSummary>,
}

/// One header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Header {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

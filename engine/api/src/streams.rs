//! Mail streams.

use chrono::{DateTime, Utc};
use program::{Object, Problem, Purpose, Stream};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One stream in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamSummary {
    /// Id.
    pub id: Uuid,
    /// Name in paths and files.
    pub name: String,
    /// Shown to people.
    pub title: String,
    /// `operational` or `marketing`.
    pub class: String,
    /// Number of the current version.
    pub version: u32,
    /// Last changed.
    pub updated_at: DateTime<Utc>,
}

/// One stream with its texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamDetail {
    /// As in the list.
    #[serde(flatten)]
    pub summary: StreamSummary,
    /// The current version, as its file says it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub stream: Stream,
}

/// A mail to be shown, not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewMail {
    /// The contact as templates see it: `email`, `external_id`, `opt_in` and the attributes, side by side.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub contact: Object,
    /// The data of the event that starts the program.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub event: Object,
    /// The data of the events that joined on the way, by name.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub joined: Object,
    /// What the mail asks of the contact; absent for a plain mail.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub purpose: Purpose,
}

/// How a mail would look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailPreview {
    /// Subject; empty, as the other texts, where an error keeps the mail from being written.
    pub subject: String,
    /// HTML part.
    pub html: String,
    /// Text part.
    pub text: String,
    /// Errors keep the mail from being written; warnings say why it would not be sent to this contact.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub problems: Vec<Problem>,
}

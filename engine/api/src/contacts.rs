//! Contacts and their timeline.

use chrono::{DateTime, Utc};
use program::{Node, TraceStep};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Object, messages::MessageSummary};

/// One contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contact {
    /// Id.
    pub id: Uuid,
    /// Mail address.
    pub email: Option<String>,
    /// The client's id.
    pub external_id: Option<String>,
    /// Whether marketing mail is agreed to; null where never said.
    pub opt_in: Option<bool>,
    /// Whether it is a test contact: only to those do test runs send mail.
    #[serde(default)]
    pub test: bool,
    /// Everything else that is known.
    pub attributes: Object,
    /// First seen.
    pub created_at: DateTime<Utc>,
    /// Last changed.
    pub updated_at: DateTime<Utc>,
}

/// Whether a contact is a test contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarkTest {
    /// From now on.
    pub test: bool,
}

/// One entry of a contact's timeline, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TimelineEntry {
    /// Something happened.
    Event {
        /// When.
        at: DateTime<Utc>,
        /// Which event.
        event_id: Uuid,
        /// What.
        #[serde(rename = "type")]
        kind: String,
    },
    /// A token took a step.
    Step {
        /// When.
        at: DateTime<Utc>,
        /// Which token.
        token_id: Uuid,
        /// In which program, by name.
        program: String,
        /// Its title.
        program_title: String,
        /// The node as its program is now; none where only an older version had it.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
        node: Option<Node>,
        /// The step, with its reason.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        step: TraceStep,
    },
    /// A message was handed over, or was not.
    Message {
        /// When.
        at: DateTime<Utc>,
        /// Which.
        message: MessageSummary,
    },
}

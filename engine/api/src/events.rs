//! Events: in by the ingest API, out with what they started.

use chrono::{DateTime, Utc};
use program::{Contract, Reason};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Object, tokens::TokenSummary};

/// The most files of one event.
pub const MAX_ATTACHMENTS: usize = 10;

/// The most bytes that they have together.
pub const MAX_ATTACHMENT_BYTES: usize = 10 << 20;

/// One event as a client reports it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventIn {
    /// What happened, such as `order.placed`; 1 to 128 printable characters.
    #[serde(rename = "type")]
    pub kind: String,
    /// To whom.
    pub contact: ContactIn,
    /// The payload: templates and conditions see it as `event`. At most 1 MB with the envelope, where the server
    /// was not told otherwise.
    #[serde(default)]
    pub data: Object,
    /// The client's own id, at most 200 characters: the event is taken once, however often it is sent. An id belongs to
    /// one event: another type, contact or data under it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it happened; now where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<DateTime<Utc>>,
    /// Files for mails that attach them; at most 10, together 10 MB.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentIn>,
}

/// A contact as a client knows it: by email, by external id, or both. Created where unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactIn {
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The client's id of the contact, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Whether the contact agreed to marketing mail; unchanged where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_in: Option<bool>,
    /// Anything else becomes an attribute; templates and conditions see it as `contact.…`.
    #[serde(flatten)]
    pub attributes: Object,
}

/// A file that an event brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttachmentIn {
    /// Name without a path.
    pub filename: String,
    /// Media type; by the name's ending where absent. Of its parameters `charset` and `method` are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The bytes in base64 (RFC 4648, standard alphabet).
    pub data: String,
}

/// The answer to one request with events: 202, after the commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// How many were taken, duplicates included.
    pub accepted: usize,
    /// How many were not.
    pub rejected: usize,
    /// One result per item, in the order of the request.
    pub results: Vec<EventResult>,
}

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EventResult {
    /// Stored; nothing that is stored is lost.
    Accepted {
        /// The event's id.
        event_id: Uuid,
        /// The contact's id.
        contact_id: Uuid,
        /// How many programs it started.
        started: usize,
    },
    /// This event was taken before, with the same `id`; nothing was done again.
    Duplicate {
        /// The event that was stored then.
        event_id: Uuid,
    },
    /// Not stored.
    Rejected {
        /// Stable code.
        code: String,
        /// Path of keys within the item.
        field: String,
        /// What is wrong and what to do.
        detail: String,
    },
}

/// One event in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventSummary {
    /// Id.
    pub id: Uuid,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// To whom.
    pub contact_id: Uuid,
    /// The contact's address, or external id where there is none.
    pub contact: String,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When it was stored.
    pub received_at: DateTime<Utc>,
    /// How many tokens it started.
    pub started: u64,
}

/// One event, with what it started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventDetail {
    /// As in the list.
    #[serde(flatten)]
    pub summary: EventSummary,
    /// The client's own id.
    pub client_id: Option<String>,
    /// The payload.
    pub data: Object,
    /// Files it brought.
    pub attachments: Vec<AttachmentSummary>,
    /// What it started.
    pub tokens: Vec<TokenSummary>,
    /// Why what it says of its contact, or a part of that, was not taken: something newer is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<String>,
    /// The same by its name and its parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub passed_over_why: Option<Reason>,
    /// Where its tokens came too late: for a date that was before, for a window that had closed, after a pause.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Late>,
}

/// A step that was taken too late for something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Late {
    /// Whose step.
    pub token: Uuid,
    /// The token's program, by name.
    pub program: String,
    /// At which node.
    pub node: String,
    /// When.
    pub at: DateTime<Utc>,
    /// For what.
    pub reason: String,
    /// The same by its name and its parts, `{"reason": "drew", "drawn": 42}`, unless it is somebody else's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub why: Option<Reason>,
}

/// A stored file, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttachmentSummary {
    /// Name.
    pub filename: String,
    /// Media type.
    pub content_type: String,
    /// Size in bytes.
    pub size: u64,
}

/// A known event type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventTypeSummary {
    /// Name.
    pub name: String,
    /// When it was first seen or named by a published program.
    pub registered_at: DateTime<Utc>,
}

/// What events of a type have to look like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PutContract {
    /// `mode`: `report` takes an event that stands against it and counts it, `refuse` refuses it. `closed`: whether there
    /// may be no other fields; default no. `fields`: by path (`total`, `customer.name`, `lines[]`, `lines[].sku`), each with
    /// `type` (`string`, `number`, `bool`, `list`, `object`), `required` (default no) and `values` (default any). A field
    /// that is required must be there where its object is.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub contract: Contract,
}

/// The contract of an event type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventContract {
    /// Of which type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its version, from 1.
    pub version: u64,
    /// What it says.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub contract: Contract,
    /// Who set it.
    pub author: Option<String>,
    /// When.
    pub set_at: DateTime<Utc>,
    /// What stood against it, the newest first, at most 50 fields and reasons.
    pub violations: Vec<ContractViolation>,
    /// Its versions, the newest first, at most 50.
    pub versions: Vec<ContractHead>,
}

/// A field that stood against the contract, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractViolation {
    /// Which field.
    pub path: String,
    /// `missing`, `wrong_type`, `not_allowed`, `unknown_field` or `too_large`.
    pub code: String,
    /// In how many events since the contract was set.
    pub times: u64,
    /// The rule in words. It repeats nothing of the events.
    pub reason: String,
    /// When first.
    pub first_at: DateTime<Utc>,
    /// When last.
    pub last_at: DateTime<Utc>,
}

/// A version of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractHead {
    /// Which one.
    pub version: u64,
    /// Who made it.
    pub author: Option<String>,
    /// When.
    pub set_at: DateTime<Utc>,
    /// Whether it took the contract away.
    pub removed: bool,
}

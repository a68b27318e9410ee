//! Errors on the wire: problem details (RFC 9457) with a stable code.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The body of every error answer, `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemDetails {
    /// A reference that names the kind of problem: `urn:stafette:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code in snake case, such as `unknown_event_type`.
    pub code: String,
    /// What happened and what to do.
    pub detail: String,
    /// The request's id, as in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// With the code `draft_changed`: the draft as it is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<DraftTag>,
}

/// Which state a draft is in, and whose that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftTag {
    /// Its revision.
    pub revision: u64,
    /// When it was saved.
    pub saved_at: DateTime<Utc>,
    /// Who saved it.
    pub saved_by: Option<String>,
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldProblem {
    /// Path of keys, such as `contact.email` or `[499].data`.
    pub field: String,
    /// Stable code in snake case.
    pub code: String,
    /// What is wrong and what to do.
    pub detail: String,
}

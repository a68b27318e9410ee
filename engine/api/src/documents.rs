//! What every kind of document has: saved drafts, versions, copies, comparisons.

use chrono::{DateTime, Utc};
use program::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// An immutable version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionSummary {
    /// Id.
    pub id: Uuid,
    /// Counts a document's versions from 1.
    pub number: u32,
    /// Whether it is the live one.
    pub live: bool,
    /// Its title.
    pub title: String,
    /// Who made it: a mail address or the name of a key; absent where it is not known.
    pub author: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The publication that made it live, as long as it can be undone.
    pub publication: Option<Uuid>,
}

/// A draft that was saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DraftSaved {
    /// Its revision from now on.
    pub revision: u64,
    /// When it was saved.
    pub saved_at: DateTime<Utc>,
    /// What the checker finds in it.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub problems: Vec<Problem>,
}

/// What a copy is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Duplicate {
    /// Name in paths and files; nobody else's yet.
    pub name: String,
    /// Shown to people.
    pub title: String,
}

/// What differs between two states of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comparison {
    /// In the order of the older one; what is new stands last.
    pub differences: Vec<Difference>,
}

/// A place where they differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// Where, by the names of the file, as a JSON pointer (RFC 6901): `/nodes/pay/timeout`.
    pub path: String,
    /// As it was; absent where it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// As it is; absent where it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

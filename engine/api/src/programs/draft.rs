//! Drafts: what somebody edits beside the versions.

use chrono::{DateTime, Utc};
use program::Program;
use serde::{Deserialize, Serialize};

/// The draft of a program; the latest version where none was saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Draft {
    /// What it holds.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub program: Program,
    /// Counts the saves; 0 where none was saved. To be sent along with the next one.
    pub revision: u64,
    /// Number of the version that it began as; absent where there was none.
    pub base: Option<u32>,
    /// When it was saved.
    pub saved_at: DateTime<Utc>,
    /// Who saved it.
    pub saved_by: Option<String>,
    /// Whether it differs from the live version, or there is none.
    pub changed: bool,
}

/// A draft to be saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveDraft {
    /// What it holds, under its own name. It may have errors.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub program: Program,
    /// The revision that was edited; 0 for a program that is new.
    pub revision: u64,
}

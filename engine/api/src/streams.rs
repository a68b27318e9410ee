//! Mail streams.

use chrono::{DateTime, Utc};
use program::Stream;
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

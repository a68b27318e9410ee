//! What crosses the wire: request and response structs and the path of each call. No logic.
//!
//! A program travels as [`program::Program`] itself: it *is* the file format. Times are RFC 3339 in
//! UTC, ids are uuids as text, states are words in snake case. Lists are [`Page`]s, newest first.

pub mod access;
pub mod audit;
pub mod calls;
pub mod contacts;
pub mod documents;
pub mod events;
pub mod inbox;
pub mod live;
pub mod messages;
pub mod path;
pub mod problem;
pub mod programs;
pub mod queues;
pub mod streams;
pub mod tokens;

use serde::{Deserialize, Serialize};

/// A JSON object.
pub type Object = serde_json::Map<String, serde_json::Value>;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Pass as `cursor` to get what follows; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// How many rows an action changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Changed {
    /// Rows changed; fewer than asked for where some were no longer in the right state.
    pub changed: u64,
}

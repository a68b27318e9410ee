//! The live feed: what happens, as it happens.

use chrono::{DateTime, Utc};
use program::Reason;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::messages::MessageState;

/// One thing that happened. The server-sent event has the name `item` and this as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FeedItem {
    /// A token took a step.
    Step {
        /// When.
        at: DateTime<Utc>,
        /// Program, by name.
        program: String,
        /// Token.
        token_id: Uuid,
        /// Step number.
        seq: u32,
        /// Whose.
        contact_id: Uuid,
        /// The contact's address, or external id where there is none.
        contact: String,
        /// Node.
        node: String,
        /// `passed`, `waiting`, `moved`, `finished` or `failed`.
        action: String,
        /// Port, where passed.
        port: Option<String>,
        /// Where the token is now, if it moved to another node.
        to: Option<String>,
        /// Why.
        reason: String,
        /// The same by its name and its parts, `{"reason": "drew", "drawn": 42}`, unless it is somebody else's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
        why: Option<Reason>,
    },
    /// A message changed its state for good.
    Message {
        /// When.
        at: DateTime<Utc>,
        /// Program, by name.
        program: String,
        /// Message.
        id: Uuid,
        /// Node that asked for it.
        node: String,
        /// Address.
        recipient: String,
        /// Subject.
        subject: Option<String>,
        /// New state.
        state: MessageState,
        /// The relay's reply, or why not.
        reason: Option<String>,
        /// The same by its name and its parts, `{"reason": "drew", "drawn": 42}`, unless it is somebody else's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
        why: Option<Reason>,
    },
}

//! Publishing a draft: what it changes, what happens to the tokens of older versions, and how it is undone.

use program::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Which draft would be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewPublish {
    /// The draft's revision as the caller knows it.
    pub revision: u64,
}

/// What publishing would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublishPreview {
    /// What the checker finds; with an error among them publishing is refused.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub problems: Vec<Problem>,
    /// Number that the version would have.
    pub version: u32,
    /// Nodes of the draft in its order, then those that are gone; compared with the live version.
    pub changes: Vec<NodeChange>,
    /// Tokens on their way in the program now, in all versions.
    pub inside: u64,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeChange {
    /// The node.
    pub node: String,
    /// What happens to it.
    pub change: Change,
    /// What differs in it; empty unless changed.
    pub fields: Vec<FieldChange>,
    /// Tokens that stand there on older versions, those that failed there included.
    pub tokens: u64,
    /// How many of them failed there. A move or a re-timing tries them again; where they stay, they stay failed.
    #[serde(default)]
    pub failed: u64,
    /// What may be chosen for them.
    pub choices: Vec<ChoiceName>,
}

/// What happens to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is not as it was.
    Changed,
    /// It is as it was.
    Unchanged,
}

/// A field of a node that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// Its name in the file.
    pub field: String,
    /// As it was; null where it was not there.
    pub from: Option<Value>,
    /// As it would be; null where it is gone.
    pub to: Option<Value>,
}

/// What may be chosen for the tokens at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ChoiceName {
    /// They go on in their version.
    Stay,
    /// They go to a node of the new version.
    Move,
    /// Their wait ends as much earlier or later as it is shorter or longer now.
    Retime,
    /// Their run is over.
    Exit,
}

/// The draft to be published, and what happens to tokens of older versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Publish {
    /// The draft's revision as the caller knows it.
    pub revision: u64,
    /// Each node once; tokens at all others stay.
    #[serde(default)]
    pub moves: Vec<NodeMove>,
}

/// A choice for the tokens at a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeMove {
    /// The node as the older versions call it.
    pub node: String,
    /// What happens there.
    #[serde(flatten)]
    pub choice: Choice,
}

/// What happens to the tokens at a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Choice {
    /// They go on in their version.
    Stay,
    /// They go to a node of the new version: at once, or when their wait is over if that is the same wait.
    Move {
        /// Which.
        to: String,
    },
    /// Their wait ends as much earlier or later as it is shorter or longer now, but not before now.
    Retime,
    /// Their run is over.
    Exit,
}

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Published {
    /// Number of the version that is live now.
    pub version: u32,
    /// To undo it by.
    pub publication: Uuid,
    /// The draft's revision from now on.
    pub revision: u64,
    /// For each choice, in the order given, how many tokens it was.
    pub moved: Vec<Moved>,
}

/// What was done to the tokens at a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Moved {
    /// Node and choice.
    #[serde(flatten)]
    pub choice: NodeMove,
    /// How many tokens.
    pub tokens: u64,
}

/// Which publication to undo: the latest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UndoPublish {
    /// Its id.
    pub publication: Uuid,
}

/// What undoing did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Undone {
    /// Number of the version that is live again; absent where none was before.
    pub version: Option<u32>,
    /// Tokens that are back where they were, due as they were.
    pub back: u64,
    /// Tokens that had gone on since and stay where they are.
    pub gone_on: u64,
    /// The same for each choice.
    pub returned: Vec<Returned>,
}

/// What became of the tokens of one choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Returned {
    /// Node and choice.
    #[serde(flatten)]
    pub choice: NodeMove,
    /// Tokens that are back.
    pub back: u64,
    /// Tokens that had gone on.
    pub gone_on: u64,
}

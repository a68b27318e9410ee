//! Who changed what.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Object;

/// One change, or the attempt of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: AuditActor,
    /// What: the operation's id in the OpenAPI document, or what a command did.
    pub action: String,
    /// To what, if it has a name or an id.
    pub target: Option<AuditTarget>,
    /// Status of the answer; absent for commands, and where the caller went away before the answer.
    pub status: Option<u16>,
    /// What else is known of it.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::HashMap<String, serde_json::Value>))]
    pub details: Object,
    /// From where it was asked.
    pub address: Option<String>,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditActor {
    /// What they are.
    pub kind: ActorKind,
    /// Id of the account or of the key.
    pub id: Option<Uuid>,
    /// Mail address of a person, name of a key.
    pub name: Option<String>,
}

/// What somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ActorKind {
    /// Somebody with an account.
    Person,
    /// A program with an API key.
    Key,
    /// The command line.
    CommandLine,
    /// Nobody who is known: an attempt to sign in.
    Stranger,
}

/// What something was done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditTarget {
    /// What it is, such as `program`.
    pub kind: String,
    /// Its id, where it was named by that.
    pub id: Option<Uuid>,
    /// Its name, or its id as text.
    pub name: String,
}

//! Keys, users and sessions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeySummary {
    /// Id, also the middle part of the key.
    pub id: Uuid,
    /// What it is for, in words.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends, if it does.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Ask for a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewKey {
    /// What it is for, 1 to 100 characters.
    pub name: String,
    /// What it may do: `events:write`, `read`, `admin`.
    pub scopes: Vec<String>,
    /// When it ends; never where absent.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A new key: the only time that its text is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedKey {
    /// The key without its secret.
    #[serde(flatten)]
    pub summary: KeySummary,
    /// The text to send as `Authorization: Bearer …`.
    pub key: String,
}

/// Sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// Mail address of the user.
    pub email: String,
    /// Password.
    pub password: String,
}

/// Make the first user, by the one-time link that the server prints at its first start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Setup {
    /// The secret in the link.
    pub token: String,
    /// Mail address of the user.
    pub email: String,
    /// Password, 12 to 200 characters.
    pub password: String,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Mail address; absent where nobody is signed in.
    pub email: Option<String>,
    /// True while no user exists: the page then asks for the one-time link.
    pub needs_setup: bool,
    /// Whether mail goes to the built-in inbox.
    pub inbox: bool,
    /// How many times faster waits pass; 1 outside of trials.
    pub time_scale: f64,
}

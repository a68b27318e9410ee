//! Who may do what: API keys, users, sessions, login links. Secrets are stored as digests only.

use program::{KeyId, Time, UserId, WorkspaceId};

use crate::{Result, Store};

/// SHA-256 of a secret.
pub type Digest = [u8; 32];

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// Shown to people.
    pub name: String,
    /// What it may do; the server says what the words mean.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Time,
    /// From when on it is refused.
    pub expires_at: Option<Time>,
    /// When it was last used, to the minute or so.
    pub last_used_at: Option<Time>,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
}

/// An API key to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Its id.
    pub id: KeyId,
    /// Shown to people.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Digest of its secret.
    pub digest: Digest,
    /// From when on it is refused.
    pub expires_at: Option<Time>,
}

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Mail address, unique in any case.
    pub email: String,
    /// Password hash (argon2, PHC text), if it has a password.
    pub password: Option<String>,
    /// When it was made.
    pub created_at: Time,
}

/// A user to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// Its id.
    pub id: UserId,
    /// Mail address.
    pub email: String,
    /// Password hash (argon2, PHC text).
    pub password: Option<String>,
}

/// A session to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Digest of its token.
    pub digest: Digest,
    /// Whose.
    pub user: UserId,
    /// Until when.
    pub expires_at: Time,
}

/// A session that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose tenant.
    pub workspace: WorkspaceId,
    /// Whose.
    pub user: User,
    /// Until when.
    pub expires_at: Time,
}

/// A login link to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLoginLink {
    /// Digest of its token.
    pub digest: Digest,
    /// Whose.
    pub user: UserId,
    /// Until when.
    pub expires_at: Time,
}

impl Store {
    /// Makes a key.
    pub async fn create_key(&self, workspace: WorkspaceId, key: &NewKey, now: Time) -> Result<()> {
        let _ = (workspace, key, now);
        todo!()
    }

    /// All keys, newest first, at most 1,000.
    pub async fn keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
        let _ = workspace;
        todo!()
    }

    /// The key with this digest, neither revoked nor expired.
    pub async fn key_by_digest(&self, digest: &Digest, now: Time) -> Result<Option<(WorkspaceId, ApiKey)>> {
        let _ = (digest, now);
        todo!()
    }

    /// Notes that a key was used. Callers do this once a minute at most.
    pub async fn touch_key(&self, workspace: WorkspaceId, id: KeyId, now: Time) -> Result<()> {
        let _ = (workspace, id, now);
        todo!()
    }

    /// Revokes a key for good.
    pub async fn revoke_key(&self, workspace: WorkspaceId, id: KeyId, now: Time) -> Result<()> {
        let _ = (workspace, id, now);
        todo!()
    }

    /// Makes a user. An address that is taken gives `Error::Conflict`.
    pub async fn create_user(&self, workspace: WorkspaceId, user: &NewUser, now: Time) -> Result<()> {
        let _ = (workspace, user, now);
        todo!()
    }

    /// All users, newest first, at most 1,000.
    pub async fn users(&self, workspace: WorkspaceId) -> Result<Vec<User>> {
        let _ = workspace;
        todo!()
    }

    /// The user with this address, in any case.
    pub async fn user_by_email(&self, workspace: WorkspaceId, email: &str) -> Result<Option<User>> {
        let _ = (workspace, email);
        todo!()
    }

    /// Changes a password and ends the user's sessions.
    pub async fn set_password(&self, workspace: WorkspaceId, id: UserId, password: &str) -> Result<()> {
        let _ = (workspace, id, password);
        todo!()
    }

    /// Opens a session.
    pub async fn create_session(&self, workspace: WorkspaceId, session: &NewSession, now: Time) -> Result<()> {
        let _ = (workspace, session, now);
        todo!()
    }

    /// The session with this digest, if it is not over.
    pub async fn session(&self, digest: &Digest, now: Time) -> Result<Option<Session>> {
        let _ = (digest, now);
        todo!()
    }

    /// Ends a session; no error if there is none.
    pub async fn delete_session(&self, digest: &Digest) -> Result<()> {
        let _ = digest;
        todo!()
    }

    /// Makes a login link.
    pub async fn create_login_link(&self, workspace: WorkspaceId, link: &NewLoginLink, now: Time) -> Result<()> {
        let _ = (workspace, link, now);
        todo!()
    }

    /// Uses up a login link: whose it is, the first time only and not after its end.
    pub async fn use_login_link(&self, digest: &Digest, now: Time) -> Result<Option<(WorkspaceId, UserId)>> {
        let _ = (digest, now);
        todo!()
    }
}

//! API keys, users, sessions and set-up links. Secrets are stored as digests only.

use program::{KeyId, Time, UserId, WorkspaceId};

use crate::{
    Error, Result, Store,
    args::Args,
    db::{Tx, whole},
    row::{Reader, Row},
    spelling::lower,
    sql,
};

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

impl Store {
    /// Makes a key.
    pub async fn create_key(&self, workspace: WorkspaceId, key: &NewKey, now: Time) -> Result<()> {
        let scopes = serde_json::to_string(&key.scopes)
            .map_err(|error| Error::Invalid { field: "scopes", why: error.to_string() })?;
        let args = Args::new()
            .uuid(workspace.uuid())
            .uuid(key.id.uuid())
            .text(key.name.clone())
            .text(scopes)
            .blob(key.digest.to_vec())
            .time(now)
            .int(key.expires_at.map(|time| time.timestamp_millis()));
        self.db.execute(&sql::key_insert, args).await.map(drop)
    }

    /// All keys, newest first, at most 1,000.
    pub async fn keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
        let rows = self.db.fetch(&sql::key_list, Args::new().uuid(workspace.uuid())).await?;
        rows.iter().map(|row| read_key(&mut row.read("api_key"))).collect()
    }

    /// The key with this digest, neither revoked nor expired.
    pub async fn key_by_digest(&self, digest: &Digest, now: Time) -> Result<Option<(WorkspaceId, ApiKey)>> {
        let rows = self.db.fetch(&sql::key_by_digest, Args::new().blob(digest.to_vec()).time(now)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let mut row = row.read("api_key");
        let key = read_key(&mut row)?;
        Ok(Some((row.id("workspace")?, key)))
    }

    /// Notes that a key was used. Callers do this once a minute at most.
    pub async fn touch_key(&self, workspace: WorkspaceId, id: KeyId, now: Time) -> Result<()> {
        let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid()).time(now);
        self.db.execute(&sql::key_touch, args).await.map(drop)
    }

    /// Revokes a key for good.
    pub async fn revoke_key(&self, workspace: WorkspaceId, id: KeyId, now: Time) -> Result<()> {
        let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid()).time(now);
        match self.db.execute(&sql::key_revoke, args).await? {
            0 => Err(Error::NotFound { what: "key" }),
            _ => Ok(()),
        }
    }

    /// Makes a user. An address that is taken gives `Error::Conflict`.
    pub async fn create_user(&self, workspace: WorkspaceId, user: &NewUser, now: Time) -> Result<()> {
        whole!(self.db, |tx| insert_user(tx, workspace, user, now).await)
    }

    /// Keeps the digest of a link that makes the first user; those that were made before stay good.
    pub async fn create_setup_link(
        &self,
        workspace: WorkspaceId,
        digest: &Digest,
        now: Time,
        expires_at: Time,
    ) -> Result<()> {
        let args = Args::new().uuid(workspace.uuid()).blob(digest.to_vec()).time(now).time(expires_at);
        self.db.execute(&sql::setup_link_insert, args).await.map(drop)
    }

    /// Makes the first user by a set-up link, which uses up all of them; says whether the link was good.
    pub async fn create_first_user(
        &self,
        workspace: WorkspaceId,
        link: &Digest,
        user: &NewUser,
        now: Time,
    ) -> Result<bool> {
        whole!(self.db, |tx| {
            let args = Args::new().uuid(workspace.uuid()).blob(link.to_vec()).time(now);
            if tx.execute(&sql::setup_link_use, args).await? == 0 {
                return Ok(false);
            }
            insert_user(tx, workspace, user, now).await.map(|()| true)
        })
    }

    /// All users, newest first, at most 1,000.
    pub async fn users(&self, workspace: WorkspaceId) -> Result<Vec<User>> {
        let rows = self.db.fetch(&sql::account_list, Args::new().uuid(workspace.uuid())).await?;
        rows.iter().map(read_user).collect()
    }

    /// The user with this address, in any case.
    pub async fn user_by_email(&self, workspace: WorkspaceId, email: &str) -> Result<Option<User>> {
        let args = Args::new().uuid(workspace.uuid()).text(lower(email));
        self.db.fetch(&sql::account_by_email, args).await?.first().map(read_user).transpose()
    }

    /// Changes a password and ends the user's sessions.
    pub async fn set_password(&self, workspace: WorkspaceId, id: UserId, password: &str) -> Result<()> {
        let account = || Args::new().uuid(workspace.uuid()).uuid(id.uuid());
        whole!(self.db, |tx| {
            if tx.execute(&sql::account_set_password, account().text(password.to_owned())).await? == 0 {
                return Err(Error::NotFound { what: "user" });
            }
            tx.execute(&sql::session_delete_all, account()).await.map(drop)
        })
    }

    /// Deletes a user with sessions and login links; no error if there is none.
    pub async fn delete_user(&self, workspace: WorkspaceId, id: UserId) -> Result<()> {
        self.db.execute(&sql::account_delete, Args::new().uuid(workspace.uuid()).uuid(id.uuid())).await.map(drop)
    }

    /// Opens a session.
    pub async fn create_session(&self, workspace: WorkspaceId, session: &NewSession, now: Time) -> Result<()> {
        let args = Args::new()
            .blob(session.digest.to_vec())
            .uuid(workspace.uuid())
            .uuid(session.user.uuid())
            .time(now)
            .time(session.expires_at);
        self.db.execute(&sql::session_insert, args).await.map(drop)
    }

    /// The session with this digest, if it is not over.
    pub async fn session(&self, digest: &Digest, now: Time) -> Result<Option<Session>> {
        let rows = self.db.fetch(&sql::session_get, Args::new().blob(digest.to_vec()).time(now)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let user = read_user(row)?;
        let mut row = row.read("session").from("workspace");
        Ok(Some(Session { workspace: row.id("workspace")?, user, expires_at: row.time("expires_at")? }))
    }

    /// Lets a session last until then; no error if there is none.
    pub async fn extend_session(&self, digest: &Digest, expires_at: Time) -> Result<()> {
        let args = Args::new().blob(digest.to_vec()).time(expires_at);
        self.db.execute(&sql::session_extend, args).await.map(drop)
    }

    /// Ends a session; no error if there is none.
    pub async fn delete_session(&self, digest: &Digest) -> Result<()> {
        self.db.execute(&sql::session_delete, Args::new().blob(digest.to_vec())).await.map(drop)
    }
}

async fn insert_user(tx: &mut Tx, workspace: WorkspaceId, user: &NewUser, now: Time) -> Result<()> {
    let args = Args::new()
        .uuid(workspace.uuid())
        .uuid(user.id.uuid())
        .text(user.email.clone())
        .text(lower(&user.email))
        .text(user.password.clone())
        .time(now);
    match tx.execute(&sql::account_insert, args).await? {
        0 => Err(Error::Conflict { what: "user", why: format!("{} is taken", user.email) }),
        _ => Ok(()),
    }
}

fn read_key(row: &mut Reader<'_>) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.id("id")?,
        name: row.text("name")?,
        scopes: row.json("scopes")?,
        created_at: row.time("created_at")?,
        expires_at: row.opt_time("expires_at")?,
        last_used_at: row.opt_time("last_used_at")?,
        revoked_at: row.opt_time("revoked_at")?,
    })
}

fn read_user(row: &Row) -> Result<User> {
    let mut row = row.read("account");
    Ok(User {
        id: row.id("id")?,
        email: row.text("email")?,
        password: row.opt_text("password")?,
        created_at: row.time("created_at")?,
    })
}

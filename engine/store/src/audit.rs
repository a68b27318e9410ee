//! Who changed what: rows are added, and deleted by age (`prune.rs`). No statement changes one.

use std::ops::Range;

use program::{Time, WorkspaceId};
use uuid::Uuid;

use crate::{
    Error, Page, Paging, Result, Store,
    args::Args,
    page::{self, Cursor},
    prune::first_id,
    row::Row,
    sql,
    words::{Word as _, words},
};

/// One change, or the attempt of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Its id, a UUIDv7: the order of what happened.
    pub id: Uuid,
    /// When.
    pub at: Time,
    /// Who.
    pub actor: AuditActor,
    /// What: the id of the operation, or the command.
    pub action: String,
    /// To what, if it has a name or an id.
    pub target: Option<AuditTarget>,
    /// Status of the answer; none where nobody waited for it.
    pub status: Option<u16>,
    /// What else is worth knowing. Small, and without secrets.
    pub details: serde_json::Map<String, serde_json::Value>,
    /// From where it was asked.
    pub address: Option<String>,
}

/// Who changed something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditActor {
    /// What they are.
    pub kind: ActorKind,
    /// Their id, if they have one.
    pub id: Option<Uuid>,
    /// Mail address of a person, name of a key.
    pub name: Option<String>,
}

/// What somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

words! {
    ActorKind: Person "person", Key "key", CommandLine "command_line", Stranger "stranger";
}

/// What something was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditTarget {
    /// What it is, such as `program`.
    pub kind: String,
    /// Its id, where it was named by that.
    pub id: Option<Uuid>,
    /// Its name, or its id as text.
    pub name: String,
}

/// Which rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of the actor of this name.
    pub actor: Option<String>,
    /// About the target of this name or id.
    pub target: Option<String>,
    /// Of this time.
    pub time: Option<Range<Time>>,
}

impl Store {
    /// Adds a row.
    pub async fn add_audit(&self, workspace: WorkspaceId, row: &Audit) -> Result<()> {
        let details = serde_json::to_string(&row.details)
            .map_err(|error| Error::Invalid { field: "details", why: error.to_string() })?;
        let target = row.target.as_ref();
        let args = Args::new()
            .uuid(workspace.uuid())
            .uuid(row.id)
            .time(row.at)
            .text(row.actor.kind.word().to_owned())
            .uuid(row.actor.id)
            .text(row.actor.name.clone())
            .text(row.action.clone())
            .text(target.map(|target| target.kind.clone()))
            .uuid(target.and_then(|target| target.id))
            .text(target.map(|target| target.name.clone()))
            .int(row.status.map(i64::from))
            .text(details)
            .text(row.address.clone());
        self.db.execute(&sql::audit_insert, args).await.map(drop)
    }

    /// Rows, newest first.
    pub async fn audit(&self, workspace: WorkspaceId, filter: &AuditFilter, paging: &Paging) -> Result<Page<Audit>> {
        // An id begins with its time, so a time is a range of ids.
        let (from, to) = match &filter.time {
            Some(time) => (first_id(time.start), first_id(time.end)),
            None => (Uuid::nil(), Uuid::max()),
        };
        let args = || -> Result<Args> {
            Ok(Args::new().uuid(workspace.uuid()).uuid(paging.before()?.min(to)).int(paging.fetch()).uuid(from))
        };
        let (statement, args) = match (&filter.actor, &filter.target) {
            (None, None) => (&sql::audit_list, args()?),
            (Some(actor), target) => (&sql::audit_list_of_actor, args()?.text(actor.clone()).text(target.clone())),
            (None, Some(target)) => (&sql::audit_list_of_target, args()?.text(target.clone())),
        };
        let rows = self.db.fetch_list(statement, args).await?;
        page::collect(&rows, paging, read, |row| Cursor::Id(row.id))
    }
}

fn read(row: &Row) -> Result<Audit> {
    let mut row = row.read("audit");
    let (id, at) = (row.id("id")?, row.time("at")?);
    let actor =
        AuditActor { kind: row.word("actor_kind")?, id: row.opt_id("actor_id")?, name: row.opt_text("actor_name")? };
    let action = row.text("action")?;
    let (kind, target, name) = (row.opt_text("target_kind")?, row.opt_id("target_id")?, row.opt_text("target_name")?);
    let target = kind.zip(name).map(|(kind, name)| AuditTarget { kind, id: target, name });
    let status = row.get::<Option<i64>>("status")?;
    let status =
        status.map(|status| u16::try_from(status).map_err(|error| row.corrupt("status", error))).transpose()?;
    Ok(Audit {
        id,
        at,
        actor,
        action,
        target,
        status,
        details: row.json("details")?,
        address: row.opt_text("address")?,
    })
}

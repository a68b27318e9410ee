//! Contacts.

use program::{ContactId, Object, Time, WorkspaceId};

use crate::{
    Error, Page, Paging, Result, Store,
    args::Args,
    page::{self, Cursor},
    row::{Reader, Row},
    said::Said,
    spelling::{email_key, lower},
    sql,
};

/// A person that mail can reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// Mail address as last given.
    pub email: Option<String>,
    /// The caller's own id.
    pub external_id: Option<String>,
    /// What is known, without email and external id.
    pub attributes: Object,
    /// Whether marketing mail is allowed; none if nobody said.
    pub opt_in: Option<bool>,
    /// Whether test runs may send to it.
    pub test: bool,
    /// When it was first seen.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

/// Which contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactFilter {
    /// With this beginning of email (any case) or of external id.
    pub search: Option<String>,
    /// With this opt-in.
    pub opt_in: Option<bool>,
    /// Test contacts only.
    pub test: bool,
}

impl Store {
    /// Contacts.
    pub async fn contacts(
        &self,
        workspace: WorkspaceId,
        filter: &ContactFilter,
        paging: &Paging,
    ) -> Result<Page<Contact>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(paging.before()?).int(paging.fetch()).bool(filter.opt_in);
        let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
        let rows = match (search, filter.test) {
            (None, false) => self.db.fetch_list(&sql::contact_list, args).await?,
            (search, false) => self.db.fetch_list(&sql::contact_search, begins(args, search)).await?,
            (search, true) => self.db.fetch_list(&sql::contact_list_test, begins(args, search)).await?,
        };
        page::collect(&rows, paging, read, |contact| Cursor::Id(contact.id.uuid()))
    }

    /// One contact.
    pub async fn contact(&self, workspace: WorkspaceId, id: ContactId) -> Result<Contact> {
        let args = Args::new().uuids([workspace.uuid()]).uuids([id.uuid()]);
        let rows = self.db.fetch(&sql::contact_by_id, args).await?;
        rows.first().map(read).ok_or(Error::NotFound { what: "contact" })?
    }

    /// A contact's address, or external id where there is none; nothing where it is gone.
    pub async fn contact_name(&self, workspace: WorkspaceId, id: ContactId) -> Result<Option<String>> {
        let rows = self.db.fetch(&sql::contact_name, Args::new().uuid(workspace.uuid()).uuid(id.uuid())).await?;
        rows.first().map_or(Ok(None), |row| row.read("contact").opt_text("email"))
    }

    /// Says whether test runs may send to this contact.
    pub async fn set_test_contact(&self, workspace: WorkspaceId, id: ContactId, test: bool, now: Time) -> Result<()> {
        let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid()).bool(test).time(now);
        match self.db.execute(&sql::contact_set_test, args).await? {
            0 => Err(Error::NotFound { what: "contact" }),
            _ => Ok(()),
        }
    }
}

/// Bounds of addresses and external ids that begin like this.
fn begins(args: Args, search: Option<&str>) -> Args {
    // No text begins like this one and stands behind the last character.
    let end = |text: &str| format!("{text}\u{10ffff}");
    // The beginning of a domain beyond ASCII is not the beginning of its A-label: a new one is found by its whole name.
    let (email, spelt) = (search.map(email_key), search.map(lower));
    let args = args.text(email.clone()).text(email.as_deref().map(end));
    let args = args.text(search.map(str::to_owned)).text(search.map(end));
    args.text(spelt.clone()).text(spelt.as_deref().map(end))
}

pub(crate) fn read(row: &Row) -> Result<Contact> {
    columns(&mut row.read("contact"))
}

/// The first columns of every contact.
pub(crate) fn columns(row: &mut Reader<'_>) -> Result<Contact> {
    Ok(Contact {
        id: row.id("id")?,
        external_id: row.opt_text("external_id")?,
        email: row.opt_text("email")?,
        attributes: row.json("attributes")?,
        opt_in: row.get("opt_in")?,
        test: row.get("test")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// The fence of a merge, and when what is known of the contact was said, as those read it who change it: the last two
/// columns.
pub(crate) fn versioned(row: &Row) -> Result<(Contact, i64, Said)> {
    let mut column = row.read("contact");
    let (contact, revision) = (columns(&mut column)?, column.int("revision")?);
    let said = Said::read(column.opt_text("said_at")?.as_deref(), contact.updated_at);
    let said = said.map_err(|error| column.corrupt("said_at", error))?;
    Ok((contact, revision, said))
}

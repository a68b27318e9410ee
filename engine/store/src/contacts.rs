//! Contacts.

use program::{ContactId, Object, Time, WorkspaceId};

use crate::{Page, Paging, Result, Store};

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
}

impl Store {
    /// Contacts.
    pub async fn contacts(
        &self,
        workspace: WorkspaceId,
        filter: &ContactFilter,
        paging: &Paging,
    ) -> Result<Page<Contact>> {
        let _ = (workspace, filter, paging);
        todo!()
    }

    /// One contact.
    pub async fn contact(&self, workspace: WorkspaceId, id: ContactId) -> Result<Contact> {
        let _ = (workspace, id);
        todo!()
    }
}

//! Contacts that earlier builds made twice for one address.

use program::WorkspaceId;

use crate::{Contact, Result, Store, args::Args, contacts, spelling::email_key, sql};

impl Store {
    /// Contacts that earlier builds made of one address in two spellings, the one with letters beyond ASCII first, and
    /// how many pairs more there are. They stay two. Reads all contacts.
    pub async fn contacts_with_two_spellings(
        &self,
        workspace: WorkspaceId,
        most: usize,
    ) -> Result<(Vec<(Contact, Contact)>, usize)> {
        let mut spelt = Vec::new();
        for row in self.db.fetch(&sql::contact_beyond_ascii, Args::new().uuid(workspace.uuid())).await? {
            spelt.push(contacts::read(&row)?);
        }
        let key = |contact: &Contact| contact.email.as_deref().map(email_key).unwrap_or_default();
        let mut pairs = Vec::new();
        for some in spelt.chunks(500) {
            let args = Args::new().uuids(some.iter().map(|_| workspace.uuid())).texts(some.iter().map(key));
            let mut others = Vec::new();
            for row in self.db.fetch(&sql::contact_by_email, args).await? {
                others.push(contacts::read(&row)?);
            }
            for contact in some {
                let other = others.iter().find(|other| other.id != contact.id && key(other) == key(contact));
                pairs.extend(other.map(|other| (contact.clone(), other.clone())));
            }
        }
        let more = pairs.len().saturating_sub(most);
        pairs.truncate(most);
        Ok((pairs, more))
    }
}

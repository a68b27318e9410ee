//! The built-in inbox: mails that were handed over to nobody.

use program::{MessageId, Time, WorkspaceId};

use crate::{Page, Paging, Result, Store};

/// A mail in the built-in inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxMail {
    /// The message that it is.
    pub id: MessageId,
    /// Its sender.
    pub sender: String,
    /// Mail address.
    pub recipient: String,
    /// The subject as rendered.
    pub subject: String,
    /// When it came in.
    pub received_at: Time,
    /// Size in bytes.
    pub size: u64,
}

/// A mail in the built-in inbox, with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxMailBody {
    /// Its head.
    pub mail: InboxMail,
    /// The mail as it would have gone out.
    pub raw: Vec<u8>,
}

impl Store {
    /// Mails of the inbox, to this address (any case) if one is given.
    pub async fn inbox(
        &self,
        workspace: WorkspaceId,
        recipient: Option<&str>,
        paging: &Paging,
    ) -> Result<Page<InboxMail>> {
        let _ = (workspace, recipient, paging);
        todo!()
    }

    /// One mail of the inbox.
    pub async fn inbox_mail(&self, workspace: WorkspaceId, id: MessageId) -> Result<InboxMailBody> {
        let _ = (workspace, id);
        todo!()
    }
}

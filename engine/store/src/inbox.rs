//! The built-in inbox: mails that were sent to no server.

use program::{MessageId, Time, WorkspaceId};

use crate::{
    Error, Page, Paging, Result, Store,
    args::Args,
    page::{self, Cursor},
    pieces::{self, Of},
    row::Row,
    spelling::{email_key, lower},
    sql,
};

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
        let before = paging.before()?;
        let args = || Args::new().uuid(workspace.uuid()).uuid(before).int(paging.fetch());
        let rows = match recipient {
            None => self.db.fetch_list(&sql::inbox_list, args()).await?,
            Some(recipient) => {
                let of = |key| self.db.fetch_list(&sql::inbox_list_of_recipient, args().text(key));
                match of(email_key(recipient)).await? {
                    // An earlier build kept it under how it was spelt.
                    none if none.is_empty() && !recipient.is_ascii() => of(lower(recipient)).await?,
                    found => found,
                }
            }
        };
        page::collect(&rows, paging, read, |mail| Cursor::Id(mail.id.uuid()))
    }

    /// One mail of the inbox.
    pub async fn inbox_mail(&self, workspace: WorkspaceId, id: MessageId) -> Result<InboxMailBody> {
        let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid());
        let rows = self.db.fetch(&sql::inbox_get, args).await?;
        let row = rows.first().ok_or(Error::NotFound { what: "mail" })?;
        let (mail, first) = (read(row)?, row.read("inbox_mail").from("raw").get::<Vec<u8>>("raw")?);
        let of = Of { workspace, owner: id.uuid(), position: 0 };
        let rest = usize::try_from(mail.size).unwrap_or_default().saturating_sub(first.len());
        Ok(InboxMailBody { raw: pieces::read(&self.db, of, first, rest).await?, mail })
    }
}

fn read(row: &Row) -> Result<InboxMail> {
    let mut row = row.read("inbox_mail");
    Ok(InboxMail {
        id: row.id("id")?,
        sender: row.text("sender")?,
        recipient: row.text("recipient")?,
        subject: row.text("subject")?,
        received_at: row.time("received_at")?,
        size: row.number("size")?,
    })
}

//! A leased message becomes a mail.

use mail::{Attachment, DkimKey, Letter, Mail, compose};
use program::{Attachments, Reason};
use store::{Leased, Result, Store};

use crate::{LinkSigner, guard::guard, outbox::contact_object, plans::Plans};

/// What mails are written with.
pub(crate) struct Writer {
    pub(crate) store: Store,
    pub(crate) plans: Plans,
    pub(crate) links: LinkSigner,
    pub(crate) dkim: Option<std::sync::Arc<DkimKey>>,
}

impl Writer {
    /// Writes the mail. The outer error is worth another try, the inner one makes a dead letter.
    pub(crate) async fn write(&self, message: &Leased) -> Result<std::result::Result<Mail, String>> {
        let texts = match self.plans.texts(message.workspace, message.stream_version).await? {
            Ok(texts) => texts,
            Err(why) => return Ok(Err(why)),
        };
        let attachments = match texts.stream.attachments {
            Attachments::Ignore => Vec::new(),
            Attachments::Include | Attachments::Require => self.attachments(message).await?,
        };
        if texts.stream.attachments == Attachments::Require && attachments.is_empty() {
            return Ok(Err(Reason::NoAttachments.into()));
        }
        let templates = match &texts.templates {
            Ok(templates) => templates,
            Err(why) => return Ok(Err(why.clone())),
        };
        let contact = contact_object(&message.contact);
        let links = self.links.links(message.id, &message.purpose);
        let letter = Letter {
            stream: &texts.stream,
            contact: &contact,
            event: &message.event.data,
            purpose: &message.purpose,
            links: &links,
            recipient: &message.recipient,
            message_id: &message.message_id,
            // Not the time of the attempt: a second hand-over must have the same bytes.
            date: message.queued_at,
            attachments: &attachments,
            test_run: message.workspace.is_test_run().then_some(message.workspace),
        };
        let written = guard(|| {
            let rendered = templates.render(&letter)?;
            compose(&letter, &rendered, self.dkim.as_deref())
        });
        Ok(written.and_then(|mail| mail.map_err(|error| error.to_string())))
    }

    async fn attachments(&self, message: &Leased) -> Result<Vec<Attachment>> {
        let files = self.store.attachments(message.workspace, message.event.id).await?;
        let file = |file: store::Attachment| Attachment {
            filename: file.filename,
            content_type: file.content_type,
            bytes: file.bytes,
        };
        Ok(files.into_iter().map(file).collect())
    }
}

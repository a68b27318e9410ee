//! Writes the mail of a leased message.

use mail::{Attachment, DkimKey, Mail, Material, compose};
use program::{Attachments, Problem, Reason};
use store::{Leased, Store};
use tokio::sync::SemaphorePermit;

use crate::{
    LinkSigner, Press,
    guard::guard,
    outbox::contact_object,
    plans::Plans,
    press::{Made, PressError},
    way::Files,
};

/// What a mail is written with.
pub(crate) struct Writer {
    pub(crate) store: Store,
    pub(crate) plans: Plans,
    pub(crate) press: Press,
    pub(crate) links: LinkSigner,
    pub(crate) dkim: Option<std::sync::Arc<DkimKey>>,
}

/// Why a mail cannot be written now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotNow {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The renderer failed.
    #[error("{0}")]
    Press(String),
}

impl NotNow {
    /// Whether the mail is not to blame.
    pub(crate) fn retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.retryable(),
            Self::Press(_) => true,
        }
    }
}

impl Writer {
    /// Writes the mail. Also returns the memory that its attachments hold. The outer error is worth a retry; the inner
    /// one makes a dead letter.
    pub(crate) async fn write<'f>(
        &self,
        message: &Leased,
        files: &'f Files,
    ) -> Result<Result<(Mail, Option<SemaphorePermit<'f>>), Reason>, NotNow> {
        let stream = match self.plans.texts(message.workspace, message.stream_version).await? {
            Ok(stream) => stream,
            Err(why) => return Ok(Err(why.into())),
        };
        let (attachments, room) = match stream.attachments {
            Attachments::Ignore => (Vec::new(), None),
            Attachments::Include | Attachments::Require => self.attachments(message, files).await?,
        };
        if stream.attachments == Attachments::Require && attachments.is_empty() {
            return Ok(Err(Reason::NoAttachments));
        }
        let contact = contact_object(&message.contact);
        let links = self.links.links(message.id, &message.purpose);
        let material = Material {
            stream: &stream,
            contact: &contact,
            event: &message.event.data,
            joined: &message.joined,
            purpose: &message.purpose,
            links: &links,
            recipient: &message.recipient,
            message_id: &message.message_id,
            // The date is not the time of the attempt, because a second hand-over must have the same bytes.
            date: message.queued_at,
            attachments: &attachments,
            test_run: message.workspace.is_test_run().then_some(message.workspace),
        };
        let rendered = match self.press.render(Some(message.stream_version), &stream, &material).await {
            Ok(Made::Written(rendered)) => rendered,
            Ok(Made::Faults(problems)) => return Ok(Err(words(&problems).into())),
            Ok(Made::Failed(error)) => return Ok(Err(error.to_string().into())),
            Ok(Made::Defect(why)) => return Ok(Err(why)),
            Err(PressError::Broken(reason)) => return Ok(Err(reason)),
            Err(PressError::Away(why)) => return Err(NotNow::Press(why)),
        };
        let written = guard(|| compose(&material, &rendered, self.dkim.as_deref()));
        Ok(written.and_then(|mail| mail.map(|mail| (mail, room)).map_err(|error| error.to_string().into())))
    }

    /// Reads attachments only when there is memory for them.
    async fn attachments<'f>(
        &self,
        message: &Leased,
        files: &'f Files,
    ) -> store::Result<(Vec<Attachment>, Option<SemaphorePermit<'f>>)> {
        let (workspace, event) = (message.workspace, message.event.id);
        let size = self.store.attachments_size(workspace, event).await?;
        if size == 0 {
            return Ok((Vec::new(), None));
        }
        let room = files.take(size).await;
        let files = self.store.attachments(workspace, event).await?;
        let file = |file: store::Attachment| Attachment {
            filename: file.filename,
            content_type: file.content_type,
            bytes: file.bytes,
        };
        Ok((files.into_iter().map(file).collect(), room))
    }
}

/// Everything that is wrong with the texts of a stream, in one line.
fn words(problems: &[Problem]) -> String {
    let words = |problem: &Problem| match &problem.field {
        Some(field) => format!("{field}: {}", problem.message),
        None => problem.message.clone(),
    };
    problems.iter().map(words).collect::<Vec<_>>().join("; ")
}

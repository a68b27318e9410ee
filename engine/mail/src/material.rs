//! The parts of one mail.

use program::{Object, Purpose, Stream, Time, WorkspaceId};
use serde::{Deserialize, Serialize};

/// The longest subject, in bytes; RFC 5322 has no limit for a folded one, inboxes show some sixty letters.
pub(crate) const MAX_SUBJECT: usize = 512;

/// Everything that one mail is made of. Equal material becomes equal bytes, so a mail that is handed over
/// twice is the same mail, under the same Message-ID.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// Whose texts and sender it has.
    pub stream: &'a Stream,
    /// `contact` in templates: `email`, `external_id` and the attributes, side by side.
    pub contact: &'a Object,
    /// `event` in templates: the data of the event that started the token.
    pub event: &'a Object,
    /// `joined` in templates: the data of the events that joined the token on its way, by name.
    pub joined: &'a Object,
    /// What the mail asks of the contact.
    pub purpose: &'a Purpose,
    /// Addresses that `survey` and `invite` carry in templates.
    pub links: &'a Links,
    /// The one recipient.
    pub recipient: &'a str,
    /// Message-ID without angle brackets: `<something>@<sender's domain>`.
    pub message_id: &'a str,
    /// For the header Date and the signature; the time at which the message was put into the outbox, so
    /// that a second hand-over has the same bytes.
    pub date: Time,
    /// Files of the event; the stream says whether they are sent.
    pub attachments: &'a [Attachment],
    /// The test run that it is part of, said in a header; none where it is in earnest.
    pub test_run: Option<WorkspaceId>,
}

/// A file that goes with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Name shown to the reader; folders and characters that mail programs trip over are taken out.
    pub filename: String,
    /// Media type, such as `application/pdf`; what is not one is sent as `application/octet-stream`.
    pub content_type: String,
    /// Content, not encoded.
    pub bytes: Vec<u8>,
}

/// Links of one message, made by the caller because they are signed per message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// One per answer, worst first; empty where the mail is no survey.
    pub survey: Vec<SurveyLink>,
    /// Where an invitation is taken up.
    pub invite: Option<String>,
}

/// One answer of a survey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyLink {
    /// Grade, from 1.
    pub score: u8,
    /// What the button says.
    pub label: String,
    /// What the button opens.
    pub url: String,
}

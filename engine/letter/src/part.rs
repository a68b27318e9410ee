//! The parts of a mail.

use program::Stream;
use serde::{Deserialize, Serialize};

/// Where in a mail something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The subject.
    Subject,
    /// The text behind the subject.
    Preheader,
    /// The HTML part.
    Html,
    /// The text part.
    Text,
    /// Sender, recipient, answer address or Message-ID.
    Headers,
    /// The files.
    Attachments,
    /// The DKIM signature.
    Signature,
}

impl Part {
    /// Name of the stream's field, for people and for [`program::Problem::field`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Preheader => "preheader",
            Self::Html => "html",
            Self::Text => "text",
            Self::Headers => "headers",
            Self::Attachments => "attachments",
            Self::Signature => "signature",
        }
    }
}

/// The templates of a stream.
pub fn texts(stream: &Stream) -> [(Part, &str); 4] {
    [
        (Part::Subject, &stream.subject),
        (Part::Preheader, &stream.preheader),
        (Part::Html, &stream.html),
        (Part::Text, &stream.text),
    ]
}

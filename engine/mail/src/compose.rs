//! Texts, addresses and files become the bytes of a mail (RFC 5322, MIME).

use crate::{DkimKey, Letter, RenderError, Rendered};

/// The most files that one mail carries.
pub const MAX_ATTACHMENTS: usize = 10;

/// The most bytes that these files have together, before encoding.
pub const MAX_ATTACHMENT_BYTES: usize = 10 << 20;

/// A mail, ready to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Address for MAIL FROM.
    pub envelope_from: String,
    /// Address for RCPT TO.
    pub envelope_to: String,
    /// The subject as text, for lists.
    pub subject: String,
    /// Headers and body; lines end with CRLF.
    pub raw: Vec<u8>,
}

/// Makes the bytes of a mail, and signs them where there is a key. Equal arguments give equal bytes.
pub fn compose(letter: &Letter<'_>, rendered: &Rendered, dkim: Option<&DkimKey>) -> Result<Mail, RenderError> {
    let _ = (letter, rendered, dkim);
    todo!()
}

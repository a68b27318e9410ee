//! Texts, addresses and files become the bytes of a mail (RFC 5322, MIME).
//!
//! Names and subjects are cleaned of characters that could begin a header of their own. The library below encodes such
//! characters, too, so there are two guards. No clock and no chance are used: boundaries are made of the Message-ID,
//! and the date is an argument.

use std::borrow::Cow;

use letter::{Part, one_line};
use mail_builder::{
    MessageBuilder,
    headers::{address::Address, content_type::ContentType, date::Date, raw::Raw},
    mime::{BodyPart, MimePart},
};
use program::{Attachments, Mailbox};

use crate::{
    Attachment, DkimKey, Material, RenderError, Rendered, material::MAX_SUBJECT, render::escape, wire_address,
};

/// The most files that one mail carries.
pub const MAX_ATTACHMENTS: usize = 10;

/// The most bytes that these files have together, before encoding, which adds 37 %.
pub const MAX_ATTACHMENT_BYTES: usize = 10 << 20;

/// Parameters of a file's media type that go out with it: those that say something to who gets the file.
pub const MEDIA_PARAMETERS: [&str; 2] = ["charset", "method"];

/// The longest display name, in bytes.
const MAX_NAME: usize = 256;

/// The longest file name, in bytes.
const MAX_FILENAME: usize = 120;

/// A mail, ready to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Address for MAIL FROM.
    pub envelope_from: String,
    /// Address for RCPT TO.
    pub envelope_to: String,
    /// The subject as text, for lists.
    pub subject: String,
    /// Headers and body; lines end with CRLF and have at most 998 octets.
    pub raw: Vec<u8>,
}

/// Makes the bytes of a mail, and signs them where there is a key. Equal arguments give equal bytes.
pub fn compose(material: &Material<'_>, rendered: &Rendered, dkim: Option<&DkimKey>) -> Result<Mail, RenderError> {
    let stream = material.stream;
    let from = mailbox("from", &stream.from)?;
    let reply_to = stream.reply_to.as_ref().map(|to| mailbox("reply_to", to)).transpose()?;
    let to = wire_address(material.recipient).map_err(|error| headers(format!("recipient: {error}")))?;
    let subject = one_line(&rendered.subject, MAX_SUBJECT);

    let mut message = named(MessageBuilder::new(), "From", &from);
    if let Some(reply_to) = &reply_to {
        message = named(message, "Reply-To", reply_to);
    }
    if let Some(run) = material.test_run {
        message = message.header("X-Stafette-Test-Run", Raw::new(run.to_string()));
    }
    // All of it is written once, without being moved while it grows; the signature comes to stand before it.
    let files: usize = material.attachments.iter().map(|file| file.bytes.len()).sum();
    let mut raw = Vec::with_capacity(base64_len(files) + 2 * (rendered.html.len() + rendered.text.len()) + 4_096);
    message = message.to(Address::new_address(None::<&str>, to.clone()));
    message = match looks_encoded(&subject) {
        true => message.header("Subject", Raw::new(encoded_words(&subject))),
        false => message.subject(subject.as_str()),
    };
    message
        .date(Date { date: material.date.timestamp() })
        .message_id(message_id(material.message_id)?)
        // RFC 3834: answering machines stay silent.
        .header("Auto-Submitted", Raw::new("auto-generated"))
        .header("MIME-Version", Raw::new("1.0"))
        .body(body(material, rendered)?)
        .serialize(&mut raw);
    if let Some(key) = dkim {
        let signature = key.sign(&raw, material.date).map_err(|error| RenderError::new(Part::Signature, error.0))?;
        raw.splice(..0, signature);
    }
    Ok(Mail { envelope_from: from.1, envelope_to: to, subject, raw })
}

fn headers(message: impl Into<String>) -> RenderError {
    RenderError::new(Part::Headers, message)
}

/// Name and address, as they go out.
fn mailbox(field: &str, mailbox: &Mailbox) -> Result<(String, String), RenderError> {
    let email = wire_address(&mailbox.email).map_err(|error| headers(format!("{field}: {error}")))?;
    Ok((display_name(&mailbox.name), email))
}

/// A display name as it goes out.
pub(crate) fn display_name(name: &str) -> String {
    one_line(name, MAX_NAME)
}

/// A header with one name and its address.
fn named<'x>(message: MessageBuilder<'x>, header: &'x str, (name, email): &(String, String)) -> MessageBuilder<'x> {
    if looks_encoded(name) {
        return message.header(header, Raw::new(format!("{} <{email}>", encoded_words(name))));
    }
    message.header(header, Address::new_address((!name.is_empty()).then(|| name.clone()), email.clone()))
}

/// Whether a text that is written as it is would be decoded by who reads it (RFC 2047).
fn looks_encoded(text: &str) -> bool {
    text.is_ascii() && text.contains("=?")
}

/// A text as encoded-words, so that what looks like one in it is shown and not decoded.
fn encoded_words(text: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    // ASCII, so any byte is a character; a word has at most 75 octets.
    let words = text.as_bytes().chunks(45).map(|piece| format!("=?utf-8?B?{}?=", STANDARD.encode(piece)));
    words.collect::<Vec<_>>().join(" ")
}

/// A Message-ID without its brackets, checked: `left@right`, printable ASCII, nothing that needs quoting.
fn message_id(id: &str) -> Result<&str, RenderError> {
    let id = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id);
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&c);
    match id.split_once('@') {
        Some((left, right))
            if !left.is_empty()
                && !right.is_empty()
                && id.len() <= 200
                && (left.bytes().chain(right.bytes())).all(plain) =>
        {
            Ok(id)
        }
        _ => Err(headers("the Message-ID is not of the form id@domain")),
    }
}

/// `multipart/alternative` of text and HTML, in `multipart/mixed` where there are files.
fn body<'a>(material: &'a Material<'_>, rendered: &'a Rendered) -> Result<MimePart<'a>, RenderError> {
    let html = with_preheader(&rendered.html, &rendered.preheader);
    let texts = vec![
        MimePart::new("text/plain", BodyPart::Text(unix(&rendered.text))),
        MimePart::new("text/html", BodyPart::Text(Cow::Owned(unix(&html).into_owned()))),
    ];
    let alternative = MimePart::new(multipart("multipart/alternative", material, 'a'), texts);
    let files = match material.stream.attachments {
        Attachments::Ignore => &[],
        Attachments::Require if material.attachments.is_empty() => {
            let message = "the stream requires attachments and the event brought none";
            return Err(RenderError::new(Part::Attachments, message));
        }
        Attachments::Include | Attachments::Require => material.attachments,
    };
    if files.is_empty() {
        return Ok(alternative);
    }
    let size: usize = files.iter().map(|file| file.bytes.len()).sum();
    if files.len() > MAX_ATTACHMENTS || size > MAX_ATTACHMENT_BYTES {
        let message = format!(
            "{} files with {size} bytes; a mail carries at most {MAX_ATTACHMENTS} with {MAX_ATTACHMENT_BYTES} bytes",
            files.len()
        );
        return Err(RenderError::new(Part::Attachments, message));
    }
    let mut parts = vec![alternative];
    for file in files {
        parts.push(attach(file));
    }
    Ok(MimePart::new(multipart("multipart/mixed", material, 'm'), parts))
}

/// A multipart type whose boundary comes from the Message-ID. `=_` cannot stand in base64 or quoted-printable, and
/// a seven-bit text that holds the line is nobody's but the sender's.
fn multipart<'a>(kind: &'a str, material: &Material<'_>, which: char) -> ContentType<'a> {
    let id: String = material.message_id.chars().filter(char::is_ascii_alphanumeric).take(48).collect();
    ContentType::new(kind).attribute("boundary", format!("=_{which}_{id}"))
}

fn attach(file: &Attachment) -> MimePart<'_> {
    let name = clean_filename(&file.filename);
    let kind = media_type(&file.content_type).unwrap_or_else(|| ContentType::new("application/octet-stream"));
    // Base64 for all: a file arrives as it was sent, with its own line ends.
    let mut part = MimePart::new(kind, BodyPart::Binary(Cow::Owned(base64_lines(&file.bytes))));
    part = part.attachment(name).transfer_encoding("base64");
    part
}

/// Base64 in lines of 76 (RFC 2045).
fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    const LINE: usize = 76;
    let mut lines = Vec::with_capacity(base64_len(bytes.len()));
    for piece in bytes.chunks(LINE / 4 * 3) {
        let mut line = [0; LINE];
        // A line has room for its piece.
        let written = STANDARD.encode_slice(piece, &mut line).unwrap_or_default();
        lines.extend_from_slice(&line[..written]);
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

/// The most bytes that so many become in base64, with line ends.
fn base64_len(bytes: usize) -> usize {
    bytes.div_ceil(57) * 78
}

/// `type/subtype` of RFC 6838, with what may be said of it, and no container that mail programs would open themselves.
fn media_type(text: &str) -> Option<ContentType<'_>> {
    let token = |part: &str| {
        (1..=127).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let mut parts = text.split("; ");
    let (kind, subtype) = parts.next()?.split_once('/')?;
    if !token(kind) || !token(subtype) || ["multipart", "message"].iter().any(|it| kind.eq_ignore_ascii_case(it)) {
        return None;
    }
    parts.try_fold(ContentType::new(&text[..kind.len() + 1 + subtype.len()]), |said, parameter| {
        let (name, value) = parameter.split_once('=')?;
        (MEDIA_PARAMETERS.contains(&name) && token(value)).then(|| said.attribute(name, value))
    })
}

/// A file's name without folders, without what cannot be seen, and without characters that a file system or a mail
/// program trips over; what is too long is cut before its ending.
pub fn clean_filename(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut clean = one_line(name, usize::MAX).replace(|c| "\"<>:|?*;".contains(c), "_");
    clean = clean.trim_matches([' ', '.']).to_owned();
    if clean.len() > MAX_FILENAME {
        let extension = clean.rfind('.').filter(|dot| clean.len() - dot <= 10).map(|dot| clean.split_off(dot));
        let keep = MAX_FILENAME - extension.as_ref().map_or(0, String::len);
        clean = one_line(&clean, keep);
        clean.extend(extension);
    }
    if clean.is_empty() { "attachment".into() } else { clean }
}

/// Puts the preheader where inboxes find it and readers do not: first in the body, hidden.
fn with_preheader<'a>(html: &'a str, preheader: &str) -> Cow<'a, str> {
    if preheader.is_empty() {
        return Cow::Borrowed(html);
    }
    let mut hidden = String::from(
        "<div style=\"display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;\
         mso-hide:all\">",
    );
    let _ = escape(preheader, &mut hidden);
    // Keeps what follows out of the inbox's line.
    hidden.push_str(&"&#847;&zwnj;&nbsp;".repeat(40));
    hidden.push_str("</div>");
    let lower = html.to_ascii_lowercase();
    let at = lower.find("<body").and_then(|body| lower[body..].find('>').map(|end| body + end + 1)).unwrap_or_default();
    Cow::Owned([&html[..at], &hidden, &html[at..]].concat())
}

/// Line ends as `\n`, which the library turns into CRLF; a lone `\r` is one too. NUL has no place in a text.
fn unix(text: &str) -> Cow<'_, str> {
    if !text.contains(['\r', '\0']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}"))
}

#[cfg(test)]
mod tests;

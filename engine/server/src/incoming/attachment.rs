//! Files that an event brings: decodes and checks them, and gives them safe names and types.

use std::{borrow::Cow, sync::Arc};

use api::events::{AttachmentIn, MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use store::NewAttachment;

use super::{Refusal, sniff};

// What is taken can be sent.
const _: () = assert!(MAX_ATTACHMENTS <= mail::MAX_ATTACHMENTS && MAX_ATTACHMENT_BYTES <= mail::MAX_ATTACHMENT_BYTES);

/// The longest file name, in bytes.
const MAX_NAME: usize = 200;

/// Media types by the ending of a name, for files that do not say theirs.
const TYPES: [(&str, &str); 12] = [
    ("csv", "text/csv"),
    ("gif", "image/gif"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("txt", "text/plain"),
    ("zip", "application/zip"),
];

/// As [`AttachmentIn`], with the content where it was read: it is most of a request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File<'a> {
    filename: String,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

impl File<'_> {
    /// How long its content is as text.
    pub fn length(&self) -> usize {
        self.data.len()
    }
}

impl From<AttachmentIn> for File<'_> {
    fn from(AttachmentIn { filename, content_type, data }: AttachmentIn) -> Self {
        Self { filename, content_type, data: data.into() }
    }
}

/// Decodes the files of one event. What runs when it is opened is taken only where that is allowed.
pub fn decode(files: Vec<File<'_>>, executable: bool) -> Result<Vec<NewAttachment>, Refusal> {
    if files.len() > MAX_ATTACHMENTS {
        let detail = format!("there are {} files; at most {MAX_ATTACHMENTS} are taken", files.len());
        return Err(Refusal::new("attachments", "too_many_attachments", detail));
    }
    let mut total = 0;
    let mut decoded = Vec::with_capacity(files.len());
    for (at, file) in files.into_iter().enumerate() {
        let bytes = BASE64_STANDARD.decode(file.data.as_bytes()).map_err(|error| {
            let detail = format!("no base64 (RFC 4648, standard alphabet, padded): {error}");
            Refusal::new(format!("attachments[{at}].data"), "attachment_base64", detail)
        })?;
        total += bytes.len();
        if total > MAX_ATTACHMENT_BYTES {
            let detail = format!("the files have more than {MAX_ATTACHMENT_BYTES} bytes together");
            return Err(Refusal::new("attachments", "attachments_too_large", detail));
        }
        let filename = clean(&file.filename);
        let content_type = match &file.content_type {
            None => by_ending(&filename).into(),
            Some(given) => media_type(given).ok_or_else(|| {
                let given = program::brief::name(given.as_str());
                let detail = format!("{given:?} is no media type; write one such as application/pdf");
                Refusal::new(format!("attachments[{at}].content_type"), "attachment_type", detail)
            })?,
        };
        let why = sniff::danger(&file.filename, &content_type, &bytes)
            .or_else(|| sniff::danger(&mail::clean_filename(&filename), &content_type, &[]));
        if let Some(why) = why.filter(|_| !executable) {
            let detail = format!(
                "{filename:?} is not taken: {why}. Mail programs refuse what runs when it is opened, and so do we; send a \
                 link or another format, or let the server be started with --executable-attachments"
            );
            return Err(Refusal::new(format!("attachments[{at}]"), "attachment_executable", detail));
        }
        decoded.push(NewAttachment { filename, content_type, bytes: Arc::new(bytes) });
    }
    Ok(decoded)
}

/// A name without folders, on one line and without what cannot be seen.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = letter::one_line(&last.replace('"', ""), MAX_NAME);
    let name = name.trim().trim_start_matches('.');
    if name.is_empty() { "file".into() } else { name.into() }
}

fn by_ending(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    TYPES.iter().find(|(known, _)| *known == ending).map_or("application/octet-stream", |(_, kind)| kind)
}

/// A media type (RFC 9110, section 8.3.1), as it is kept: its name in small letters, and those of its parameters that mails
/// carry.
fn media_type(text: &str) -> Option<String> {
    let token = |part: &str| {
        (1..=100).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| name.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub)))?;
    let mut kept = name.to_ascii_lowercase();
    for part in parts.filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=')?;
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let shown = |value: &str| value.len() <= 200 && !value.contains(|c: char| c.is_control() || c == '"');
        if !token(name) || !(token(value) || quoted.is_some_and(shown)) {
            return None;
        }
        let (name, value) = (name.to_ascii_lowercase(), quoted.unwrap_or(value));
        if mail::MEDIA_PARAMETERS.contains(&name.as_str()) && token(value) {
            kept += &format!("; {name}={value}");
        }
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned() {
        for (given, expected) in [
            ("invoice.pdf", "invoice.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\a.txt", "a.txt"),
            ("a\r\nb\u{202e}fdp.exe", "a bfdp.exe"),
            ("in\u{200b}voice\t7.pdf", "invoice 7.pdf"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(clean(given), expected, "{given:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let file = |name: &str, kind: Option<&str>, data: &str| AttachmentIn {
            filename: name.into(),
            content_type: kind.map(Into::into),
            data: data.into(),
        };
        let decode =
            |files: Vec<AttachmentIn>, executable| decode(files.into_iter().map(File::from).collect(), executable);
        let code = |files: Vec<_>| {
            decode(files, false).map_err(|refusal| refusal.code).map(|files| files[0].content_type.clone())
        };
        assert_eq!(code(vec![file("a.pdf", None, "aGk=")]), Ok("application/pdf".into()));
        assert_eq!(code(vec![file("a.pdf.exe", None, "aGk=")]), Err("attachment_executable"));
        assert!(decode(vec![file("a.exe", None, "aGk=")], true).is_ok());
        // What is sent has no quotes.
        assert_eq!(code(vec![file("invoice.j\"s", None, "aGk=")]), Err("attachment_executable"));
        assert_eq!(code(vec![file("a.pdf", None, "aGk")]), Err("attachment_base64"));
        for (given, kept) in [
            ("Text/Calendar; method=REQUEST", Ok("text/calendar; method=REQUEST")),
            ("text/plain;charset=\"utf-8\" ;", Ok("text/plain; charset=utf-8")),
            ("application/pdf; name=\"a b.pdf\"", Ok("application/pdf")),
            (
                "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
                Ok("application/vnd.ms-excel.sheet.binary.macroenabled.12"),
            ),
            ("text/javascript; charset=utf-8", Err("attachment_executable")),
            ("text/plain\r\nX: y", Err("attachment_type")),
            ("text/plain; a=\"\r\nX: y\"", Err("attachment_type")),
            ("text/plain; charset", Err("attachment_type")),
            ("text", Err("attachment_type")),
        ] {
            assert_eq!(code(vec![file("a", Some(given), "aGk=")]), kept.map(Into::into), "{given}");
        }
        assert_eq!(code(vec![file("a", None, ""); 11]), Err("too_many_attachments"));
        let large = BASE64_STANDARD.encode(vec![0; MAX_ATTACHMENT_BYTES + 1]);
        assert_eq!(code(vec![file("a", None, &large)]), Err("attachments_too_large"));
    }
}

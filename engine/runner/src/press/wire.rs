//! The protocol between parent and child: frames, each with a length of four bytes and that many bytes.
//!
//! An order is a [`Head`]; an order for a mail has [`Variables`] after it. An answer begins with a byte for its kind.
//! The texts of a mail follow unescaped, because they are long.

use std::{
    borrow::Cow,
    io::{self, Read},
};

use mail::{Links, Rendered};
use program::{Object, Purpose, Stream, Time, VersionId};
use serde::{Deserialize, Serialize};

use super::Made;

/// The longest frame; an event with its contact has at most some two MiB.
const MAX_FRAME: usize = 32 << 20;

const WRITTEN: u8 = b'w';
const OTHER: u8 = b'j';

/// What the child is to do.
#[derive(Serialize, Deserialize)]
pub(super) enum Head<'a> {
    /// Forget all templates.
    Forget,
    /// Keep these templates. Not answered.
    Keep { version: VersionId, stream: Cow<'a, Stream> },
    /// Render a mail with templates that were kept.
    Render { version: VersionId },
    /// Render a mail with these templates and forget them.
    Try { stream: Cow<'a, Stream> },
    /// Say what is wrong with a stream.
    Check { stream: Cow<'a, Stream> },
}

impl Head<'_> {
    /// Whether variables follow.
    pub(super) fn has_variables(&self) -> bool {
        matches!(self, Self::Render { .. } | Self::Try { .. })
    }
}

/// What templates see of a [`mail::Material`].
#[derive(Serialize, Deserialize)]
pub(super) struct Variables<'a> {
    contact: Cow<'a, Object>,
    event: Cow<'a, Object>,
    joined: Cow<'a, Object>,
    purpose: Cow<'a, Purpose>,
    links: Cow<'a, Links>,
}

/// The variables as they are written to a child.
pub(super) fn variables(material: &mail::Material<'_>) -> serde_json::Result<String> {
    let mail::Material { contact, event, joined, purpose, links, .. } = material;
    serde_json::to_string(&Variables {
        contact: Cow::Borrowed(*contact),
        event: Cow::Borrowed(*event),
        joined: Cow::Borrowed(*joined),
        purpose: Cow::Borrowed(*purpose),
        links: Cow::Borrowed(*links),
    })
}

impl Variables<'_> {
    /// As the templates want it; what only headers need is left empty.
    pub(super) fn of<'a>(&'a self, stream: &'a Stream) -> mail::Material<'a> {
        mail::Material {
            stream,
            contact: &self.contact,
            event: &self.event,
            joined: &self.joined,
            purpose: &self.purpose,
            links: &self.links,
            recipient: "",
            message_id: "",
            date: Time::UNIX_EPOCH,
            attachments: &[],
            test_run: None,
        }
    }
}

/// Appends a frame.
pub(super) fn put(out: &mut Vec<u8>, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // Longer ones are refused by the reader.
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

/// Appends an answer.
pub(super) fn put_answer(out: &mut Vec<u8>, made: &Made) -> serde_json::Result<()> {
    match made {
        Made::Written(Rendered { subject, preheader, html, text }) => {
            let mut texts = Vec::with_capacity(subject.len() + preheader.len() + html.len() + text.len() + 16);
            [subject, preheader, html, text].into_iter().for_each(|text| put(&mut texts, &[text.as_bytes()]));
            put(out, &[&[WRITTEN], &texts]);
        }
        other => put(out, &[&[OTHER], &serde_json::to_vec(other)?]),
    }
    Ok(())
}

/// Reads an answer; none if it is none.
pub(super) fn answer(frame: &[u8]) -> Option<Made> {
    match frame.split_first()? {
        (&WRITTEN, mut rest) => {
            let mut text = || {
                let text = split(rest).ok()??;
                rest = &rest[4 + text.len()..];
                String::from_utf8(text.to_vec()).ok()
            };
            Some(Made::Written(Rendered { subject: text()?, preheader: text()?, html: text()?, text: text()? }))
        }
        (&OTHER, json) => serde_json::from_slice(json).ok(),
        _ => None,
    }
}

/// The first frame of a buffer; none if it is not all there yet.
pub(super) fn split(buffer: &[u8]) -> io::Result<Option<&[u8]>> {
    let Some((length, rest)) = buffer.split_first_chunk() else { return Ok(None) };
    Ok(rest.get(..size(*length)?))
}

/// The next frame; none at the end. Its size is told before there is room for it.
pub(super) fn read(input: &mut impl Read, before: impl FnOnce(usize) -> io::Result<()>) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let size = size(length)?;
    before(size)?;
    let mut frame = vec![0; size];
    input.read_exact(&mut frame)?;
    Ok(Some(frame))
}

fn size(length: [u8; 4]) -> io::Result<usize> {
    match u32::from_le_bytes(length) as usize {
        size if size <= MAX_FRAME => Ok(size),
        size => Err(io::Error::other(format!("a frame of {size} bytes; at most {MAX_FRAME} are read"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_they_were_written() {
        let rendered = Rendered {
            subject: "Grüße".into(),
            preheader: String::new(),
            html: "<p>\"\n</p>".repeat(1_000),
            text: "\0".into(),
        };
        for made in [
            Made::Written(rendered),
            Made::Defect(program::Reason::Defect { error: "index out of bounds".into() }),
            Made::Faults(Vec::new()),
        ] {
            let mut bytes = Vec::new();
            put_answer(&mut bytes, &made).unwrap();
            assert_eq!(split(&bytes[..bytes.len() - 1]).unwrap(), None);
            assert_eq!(answer(split(&bytes).unwrap().unwrap()), Some(made));
        }
        assert!(split(&[255; 8]).is_err());
        for cut in [&b""[..], b"w", b"w\x09\0\0\0abc", b"j{", b"x"] {
            assert_eq!(answer(cut), None, "{cut:?}");
        }
    }
}

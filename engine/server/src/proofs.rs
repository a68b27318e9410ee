//! Proofs: mails that are written to be looked at and not sent.

use std::sync::Arc;

use api::streams::{MailPreview, PreviewMail};
use mail::{Material, RenderError, Rendered, compose};
use program::{Attachments, Finding, MessageId, Object, Problem, Stream, StreamClass, Time};
use runner::{
    LinkSigner, Press,
    press::{Made, PressError},
};
use uuid::Uuid;

/// What writes them.
#[derive(Clone, Copy)]
pub struct Proofs<'a> {
    /// Renders templates.
    pub press: &'a Press,
    /// Makes the links of surveys and invitations.
    pub links: &'a LinkSigner,
    /// The date of the mail.
    pub now: Time,
}

impl Proofs<'_> {
    /// The mail of this stream, stored or not, with what keeps it from being sent. The error is ours: what renders is gone.
    pub async fn write(&self, mut stream: Stream, form: &PreviewMail) -> Result<MailPreview, String> {
        // No message has this id, so whoever follows a link of the proof answers nothing.
        let links = self.links.links(MessageId(Uuid::nil()), &form.purpose);
        let mut problems = refusals(&stream, &form.contact);
        // An event that is made up has no files; that they are asked for is told above.
        stream.attachments = Attachments::Ignore;
        let stream = Arc::new(stream);
        let recipient = text(&form.contact, "email").unwrap_or("nobody@stafette.invalid");
        let material = Material {
            stream: &stream,
            contact: &form.contact,
            event: &form.event,
            joined: &form.joined,
            purpose: &form.purpose,
            links: &links,
            recipient,
            message_id: "preview@stafette.invalid",
            date: self.now,
            attachments: &[],
            test_run: None,
        };
        let failed = |error: RenderError| {
            vec![Problem::error("render", Finding::Text(error.to_string())).field(error.part.name())]
        };
        let errors = match self.press.try_out(&stream, &material).await {
            Ok(Made::Written(texts)) => match compose(&material, &texts, None) {
                // Composed as well, because headers have limits of their own.
                Ok(_) => {
                    let Rendered { subject, html, text, .. } = texts;
                    return Ok(MailPreview { subject, html, text, problems });
                }
                Err(error) => failed(error),
            },
            Ok(Made::Faults(errors)) => errors,
            Ok(Made::Failed(error)) => failed(error),
            Ok(Made::Defect(reason)) | Err(PressError::Broken(reason)) => {
                vec![Problem::error("render", Finding::Text(reason.to_string()))]
            }
            Err(PressError::Away(why)) => return Err(format!("a preview broke down: {why}")),
        };
        problems.splice(0..0, errors);
        Ok(MailPreview { problems, ..MailPreview::default() })
    }
}

/// Why the runner would not send it, by the rules of its outbox.
fn refusals(stream: &Stream, contact: &Object) -> Vec<Problem> {
    let mut problems = Vec::new();
    if text(contact, "email").is_none() {
        problems.push(Problem::warning("no_address", Finding::NoAddress));
    }
    if stream.class == StreamClass::Marketing && contact.get("opt_in") != Some(&true.into()) {
        problems.push(Problem::warning("no_opt_in", Finding::NoOptIn));
    }
    if stream.attachments == Attachments::Require {
        problems.push(Problem::warning("attachments", Finding::NeedsFiles));
    }
    problems
}

/// A field of the contact that has something in it.
fn text<'a>(contact: &'a Object, name: &str) -> Option<&'a str> {
    contact.get(name).and_then(|value| value.as_str()).filter(|text| !text.trim().is_empty())
}

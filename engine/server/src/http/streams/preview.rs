//! A mail as a contact would get it, without sending it.

use std::sync::Arc;

use api::streams::{MailPreview, PreviewMail};
use axum::extract::State;
use mail::{Material, RenderError, Rendered, compose};
use program::{Attachments, Finding, MessageId, Object, Problem, Stream, StreamClass, StreamName};
use runner::press::{Made, PressError};
use uuid::Uuid;

use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::{Json, Path},
    },
};

/// A mail of this stream to this contact, written as dispatch writes it and under the same limits, but neither stored
/// nor sent. What would keep it from being written or sent is told. Its links answer for no message.
#[utoipa::path(post, path = api::path::STREAM_PREVIEW, tag = "streams", request_body = PreviewMail,
    params(("stream" = String, Path, description = "Its name.")),
    responses((status = 200, body = MailPreview), (status = 404, description = "No such stream.")))]
pub async fn preview_mail(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Json(form): Json<PreviewMail>,
) -> ApiResult<axum::Json<MailPreview>> {
    written(&app, &caller, &name, form).await.map(axum::Json)
}

/// The mail, or what keeps it from being written.
pub async fn written(app: &App, caller: &Caller, name: &str, form: PreviewMail) -> ApiResult<MailPreview> {
    let name = StreamName::new(name).map_err(|_| ApiError::NotFound("stream"))?;
    let (_, stream) = app.store.stream(caller.workspace, &name).await?;
    write(app, stream, &form).await
}

/// The same of this stream, stored or not.
pub async fn write(app: &App, mut stream: Stream, form: &PreviewMail) -> ApiResult<MailPreview> {
    // No message has this id, so whoever follows a link of the preview answers nothing.
    let links = app.links.links(MessageId(Uuid::nil()), &form.purpose);
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
        date: app.clock.now(),
        attachments: &[],
        test_run: None,
    };
    let failed =
        |error: RenderError| vec![Problem::error("render", Finding::Text(error.to_string())).field(error.part.name())];
    let errors = match app.press.try_out(&stream, &material).await {
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
        Err(PressError::Away(why)) => return Err(ApiError::Internal(format!("a preview broke down: {why}"))),
    };
    problems.splice(0..0, errors);
    Ok(MailPreview { problems, ..MailPreview::default() })
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

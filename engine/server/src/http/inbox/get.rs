//! One mail, parsed.

use api::{
    events::AttachmentSummary,
    inbox::{Header, Mail},
};
use axum::{Json, extract::State};
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use program::MessageId;
use uuid::Uuid;

use super::{find, list::summary};
use crate::{
    app::App,
    http::{
        auth::Caller,
        error::{ApiError, ApiResult},
        extract::Path,
    },
};

/// One mail of the built-in inbox, parsed as a mail program would.
#[utoipa::path(get, path = api::path::INBOX_MAIL, tag = "inbox",
    params(("mail" = Uuid, Path, description = "Its id.")),
    responses((status = 200, body = Mail), (status = 404, description = "No such mail.")))]
pub async fn get_mail(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> ApiResult<Json<Mail>> {
    let found = find(&app, caller.workspace, MessageId(id)).await?;
    let message = parse(&found.raw)?;
    let headers = message.headers_raw().map(|(name, value)| Header { name: name.into(), value: unfold(value) });
    let attachments = message.attachments().map(|part| AttachmentSummary {
        filename: part.attachment_name().unwrap_or("file").into(),
        content_type: part.content_type().map_or_else(
            || "application/octet-stream".into(),
            |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream")),
        ),
        size: part.contents().len() as u64,
    });
    Ok(Json(Mail {
        headers: headers.collect(),
        text: message.body_text(0).map(Into::into),
        has_html: html(&message).is_some(),
        attachments: attachments.collect(),
        summary: summary(found.mail),
    }))
}

/// Reads a stored mail.
pub fn parse(raw: &[u8]) -> ApiResult<Message<'_>> {
    MessageParser::default().parse(raw).ok_or_else(|| ApiError::Internal("a stored mail cannot be parsed".into()))
}

/// The HTML part, if there is one.
pub fn html<'m>(message: &'m Message<'_>) -> Option<&'m str> {
    message.html_bodies().find_map(|part| match &part.body {
        PartType::Html(text) => Some(&**text),
        _ => None,
    })
}

fn unfold(value: &str) -> String {
    value.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().into()
}

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
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::Path,
    },
};

/// One mail of the built-in inbox, parsed as a mail program would.
#[utoipa::path(get, path = api::path::INBOX_MAIL, tag = "inbox",
    params(("mail" = Uuid, Path, description = "Its id.")),
    responses((status = 200, body = Mail), (status = 404, description = "No such mail.")))]
pub async fn get_mail(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> ApiResult<Json<Mail>> {
    let (found, _turn) = find(&app, caller.workspace, MessageId(id)).await?;
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
        remote_images: html(&message).is_some_and(calls_out),
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

/// Whether a page would fetch pictures from elsewhere: an address behind a word that a picture can stand behind.
fn calls_out(html: &str) -> bool {
    let html = html.to_ascii_lowercase();
    let away = |rest: &str| {
        let rest = rest.trim_start_matches([' ', '\n', '\r', '\t', '=', '(', '"', '\'']);
        rest.starts_with("https:") || rest.starts_with("//")
    };
    let ways = ["src", "srcset", "background", "url("];
    ways.iter().any(|way| html.match_indices(way).any(|(at, _)| html.get(at + way.len()..).is_some_and(away)))
}

fn unfold(value: &str) -> String {
    value.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_that_lie_elsewhere_are_seen() {
        for (html, out) in [
            ("<img src=\"https://a.example/x.png\">", true),
            ("<IMG alt='a' SRC = 'HTTPS://a.example/x.png'>", true),
            ("<img srcset=\"//a.example/x.png 2x\">", true),
            ("<td background=https://a.example/x.png>", true),
            ("<td style=\"background: url( 'https://a.example/x.png')\">", true),
            ("<img src=\"data:image/png;base64,AAAA\"><a href=\"https://a.example\">there</a>", false),
            ("<p>the source is https://a.example</p>", false),
            ("", false),
        ] {
            assert_eq!(calls_out(html), out, "{html}");
        }
    }
}

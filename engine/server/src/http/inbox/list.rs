//! The mails in the built-in inbox.

use api::{Page, inbox::MailSummary};
use axum::{Json, extract::State};
use serde::Deserialize;

use crate::{
    App,
    access::Caller,
    http::{
        error::ApiResult,
        extract::{PageQuery, Query},
        list,
    },
};

/// Which mails.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// To this address, in any case.
    recipient: Option<String>,
}

/// The mails in the built-in inbox, newest first.
#[utoipa::path(get, path = api::path::INBOX, tag = "inbox", params(Filter, PageQuery),
    responses((status = 200, body = Page<MailSummary>)))]
pub async fn list_mails(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<MailSummary>>> {
    let found = app.store.inbox(caller.workspace, filter.recipient.as_deref(), &page.paging()?).await?;
    Ok(Json(list::page(found.items.into_iter().map(summary).collect(), found.next)))
}

/// One line of the list. A mail and its message have the same id.
pub fn summary(row: store::InboxMail) -> MailSummary {
    MailSummary {
        id: row.id.uuid(),
        message_id: row.id.uuid(),
        sender: row.sender,
        recipient: row.recipient,
        subject: row.subject,
        received_at: row.received_at,
        size: row.size,
    }
}

//! The list of messages.

use api::{
    Page,
    messages::{MessageState, MessageSummary},
};
use axum::{Json, extract::State};
use program::{ContactId, NodeId, Reason, StreamName, WorkspaceId};
use serde::Deserialize;
use store::{Message, MessageFilter, MessageStatus};
use uuid::Uuid;

use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::{PageQuery, Query},
        list, names,
    },
};

/// Which messages.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// In this state.
    #[param(inline)]
    state: Option<MessageState>,
    /// Of the program of this name.
    program: Option<String>,
    /// That this node asked for.
    node: Option<String>,
    /// To the contact with this id.
    contact: Option<Uuid>,
    /// Of the stream of this name.
    stream: Option<String>,
    /// `true`: only those whose outcome is or was unknown.
    unknown: Option<bool>,
}

/// Messages, newest first.
#[utoipa::path(get, path = api::path::MESSAGES, tag = "messages", params(Filter, PageQuery),
    responses((status = 200, body = Page<MessageSummary>), (status = 404, description = "No such program.")))]
pub async fn list_messages(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<MessageSummary>>> {
    let workspace = caller.workspace;
    let program = names::wanted(&app, workspace, filter.program.as_deref()).await?.map(|program| program.id);
    let stream = filter.stream.map(|stream| StreamName::new(&stream)).transpose();
    let stream = stream.map_err(|error| ApiError::invalid("stream", "stream", error.to_string()))?;
    let node = filter.node.map(|node| NodeId::new(&node)).transpose();
    let node = node.map_err(|error| ApiError::invalid("node", "node", error.to_string()))?;
    let rows = MessageFilter {
        status: filter.state.map(status),
        program,
        node,
        contact: filter.contact.map(ContactId),
        stream,
        outcome_unknown: filter.unknown.unwrap_or(false),
    };
    let found = app.store.messages(workspace, &rows, &page.paging()?).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for message in found.items {
        items.push(summary(&app, workspace, message).await?);
    }
    Ok(Json(list::page(items, found.next)))
}

/// One line of the list.
pub async fn summary(app: &App, workspace: WorkspaceId, message: Message) -> ApiResult<MessageSummary> {
    let state = state(message.status);
    let (reason, why) = said(message.reply, message.reason);
    Ok(MessageSummary {
        id: message.id.uuid(),
        message_id: format!("<{}>", message.message_id),
        token_id: message.token.uuid(),
        seq: message.seq,
        n: message.n,
        program: names::program(app, workspace, message.program).await?,
        node: message.node.to_string(),
        stream: message.stream.to_string(),
        contact_id: message.contact.uuid(),
        recipient: message.recipient,
        subject: message.subject,
        state,
        attempt: message.attempt,
        hand_overs: message.hand_overs,
        unknowns: message.unknowns,
        due_at: (state == MessageState::Queued).then_some(message.due_at),
        inbox_mail_id: (app.inbox.contains(&message.class) && state == MessageState::Sent).then(|| message.id.uuid()),
        reason,
        why,
        unknown_at: message.unknown_at,
        created_at: message.queued_at,
        sent_at: message.settled_at.filter(|_| state == MessageState::Sent),
    })
}

/// The server's reply, or why there is none.
pub fn said(reply: Option<String>, reason: Option<Reason>) -> (Option<String>, Option<Reason>) {
    let (text, why) = reply.map(Reason::Text).or(reason).map(Reason::told).unzip();
    (text, why.flatten())
}

/// The store's word on the wire.
pub fn state(status: MessageStatus) -> MessageState {
    match status {
        MessageStatus::Queued => MessageState::Queued,
        MessageStatus::Leased => MessageState::Leased,
        MessageStatus::HandingOver => MessageState::HandingOver,
        MessageStatus::Sent => MessageState::Sent,
        MessageStatus::Failed => MessageState::Failed,
        MessageStatus::Unknown => MessageState::Unknown,
        MessageStatus::Blocked => MessageState::Blocked,
        MessageStatus::Held => MessageState::Held,
        MessageStatus::Skipped => MessageState::Skipped,
    }
}

fn status(state: MessageState) -> MessageStatus {
    match state {
        MessageState::Queued => MessageStatus::Queued,
        MessageState::Leased => MessageStatus::Leased,
        MessageState::HandingOver => MessageStatus::HandingOver,
        MessageState::Sent => MessageStatus::Sent,
        MessageState::Failed => MessageStatus::Failed,
        MessageState::Unknown => MessageStatus::Unknown,
        MessageState::Blocked => MessageStatus::Blocked,
        MessageState::Held => MessageStatus::Held,
        MessageState::Skipped => MessageStatus::Skipped,
    }
}

//! The list of tokens.

use api::{
    Page,
    tokens::{TokenState, TokenSummary},
};
use axum::{Json, extract::State};
use program::{ContactId, NodeId, Time, WorkspaceId};
use serde::Deserialize;
use store::{Due, TokenFilter, TokenStatus};
use uuid::Uuid;

use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::{PageQuery, Query},
        list, messages,
        names::{self, Contacts},
    },
};

/// Which tokens.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// In this state.
    #[param(inline)]
    state: Option<TokenState>,
    /// Inside of the program and neither stuck nor taken out: what counts as `waiting` at a node. Not with a state.
    #[serde(default)]
    inside: bool,
    /// In the program of this name.
    program: Option<String>,
    /// At this node.
    node: Option<String>,
    /// Of the contact with this id.
    contact: Option<Uuid>,
}

/// Tokens, newest first.
#[utoipa::path(get, path = api::path::TOKENS, tag = "tokens", params(Filter, PageQuery),
    responses((status = 200, body = Page<TokenSummary>), (status = 404, description = "No such program.")))]
pub async fn list_tokens(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<TokenSummary>>> {
    let workspace = caller.workspace;
    let program = names::wanted(&app, workspace, filter.program.as_deref()).await?.map(|program| program.id);
    let node = filter.node.map(|node| NodeId::new(&node)).transpose();
    let node = node.map_err(|error| ApiError::invalid("node", "node", error.to_string()))?;
    // Waiting and ready are one state to the store: which of them is a matter of the clock.
    let now = app.clock.now();
    let (status, due) = match filter.state {
        None => (None, None),
        Some(TokenState::Ready) => (Some(TokenStatus::Ready), Some(Due::By(now))),
        Some(TokenState::Waiting) => (Some(TokenStatus::Ready), Some(Due::After(now))),
        Some(TokenState::Done) => (Some(TokenStatus::Done), None),
        Some(TokenState::Failed) => (Some(TokenStatus::Failed), None),
        Some(TokenState::Held) => (Some(TokenStatus::Held), None),
        Some(TokenState::Ejected) => (Some(TokenStatus::Ejected), None),
    };
    if filter.inside && status.is_some() {
        return Err(ApiError::invalid("inside", "invalid", "take a state, or all that are inside"));
    }
    let contact = filter.contact.map(ContactId);
    let rows = TokenFilter { status, inside: filter.inside, program, node, contact, due };
    let found = app.store.tokens(workspace, &rows, &page.paging()?).await?;
    let mut contacts = Contacts::default();
    let mut items = Vec::with_capacity(found.items.len());
    for token in found.items {
        items.push(summary(&app, workspace, &mut contacts, token).await?);
    }
    Ok(Json(list::page(items, found.next)))
}

/// One line of the list.
pub async fn summary(
    app: &App,
    workspace: WorkspaceId,
    contacts: &mut Contacts,
    token: store::Token,
) -> ApiResult<TokenSummary> {
    let state = state(&token, app.clock.now());
    let (error, why) = messages::list::said(None, token.error);
    Ok(TokenSummary {
        id: token.id.uuid(),
        program: names::program(app, workspace, token.program).await?,
        version: names::version(app, workspace, token.program, token.version).await?,
        contact_id: token.contact.uuid(),
        contact: contacts.name(app, workspace, token.contact).await?,
        event_id: token.event.uuid(),
        node: token.node.to_string(),
        state,
        seq: token.seq,
        due_at: token.due_at,
        error,
        why,
        created_at: token.created_at,
        updated_at: token.updated_at,
    })
}

fn state(token: &store::Token, now: Time) -> TokenState {
    match token.status {
        TokenStatus::Ready if token.due_at.is_some_and(|due| due > now) => TokenState::Waiting,
        TokenStatus::Ready => TokenState::Ready,
        TokenStatus::Done => TokenState::Done,
        TokenStatus::Failed => TokenState::Failed,
        TokenStatus::Held => TokenState::Held,
        TokenStatus::Ejected => TokenState::Ejected,
    }
}

//! One token.

use api::{
    calls::{CallState, CallSummary},
    tokens::TokenDetail,
};
use axum::{Json, extract::State};
use program::{TokenId, WorkspaceId};
use store::{CallFilter, CallStatus, MessageFilter, Paging, Token};
use uuid::Uuid;

use super::list::summary;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, messages, names::Contacts},
};

/// One token, with each of its steps and the reason for it, its messages and its calls.
#[utoipa::path(get, path = api::path::TOKEN, tag = "tokens", params(("token" = Uuid, Path, description = "Its id.")),
    responses((status = 200, body = TokenDetail), (status = 404, description = "No such token.")))]
pub async fn get_token(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> ApiResult<Json<TokenDetail>> {
    let token = app.store.token(caller.workspace, TokenId(id)).await?;
    detail(&app, caller.workspace, token).await.map(Json)
}

/// The token with what happened to it.
pub async fn detail(app: &App, workspace: WorkspaceId, token: Token) -> ApiResult<TokenDetail> {
    let trace = app.store.trace(workspace, token.id).await?;
    let expected = trace.iter().flat_map(|step| &step.effects).filter(|effect| effect.mail().is_some()).count();
    let filter =
        MessageFilter { program: Some(token.program), contact: Some(token.contact), ..MessageFilter::default() };
    let mut paging = Paging { after: None, limit: 200 };
    let mut own = Vec::new();
    // A contact's messages of one program are few; those of this token are all among them.
    while own.len() < expected {
        let page = app.store.messages(workspace, &filter, &paging).await?;
        own.extend(page.items.into_iter().filter(|message| message.token == token.id));
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    own.sort_by_key(|message| (message.seq, message.n));
    let mut sent = Vec::with_capacity(own.len());
    for message in own {
        sent.push(messages::list::summary(app, workspace, message).await?);
    }
    let token_id = token.id;
    let summary = summary(app, workspace, &mut Contacts::default(), token).await?;
    let calls = calls(app, workspace, token_id).await?;
    Ok(TokenDetail { summary, trace, messages: sent, calls })
}

/// What it had told to other people's servers, oldest first.
async fn calls(app: &App, workspace: WorkspaceId, token: TokenId) -> ApiResult<Vec<CallSummary>> {
    let filter = CallFilter { token: Some(token), ..CallFilter::default() };
    let mut paging = Paging { after: None, limit: 200 };
    let mut calls = Vec::new();
    // A node is passed once, and a token has few of them.
    loop {
        let page = app.store.calls(workspace, &filter, &paging).await?;
        calls.extend(page.items);
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    calls.sort_by_key(|call| (call.seq, call.n));
    Ok(calls.into_iter().map(call).collect())
}

fn call(call: store::Call) -> CallSummary {
    let (reason, why) = messages::list::said(None, call.reason);
    CallSummary {
        id: call.id.uuid(),
        seq: call.seq,
        n: call.n,
        node: call.node.to_string(),
        url: call.url,
        state: match call.state {
            CallStatus::Queued => CallState::Queued,
            CallStatus::Leased => CallState::Calling,
            CallStatus::Answered => CallState::Answered,
            CallStatus::Failed => CallState::Failed,
            CallStatus::Held => CallState::Held,
            CallStatus::Skipped => CallState::Skipped,
        },
        status: call.status,
        answer: call.answer,
        reason,
        why,
        attempts: call.attempt,
        due_at: (call.state == CallStatus::Queued).then_some(call.due_at),
        queued_at: call.queued_at,
        settled_at: call.settled_at,
    }
}

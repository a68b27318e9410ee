//! The list of dead letters.

use api::{
    Page,
    messages::{DeadLetter, DeadLetterKind},
};
use axum::{Json, extract::State};
use program::{ContactId, MessageId, WorkspaceId};
use serde::Deserialize;
use store::{DeadLetterFilter, DeadLetters};
use uuid::Uuid;

use crate::{
    App,
    access::Caller,
    http::{
        error::ApiResult,
        extract::{PageQuery, Query},
        list,
        names::{self, Contacts},
    },
};

/// Which dead letters.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Of this kind.
    #[param(inline)]
    state: Option<DeadLetterKind>,
    /// Of the program of this name.
    program: Option<String>,
    /// Of the contact with this id.
    contact: Option<Uuid>,
}

/// Tokens whose step failed, messages that were refused for good, messages whose outcome is unknown, and calls of other
/// people's servers that came to nothing.
#[utoipa::path(get, path = api::path::DEAD_LETTERS, tag = "messages", params(Filter, PageQuery),
    responses((status = 200, body = Page<DeadLetter>), (status = 404, description = "No such program.")))]
pub async fn list_dead_letters(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<DeadLetter>>> {
    let workspace = caller.workspace;
    let program = names::wanted(&app, workspace, filter.program.as_deref()).await?.map(|program| program.id);
    let only = filter.state.map(|state| match state {
        DeadLetterKind::Token => DeadLetters::Tokens,
        DeadLetterKind::Message => DeadLetters::Messages,
        DeadLetterKind::UnknownOutcome => DeadLetters::Unknown,
        DeadLetterKind::Call => DeadLetters::Calls,
    });
    let rows = DeadLetterFilter { only, program, contact: filter.contact.map(ContactId) };
    let found = app.store.dead_letters(workspace, &rows, &page.paging()?).await?;
    let mut contacts = Contacts::default();
    let mut items = Vec::with_capacity(found.items.len());
    for letter in found.items {
        items.push(line(&app, workspace, &mut contacts, letter).await?);
    }
    Ok(Json(list::page(items, found.next)))
}

async fn line(
    app: &App,
    workspace: WorkspaceId,
    contacts: &mut Contacts,
    letter: store::DeadLetter,
) -> ApiResult<DeadLetter> {
    let (kind, id) = parts(letter.kind);
    let stream = match kind {
        DeadLetterKind::Token | DeadLetterKind::Call => None,
        DeadLetterKind::Message | DeadLetterKind::UnknownOutcome => {
            Some(app.store.message(workspace, MessageId(id)).await?.stream.to_string())
        }
    };
    let (reason, why) = letter.reason.told();
    Ok(DeadLetter {
        id,
        kind,
        program: names::program(app, workspace, letter.program).await?,
        node: letter.node.to_string(),
        stream,
        contact_id: letter.contact.uuid(),
        contact: contacts.name(app, workspace, letter.contact).await?,
        reason,
        why,
        at: letter.at,
        newer: letter.newer,
        token_id: Some(letter.token.uuid()),
        event_id: letter.event.map(|event| event.uuid()),
    })
}

/// Kind and id.
pub fn parts(kind: store::DeadLetterKind) -> (DeadLetterKind, Uuid) {
    match kind {
        store::DeadLetterKind::Token(id) => (DeadLetterKind::Token, id.uuid()),
        store::DeadLetterKind::Message(id) => (DeadLetterKind::Message, id.uuid()),
        store::DeadLetterKind::Unknown(id) => (DeadLetterKind::UnknownOutcome, id.uuid()),
        store::DeadLetterKind::Call(id) => (DeadLetterKind::Call, id.uuid()),
    }
}

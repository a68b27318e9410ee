//! Marking a contact as test contact.

use api::contacts::{Contact, MarkTest};
use axum::extract::State;
use program::ContactId;
use uuid::Uuid;

use super::list::contact;
use crate::{
    App,
    access::Caller,
    http::{
        error::ApiResult,
        extract::{Json, Path},
    },
};

/// Says whether a contact is a test contact: only to those can test runs of programs send mail.
#[utoipa::path(put, path = api::path::CONTACT_TEST, tag = "contacts", request_body = MarkTest,
    params(("contact" = Uuid, Path, description = "Its id.")),
    responses((status = 200, body = Contact), (status = 404, description = "No such contact.")))]
pub async fn mark_test_contact(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(form): Json<MarkTest>,
) -> ApiResult<axum::Json<Contact>> {
    let id = ContactId(id);
    app.store.set_test_contact(caller.workspace, id, form.test, app.clock.now()).await?;
    Ok(axum::Json(contact(app.store.contact(caller.workspace, id).await?)))
}

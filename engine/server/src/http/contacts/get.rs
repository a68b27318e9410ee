//! One contact.

use api::contacts::Contact;
use axum::{Json, extract::State};
use program::ContactId;
use uuid::Uuid;

use super::list::contact;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
};

/// One contact.
#[utoipa::path(get, path = api::path::CONTACT, tag = "contacts",
    params(("contact" = Uuid, Path, description = "Its id.")),
    responses((status = 200, body = Contact), (status = 404, description = "No such contact.")))]
pub async fn get_contact(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> ApiResult<Json<Contact>> {
    Ok(Json(contact(app.store.contact(caller.workspace, ContactId(id)).await?)))
}

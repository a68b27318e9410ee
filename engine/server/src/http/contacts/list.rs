//! The list of contacts.

use api::{Page, contacts::Contact};
use axum::{Json, extract::State};
use serde::Deserialize;
use store::ContactFilter;

use crate::{
    App,
    access::Caller,
    http::{
        error::ApiResult,
        extract::{PageQuery, Query},
        list,
    },
};

/// Which contacts.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// With this beginning of mail address (in any case) or external id.
    search: Option<String>,
    /// With this opt-in.
    opt_in: Option<bool>,
    /// `true`: test contacts only.
    test: Option<bool>,
}

/// Contacts, newest first.
#[utoipa::path(get, path = api::path::CONTACTS, tag = "contacts", params(Filter, PageQuery),
    responses((status = 200, body = Page<Contact>)))]
pub async fn list_contacts(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<Contact>>> {
    let search = filter.search.filter(|search| !search.is_empty());
    let filter = ContactFilter { search, opt_in: filter.opt_in, test: filter.test.unwrap_or_default() };
    let found = app.store.contacts(caller.workspace, &filter, &page.paging()?).await?;
    Ok(Json(list::page(found.items.into_iter().map(contact).collect(), found.next)))
}

/// A contact on the wire.
pub fn contact(row: store::Contact) -> Contact {
    Contact {
        id: row.id.uuid(),
        email: row.email,
        external_id: row.external_id,
        opt_in: row.opt_in,
        test: row.test,
        attributes: row.attributes,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

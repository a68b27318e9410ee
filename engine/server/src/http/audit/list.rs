//! The list of who changed what.

use api::{
    Page,
    audit::{ActorKind, AuditActor, AuditEntry, AuditTarget},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use store::AuditFilter;

use crate::{
    App,
    access::Caller,
    http::{
        error::ApiResult,
        extract::{PageQuery, Query, TimeQuery},
        list,
    },
};

/// Which rows.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Of the person with this mail address, or of the key of this name.
    actor: Option<String>,
    /// About what has this name or id.
    target: Option<String>,
}

/// Who changed what, newest first: a row for each call that changes something, whatever came of it, and for each command
/// that does. Rows are kept for 400 days, or as the option `keep_audit` says, and none is ever changed.
#[utoipa::path(get, path = api::path::AUDIT, tag = "audit", params(Filter, TimeQuery, PageQuery),
    responses((status = 200, body = Page<AuditEntry>), (status = 422, description = "The time ends before it begins.")))]
pub async fn list_audit(
    State(app): State<App>,
    caller: Caller,
    (Query(filter), Query(time), Query(page)): (Query<Filter>, Query<TimeQuery>, Query<PageQuery>),
) -> ApiResult<Json<Page<AuditEntry>>> {
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    let time = if time.is_all() { None } else { Some(time.range(app.clock.now())?) };
    let filter = AuditFilter { actor: said(filter.actor), target: said(filter.target), time };
    let found = app.store.audit(caller.workspace, &filter, &page.paging()?).await?;
    Ok(Json(list::page(found.items.into_iter().map(entry).collect(), found.next)))
}

fn entry(row: store::Audit) -> AuditEntry {
    let kind = match row.actor.kind {
        store::ActorKind::Person => ActorKind::Person,
        store::ActorKind::Key => ActorKind::Key,
        store::ActorKind::CommandLine => ActorKind::CommandLine,
        store::ActorKind::Stranger => ActorKind::Stranger,
    };
    AuditEntry {
        id: row.id,
        at: row.at,
        actor: AuditActor { kind, id: row.actor.id, name: row.actor.name },
        action: row.action,
        target: row.target.map(|target| AuditTarget { kind: target.kind, id: target.id, name: target.name }),
        status: row.status,
        details: row.details,
        address: row.address,
    }
}

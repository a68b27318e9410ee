//! Who came by a node.

use api::{Page, tokens::Visit};
use axum::{Json, extract::State};
use program::{NodeId, Port};
use serde::Deserialize;
use store::{Passage, VisitFilter};

use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::{PageQuery, Path, Query, TimeQuery},
        list,
        names::{self, Contacts},
        tokens,
    },
};

/// Which visits.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// At this node.
    node: String,
    /// Who went on, rather than who came.
    #[serde(default)]
    left: bool,
    /// Who went on by this port.
    port: Option<String>,
}

/// Who came to a node or went on from it, newest first, as far back as steps are kept. A page may be short, even empty,
/// while there is more: what one call reads is bounded, and `next_cursor` goes on.
#[utoipa::path(get, path = api::path::PROGRAM_VISITS, tag = "programs",
    params(("program" = String, Path, description = "Its name."), Filter, TimeQuery, PageQuery),
    responses((status = 200, body = Page<Visit>), (status = 404, description = "No such program."),
        (status = 422, description = "No node has such a name, or the time ends before it begins.")))]
pub async fn list_visits(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    (Query(filter), Query(time), Query(page)): (Query<Filter>, Query<TimeQuery>, Query<PageQuery>),
) -> ApiResult<Json<Page<Visit>>> {
    let workspace = caller.workspace;
    let program = names::find(&app, workspace, &name).await?.id;
    let node = NodeId::new(&filter.node).map_err(|error| ApiError::invalid("node", "node", error.to_string()))?;
    let passage = match filter.port {
        Some(port) => Passage::LeftBy(Port::new(port)),
        None if filter.left => Passage::Left,
        None => Passage::Entered,
    };
    let time = time.range(app.clock.now())?;
    let wanted = VisitFilter { program, node, passage, time };
    let found = app.store.visits(workspace, &wanted, &page.paging()?).await?;
    let mut contacts = Contacts::default();
    let mut items = Vec::with_capacity(found.items.len());
    for visit in found.items {
        let token = tokens::list::summary(&app, workspace, &mut contacts, visit.token).await?;
        items.push(Visit { at: visit.at, token });
    }
    Ok(Json(list::page(items, found.next)))
}

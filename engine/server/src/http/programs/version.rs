//! One version of a program.

use api::programs::ProgramDetail;
use axum::{Json, extract::State};
use program::Program;
use store::Paging;

use super::{get::held, list::summary};
use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::Path,
        names,
    },
};

/// One version of a program, by its number, with its graph.
#[utoipa::path(get, path = api::path::PROGRAM_VERSION, tag = "programs",
    params(("program" = String, Path, description = "Its name."), ("number" = u32, Path, description = "From 1.")),
    responses((status = 200, body = ProgramDetail), (status = 404, description = "No such program or version.")))]
pub async fn get_version(
    State(app): State<App>,
    caller: Caller,
    Path((name, number)): Path<(String, u32)>,
) -> ApiResult<Json<ProgramDetail>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    let mut paging = Paging { after: None, limit: 200 };
    let version = loop {
        let page = app.store.versions(workspace, row.id, &paging).await?;
        if let Some(version) = page.items.into_iter().find(|version| version.number == number) {
            break version;
        }
        paging.after = Some(page.next.ok_or(ApiError::NotFound("version"))?);
    };
    let program: Program = app.store.version(workspace, version.id).await?;
    let problems = program::check(&program);
    let held = held(&app, workspace, row.id).await?;
    let (summary, _) = summary(&app, workspace, row).await?;
    Ok(Json(ProgramDetail { summary, held, program, problems }))
}

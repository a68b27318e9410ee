//! Making and changing programs.

use api::programs::Saved;
use axum::{Json, extract::State};
use program::VersionId;
use serde::Deserialize;
use store::FreshIds;

use super::{check, preview::beyond};
use crate::{
    App,
    access::Caller,
    audit::Trail,
    drafts::without_errors,
    http::{
        error::ApiResult,
        extract::{Query, Text},
    },
};

/// What to do with the program.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// `true`: events enter this version from now on. Contacts inside go on in theirs.
    #[serde(default)]
    publish: bool,
}

/// Stores a program file (YAML or JSON) under the name that it holds: a new immutable version if it differs from the
/// latest. What the checker calls an error is refused.
#[utoipa::path(post, path = api::path::PROGRAMS, tag = "programs", params(How),
    request_body(content = String, content_type = "application/yaml", description = "The program file."),
    responses((status = 200, body = Saved), (status = 422, description = "The file has errors.")))]
pub async fn create_program(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Query(how): Query<How>,
    Text(text): Text,
) -> ApiResult<Json<Saved>> {
    let (program, mut problems) = check::read(text).await?;
    problems.extend(beyond(&app, caller.workspace, &program).await?);
    trail.target("program", None, program.name.as_str());
    trail.detail("publish", how.publish);
    let problems = without_errors(problems)?;
    let fresh = FreshIds { id: app.clock.uuid(), version: VersionId(app.clock.uuid()) };
    let put = app.store.put_program(caller.act(app.clock.now()), fresh, &program, how.publish).await?;
    trail.detail("version", put.number);
    Ok(Json(Saved { name: program.name.to_string(), version: put.number, changed: put.changed, problems }))
}

//! Checking a program file.

use api::programs::Checked;
use axum::Json;
use program::{FileError, Problem, Program};

use crate::access::Caller;
use crate::http::{
    aside::{aside, cost},
    error::{ApiError, ApiResult},
    extract::Text,
};

/// What is wrong with a program file (YAML or JSON), without storing it.
#[utoipa::path(post, path = api::path::PROGRAM_CHECK, tag = "programs",
    request_body(content = String, content_type = "application/yaml", description = "The program file."),
    responses((status = 200, body = Checked), (status = 422, description = "No program file at all.")))]
pub async fn check_program(_: Caller, Text(text): Text) -> ApiResult<Json<Checked>> {
    read(text).await.map(|(_, problems)| Json(Checked { problems }))
}

/// A program file, and what the checker finds in it.
pub async fn read(text: String) -> ApiResult<(Program, Vec<Problem>)> {
    let cost = cost(&text);
    let read = move || {
        let program = Program::parse(&text).map_err(unreadable)?;
        let problems = program::check(&program);
        Ok((program, problems))
    };
    aside(cost, read).await?
}

/// A file that cannot be read, with its place.
pub fn unreadable(error: FileError) -> ApiError {
    let place = if error.line > 0 { format!("line {}, column {}: ", error.line, error.column) } else { String::new() };
    ApiError::invalid(error.field, "file", format!("{place}{}", error.message))
}

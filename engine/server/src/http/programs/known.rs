//! What is known beside a program.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use program::{EventType, KnownEvent, KnownField, KnownProgram, KnownStream, ProgramName, StreamName};
use serde::Serialize;

use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::Path,
    },
};

/// [`program::Known`] without the program that it is asked for: all who ask share the rest.
#[derive(Serialize)]
struct Beside<'k> {
    streams: &'k BTreeMap<StreamName, KnownStream>,
    events: &'k BTreeMap<EventType, KnownEvent>,
    attributes: &'k BTreeMap<String, KnownField>,
    programs: Vec<&'k KnownProgram>,
}

/// What this installation knows beside a program, for the checker and for what an editor offers: streams, event types
/// and their fields, attributes of contacts, the other live programs. The program need not be there yet.
///
/// What events look like is kept as they come in: up to 200 fields of a type, six levels deep, with paths of up to 200
/// bytes, of 1,000 types; the newest events count most. Examples are numbers of up to nine digits, booleans, and texts that
/// at least three contacts share, so nobody's name or address is among them. Where an event type has a contract, its fields
/// are told. An event type that never came has `seen` 0 and no fields, which says that nothing is known of them; one with
/// more fields than are kept has none either. Attributes are those of the newest 200 contacts, up to 500.
#[utoipa::path(get, path = api::path::PROGRAM_KNOWN, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Object, description = "`streams`, `events`, `attributes` by name; `programs`.")))]
pub async fn get_known(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> ApiResult<Response> {
    let name = ProgramName::new(&name).map_err(|_| ApiError::NotFound("program"))?;
    let known = app.looks.known(&app.store, caller.workspace).await?;
    let _turn = app.reads.acquire().await.ok();
    let programs = known.programs.iter().filter(|program| program.name != name).collect();
    let beside = Beside { streams: &known.streams, events: &known.events, attributes: &known.attributes, programs };
    Ok(Json(beside).into_response())
}

//! Reporting events.

use api::{
    events::{EventIn, EventResult, Receipt},
    problem::FieldProblem,
};
use axum::{
    Json,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
};
use bytes::BytesMut;
use runner::Incoming;
use store::Ingested;

use super::items;
use crate::{
    App,
    access::{Caller, Right},
    http::{
        aside::aside,
        error::{ApiError, ApiResult, field},
        extract::{bare, refuse_forms},
    },
    incoming::{self, Refusal, Rules},
};

/// The largest request: 10 MB of files in base64, and what goes with them.
pub const MAX_BODY: usize = 15 << 20;

/// One event, or up to 1,000.
#[derive(utoipa::ToSchema)]
#[schema(as = EventsIn)]
#[serde(untagged)]
pub enum EventsIn {
    /// One event.
    One(Box<EventIn>),
    /// 1 to 1,000 events.
    Many(Vec<EventIn>),
}

/// Reports one event, or an array of up to 1,000.
///
/// Answers after the commit: what is answered with `accepted` is not lost any more, and the programs that it starts
/// are under way. The client's `id` makes sending again safe: the same event with the same id is answered with
/// `duplicate` and does nothing, also with what it says of its contact. Another event with that id (of another type,
/// contact or data) is refused as `id_reused`.
///
/// In an array each item has its own result, in the order of the request, and items that are wrong do not hold up
/// the others; only if all are, the answer is 422. Types that Stafette reports by itself (`survey.answered`,
/// `loyalty.joined`, `mail.…`) are refused as `reserved_event_type`, but from callers with the scope admin, who may bring
/// in a history. A body that is no JSON is refused as a whole (400): its detail
/// names the item, line and column where it breaks off, and nothing is stored.
#[utoipa::path(post, path = api::path::EVENTS, tag = "events", request_body = EventsIn,
    responses((status = 202, body = Receipt, description = "Stored, as far as the results say."),
        (status = 400, description = "No JSON; nothing was stored."),
        (status = 413, description = "More than 15 MB, unpacked, or more than 1,000 events."),
        (status = 415, description = "Packed by anything but gzip, or what a page's form sends, with a session."),
        (status = 422, description = "The event, or every one of them, is wrong."),
        (status = 429, description = "Over the key's rate, or too much waits to be stored; see Retry-After."),
        (status = 503, description = "The database is away; send it again.")))]
pub async fn create_events(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<BytesMut, BytesRejection>,
) -> ApiResult<(StatusCode, Json<Receipt>)> {
    refuse_forms(&headers)?;
    let body = body?;
    let (rules, admin) = (Rules::from(&app.config.ingest), caller.may(Right::Administer));
    let Read { events, results, array } = aside(body.len(), move || read(&body, rules, admin)).await??;
    let mut stored = if events.is_empty() {
        Vec::new().into_iter()
    } else {
        app.ingest.submit(caller.workspace, events).await?.into_iter()
    };
    let lost = || ApiError::Internal("the store gave fewer results than there were events".into());
    let results: Vec<_> = results
        .into_iter()
        .map(|result| result.map_or_else(|| stored.next().map(outcome).ok_or_else(lost), Ok))
        .collect::<ApiResult<_>>()?;
    let rejected = results.iter().filter(|result| matches!(result, EventResult::Rejected { .. })).count();
    metrics::counter!("stafette_events_accepted_total").increment((results.len() - rejected) as u64);
    metrics::counter!("stafette_events_rejected_total").increment(rejected as u64);
    if rejected == results.len() {
        return Err(ApiError::Invalid(problems(results, array)));
    }
    let accepted = results.len() - rejected;
    Ok((StatusCode::ACCEPTED, Json(Receipt { accepted, rejected, results })))
}

/// The items of a body.
struct Read {
    /// Those that are events, in their order.
    events: Vec<Incoming>,
    /// What became of each item; nothing yet of those.
    results: Vec<Option<EventResult>>,
    /// Whether it was an array.
    array: bool,
}

fn read(body: &[u8], rules: Rules, admin: bool) -> ApiResult<Read> {
    let items = items::split(bare(body))?;
    let mut events = Vec::with_capacity(items.items.len());
    let mut results = Vec::with_capacity(items.items.len());
    for item in &items.items {
        let event = incoming::read_with(item, rules);
        match event.and_then(|event| incoming::reported_by(event, admin)) {
            Ok(event) => {
                events.push(event);
                results.push(None);
            }
            Err(refusal) => results.push(Some(refusal.into())),
        }
    }
    Ok(Read { events, results, array: items.array })
}

fn outcome(stored: Ingested) -> EventResult {
    match stored {
        Ingested::Accepted { event, contact, tokens } => {
            EventResult::Accepted { event_id: event.uuid(), contact_id: contact.uuid(), started: tokens.len() }
        }
        Ingested::Duplicate { event } => EventResult::Duplicate { event_id: event.uuid() },
        Ingested::UnknownEventType => {
            let detail =
                "this type is not registered, and only registered types are taken; publish a program that names it";
            Refusal::new("type", "unknown_event_type", detail).into()
        }
        Ingested::ContactConflict => {
            let detail = "email and external_id belong to two different contacts; send one of them";
            Refusal::new("contact", "contact_conflict", detail).into()
        }
        Ingested::KeyTaken { event } => {
            let detail = format!(
                "another event has this id: {}, of another type, contact or data. Give each event an id of its own; \
                 only the same event, sent again, is a duplicate",
                event.uuid()
            );
            Refusal::new("id", "id_reused", detail).into()
        }
        Ingested::AgainstContract { path, why } => {
            let detail = format!("the contract of this event type refuses it: {why}");
            // The event as a whole is at no path.
            let field = if path.is_empty() { "data".to_owned() } else { format!("data.{path}") };
            Refusal::new(field, "against_contract", detail).into()
        }
        Ingested::ContactTooLarge { size, most } => {
            let detail = format!(
                "the contact would hold {size} bytes of attributes; at most {most} are kept. Send less, or set \
                 attributes that nobody needs to null; what belongs to the event goes into data"
            );
            Refusal::new("contact", "contact_too_large", detail).into()
        }
    }
}

/// Refusals as wrong fields of the request.
fn problems(results: Vec<EventResult>, array: bool) -> Vec<FieldProblem> {
    let refusals = results.into_iter().enumerate().filter_map(|(at, result)| match result {
        EventResult::Rejected { code, field: path, detail } => {
            let dot = if path.is_empty() { "" } else { "." };
            let path = if array { format!("[{at}]{dot}{path}") } else { path };
            Some(field(path, &code, detail))
        }
        EventResult::Accepted { .. } | EventResult::Duplicate { .. } => None,
    });
    refusals.collect()
}

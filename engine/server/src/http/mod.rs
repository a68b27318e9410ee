//! The HTTP interface: one table of routes, one file per endpoint, shared layers around them.

pub mod answers;
mod app;
mod aside;
pub mod assets;
pub mod auth;
pub mod bodies;
pub mod contacts;
pub mod crowd;
pub mod csrf;
pub mod dead_letters;
pub mod error;
pub mod events;
pub mod extract;
pub mod inbox;
pub mod keys;
mod labels;
pub mod limit;
pub mod list;
pub mod live;
pub mod messages;
pub mod names;
pub mod programs;
pub mod queries;
pub mod queues;
pub mod session;
pub mod streams;
pub mod system;
pub mod tokens;
pub mod trace;
mod turns;
pub mod untaken;

pub use app::{App, Parts};
pub use dead_letters::list::parts as dead_letter_parts;
pub use turns::READS;

use std::time::Duration;

use axum::{
    Router,
    body::HttpBody,
    extract::{DefaultBodyLimit, Request, State},
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, STRICT_TRANSPORT_SECURITY},
    },
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{auth::Need, error::ApiError, system::openapi};
use crate::{access::key::Scope, config::Role};

/// The largest body of calls that carry no files.
const MAX_BODY: usize = 1 << 20;
/// How long an answer may take. Live streams begin at once and go on.
const PATIENCE: Duration = Duration::from_secs(30);

/// Routes that answer everybody, and check for themselves what must be checked.
fn open() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(answers::show::show_question, answers::give::give_answer))
        .routes(routes!(session::get::get_session, session::create::create_session))
        .routes(routes!(session::setup::create_first_user))
        .routes(routes!(system::openapi::get_openapi))
}

/// Routes for machines that watch this one; every role answers them.
fn watched() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(system::health::get_health)).routes(routes!(system::ready::get_ready))
}

/// Routes that ask for the scope `events:write`.
fn writing() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(events::create::create_events))
        .layer(DefaultBodyLimit::max(events::create::MAX_BODY))
}

/// Routes that ask for the scope `read`.
fn reading() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(contacts::list::list_contacts))
        .routes(routes!(contacts::get::get_contact))
        .routes(routes!(contacts::timeline::get_timeline))
        .routes(routes!(dead_letters::list::list_dead_letters))
        .routes(routes!(events::list::list_events))
        .routes(routes!(events::get::get_event))
        .routes(routes!(events::types::list_event_types))
        .routes(routes!(inbox::list::list_mails))
        .routes(routes!(inbox::get::get_mail))
        .routes(routes!(inbox::html::get_mail_html))
        .routes(routes!(inbox::source::get_mail_source))
        .routes(routes!(live::get_live))
        .routes(routes!(messages::list::list_messages))
        .routes(routes!(messages::get::get_message))
        .routes(routes!(programs::list::list_programs))
        .routes(routes!(programs::get::get_program))
        .routes(routes!(programs::check::check_program))
        .routes(routes!(programs::counts::get_counts))
        .routes(routes!(programs::draft::get_draft))
        .routes(routes!(programs::start_dry_run::start_dry_run))
        .routes(routes!(programs::get_dry_run::get_dry_run, programs::cancel_dry_run::cancel_dry_run))
        .routes(routes!(programs::list_test_runs::list_test_runs))
        .routes(routes!(programs::get_test_run::get_test_run))
        .routes(routes!(programs::known::get_known))
        .routes(routes!(programs::preview::preview_publish))
        .routes(routes!(programs::versions::list_versions))
        .routes(routes!(programs::version::get_version))
        .routes(routes!(programs::visits::list_visits))
        .routes(routes!(queues::list::list_queues))
        .routes(routes!(session::delete::delete_session))
        .routes(routes!(streams::list::list_streams))
        .routes(routes!(streams::get::get_stream))
        .routes(routes!(streams::preview::preview_mail))
        .routes(routes!(streams::preview_html::preview_mail_html))
        .routes(routes!(tokens::list::list_tokens))
        .routes(routes!(tokens::get::get_token))
}

/// Routes that ask for the scope `admin`.
fn deciding() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // Brings files, as an event does.
        .routes(routes!(programs::start_test_run::start_test_run))
        .layer(DefaultBodyLimit::max(events::create::MAX_BODY))
        .routes(routes!(contacts::mark_test::mark_test_contact))
        .routes(routes!(dead_letters::replay::replay_dead_letters))
        .routes(routes!(keys::list::list_keys, keys::create::create_key))
        .routes(routes!(keys::revoke::revoke_key))
        .routes(routes!(messages::resolve::resolve_messages))
        .routes(routes!(programs::create::create_program))
        .routes(routes!(programs::archive::archive_program))
        .routes(routes!(programs::duplicate::duplicate_program))
        .routes(routes!(programs::finish::finish_program))
        .routes(routes!(programs::pause::pause_program))
        .routes(routes!(programs::publish::publish_program))
        .routes(routes!(programs::reset_draft::reset_draft))
        .routes(routes!(programs::save_draft::save_draft))
        .routes(routes!(programs::skip_wait::skip_wait))
        .routes(routes!(programs::clear_test_run::clear_test_run))
        .routes(routes!(programs::unarchive::unarchive_program))
        .routes(routes!(programs::undo::undo_publication))
        .routes(routes!(programs::resume::resume_program))
        .routes(routes!(programs::stop::stop_program))
        .routes(routes!(queues::flush::flush_queue))
        .routes(routes!(queues::hold::hold_queue))
        .routes(routes!(queues::release::release_queue))
        .routes(routes!(streams::create::create_stream))
}

/// The route that this machine may ask without a key.
fn measuring() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(system::metrics::get_metrics))
}

/// Every guarded route with what it asks for.
fn guarded() -> [(Need, OpenApiRouter<App>); 4] {
    [
        (Need::Scope(Scope::EventsWrite), writing()),
        (Need::Scope(Scope::Read), reading()),
        (Need::Scope(Scope::Admin), deciding()),
        (Need::Metrics, measuring()),
    ]
}

/// The OpenAPI document of all routes.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = openapi::Head::openapi();
    for (_, routes) in guarded() {
        document.merge(openapi::with_security(routes.into_openapi()));
    }
    document.merge(open().into_openapi());
    document.merge(watched().into_openapi());
    openapi::with_errors(document)
}

/// Everything that this process answers.
pub fn router(app: &App) -> Router {
    let serves = app.config.work.has(Role::Api);
    let mut routes = watched();
    if serves {
        routes = routes.merge(open());
    }
    for (need, guarded) in guarded() {
        if serves || matches!(need, Need::Metrics) {
            let guarded = guarded.route_layer(from_fn_with_state(app.clone(), turns::drafts));
            let guarded = guarded.route_layer(from_fn_with_state(app.clone(), untaken::layer));
            routes = routes.merge(guarded.route_layer(from_fn_with_state((app.clone(), need), auth::layer)));
        }
    }
    let mut router = Router::from(routes).method_not_allowed_fallback(async || ApiError::Method);
    let web = app.web;
    router = match serves {
        true => router.fallback(move |method, uri, headers| assets::fallback(web, method, uri, headers)),
        false => router.fallback(async || ApiError::NotFound("address")),
    };
    let header = |name, value| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    // Asked each time: the address may change while the server runs.
    let links = app.links.clone();
    let secure = move |_: &Response| {
        let https = links.public_url().starts_with("https://");
        https.then(|| HeaderValue::from_static("max-age=31536000"))
    };
    router
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(queries::layer))
        .layer(from_fn_with_state(app.clone(), bodies::layer))
        .layer(from_fn_with_state(app.clone(), turns::reads))
        .layer(from_fn_with_state(app.clone(), crowd::layer))
        .layer(from_fn_with_state(app.clone(), csrf::layer))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), patience))
        .layer(from_fn(fleeting))
        .layer(SetResponseHeaderLayer::if_not_present(STRICT_TRANSPORT_SECURITY, secure))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        .layer(header("cross-origin-opener-policy", "same-origin"))
        .layer(header("x-frame-options", "SAMEORIGIN"))
        .layer(from_fn(trace::layer))
        .with_state(app.clone())
}

/// What the interface tells is of persons: nobody keeps it on the way, unless an endpoint says otherwise.
async fn fleeting(request: Request, next: Next) -> Response {
    let personal = ["/api/", "/r/"].iter().any(|prefix| request.uri().path().starts_with(prefix));
    let mut response = next.run(request).await;
    if personal {
        response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// Gives a request up that takes too long. Its body has a time of its own.
async fn patience(State(app): State<App>, request: Request, next: Next) -> Response {
    let body = if request.body().is_end_stream() { Duration::ZERO } else { app.config.http.body_timeout() };
    within(PATIENCE + body, next.run(request)).await
}

async fn within(limit: Duration, answer: impl Future<Output = Response>) -> Response {
    let answer = tokio::time::timeout(limit, answer).await;
    answer.unwrap_or_else(|_| ApiError::Unavailable("it took too long; try again".into()).into_response())
}

fn panicked(what: Box<dyn std::any::Any + Send>) -> Response {
    let text = what.downcast_ref::<String>().map(String::as_str).or_else(|| what.downcast_ref::<&str>().copied());
    ApiError::Internal(format!("panic: {}", text.unwrap_or("without words"))).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::{StatusCode, header::RETRY_AFTER};

    use super::*;

    /// It is not the client's fault, and it may come again.
    #[tokio::test]
    async fn who_waited_too_long_is_told_to_come_again() {
        let answer = within(Duration::ZERO, std::future::pending()).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key(RETRY_AFTER));
        let answer = within(PATIENCE, async { "in time".into_response() }).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
}

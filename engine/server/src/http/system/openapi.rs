//! What the API can do: the OpenAPI document, made of the endpoints' own descriptions.

use std::sync::LazyLock;

use axum::{body::Bytes, http::header, response::IntoResponse};
use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        self, ContentBuilder, Ref, ResponseBuilder,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

use crate::http;

/// Head of the document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Stafette",
        description = "Triggered mail programs: report events, and read what became of them.\n\n\
            Errors are problem details (RFC 9457) with a stable `code`. Lists are newest first; pass `next_cursor` as \
            `cursor` to get what follows. Answers to an API key tell what is left of its rate in `RateLimit-Limit`, \
            `RateLimit-Remaining`, `RateLimit-Reset` (seconds), and in the fields `RateLimit` and `RateLimit-Policy` \
            of the IETF draft; 429 has `Retry-After`. Every answer has `x-request-id`, the client's own if it sent one.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(api::problem::ProblemDetails)),
    tags(
        (name = "events", description = "In by the ingest API, out with what they started."),
        (name = "programs", description = "Programs, their versions and their live counts."),
        (name = "streams", description = "Mail streams."),
        (name = "contacts", description = "Contacts and their timeline."),
        (name = "tokens", description = "Each contact's place in a program, and its trace."),
        (name = "messages", description = "Messages, dead letters and unknown outcomes."),
        (name = "inbox", description = "The built-in inbox, where mail goes without a relay."),
        (name = "live", description = "What happens, as it happens."),
        (name = "keys", description = "API keys."),
        (name = "audit", description = "Who changed what."),
        (name = "webhooks", description = "Calls of other people's servers."),
        (name = "session", description = "Signing in and out."),
        (name = "answers", description = "Pages behind the links in mails."),
        (name = "system", description = "For machines that watch this one."),
    ),
    modifiers(&Common)
)]
pub struct Head;

struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut openapi::OpenApi) {
        document.info.version = env!("CARGO_PKG_VERSION").into();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description("stafette", "Set by signing in."));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// Says of every operation how errors look.
pub fn with_errors(mut document: openapi::OpenApi) -> openapi::OpenApi {
    let problem = || Ref::from_schema_name(api::problem::ProblemDetails::name());
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            let problem = |description: &str| {
                let content = ContentBuilder::new().schema(Some(problem())).build();
                ResponseBuilder::new().description(description).content("application/problem+json", content).build()
            };
            let responses = &mut operation.responses.responses;
            let any = || problem("Problem details with a stable code.").into();
            responses.entry("default".into()).or_insert_with(any);
            if operation.request_body.is_some() {
                responses.entry("422".into()).or_insert_with(|| problem("A field of the body is wrong.").into());
            }
        }
    }
    document
}

/// Says of every operation who may call it.
pub fn with_security(mut document: openapi::OpenApi) -> openapi::OpenApi {
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            let none: [&str; 0] = [];
            operation.security =
                Some(vec![SecurityRequirement::new("key", none), SecurityRequirement::new("session", none)]);
        }
    }
    document
}

fn operations(item: &mut openapi::PathItem) -> impl Iterator<Item = &mut openapi::path::Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.delete, &mut item.patch]
        .into_iter()
        .filter_map(Option::as_mut)
}

/// The OpenAPI 3.1 document of this very API.
#[utoipa::path(get, path = api::path::OPENAPI, tag = "system",
    responses((status = 200, body = Object, description = "OpenAPI 3.1.")))]
pub async fn get_openapi() -> impl IntoResponse {
    // As text, so that asking for it costs no more than sending it.
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| http::document().to_json().unwrap_or_default().into());
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.clone())
}

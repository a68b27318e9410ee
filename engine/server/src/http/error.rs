//! All error answers: problem details (RFC 9457) with a stable code. One match decides which.

use std::sync::LazyLock;

use api::problem::{DraftTag, FieldProblem, ProblemDetails};
use axum::{
    Json,
    extract::rejection::{BytesRejection, PathRejection, QueryRejection},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use program::{Problem, brief};
use runner::{Clock, IngestError, Told};

use super::{ended::Ended, room::AGAIN, spoken, trace};
use crate::{
    drafts::DraftError,
    dry_run::{self, DryRunError},
    rehearsal::RehearsalError,
    test_runs::TestRunError,
};

/// What the log was told: what a database does is told once a minute, not once a request.
static TOLD: LazyLock<Told> = LazyLock::new(|| Told::new(Clock::system()));

/// Why a request is refused.
#[derive(Debug)]
pub enum ApiError {
    /// The body is no JSON.
    Json(String),
    /// Fields are wrong. A single one's code becomes the answer's.
    Invalid(Vec<FieldProblem>),
    /// Path or query cannot be read.
    Request(String),
    /// No key and no session.
    Anonymous,
    /// A key that is not good, or the wrong password.
    Denied(&'static str),
    /// The key lacks this scope.
    Scope(&'static str),
    /// A request that another site's page made a browser send.
    ForeignOrigin,
    /// There is no such thing.
    NotFound(&'static str),
    /// The path does not know this method.
    Method,
    /// It stands against what is stored.
    Conflict(String),
    /// Somebody else saved the draft since the caller read it.
    DraftChanged(store::DraftHead),
    /// The request is larger than allowed.
    TooLarge(String),
    /// The answer took longer than a client should wait.
    TooSlow,
    /// Asked too often; again after so many seconds.
    TooOften(u64),
    /// So many are under way that no other fits; why, and again after so many seconds.
    Crowded(String, u64),
    /// The caller has as many of these open as may be.
    TooMany(String),
    /// The body is packed by what is not known here.
    Unpackable,
    /// The body is what a page's form sends, where none is taken.
    Form,
    /// Too many events wait for their commit.
    Full,
    /// The database is away, or the server is going down.
    Unavailable(String),
    /// This process should be asked nothing for now. Asked often, it is no news to the log.
    Unready(String),
    /// The database cannot do it until its operator has acted. The text is for the log, where the store has it once a
    /// minute.
    Stuck(String),
    /// A defect. The text goes to the log only.
    Internal(String),
}

/// How many seconds a client is told to wait for an operator.
const MENDING: u64 = 5;

/// The result of an endpoint.
pub type ApiResult<T> = Result<T, ApiError>;

/// One wrong field. Its name may be what somebody sent, and what is wrong with it repeats that.
pub fn field(field: impl Into<String>, code: &str, detail: impl Into<String>) -> FieldProblem {
    FieldProblem { field: brief::name(field), code: code.into(), detail: brief::message(detail) }
}

impl ApiError {
    /// A single wrong field.
    pub fn invalid(name: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![field(name, code, detail)])
    }

    /// Status, code, title, details and wrong fields.
    fn parts(self) -> (StatusCode, String, &'static str, String, Vec<FieldProblem>) {
        use StatusCode as S;
        let (status, code, title, detail) = match self {
            Self::Invalid(errors) => {
                let code = match errors.as_slice() {
                    [only] => only.code.clone(),
                    _ => "invalid".into(),
                };
                let detail = match errors.as_slice() {
                    [only] if only.field.is_empty() => only.detail.clone(),
                    [only] => format!("{}: {}", only.field, only.detail),
                    many => format!("{} fields are wrong; see errors.", many.len()),
                };
                return (S::UNPROCESSABLE_ENTITY, code, "Not acceptable as it is", detail, errors);
            }
            Self::Json(detail) => (S::BAD_REQUEST, "malformed_json", "The body is not JSON", detail),
            Self::Request(detail) => (S::BAD_REQUEST, "bad_request", "The request cannot be read", detail),
            Self::Anonymous => {
                let detail = "Send an API key as `Authorization: Bearer stf_live_…`, or sign in.";
                (S::UNAUTHORIZED, "unauthorized", "Who are you?", detail.into())
            }
            Self::Denied(detail) => (S::UNAUTHORIZED, "unauthorized", "Not let in", detail.into()),
            Self::Scope(scope) => {
                let detail = format!("The key lacks the scope {scope}. Make one that has it.");
                (S::FORBIDDEN, "missing_scope", "Not allowed", detail)
            }
            Self::ForeignOrigin => {
                let detail = "Another site's page sent this request. Use Stafette's own pages, or an API key.";
                (S::FORBIDDEN, "foreign_origin", "Not allowed from there", detail.into())
            }
            Self::NotFound(what) => (S::NOT_FOUND, "not_found", "Not found", format!("There is no such {what}.")),
            Self::Method => {
                (S::METHOD_NOT_ALLOWED, "method_not_allowed", "Not this method", "See the header Allow.".into())
            }
            Self::Conflict(detail) => (S::CONFLICT, "conflict", "It stands against what is stored", detail),
            Self::DraftChanged(head) => {
                let who = head.saved_by.unwrap_or_else(|| "Somebody".into());
                let at = head.saved_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
                let detail = format!(
                    "{who} saved this draft at {at}, after you opened it. Nothing of this request was stored: read the \
                     draft again and bring your changes along."
                );
                (S::CONFLICT, "draft_changed", "Somebody else changed the draft", detail)
            }
            Self::TooLarge(detail) => (S::PAYLOAD_TOO_LARGE, "too_large", "Too large", detail),
            Self::TooSlow => {
                let detail = "The request took too long. Send it again; ids of events make that safe.";
                (S::REQUEST_TIMEOUT, "timeout", "Too slow", detail.into())
            }
            Self::TooOften(seconds) => {
                let detail = format!("Too many requests. Try again in {seconds} s.");
                (S::TOO_MANY_REQUESTS, "rate_limited", "Too often", detail)
            }
            Self::Crowded(detail, _) => (S::SERVICE_UNAVAILABLE, "crowded", "Too much at once", detail),
            Self::TooMany(detail) => (S::TOO_MANY_REQUESTS, "too_many", "Too many at once", detail),
            Self::Unpackable => {
                let detail = "Send the body as it is, or packed by gzip; see the header Accept-Encoding.";
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_coding", "Packed in an unknown way", detail.into())
            }
            Self::Form => {
                let detail = "This is what the form of a page sends. Send JSON with `Content-Type: application/json`; \
                              files in YAML with `application/yaml`.";
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_type", "No forms here", detail.into())
            }
            Self::Full => {
                let detail = "Too many events wait to be stored. Nothing of this request was; send it again.";
                (S::TOO_MANY_REQUESTS, "queue_full", "Too much at once", detail.into())
            }
            Self::Unavailable(detail) | Self::Unready(detail) => {
                (S::SERVICE_UNAVAILABLE, "unavailable", "Not now", detail)
            }
            Self::Stuck(_) => {
                let detail = "The database cannot do this until somebody mends it; the server's log says what to do. \
                              Nothing of this request was stored: send it again later.";
                (S::SERVICE_UNAVAILABLE, "unavailable", "Not until the database is mended", detail.into())
            }
            Self::Internal(_) => {
                let detail = "Something is wrong in the server; its log says what, under this request id.";
                (S::INTERNAL_SERVER_ERROR, "internal", "Our mistake", detail.into())
            }
        };
        (status, code.into(), title, brief::message(detail), Vec::new())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let wait = match &self {
            Self::TooOften(seconds) | Self::Crowded(_, seconds) => Some(*seconds),
            Self::TooMany(_) => Some(10),
            Self::Full | Self::Unavailable(_) | Self::Unready(_) => Some(1),
            Self::Stuck(_) => Some(MENDING),
            _ => None,
        };
        match &self {
            Self::Internal(why) => tracing::error!(why = %brief::message(why), "request failed"),
            Self::Stuck(why) | Self::Unready(why) => tracing::debug!(%why, "request refused"),
            Self::Unavailable(why) => TOLD.warn("requests are refused", why),
            _ => {}
        }
        let draft = match &self {
            Self::DraftChanged(head) => {
                let store::DraftHead { revision, saved_at, saved_by } = head.clone();
                Some(DraftTag { revision, saved_at, saved_by })
            }
            _ => None,
        };
        let (status, code, title, detail, errors) = self.parts();
        let kind = format!("urn:stafette:problem:{code}");
        let request_id = trace::request_id();
        let spoken::Said { title, detail, language } =
            spoken::say(spoken::language(), status, &code, title, detail, errors.len());
        let number = status.as_u16();
        let problem = ProblemDetails { kind, title, status: number, code, detail, request_id, errors, draft };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.append(header::VARY, HeaderValue::from_static("accept-language"));
        if let Some(language) = language {
            headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language));
        }
        if let Some(seconds) = wait {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"stafette\""));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(HeaderName::from_static("cache-control"), HeaderValue::from_static("no-store"));
        }
        response
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        use store::{Class, Error as E};
        match (error.class(), error) {
            (_, E::NotFound { what }) => Self::NotFound(what),
            (_, E::Conflict { what, why }) => Self::Conflict(format!("{what}: {why}")),
            (_, E::Invalid { field, why }) => Self::invalid(field, "invalid", why),
            (Class::Client, error) => Self::Request(error.to_string()),
            (Class::Conflict, error) => Self::Conflict(error.to_string()),
            (Class::Soon, error) => Self::Unavailable(error.to_string()),
            (_, error @ E::Corrupt { .. }) => {
                // Of a row nobody has told yet.
                TOLD.error("requests meet what cannot be read", &error);
                Self::Stuck(error.to_string())
            }
            (Class::Operator | Class::Corrupt, error) => Self::Stuck(error.to_string()),
        }
    }
}

impl From<IngestError> for ApiError {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Full => Self::Full,
            IngestError::Unavailable(_) | IngestError::ShuttingDown => Self::Unavailable(error.to_string()),
            IngestError::Stuck(why) => Self::Stuck(why),
            IngestError::Rejected(why) => Self::invalid("", "rejected", why),
        }
    }
}

impl From<DraftError> for ApiError {
    fn from(error: DraftError) -> Self {
        let wrong = |problem: Problem| FieldProblem {
            field: problem.path(),
            code: problem.code.clone(),
            detail: problem.message,
        };
        match error {
            DraftError::Changed(head) => Self::DraftChanged(head),
            DraftError::Errors(errors) => Self::Invalid(errors.into_iter().map(wrong).collect()),
            DraftError::Store(error) => error.into(),
        }
    }
}

impl From<RehearsalError> for ApiError {
    fn from(error: RehearsalError) -> Self {
        match error {
            RehearsalError::Press(why) => Self::Internal(why),
            RehearsalError::Store(error) => error.into(),
        }
    }
}

impl From<TestRunError> for ApiError {
    fn from(error: TestRunError) -> Self {
        match error {
            TestRunError::Fields(wrong) => {
                Self::Invalid(wrong.into_iter().map(|wrong| field(wrong.field, wrong.code, wrong.detail)).collect())
            }
            TestRunError::NeverPublished => Self::Conflict(error.to_string()),
            TestRunError::Draft(error) => error.into(),
            TestRunError::Ingest(error) => error.into(),
            TestRunError::Event(error) => Self::Internal(error.to_string()),
            TestRunError::Store(error) => error.into(),
        }
    }
}

impl From<DryRunError> for ApiError {
    fn from(error: DryRunError) -> Self {
        match error {
            DryRunError::Busy => Self::TooOften(dry_run::AGAIN),
            DryRunError::TooManyEvents(_) => Self::invalid("days", "too_many_events", error.to_string()),
            DryRunError::Broken(_) => Self::Internal(error.to_string()),
            DryRunError::Store(error) => error.into(),
        }
    }
}

impl From<crate::access::password::PasswordError> for ApiError {
    fn from(error: crate::access::password::PasswordError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<Ended> for ApiError {
    fn from(ended: Ended) -> Self {
        const FULL: &str = "Too many bodies are under way. Nothing of this request was read; send it again.";
        const HEAVY: &str = "The body holds too many values to be read at once. Send it in smaller parts.";
        match ended {
            Ended::Slow => Self::TooSlow,
            Ended::Full => Self::Crowded(FULL.into(), AGAIN),
            Ended::Heavy => Self::TooLarge(HEAVY.into()),
        }
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        if let Some(ended) = Ended::of(&rejection) {
            return ended.into();
        }
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge("The body is larger than this call allows.".into()),
            _ => Self::Request(rejection.body_text()),
        }
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::Request(rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::Request(rejection.body_text())
    }
}

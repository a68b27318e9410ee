//! Reads requests. A request that cannot be read is answered as any other error.

use std::ops::Range;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, header},
};
use bytes::BytesMut;
use chrono::{DateTime, TimeDelta, Utc};
use program::Time;
use serde::{Deserialize, de::DeserializeOwned};
use store::Paging;

use super::{
    aside::aside,
    error::{ApiError, ApiResult, field},
};
use crate::unique::{self, without_place};

/// Path parameters.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub struct Path<T>(pub T);

/// The query.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub struct Query<T>(pub T);

// Bodies are read into `BytesMut`: it grows, where `Bytes` would be put together of a second copy.

/// A JSON body, whatever its content type says, but for a form's.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send + 'static> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        refuse_forms(request.headers())?;
        let body = BytesMut::from_request(request, state).await?;
        aside(body.len(), move || parse(&body)).await?.map(Self)
    }
}

/// A JSON body that may be left out: the default, then.
pub struct MaybeJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Default + Send + 'static> FromRequest<S> for MaybeJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        refuse_forms(request.headers())?;
        let body = BytesMut::from_request(request, state).await?;
        if body.trim_ascii().is_empty() {
            return Ok(Self(T::default()));
        }
        aside(body.len(), move || parse(&body)).await?.map(Self)
    }
}

/// A body of text: program and stream files.
pub struct Text(pub String);

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        refuse_forms(request.headers())?;
        let body = BytesMut::from_request(request, state).await?;
        let text = String::from_utf8(body.freeze().into());
        text.map(Self).map_err(|error| ApiError::Request(format!("The body is not UTF-8: {error}.")))
    }
}

/// Refuses what a form makes a browser send, which brings the cookie along and asks nobody before. Pages of others are
/// refused by where they come from (`csrf.rs`); this holds also where a browser does not say that. A client that sends an
/// API key is no page, and some say that all they send is a form.
pub fn refuse_forms(headers: &HeaderMap) -> ApiResult<()> {
    const FORMS: [&[u8]; 2] = [b"application/x-www-form-urlencoded", b"multipart/form-data"];
    let is_form = |value: &HeaderValue| {
        let kind = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        FORMS.iter().any(|form| kind.eq_ignore_ascii_case(form))
    };
    let form = headers.get_all(header::CONTENT_TYPE).iter().any(is_form);
    if form && !headers.contains_key(header::AUTHORIZATION) { Err(ApiError::Form) } else { Ok(()) }
}

/// A body without the mark that some editors put before UTF-8; readers may leave it out of account (RFC 8259, 8.1).
pub fn bare(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// Reads JSON: what is no JSON has line and column, what does not fit or comes twice has its path.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> ApiResult<T> {
    let body = bare(body);
    if let Some((path, fault)) = unique::fault(body) {
        let (code, detail) = fault.words();
        return Err(ApiError::invalid(path, code, detail));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_data() {
            ApiError::Invalid(vec![field(path.trim_matches('.'), "invalid", without_place(&error))])
        } else {
            ApiError::Json(error.to_string())
        }
    })?;
    deserializer.end().map_err(|error| ApiError::Json(error.to_string()))?;
    Ok(value)
}

/// A time; all of it where nothing is said.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimeQuery {
    /// Not before this (RFC 3339).
    from: Option<DateTime<Utc>>,
    /// Before this (RFC 3339); now where absent.
    to: Option<DateTime<Utc>>,
}

impl TimeQuery {
    /// Whether no time is asked for.
    pub fn is_all(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// The time. What happens right now is part of one that has no end.
    pub fn range(self, now: Time) -> ApiResult<Range<Time>> {
        let time = self.from.unwrap_or(Time::UNIX_EPOCH)..self.to.unwrap_or(now + TimeDelta::milliseconds(1));
        if time.is_empty() {
            return Err(ApiError::invalid("from", "invalid", "the time ends before it begins"));
        }
        Ok(time)
    }
}

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next_cursor` of the page before; absent for the first page.
    pub cursor: Option<String>,
    /// How many items: 1 to 200, 50 where absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl PageQuery {
    /// The page in the store's terms.
    pub fn paging(self) -> ApiResult<Paging> {
        let limit = self.limit.unwrap_or(50);
        if !(1..=200).contains(&limit) {
            return Err(ApiError::invalid("limit", "limit", format!("the limit is {limit}; take 1 to 200")));
        }
        Ok(Paging { after: self.cursor, limit })
    }
}

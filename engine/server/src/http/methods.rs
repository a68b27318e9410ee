//! What a path of the OpenAPI document can be asked, by method.

use axum::http::Method;
use utoipa::openapi::path::{Operation, PathItem};

/// The operations of a path.
pub(super) fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    let all = [
        (Method::GET, &item.get),
        (Method::HEAD, &item.head),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

/// Their ids.
pub(super) fn ids(item: &PathItem) -> impl Iterator<Item = (Method, String)> {
    operations(item).filter_map(|(method, operation)| Some((method, operation.operation_id.clone()?)))
}

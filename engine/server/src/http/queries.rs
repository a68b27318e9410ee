//! Checks the names in a query against the OpenAPI document of the route. If a misspelt filter were ignored, the list
//! would show everything as if it were filtered.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use program::brief;
use utoipa::openapi::{
    RefOr,
    path::{Operation, ParameterIn, PathItem},
};

use super::{
    error::{ApiError, ApiResult},
    methods,
};

type Known = HashMap<String, HashMap<Method, Vec<String>>>;

/// By pattern of the route and method: the names.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let paths = super::document().paths.paths;
    paths.into_iter().map(|(path, item)| (path, of(&item))).collect()
});

fn of(item: &PathItem) -> HashMap<Method, Vec<String>> {
    // A page's head is asked for as the page is.
    let head = item.get.iter().map(|get| (Method::HEAD, names(get)));
    methods::operations(item).map(|(method, operation)| (method, names(operation))).chain(head).collect()
}

fn names(operation: &Operation) -> Vec<String> {
    let all = operation.parameters.iter().flatten();
    let all = all.filter_map(|it| match it {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    all.filter(|it| matches!(it.parameter_in, ParameterIn::Query)).map(|it| it.name.clone()).collect()
}

/// Refuses names that the route does not know, and those that come twice. Pages for people, which mails lead to, take
/// whatever others have added to their links.
pub async fn layer(request: Request, next: Next) -> ApiResult<Response> {
    let query = request.uri().query().filter(|query| !query.is_empty());
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).filter(|it| it.starts_with("/api/"));
    if let (Some(query), Some(route)) = (query, route)
        && let Some(known) = KNOWN.get(route).and_then(|methods| methods.get(request.method()))
    {
        check(query, known)?;
    }
    Ok(next.run(request).await)
}

fn check(query: &str, known: &[String]) -> ApiResult<()> {
    let mut seen = HashSet::new();
    for (name, _) in axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri(query)?)?.0 {
        if !known.contains(&name) {
            let known = if known.is_empty() { "none".into() } else { known.join(", ") };
            let name = brief::name(name);
            return Err(ApiError::Request(format!("There is no query parameter \"{name}\" here; known are: {known}.")));
        }
        if !seen.insert(name.clone()) {
            return Err(ApiError::Request(format!("The query parameter \"{name}\" comes twice.")));
        }
    }
    Ok(())
}

fn uri(query: &str) -> ApiResult<axum::http::Uri> {
    format!("/?{query}").parse().map_err(|error| ApiError::Request(format!("The query cannot be read: {error}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_or_refused() {
        let known = ["limit".to_owned(), "cursor".to_owned()];
        for (query, refused) in [
            ("limit=1&cursor=x", None),
            ("", None),
            ("limit=", None),
            ("limits=1", Some("\"limits\" here; known are: limit, cursor")),
            ("limit=1&limit=2", Some("\"limit\" comes twice")),
            ("limit=1&%6Cimit=2", Some("\"limit\" comes twice")),
        ] {
            let told = check(query, &known).err().map(|error| format!("{error:?}").replace("\\\"", "\""));
            assert_eq!(told.is_some(), refused.is_some(), "{query}: {told:?}");
            assert!(told.unwrap_or_default().contains(refused.unwrap_or_default()), "{query}");
        }
        for method in [Method::GET, Method::HEAD] {
            assert!(KNOWN[api::path::EVENTS][&method].iter().any(|name| name == "limit"), "{method}");
        }
        assert!(KNOWN[api::path::EVENTS][&Method::POST].is_empty());
    }
}

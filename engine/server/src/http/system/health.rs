//! Whether the process is alive.

/// `ok` as long as the process answers at all. Asks nothing else, so that a database that is away restarts nobody.
#[utoipa::path(get, path = "/healthz", tag = "system",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn get_health() -> &'static str {
    "ok\n"
}

//! Each call that changes something leaves a row: one layer writes it, for all of them.

pub mod list;

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, FromRequestParts, RawPathParams, Request, State},
    http::{Method, StatusCode, request::Parts},
    middleware::Next,
    response::Response,
};
use program::WorkspaceId;
use utoipa::openapi::path::Paths;

use super::{client, methods};
use crate::{
    App,
    access::{Caller, HOME},
    audit::{self, Trail},
};

/// Operations that are no `GET` and leave no row, each with the reason.
pub const WITHOUT: [(&str, &str); 8] = [
    ("cancel_dry_run", "a dry run changes nothing that is stored"),
    ("check_program", "it changes nothing"),
    ("create_events", "each event is a row of its own, and a second one would halve what a node takes in"),
    ("give_answer", "the answer of a reader is an event"),
    ("preview_mail", "it changes nothing"),
    ("preview_mail_html", "it changes nothing"),
    ("preview_publish", "it changes nothing"),
    ("start_dry_run", "a dry run changes nothing that is stored"),
];

/// What a route changes: the operations that leave a row, by their method.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes(Arc<[(Method, String)]>);

impl Changes {
    /// The changes among the operations of a route.
    pub(super) fn of(paths: &Paths) -> Self {
        let all = paths.paths.values().flat_map(methods::ids);
        let silent = |id: &str| WITHOUT.iter().any(|(without, _)| *without == id);
        Self(all.filter(|(method, id)| *method != Method::GET && !silent(id)).collect())
    }

    /// Whether there are any.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn action(&self, method: &Method) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == method).map(|(_, id)| id.as_str())
    }
}

/// Endpoints note on it what the path does not tell.
impl<S: Send + Sync> FromRequestParts<S> for Trail {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// Writes the row of a call once it is answered, before the caller has the answer. Stands behind the door, so that nobody
/// fills the table who is not let in.
pub(super) async fn layer(State((app, changes)): State<(App, Changes)>, request: Request, next: Next) -> Response {
    let Some(action) = changes.action(request.method()).map(str::to_owned) else { return next.run(request).await };
    let (mut parts, body) = request.into_parts();
    let trail = Trail::default();
    if let Ok(params) = RawPathParams::from_request_parts(&mut parts, &()).await {
        note(&trail, params.iter());
    }
    let caller = parts.extensions.get::<Caller>();
    if let Some(caller) = caller {
        trail.actor(caller.actor.clone());
    }
    let workspace = caller.map_or(HOME, |caller| caller.workspace);
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|peer| client::address(&app, &parts.headers, peer.0).to_string());
    let known = caller.is_some();
    parts.extensions.insert(trail.clone());
    let call = Call { app, workspace, action, trail, address, ended: false };
    let response = next.run(Request::from_parts(parts, body)).await;
    // Whoever is not known is let to try so often and no more; what is beyond that is not worth a row.
    let refused = !known && response.status() == StatusCode::TOO_MANY_REQUESTS;
    call.end(response.status(), refused).await;
    response
}

/// What is named first is what is changed; the rest says more of it.
fn note<'p>(trail: &Trail, params: impl Iterator<Item = (&'p str, &'p str)>) {
    for (at, (kind, name)) in params.enumerate() {
        match at {
            0 => trail.target(kind, name.parse().ok(), name),
            _ => trail.detail(kind, name),
        }
    }
}

/// A call under way. One that is dropped has nobody any more who waits for its answer, and may have done its work.
struct Call {
    app: App,
    workspace: WorkspaceId,
    action: String,
    trail: Trail,
    address: Option<String>,
    ended: bool,
}

impl Call {
    async fn end(mut self, status: StatusCode, refused: bool) {
        self.ended = true;
        if !refused {
            // Also when the caller goes away meanwhile. A task that breaks down has said so.
            let _ = self.write(Some(status.as_u16())).await;
        }
    }

    fn write(&self, status: Option<u16>) -> tokio::task::JoinHandle<()> {
        let mut row = self.trail.row(&self.app.clock, &self.action, status);
        row.address.clone_from(&self.address);
        let (app, workspace) = (self.app.clone(), self.workspace);
        tokio::spawn(async move { audit::write(&app.store, workspace, &row).await })
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.ended {
            drop(self.write(None));
        }
    }
}

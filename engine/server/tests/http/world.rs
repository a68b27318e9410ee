//! A running server and somebody who asks it.

use std::net::SocketAddr;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
};
use clap::Parser;
use program::Time;
use runner::{Clock, ManualClock, press::Means};
use serde_json::Value;
use server::{Server, WebApp, config::Config};
use tower::ServiceExt;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// A server on a database of its own.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) hands: ManualClock,
    router: Router,
    pub(crate) data: tempfile::TempDir,
}

/// What a server said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// How somebody shows who they are.
#[derive(Clone, Debug)]
pub(crate) enum As {
    Nobody,
    Key(String),
    Cookie(String),
}

pub(crate) fn start() -> Time {
    "2026-03-01T09:00:00Z".parse().unwrap()
}

impl World {
    pub(crate) async fn new(flags: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let fixed = ["stafette", "--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap()];
        let mut config = Flags::try_parse_from(fixed.iter().chain(flags)).unwrap().config.load().unwrap();
        config.work.renderer = Means::Program(env!("CARGO_BIN_EXE_stafette").into());
        let (clock, hands) = Clock::manual(start());
        let server = server::serve_with(config, clock, WebApp::NONE).await.unwrap();
        let router = server::http::router(server.app());
        Self { server, hands, router, data }
    }

    /// A key with these scopes.
    pub(crate) async fn key(&self, scopes: &[&str]) -> As {
        self.key_until(scopes, None).await.1
    }

    /// The same that ends at this time, with its id.
    pub(crate) async fn key_until(&self, scopes: &[&str], expires_at: Option<Time>) -> (program::KeyId, As) {
        use server::access::key::KeyText;
        let app = self.server.app();
        let text = KeyText::draw(program::KeyId(app.clock.uuid()));
        let key = store::NewKey {
            id: text.id,
            name: "test".into(),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            digest: text.digest(),
            expires_at,
        };
        app.store.create_key(program::WorkspaceId::DEFAULT, &key, app.clock.now()).await.unwrap();
        (text.id, As::Key(text.reveal()))
    }

    /// The cookie of the first user, made by the link that the server prints.
    pub(crate) async fn user(&self) -> As {
        let token = self.setup_token();
        let form =
            serde_json::json!({ "token": token, "email": "ida@example.org", "password": "correct horse battery" });
        let answer = self.post(api::path::SETUP, &As::Nobody, form.to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        As::Cookie(answer.cookie())
    }

    pub(crate) fn setup_token(&self) -> String {
        let link = self.server.setup_link.as_deref().unwrap_or_default();
        link.split_once("token=").unwrap().1.to_string()
    }

    pub(crate) async fn get(&self, path: &str, who: &As) -> Answer {
        self.ask(request("GET", path, who).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, who: &As, body: impl Into<Body>) -> Answer {
        self.ask(request("POST", path, who).body(body.into()).unwrap()).await
    }

    /// An answer whose body is still coming.
    pub(crate) async fn open(&self, mut request: Request<Body>) -> axum::response::Response {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4_711))));
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let (head, body) = self.open(request).await.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: head.status, headers: head.headers, body }
    }
}

pub(crate) fn request(method: &str, path: &str, who: &As) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "here.example");
    match who {
        As::Nobody => request,
        As::Key(key) => request.header(header::AUTHORIZATION, format!("Bearer {key}")),
        As::Cookie(cookie) => request.header(header::COOKIE, cookie),
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The stable code of a problem; checks that it is one.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{}", self.text());
        let problem: api::problem::ProblemDetails = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(problem.kind, format!("urn:stafette:problem:{}", problem.code));
        assert!(problem.request_id.is_some() && !problem.detail.is_empty());
        problem.code
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The cookie that was set, as a browser sends it back.
    pub(crate) fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap_or_default().to_string()
    }
}

impl World {
    /// Asks for a list until it has this many items, woken by every change; gives them up after ten seconds.
    pub(crate) async fn wait_for(&self, path: &str, who: &As, number: usize) -> Vec<Value> {
        let mut changes = self.server.app().wake.listen(runner::Topic::Changes);
        let wait = async {
            loop {
                let items = self.get(path, who).await.json()["items"].as_array().cloned().unwrap_or_default();
                if items.len() >= number {
                    return items;
                }
                changes.woken().await;
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(10), wait).await;
        waited.unwrap_or_else(|_| panic!("{path} did not come to {number} items"))
    }

    /// One order by this contact, at this time of the clock.
    pub(crate) async fn order(&self, key: &As, email: &str, id: &str) {
        let event = serde_json::json!({ "type": "order.placed", "id": id,
            "contact": { "email": email, "first_name": "Ida", "opt_in": true },
            "data": { "order_id": id, "total": 129.9, "currency": "EUR", "items": [] },
            "attachments": [{ "filename": "invoice.pdf", "data": "aGVsbG8=" }] });
        let answer = self.post(api::path::EVENTS, key, event.to_string()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        assert_eq!(answer.json()["results"][0]["started"], 1, "{}", answer.text());
    }
}

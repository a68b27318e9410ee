//! What is refused is not sent back whole: of a long text an answer repeats so much that its place is found.

use axum::{body::Body, http::Method};
use serde_json::json;
use utoipa::openapi::{
    RefOr,
    path::{Operation, ParameterIn},
};

use crate::world::{As, World, request};

/// The longest answer to what is refused: a message with its field, twice, or a few of them.
const MOST: usize = 8 << 10;

fn long() -> String {
    "x".repeat(100_000)
}

/// Fields of all calls. What a call does not know is refused, and what it knows has no such value.
const FIELDS: [&str; 26] = [
    "choice",
    "class",
    "contact",
    "contacts",
    "current",
    "data",
    "days",
    "email",
    "event",
    "expires_at",
    "id",
    "ids",
    "kind",
    "moves",
    "name",
    "occurred_at",
    "opt_in",
    "password",
    "program",
    "purpose",
    "resolution",
    "revision",
    "scopes",
    "title",
    "token",
    "type",
];

/// What may be brought as a body, each with something long in it.
fn bodies() -> Vec<String> {
    let x = long();
    let mut all = vec![json!(x), json!([x]), json!({ &x: 1 }), json!({ "a": { &x: { "b": 1 } } })];
    for field in FIELDS {
        all.extend([json!({ field: x }), json!({ field: [x] }), json!({ field: { &x: 1 } }), json!([{ field: x }])]);
    }
    for data in
        [json!({ "type": x }), json!({ "type": "a", "contact": { "email": x } }), json!({ "contact": { &x: 1 } })]
    {
        all.push(data);
    }
    let mut all: Vec<_> = all.iter().map(ToString::to_string).collect();
    all.extend([
        format!("{{\"a\":{{\"{x}\":1,\"{x}\":2}}}}"),
        format!("{{\"{x}\":{}}}", "9".repeat(200)),
        format!("{{\"{x}\":"),
        format!("mail={x}"),
        format!("{x}: 1\n{x}: 2"),
        format!("stafette: {x}"),
        format!("stafette: *{x}"),
        format!("stafette: !{x} 1"),
        format!("stafette: \"{x}"),
        format!("stafette: {{ {x}"),
        format!("%{x}\n---\n"),
    ]);
    let program = |rest: &str| format!("stafette: 1\nname: a\ntitle: A\nnodes:\n  a: {{ {rest} }}");
    all.extend([
        format!("stafette: 1\nname: {x}"),
        format!("stafette: 1\nname: a\ntitle: {x}\nnodes: {{}}"),
        format!("stafette: 1\nname: a\ntitle: A\nnodes: {{ {x}: {{ kind: exit }} }}"),
        program(&format!("kind: {x}")),
        program(&format!("kind: exit, {x}: 1")),
        program(&format!("kind: entry, event: {x}")),
        program(&format!("kind: entry, event: a, next: {x}")),
        program(&format!("kind: entry, event: a, next: {{ {x}: a }}")),
        program(&format!("kind: entry, event: a, again: {x}")),
        program(&format!("kind: entry, event: a, filter: 'event.{}'", &x[..4_000])),
        program(&format!("kind: entry, event: a, filter: '{}(1)'", &x[..4_000])),
        program(&format!("kind: wait, duration: {x}")),
        program(&format!("kind: wait_until, date: {x}")),
        program(&format!("kind: send_mail, stream: {x}")),
        program(&format!("kind: survey, stream: a, question: {x}")),
        program(&format!("kind: condition, when: '{x}'")),
    ]);
    let stream = |rest: &str| {
        format!("stafette: 1\nname: a\ntitle: A\nclass: operational\nfrom: {{ email: a@b.example }}\n{rest}")
    };
    all.extend([
        stream(&format!("subject: '{{{{ {x} }}}}'\nhtml: <p>b</p>\ntext: b")),
        stream(&format!("subject: '{{{{ event.a | {x} }}}}'\nhtml: <p>b</p>\ntext: b")),
        stream(&format!("subject: '{{% {x} %}}'\nhtml: <p>b</p>\ntext: b")),
        stream(&format!("subject: '{{{{ {x}(1) }}}}'\nhtml: <p>b</p>\ntext: b")),
        stream(&format!("subject: '{{{{ event.a is {x} }}}}'\nhtml: <p>b</p>\ntext: b")),
        stream(&format!("subject: a\nhtml: <p>b</p>\ntext: b\nattachments: {x}")),
        stream(&format!("subject: a\nhtml: <p>b</p>\ntext: b\nreply_to: {x}")),
        stream(&format!("subject: a\nhtml: '<a href=\"{{{{ event.{x} }}}}\">'\ntext: b")),
    ]);
    all
}

/// Names of path and query parameters.
fn names(operation: &Operation, place: &ParameterIn) -> Vec<String> {
    let all = operation.parameters.iter().flatten().filter_map(|it| match it {
        RefOr::T(parameter) if parameter.parameter_in == *place => Some(parameter.name.clone()),
        _ => None,
    });
    all.collect()
}

async fn ask(world: &World, key: &As, method: &Method, path: &str, body: &str) {
    // The body of a form is for the one call that takes one.
    let kind =
        if path.ends_with("/html") && body.starts_with("mail=") { "application/x-www-form-urlencoded" } else { "" };
    let request = request(method.as_str(), path, key).header("content-type", kind);
    let answer = world.ask(request.body(Body::from(body.to_owned())).unwrap()).await;
    let what = |text: &str| text.chars().take(120).collect::<String>();
    assert!(
        answer.body.len() <= MOST || (method == Method::GET && answer.status.is_success()),
        "{method} {} with {}: {} and {} bytes: {}",
        what(path),
        what(body),
        answer.status,
        answer.body.len(),
        what(&answer.text())
    );
    assert!(!answer.status.is_server_error(), "{method} {} with {}: {}", what(path), what(body), what(&answer.text()));
}

#[tokio::test]
async fn what_is_long_is_repeated_in_part() {
    let world = World::new(&["--rate-limit", "0"]).await;
    let key = world.key(&["read", "events:write", "admin"]).await;
    let program = "stafette: 1\nname: a\ntitle: A\nnodes:\n  a: { kind: entry, event: a, again: always, next: b }\n  b: { kind: exit }";
    let made = world.post(api::path::PROGRAMS, &key, program).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let stream = "stafette: 1\nname: a\ntitle: A\nclass: operational\nfrom: { email: a@b.example }\nsubject: a\nhtml: <p>b</p>\ntext: b";
    let made = world.post(api::path::STREAMS, &key, stream).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let (bodies, x) = (bodies(), long());
    let mut asked = 0;
    for (path, item) in server::http::document().paths.paths {
        let methods = [
            (Method::GET, item.get),
            (Method::POST, item.post),
            (Method::PUT, item.put),
            (Method::DELETE, item.delete),
        ];
        for (method, operation) in methods.into_iter().filter_map(|(method, operation)| Some((method, operation?))) {
            let (places, filters) = (names(&operation, &ParameterIn::Path), names(&operation, &ParameterIn::Query));
            let with = |value: &str| {
                places.iter().fold(path.clone(), |path, name| path.replace(&format!("{{{name}}}"), value))
            };
            // What streams goes on for ever where all is right with it.
            if !places.is_empty() {
                ask(&world, &key, &method, &with(&x[..20_000]), "").await;
            }
            for name in &filters {
                ask(&world, &key, &method, &format!("{}?{name}={}", with("a"), &x[..20_000]), "").await;
            }
            ask(&world, &key, &method, &format!("{}?{}=1", with("a"), &x[..20_000]), "").await;
            if operation.request_body.is_some() {
                for body in &bodies {
                    ask(&world, &key, &method, &with("a"), body).await;
                }
            }
            asked += 1;
        }
    }
    assert!(asked > 50, "{asked}");
}

//! The main story: an event becomes a program run becomes mail, through HTTP and the built-in inbox.

use std::time::Duration;

use serde_json::{Value, json};

use crate::process::{Client, Server, pause, stafette_ok};

/// Asks until the answer is there; each question is a request of its own.
pub(super) fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(answer) = ask() {
            return answer;
        }
        pause(Duration::from_millis(50));
    }
    panic!("it does not come");
}

fn serve() -> (tempfile::TempDir, Server, Client) {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    // Two days in two seconds.
    let server = Server::start(&["--data", folder, "--listen", "127.0.0.1:0", "--example", "--time-scale", "86400"]);
    let scopes = ["--scope", "events:write", "--scope", "read", "--scope", "admin"];
    let key = stafette_ok(&[&["keys", "create", "--data", folder], &scopes[..]].concat());
    (data, server, Client::new(&key))
}

fn subjects(client: &Client, url: &str) -> Vec<String> {
    let mails = client.all(&format!("{url}/api/v1/inbox")).unwrap();
    mails.iter().map(|mail| mail["subject"].as_str().unwrap().to_string()).collect()
}

#[test]
fn an_order_is_confirmed_and_followed_up() {
    let (_data, server, client) = serve();
    let url = server.url.clone();
    let order = |n: usize, who: &str| {
        json!({
            "type": "order.placed",
            "id": format!("{who}-{n}"),
            "contact": { "email": format!("{who}@example.test"), "first_name": "Anna" },
            "data": {
                "order_id": format!("A-{n}"), "currency": "EUR", "total": 42.5,
                "lines": [{ "name": "Kettle", "quantity": 1, "price": 42.5 }],
            },
        })
    };

    // One order: confirmation at once, the survey after the wait.
    let (status, receipt) = client.post(&format!("{url}/api/v1/events"), &order(1, "anna")).unwrap();
    assert_eq!(
        (status, &receipt["results"][0]["status"], &receipt["results"][0]["started"]),
        (202, &json!("accepted"), &json!(1)),
        "{receipt}"
    );
    until(|| (subjects(&client, &url).len() == 2).then_some(()));
    let mails = client.all(&format!("{url}/api/v1/inbox")).unwrap();
    assert!(mails[1]["subject"].as_str().unwrap().contains("A-1"), "{mails:?}");
    let id = mails[1]["id"].as_str().unwrap();
    let (_, html) = client.get(&format!("{url}/api/v1/inbox/{id}/html")).unwrap();
    assert!(html.as_str().unwrap().contains("Kettle"), "order lines from the event");
    let (_, source) = client.get(&format!("{url}/api/v1/inbox/{id}/source")).unwrap();
    assert!(source.as_str().unwrap().contains("Message-ID: <"));

    // The same order again is a duplicate and starts nothing.
    let (_, receipt) = client.post(&format!("{url}/api/v1/events"), &order(1, "anna")).unwrap();
    assert_eq!(receipt["results"][0]["status"], "duplicate");

    // The trace says what happened and why.
    let tokens = client.all(&format!("{url}/api/v1/tokens?program=order-follow-up&state=done")).unwrap();
    assert_eq!(tokens.len(), 1);
    let (_, token) = client.get(&format!("{url}/api/v1/tokens/{}", tokens[0]["id"].as_str().unwrap())).unwrap();
    let nodes: Vec<_> = token["trace"].as_array().unwrap().iter().map(|step| step["node"].as_str().unwrap()).collect();
    assert_eq!(nodes, ["placed", "confirmation", "pause", "pause", "loyal", "survey", "done"]);
    assert_eq!(token["trace"][4]["reason"], "order.placed 1 time in 365 days");

    // Three orders of one customer: the invite.
    let orders: Value = (1..=3).map(|n| order(n, "ben")).collect();
    client.post(&format!("{url}/api/v1/events"), &orders).unwrap();
    let invited = || subjects(&client, &url).into_iter().find(|subject| subject.contains("Inner Circle"));
    until(invited);

    // Live counts of each node.
    let (_, counts) = client.get(&format!("{url}/api/v1/programs/order-follow-up/counts")).unwrap();
    let placed = counts.as_array().unwrap().iter().find(|count| count["node"] == "placed").unwrap();
    assert_eq!(placed["entered"], 4, "{counts}");
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn an_answer_comes_back_as_an_event() {
    let (_data, server, client) = serve();
    let url = server.url.clone();
    let event = json!({ "type": "order.placed", "contact": { "email": "clara@example.test" } });
    client.post(&format!("{url}/api/v1/events"), &event).unwrap();
    let mails = until(|| client.all(&format!("{url}/api/v1/inbox")).filter(|mails| mails.len() == 2));
    let id = mails[0]["id"].as_str().unwrap();
    let (_, mail) = client.get(&format!("{url}/api/v1/inbox/{id}")).unwrap();
    let text = mail["text"].as_str().unwrap();
    let link = text.split_whitespace().find(|word| word.contains("/r/") && word.ends_with("score=4")).unwrap();
    let path = &link[link.find("/r/").unwrap()..];

    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    // Opening the link changes nothing: mail scanners open links.
    let page = agent.get(format!("{url}{path}")).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(page.contains("How satisfied are you with your order?"), "{page}");
    assert!(client.all(&format!("{url}/api/v1/events?type=survey.answered")).unwrap().is_empty());
    let token = path.split('?').next().unwrap();
    for _ in 0..2 {
        let answer = agent.post(format!("{url}{token}")).send_form([("score", "4")]).unwrap();
        assert_eq!(answer.status(), 200);
    }
    let answers = client.all(&format!("{url}/api/v1/events?type=survey.answered")).unwrap();
    assert_eq!(answers.len(), 1, "answered once, however often it is posted");
    assert_eq!(answers[0]["contact"], "clara@example.test");
    // Nobody answers for another message.
    let forged = format!("{}0", &token[..token.len() - 1]);
    let forged = if forged == token { format!("{}1", &token[..token.len() - 1]) } else { forged };
    assert_eq!(agent.get(format!("{url}{forged}")).call().unwrap().status(), 404);
}

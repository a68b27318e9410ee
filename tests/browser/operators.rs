//! What an operator does in the browser: a filter that could not be decided, a dead letter tried again as it was and
//! with what was mended, a publication that counts what is stuck, pictures from elsewhere, and the queues.

use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::{Driver, click, life::until, read, see, sign_up};
use crate::process::{Client as Api, Server, free_port, stafette_ok};

/// A stream of this class; what it does with files decides whether its mail goes out.
fn stream(name: &str, class: &str, attachments: &str) -> String {
    format!(
        "stafette: 1\nname: {name}\ntitle: {name}\nclass: {class}\nfrom: {{ email: shop@example.test }}\n\
         subject: Offer\nhtml: '<p>Hello <img src=\"https://pictures.example/x.png\" alt=\"\"></p>'\ntext: Hello\n\
         attachments: {attachments}\n"
    )
}

/// Who comes by gets an offer and news; who may come by is for the filter to say.
fn gate(filter: &str) -> String {
    format!(
        "stafette: 1\nname: gate\ntitle: Gate\nnodes:\n  in: {{ kind: entry, event: go, again: always, \
         filter: '{filter}', next: offer }}\n  offer: {{ kind: send_mail, stream: offer, next: news }}\n  \
         news: {{ kind: send_mail, stream: news }}\n"
    )
}

const UNGUARDED: &str = "event.total > 10";
const GUARDED: &str = "!has(event.total) || event.total > 10";

/// A server whose marketing mail has nowhere to go, and somebody with all rights.
struct Desk {
    server: Server,
    api: Api,
}

impl Desk {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    fn put(&self, path: &str, file: &str) {
        let (status, answer) = self.api.post_text(&self.url(path), file).unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    fn go(&self, email: &str, data: Value) {
        let event = json!({ "type": "go", "contact": { "email": email, "opt_in": true }, "data": data });
        assert_eq!(self.api.post(&self.url("/api/v1/events"), &event).unwrap().0, 202);
    }

    fn items(&self, path: &str) -> Vec<Value> {
        self.api.get(&self.url(path)).unwrap().1["items"].as_array().cloned().unwrap_or_default()
    }

    fn letters(&self) -> usize {
        self.items("/api/v1/dead-letters").len()
    }

    async fn open(&self, page: &Client, path: &str) {
        page.goto(&self.url(path)).await.unwrap();
    }
}

#[test]
fn operators_mend_what_is_stuck_and_mind_the_queues() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let url = format!("http://{listen}");
    let more = ["--smtp-marketing", "smtp://127.0.0.1:1", "--public-url", &url];
    let mut server = Server::start(&[&["--data", folder, "--listen", &listen, "--example"][..], &more].concat());
    let link = server.setup_link();
    let scopes = ["--scope", "admin", "--scope", "read", "--scope", "events:write"];
    let key = stafette_ok(&[&["keys", "create", "--data", folder][..], &scopes].concat());
    let desk = Desk { server, api: Api::new(&key) };
    desk.put("/api/v1/streams", &stream("offer", "operational", "ignore"));
    desk.put("/api/v1/streams", &stream("news", "marketing", "ignore"));
    desk.put("/api/v1/programs?publish=true", &gate(UNGUARDED));
    desk.go("ann@example.test", json!({ "total": 20 }));
    desk.go("ida@example.test", json!({}));
    desk.go("bob@example.test", json!({}));
    let driver = Driver::start();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let page = driver.open(1440, 900).await;
        sign_up(&page, &link).await;
        pictures(&page, &desk).await;
        undecided(&page, &desk).await;
        published(&page, &desk).await;
        mended(&page, &desk).await;
        refused(&page, &desk).await;
        too_late(&page, &desk).await;
        in_german(&page, &desk).await;
        queues(&page, &desk).await;
        page.close().await.unwrap();
    });
    assert_eq!(desk.server.terminate(), Some(0));
}

/// What was said before what is known, and what came too late, stands on the page of its event in the reader's language.
async fn too_late(page: &Client, desk: &Desk) {
    let dated = "stafette: 1\nname: dated\ntitle: D\nnodes:\n  in: { kind: entry, event: late, again: always, max_age: any, next: day }\n  \
                 day: { kind: wait_until, at: \"2020-01-01T08:00\", next: out }\n  out: { kind: exit }\n";
    desk.put("/api/v1/programs?publish=true", dated);
    let mut last = Value::Null;
    for (day, city) in [("2026-02-02", "Ulm"), ("2026-02-01", "Bonn")] {
        let contact = json!({ "email": "lea@example.test", "city": city });
        let event = json!({ "type": "late", "occurred_at": format!("{day}T09:00:00Z"), "contact": contact });
        let (status, receipt) = desk.api.post(&desk.url("/api/v1/events"), &event).unwrap();
        assert_eq!(status, 202, "{receipt}");
        last = receipt["results"][0]["event_id"].clone();
    }
    let path = format!("/events/{}", last.as_str().unwrap());
    let late = || desk.api.get(&desk.url(&format!("/api/v1{path}"))).unwrap().1["late"].is_array();
    until("its token came too late", late).await;
    desk.open(page, &path).await;
    for (language, passed_over, was_before) in [
        ("de", "älter als das, was über den Kontakt bekannt ist; es bleibt dabei: city", "war schon vorbei"),
        ("fr", "plus ancien que ce que l’on sait du contact, qui reste tel quel\u{a0}: city", "déjà passé"),
        ("en", "older than what is known of the contact, which stays as it is: city", "was before"),
    ] {
        let choose = "localStorage.setItem('stafette.language', arguments[0])";
        page.execute(choose, vec![json!(language)]).await.unwrap();
        page.refresh().await.unwrap();
        read(page, "bad", passed_over).await;
        read(page, "bad", was_before).await;
    }
}

/// What is wrong, and why there is nothing to see, is said in the reader's language; titles have room for its longer words.
async fn in_german(page: &Client, desk: &Desk) {
    let title = "A program with a title of more words than most";
    let open = format!(
        "stafette: 1\nname: open\ntitle: {title}\nnodes:\n  in: {{ kind: entry, event: go, next: ask }}\n  \
         ask: {{ kind: condition, when: \"event.totl > 10\" }}\n"
    );
    desk.put("/api/v1/programs", &open);
    let choose = async |language: &str| {
        page.execute("localStorage.setItem('stafette.language', arguments[0])", vec![json!(language)]).await.unwrap();
    };
    choose("de").await;
    desk.open(page, "/programs/open").await;
    click(page, "button.findings").await;
    read(page, "findings-list", "Nichts sagt, ob ein Kontakt wieder eintreten darf.").await;
    read(page, "findings-list", "Der Ausgang „Nein“ führt nirgends hin").await;
    read(page, "findings-list", "trug „totl“. Meinten Sie „total“?").await;
    let whole = "const h = document.querySelector('.where h1'); \
                 return h.textContent == arguments[0] && h.scrollWidth <= h.clientWidth && h.scrollHeight <= h.clientHeight";
    assert_eq!(page.execute(whole, vec![json!(title)]).await.unwrap(), json!(true), "the title is cut");

    desk.open(page, "/contacts/01a22389-7952-7000-be65-5009a0d6b48a").await;
    read(page, "problem", "Es wurde entfernt, oder die Adresse ist vertippt.").await;

    // What was looked for is there again on the way back.
    desk.open(page, "/contacts").await;
    read(page, "tr", "bob@example.test").await;
    see(page, "input[type=search]").await.send_keys("ann").await.unwrap();
    read(page, "table-foot", "1 angezeigt").await;
    read(page, "tr", "ann@example.test").await.click().await.unwrap();
    read(page, "h1", "ann@example.test").await;
    page.back().await.unwrap();
    read(page, "table-foot", "1 angezeigt").await;
    assert_eq!(see(page, "input[type=search]").await.prop("value").await.unwrap().as_deref(), Some("ann"));
    choose("en").await;
}

/// Pictures from elsewhere come when they are asked for.
async fn pictures(page: &Client, desk: &Desk) {
    until("the mail is in the inbox", || desk.items("/api/v1/inbox").len() == 1).await;
    desk.open(page, "/inbox").await;
    read(page, "strong", "Offer").await.click().await.unwrap();
    let src = async |page: &Client| see(page, "iframe.mail").await.attr("src").await.unwrap().unwrap_or_default();
    assert!(!src(page).await.contains("images"), "{}", src(page).await);
    click(page, "[data-act='images']").await;
    see(page, "iframe.mail[src$='images=true']").await;
    assert!(page.find(Locator::Css("[data-act='images']")).await.is_err(), "it is not asked for twice");
}

/// From the event to the dead letter and back; tried again as it was, it is stuck as before.
async fn undecided(page: &Client, desk: &Desk) {
    until("both are dead letters", || desk.letters() == 2).await;
    desk.open(page, "/dead-letters").await;
    read(page, "tr", "ida@example.test").await;
    let row = "//tr[contains(., 'ida@example.test')]//a[starts-with(@href, '/events/')]";
    page.find(Locator::XPath(row)).await.unwrap().click().await.unwrap();
    let event = see(page, "[data-dead-letter]").await;
    read(page, "rows", "gate").await;
    read(page, "rows", "cannot be decided").await;
    event.click().await.unwrap();
    read(page, "status", "Stuck at").await;
    read(page, "status", "cannot be decided").await;
    let steps = async || page.find_all(Locator::Css(".timeline li")).await.unwrap().len();
    see(page, ".timeline li").await;
    let before = steps().await;
    click(page, "[data-act='replay']").await;
    click(page, "dialog[open] [data-replay='as-was']").await;
    read(page, "toast", "Trying again: 1.").await;
    until("it is stuck again", || desk.letters() == 2).await;
    page.refresh().await.unwrap();
    read(page, "status", "cannot be decided").await;
    assert_eq!(steps().await, before + 1, "it was tried again, and is stuck again");
    click(page, ".facts a[href^='/events/']").await;
    see(page, "[data-dead-letter]").await;
}

/// The publication says how many are stuck, and what becomes of them by each choice.
async fn published(page: &Client, desk: &Desk) {
    let path = desk.url("/api/v1/programs/gate/draft");
    let head = desk.api.get(&path).unwrap().1["revision"].clone();
    let draft = serde_json::to_value(program::Program::parse(&gate(GUARDED)).unwrap()).unwrap();
    assert_eq!(desk.api.put(&path, &json!({ "program": draft, "revision": head })).unwrap().0, 200);
    desk.open(page, "/programs/gate").await;
    click(page, "[data-act='publish']:enabled").await;
    see(page, "dialog[open] [data-stuck]").await;
    read(page, "stuck", "2 of them stuck").await;
    read(page, "stuck", "They stay stuck.").await;
    let choice = see(page, "[data-move='in']").await;
    choice.select_by_value("move").await.unwrap();
    read(page, "stuck", "They are tried again there.").await;
    choice.select_by_value("stay").await.unwrap();
    click(page, "[data-act='publish-now']:enabled").await;
    see(page, "[data-act='undo-publish']").await;
    assert_eq!(desk.letters(), 2, "who stays stays stuck");
}

/// One by its own page, one by the list: both go on in what is current by now.
async fn mended(page: &Client, desk: &Desk) {
    desk.open(page, "/dead-letters").await;
    read(page, "tr", "bob@example.test").await;
    click(page, "tr a[href^='/tokens/']").await;
    click(page, "[data-act='replay']").await;
    click(page, "dialog[open] [data-replay='current']").await;
    until("one is left", || desk.letters() == 1).await;
    desk.open(page, "/dead-letters").await;
    click(page, "tbody input[type='checkbox']").await;
    click(page, "button.primary:enabled").await;
    read(page, "option", "Of these, 1 failed by an older version.").await;
    click(page, "dialog[open] [data-replay='current']").await;
    until("nobody is stuck", || desk.letters() == 0).await;
    read(page, "empty", "Nothing is stuck").await;
    until("all three have their mail", || desk.items("/api/v1/inbox").len() == 3).await;
}

/// A mail that its stream refused goes out by the stream as it was mended.
async fn refused(page: &Client, desk: &Desk) {
    desk.put("/api/v1/streams", &stream("offer", "operational", "require"));
    desk.go("eve@example.test", json!({ "total": 20 }));
    until("the mail is refused", || desk.letters() == 1).await;
    desk.put("/api/v1/streams", &stream("offer", "operational", "include"));
    desk.open(page, "/dead-letters").await;
    click(page, "tr a[href^='/messages?id=']").await;
    click(page, "dialog[open] [data-act='replay']").await;
    click(page, "dialog[open] [data-replay='current']").await;
    until("it is sent", || desk.items("/api/v1/inbox").len() == 4).await;
    assert_eq!(desk.letters(), 0);
}

/// A relay that takes nothing, and what can be said of a queue; what others say shows by itself.
async fn queues(page: &Client, desk: &Desk) {
    until("four wait", || desk.items("/api/v1/queues")[1]["waiting"] == 4).await;
    desk.open(page, "/programs").await;
    click(page, ".side a[href='/queues']").await;
    read(page, "status", "127.0.0.1:1 takes no mails").await;
    see(page, "[data-queue='marketing'] [data-relay] .relay-times span:nth-of-type(2) time").await;
    let waiting = see(page, "[data-queue='marketing'] .tile a").await;
    assert_eq!(waiting.text().await.unwrap(), "4");
    read(page, "chip", "Live").await;

    let act = async |queue: &str, act: &str| {
        click(page, &format!("[data-queue='{queue}'] [data-act='{act}']:enabled")).await;
        click(page, "dialog[open] footer button.primary").await;
    };
    let held = |at: usize| desk.items("/api/v1/queues")[at]["held_at"].is_string();
    act("marketing", "hold").await;
    read(page, "toast", "Held.").await;
    see(page, "[data-queue='marketing'] [data-act='release']").await;
    assert!(held(1) && !held(0));
    see(page, "[data-queue='marketing'] [data-act='flush']:disabled").await;
    act("marketing", "release").await;
    see(page, "[data-queue='marketing'] [data-act='hold']").await;
    assert!(!held(1));
    act("marketing", "flush").await;
    read(page, "toast", "All that waits is tried now.").await;
    assert!(desk.items("/api/v1/queues")[1]["flushed_at"].is_string());

    // Calls have a queue of their own.
    act("calls", "hold").await;
    see(page, "[data-queue='calls'] .status.tone-warn").await;
    assert!(held(2) && !held(1));
    act("calls", "release").await;
    read(page, "toast", "Calls are made again.").await;
    assert!(!held(2));

    // Somebody else, elsewhere.
    see(page, "[data-queue='operational'] .status.tone-good").await;
    desk.api.post_text(&desk.url("/api/v1/queues/operational/hold"), "").unwrap();
    see(page, "[data-queue='operational'] .status.tone-warn").await;
    read(page, "status", "Held since").await;
}

//! The story in a real browser: first sign-in, the program's graph, the token that moves, the mail in the inbox.

mod axe;
mod designer;
mod fields;
mod free;
mod languages;
mod lazy;
mod life;
mod lost;
mod mistakes;
mod operators;
mod trying;

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::process::{Server, free_port, stafette_ok};

/// How long a page may take to show something.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running chromedriver.
pub(crate) struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts it and waits until it says that it is there.
    pub(crate) fn start() -> Self {
        let port = free_port();
        let mut child = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is missing; `scripts/setup test` installs it");
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = out.lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("started successfully")), "chromedriver does not start");
        // Whoever does not read lets it wait for ever.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port }
    }

    /// A window of this size.
    pub(crate) async fn open(&self, width: u32, height: u32) -> Client {
        let profile = tempfile::tempdir().unwrap().keep();
        self.open_with(width, height, &profile).await
    }

    /// The same with what the browser of this profile had kept.
    pub(crate) async fn open_with(&self, width: u32, height: u32, profile: &Path) -> Client {
        let flags = [
            "--headless".into(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-quic".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--lang=en".into(),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", profile.display()),
        ];
        let capabilities =
            json!({ "goog:chromeOptions": { "args": flags }, "goog:loggingPrefs": { "browser": "ALL" } });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.as_object().cloned().unwrap());
        builder.connect(&format!("http://127.0.0.1:{}", self.port)).await.unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A walk by the first user through a server with the example program, with a key that may read.
pub(crate) fn in_the_browser(walk: impl AsyncFnOnce(&Client, &Server, &str)) {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let mut server = Server::start(&["--data", folder, "--listen", "127.0.0.1:0", "--example"]);
    let link = server.setup_link();
    let key = stafette_ok(&["keys", "create", "--data", folder, "--scope", "read"]);
    let driver = Driver::start();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let page = driver.open(1440, 900).await;
        sign_up(&page, &link).await;
        walk(&page, &server, &key).await;
        page.close().await.unwrap();
    });
    assert_eq!(server.terminate(), Some(0));
}

/// Waits for an element.
pub(crate) async fn see(page: &Client, css: &str) -> Element {
    let found = page.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
    found.unwrap_or_else(|error| panic!("{css}: {error}"))
}

/// Waits for an element and clicks it.
pub(crate) async fn click(page: &Client, css: &str) {
    see(page, css).await.click().await.unwrap();
}

/// Waits for an element that holds a text.
async fn read(page: &Client, css: &str, text: &str) -> Element {
    let path = format!("//*[contains(concat(' ', @class, ' '), ' {css} ') or self::{css}][contains(., \"{text}\")]");
    let found = page.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
    found.unwrap_or_else(|error| panic!("{css} with \"{text}\": {error}"))
}

#[test]
fn the_story_is_seen() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    // Two days in four seconds.
    let mut server =
        Server::start(&["--data", folder, "--listen", "127.0.0.1:0", "--example", "--time-scale", "43200"]);
    let link = server.setup_link();
    let key = stafette_ok(&["keys", "create", "--data", folder, "--scope", "events:write"]);
    let driver = Driver::start();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let page = driver.open(1440, 900).await;
        walk(&page, &server.url, &link, &key).await;
        page.close().await.unwrap();
    });
    assert_eq!(server.terminate(), Some(0));
}

/// The first user, by the one-time link.
pub(crate) async fn sign_up(page: &Client, link: &str) {
    page.goto(link).await.unwrap();
    see(page, "input[type=email]").await.send_keys("me@example.test").await.unwrap();
    see(page, "input[type=password]").await.send_keys("a long enough password").await.unwrap();
    see(page, "button.primary").await.click().await.unwrap();
    read(page, "strong", "Order follow-up").await;
}

async fn walk(page: &Client, url: &str, link: &str, key: &str) {
    sign_up(page, link).await;
    // The list of programs, and from there the graph.
    read(page, "strong", "Order follow-up").await.click().await.unwrap();
    see(page, "[data-node='done']").await;
    assert_eq!(page.find_all(Locator::Css("[data-node]")).await.unwrap().len(), 7, "seven nodes are drawn");
    read(page, "panel-head", "Live").await;

    // An order comes in by the API; the page shows the token move, and two days later the survey.
    let order = json!({
        "type": "order.placed", "contact": { "email": "anna@example.test" },
        "data": { "order_id": "A-1001", "lines": [{ "name": "Kettle", "quantity": 1, "price": 42.5 }] },
    });
    let (url_events, key) = (format!("{url}/api/v1/events"), key.to_string());
    let sent = tokio::task::spawn_blocking(move || crate::process::Client::new(&key).post(&url_events, &order));
    assert_eq!(sent.await.unwrap().map(|(status, _)| status), Some(202));
    read(page, "feed", "anna@example.test").await;
    read(page, "node", "1 waiting").await;
    see(page, "[data-card='survey'] .count").await;
    read(page, "feed", "order.placed 1 time in 365 days").await;

    // A number on a card leads to its contacts, and back.
    see(page, "[data-card='placed'] a.count").await.click().await.unwrap();
    read(page, "tr", "anna@example.test").await;
    let address = page.current_url().await.unwrap();
    assert!(address.as_str().ends_with("/programs/order-follow-up/visits?node=placed"), "{address}");
    page.back().await.unwrap();

    // Who waited was there for two days, in heat as in numbers; the number leads to them, and back.
    see(page, "[data-act='heat']").await.click().await.unwrap();
    read(page, "node", "stay 4").await;
    see(page, "[data-node='pause'].warm").await.click().await.unwrap();
    see(page, ".stats a[href*='left=true']").await.click().await.unwrap();
    read(page, "h1", "Went on from").await;
    read(page, "tr", "anna@example.test").await;
    assert!(
        page.current_url().await.unwrap().as_str().ends_with("/programs/order-follow-up/visits?node=pause&left=true")
    );
    page.back().await.unwrap();
    read(page, "legend", "longest 4").await;

    // The mail lies in the inbox and can be opened.
    page.goto(&format!("{url}/inbox")).await.unwrap();
    read(page, "strong", "Your order A-1001").await.click().await.unwrap();
    let frame = see(page, "iframe[sandbox]").await;
    assert_eq!(frame.attr("sandbox").await.unwrap().as_deref(), Some(""), "nothing in a mail may run");
    let frame = page.find(Locator::Css("iframe[sandbox]")).await.unwrap();
    frame.enter_frame().await.unwrap();
    read(page, "table", "Kettle").await;
    page.enter_parent_frame().await.unwrap();

    // The contact's timeline says why.
    page.goto(&format!("{url}/contacts")).await.unwrap();
    read(page, "tr", "anna@example.test").await.click().await.unwrap();
    read(page, "body", "order.placed 1 time in 365 days").await;

    // In the reader's language.
    click(page, "select option[value='de']").await;
    read(page, "timeline", "order.placed einmal").await;
    read(page, "timeline", "2 Tage gewartet").await;
    read(page, "timeline", "Warten 2 Tage: wartet bis").await;
}

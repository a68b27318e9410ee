//! Accessibility: axe-core finds nothing on any page, nor in the states of the designer (WCAG 2.2 A and AA, best
//! practice).

use std::path::Path;

use fantoccini::{Client, Locator};
use serde_json::json;

use super::{Driver, PATIENCE, see, sign_up};
use crate::process::{Client as Api, Server, stafette_ok};

/// Every page that has an address of its own.
pub(super) const PAGES: [&str; 11] = [
    "programs",
    "events",
    "contacts",
    "inbox",
    "messages",
    "dead-letters",
    "queues",
    "keys",
    "api",
    "kinds",
    "programs/order-follow-up/tokens",
];

/// Runs the rules and gives what they found to WebDriver. What still moves is brought to its end first: halfway faded in,
/// no text has its contrast. (What loads shimmers without an end.)
const RUN: &str = "const done = arguments[arguments.length - 1];
    document.getAnimations()
        .filter(animation => Number.isFinite(animation.effect.getComputedTiming().endTime))
        .forEach(animation => animation.finish());
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
        .then(found => done(found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(' | '))))
        .catch(error => done(['axe failed: ' + error]));";

#[test]
fn axe_finds_nothing() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/axe/node_modules/axe-core/axe.min.js");
    let source = std::fs::read_to_string(&source)
        .unwrap_or_else(|error| panic!("{}: {error}; `scripts/setup test` installs it", source.display()));
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let mut server = Server::start(&["--data", folder, "--listen", "127.0.0.1:0", "--example"]);
    let link = server.setup_link();
    let key = stafette_ok(&["keys", "create", "--data", folder, "--scope", "events:write"]);
    let order = json!({ "type": "order.placed", "contact": { "email": "anna@example.test" },
        "data": { "order_id": "A-1", "lines": [{ "name": "Kettle", "quantity": 1, "price": 42.5 }] } });
    Api::new(&key).post(&format!("{}/api/v1/events", server.url), &order).unwrap();
    let driver = Driver::start();
    let found = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let page = driver.open(1440, 900).await;
        let mut found = Vec::new();
        page.goto(&link).await.unwrap();
        see(&page, "input[type=email]").await;
        found.extend(look(&page, &source, "setup").await);
        sign_up(&page, &link).await;
        for path in PAGES {
            page.goto(&format!("{}/{path}", server.url)).await.unwrap();
            see(&page, "main h1, .page-head h1").await;
            loaded(&page).await;
            found.extend(look(&page, &source, path).await);
        }
        page.goto(&format!("{}/events", server.url)).await.unwrap();
        for (state, click, shows) in [
            ("event", "main a.row-link", "main a[href^='/tokens/']"),
            ("token", "main a[href^='/tokens/']", ".timeline li"),
        ] {
            see(&page, click).await.click().await.unwrap();
            see(&page, shows).await;
            found.extend(look(&page, &source, state).await);
        }
        page.goto(&format!("{}/programs/order-follow-up", server.url)).await.unwrap();
        for (state, click, shows) in [
            ("designer", "[data-view='Canvas']", "[data-node='done']"),
            ("node selected", "[data-node='loyal']", ".inspector .clause [data-field='value']"),
            ("condition as text", "[data-tab='text']", ".inspector [data-field='when']"),
            ("outline", "[data-view='Outline']", ".outline ol"),
            ("code", "[data-view='Code']", ".code-view textarea"),
            ("changes", "[data-view='Changes']", ".changes"),
            ("canvas again", "[data-view='Canvas']", "[data-node='done']"),
            ("palette", ".plus[data-gap='placed:next']", ".palette input"),
        ] {
            see(&page, click).await.click().await.unwrap();
            see(&page, shows).await;
            found.extend(look(&page, &source, state).await);
        }
        see(&page, "[data-choice='send_mail']").await.click().await.unwrap();
        see(&page, "[data-node='send_mail']").await;
        see(&page, ".findings").await.click().await.unwrap();
        see(&page, ".problems").await;
        found.extend(look(&page, &source, "problems").await);
        // A draft with problems is not tested.
        see(&page, "[data-act='Undo']").await.click().await.unwrap();
        see(&page, "[data-saved='true']").await;
        found.extend(tried(&page, &source, &server.url).await);
        page.close().await.unwrap();
        found
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!(server.terminate(), Some(0));
}

/// A test run, from the contact that is marked for it to the wait that is skipped.
async fn tried(page: &Client, source: &str, url: &str) -> Vec<String> {
    let mut found = Vec::new();
    page.goto(&format!("{url}/contacts")).await.unwrap();
    see(page, "main a[href^='/contacts/']").await.click().await.unwrap();
    see(page, "[data-field='test']").await.click().await.unwrap();
    see(page, ".page-head .chip").await;
    loaded(page).await;
    found.extend(look(page, source, "test contact").await);
    page.goto(&format!("{url}/programs/order-follow-up")).await.unwrap();
    for (state, click, shows) in [
        ("try it", "[data-open='try-it']", "[data-mode='Test']"),
        ("test form", "[data-mode='Test']", "[data-tester]:checked"),
        ("test under way", "[data-test='send']:enabled", "[data-test='skip']"),
        ("test over", "[data-test='skip']", "[data-step='done']"),
    ] {
        see(page, click).await.click().await.unwrap();
        see(page, shows).await;
        found.extend(look(page, source, state).await);
    }
    found
}

/// Waits until what the page fetches is there.
pub(super) async fn loaded(page: &Client) {
    let end = std::time::Instant::now() + PATIENCE;
    while page.find(Locator::Css(".skeleton")).await.is_ok() {
        assert!(std::time::Instant::now() < end, "the page does not finish loading");
    }
}

async fn look(page: &Client, source: &str, state: &str) -> Vec<String> {
    page.execute(source, Vec::new()).await.unwrap();
    let found = page.execute_async(RUN, Vec::new()).await.unwrap();
    let found = found.as_array().cloned().unwrap_or_default();
    found.iter().map(|violation| format!("{state}: {}", violation.as_str().unwrap_or("?"))).collect::<Vec<_>>()
}

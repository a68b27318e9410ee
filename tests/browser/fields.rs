//! Widgets of several parts in a real browser: date and zone, weekdays and hours, weights. What they are set to is in the
//! draft; what cannot be is said beside the field, and the draft keeps what it had.

use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::{PATIENCE, click, designer::draft, in_the_browser, life::open, see};

#[test]
fn each_part_of_a_widget_is_written() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        for (after, kind) in [("pause", "wait_until"), ("wait_until", "wait_window"), ("wait_window", "split")] {
            click(page, &format!(".plus[data-gap='{after}:next']")).await;
            click(page, &format!("[data-choice='{kind}']")).await;
            see(page, &format!("[data-node='{kind}']")).await;
        }

        click(page, "[data-node='wait_until']").await;
        told(page, "Choose the date").await;
        set(page, "at", "2026-12-24T08:00").await;
        set(page, "zone", "Europe/Atlantis").await;
        told(page, "is not known").await;
        set(page, "zone", "Europe/Berlin").await;

        click(page, "[data-node='wait_window']").await;
        for day in ["mon", "sat"] {
            click(page, &format!("[data-field='days-{day}']")).await;
        }
        set(page, "hours-from", "22:00").await;
        set(page, "hours-until", "06:30").await;
        set(page, "zone", "America/New_York").await;

        click(page, "[data-node='split']").await;
        click(page, "[data-field='weights-add']").await;
        click(page, "[data-field='weights-even']").await;
        set(page, "weights-c", "32").await;
        told(page, "99 together").await;
        set(page, "weights-a", "35").await;
        see(page, "[data-saved='true']").await;

        let nodes = draft(&server.url, key, "order-follow-up")["nodes"].clone();
        let fields = |node: &str| without_ways(&nodes[node]);
        let until = json!({ "kind": "wait_until", "at": "2026-12-24T08:00", "zone": "Europe/Berlin" });
        assert_eq!(fields("wait_until"), until);
        assert_eq!(
            fields("wait_window"),
            json!({
                "kind": "wait_window", "days": ["tue", "wed", "thu", "fri", "sat"], "hours": "22:00-06:30",
                "zone": "America/New_York"
            })
        );
        assert_eq!(fields("split"), json!({ "kind": "split", "weights": [35, 33, 32] }));
    });
}

fn without_ways(node: &Value) -> Value {
    let mut node = node.clone();
    node.as_object_mut().unwrap().remove("next");
    node
}

/// Sets a field as its picker does: typing into dates and times depends on the language of the browser.
async fn set(page: &Client, field: &str, value: &str) {
    see(page, &format!(".side-panel [data-field='{field}']")).await;
    let script = "const [field, value] = arguments;
        const input = document.querySelector(`.side-panel [data-field='${field}']`);
        input.value = value;
        for (const event of ['input', 'change']) input.dispatchEvent(new Event(event, { bubbles: true }));";
    page.execute(script, vec![json!(field), json!(value)]).await.unwrap();
}

/// Waits until something is said beside a field.
async fn told(page: &Client, words: &str) {
    let path = format!("//aside//ul[@class='error'][contains(., '{words}')]");
    let found = page.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
    found.unwrap_or_else(|error| panic!("\"{words}\": {error}"));
}

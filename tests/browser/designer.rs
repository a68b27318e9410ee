//! The designer in a real browser: the story program built by mouse, by keyboard alone, and in the outline. The three
//! files are equal.

use fantoccini::{
    Client, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    key::Key,
};
use serde_json::Value;

use super::{PATIENCE, click, in_the_browser, see};
use crate::process::Client as Api;

/// One step of the story: the kind, and the fields that are filled in.
const STEPS: [(&str, &[(&str, &str)]); 6] = [
    ("send_mail", &[("title", "Order confirmation"), ("stream", "order-confirmation")]),
    ("wait", &[("duration", "2")]),
    ("condition", &[("when", "count(\"order.placed\", duration(\"8760h\")) >= 3")]),
    ("loyalty_invite", &[("stream", "loyalty-invite"), ("club", "Inner Circle")]),
    ("exit", &[]),
    ("survey", &[("stream", "satisfaction-survey"), ("question", "How was it?")]),
];
const ENTRY: &[(&str, &str)] = &[("title", "Order placed"), ("event", "order.placed"), ("again", "always")];

/// Where a step goes: behind which node, by which port, and whether that is the node that was added last.
const GAPS: [(&str, &str); 6] = [
    ("entry", "next"),
    ("send_mail", "next"),
    ("wait", "next"),
    ("condition", "yes"),
    ("loyalty_invite", "next"),
    ("condition", "no"),
];

#[test]
fn the_story_is_built_in_three_ways() {
    in_the_browser(async |page, server, key| {
        let mut files = Vec::new();
        for way in [Way::Mouse, Way::Keyboard, Way::Outline] {
            build(page, &server.url, way).await;
            files.push(draft(&server.url, key, &way.name()));
        }
        assert_eq!(files[0], files[1], "mouse and keyboard");
        assert_eq!(files[0], files[2], "mouse and outline");
        assert_eq!(files[0]["nodes"].as_object().unwrap().len(), 7);
        assert_eq!(files[0]["nodes"]["survey"]["next"], "exit", "both branches meet");
    });
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Mouse,
    Keyboard,
    Outline,
}

impl Way {
    fn name(self) -> String {
        format!("built-by-{self:?}").to_lowercase()
    }
}

/// The program of a draft, without what its name decides.
pub(crate) fn draft(url: &str, key: &str, name: &str) -> Value {
    let (status, draft) = Api::new(key).get(&format!("{url}/api/v1/programs/{name}/draft")).unwrap();
    assert_eq!(status, 200, "{draft}");
    let mut program = draft["program"].clone();
    program.as_object_mut().unwrap().retain(|field, _| field != "name" && field != "title");
    program
}

async fn build(page: &Client, url: &str, way: Way) {
    page.goto(&format!("{url}/programs")).await.unwrap();
    click(page, "[data-act='new-program']").await;
    see(page, "dialog [data-field='title']").await.send_keys("Built").await.unwrap();
    let name = see(page, "dialog [data-field='name']").await;
    name.clear().await.unwrap();
    name.send_keys(&way.name()).await.unwrap();
    click(page, "dialog form button.primary").await;
    see(page, "[data-act='first']").await;
    if matches!(way, Way::Outline) {
        click(page, "[data-view='Outline']").await;
    }
    match way {
        Way::Keyboard => {
            tab_to(page, "data-act", "first").await;
            press(page, Key::Enter).await;
        }
        Way::Mouse | Way::Outline => see(page, "[data-act='first']").await.click().await.unwrap(),
    }
    see(page, "[data-node='entry']").await;
    fill(page, way, "entry", ENTRY).await;
    for ((kind, fields), (from, port)) in STEPS.into_iter().zip(GAPS) {
        open_gap(page, way, from, port).await;
        choose(page, way, kind).await;
        see(page, &format!("[data-node='{kind}']")).await;
        fill(page, way, kind, fields).await;
    }
    open_gap(page, way, "survey", "next").await;
    choose(page, way, "node:exit").await;
    // What is typed last is saved, too.
    see(page, "[data-saved='true']").await;
}

/// Opens the palette for a gap.
async fn open_gap(page: &Client, way: Way, from: &str, port: &str) {
    match way {
        Way::Mouse => {
            let plus = format!(".plus[data-gap='{from}:{port}']");
            click(page, &plus).await;
        }
        Way::Outline => {
            let plus = format!(".outline [data-plus='{from}:{port}']");
            click(page, &plus).await;
        }
        Way::Keyboard => {
            walk_to(page, from).await;
            press(page, 'n').await;
        }
    }
    see(page, ".palette input").await;
}

/// Chooses a kind, or a node that is there, from the open palette.
async fn choose(page: &Client, way: Way, what: &str) {
    let option = see(page, &format!("[data-choice='{what}']")).await;
    match way {
        Way::Mouse | Way::Outline => option.click().await.unwrap(),
        Way::Keyboard => {
            // Down to it.
            while option.attr("aria-selected").await.unwrap().as_deref() != Some("true") {
                press(page, Key::Down).await;
            }
            press(page, Key::Enter).await;
        }
    }
    gone(page, ".palette").await;
}

/// Fills in the form of a node.
async fn fill(page: &Client, way: Way, node: &str, fields: &[(&str, &str)]) {
    if fields.is_empty() {
        return;
    }
    if matches!(way, Way::Keyboard) {
        walk_to(page, node).await;
        press(page, Key::Enter).await;
    } else {
        see(page, &format!("[data-node='{node}']")).await.click().await.unwrap();
    }
    for (field, value) in fields {
        if *field == "when" {
            see(page, ".side-panel [data-tab='text']").await;
            match way {
                Way::Keyboard => {
                    tab_to(page, "data-tab", "text").await;
                    press(page, Key::Enter).await;
                }
                Way::Mouse | Way::Outline => click(page, ".side-panel [data-tab='text']").await,
            }
        }
        let widget = see(page, &format!(".side-panel [data-field='{field}']")).await;
        match way {
            Way::Keyboard => tab_to(page, "data-field", field).await,
            Way::Mouse | Way::Outline => widget.click().await.unwrap(),
        }
        enter(page, &widget, value).await;
    }
    if matches!(way, Way::Keyboard) {
        press(page, Key::Escape).await;
    }
}

/// Types into a field, or picks an option.
async fn enter(page: &Client, widget: &Element, value: &str) {
    if widget.tag_name().await.unwrap() == "select" {
        widget.select_by_value(value).await.unwrap();
    } else {
        chord(page, Key::Control, 'a').await;
        widget.send_keys(value).await.unwrap();
    }
}

/// Brings the keyboard to a node: Tab into the canvas, then along the edges.
async fn walk_to(page: &Client, node: &str) {
    let wanted = Some(node.to_owned());
    if focused(page, "data-node").await.is_none() {
        for _ in 0..60 {
            if focused(page, "data-node").await.is_some() {
                break;
            }
            press(page, Key::Tab).await;
        }
    }
    press(page, Key::Home).await;
    settled(page).await;
    for step in [Key::Down, Key::Down, Key::Down, Key::Down, Key::Right, Key::Down] {
        if focused(page, "data-node").await == wanted {
            return;
        }
        press(page, step).await;
        settled(page).await;
    }
    assert_eq!(focused(page, "data-node").await, wanted);
}

/// Waits until the focus is where the keyboard stands: it follows with the next picture.
async fn settled(page: &Client) {
    let end = std::time::Instant::now() + PATIENCE;
    loop {
        let stands = see(page, "[data-node][tabindex='0']").await.attr("data-node").await.unwrap();
        if focused(page, "data-node").await == stands {
            return;
        }
        assert!(std::time::Instant::now() < end, "the focus does not follow to {stands:?}");
    }
}

async fn tab_to(page: &Client, attribute: &str, value: &str) {
    for _ in 0..80 {
        if focused(page, attribute).await.as_deref() == Some(value) {
            return;
        }
        press(page, Key::Tab).await;
    }
    panic!("Tab does not lead to {attribute}={value}");
}

/// An attribute of what has the focus.
async fn focused(page: &Client, attribute: &str) -> Option<String> {
    page.active_element().await.unwrap().attr(attribute).await.unwrap()
}

/// One key.
pub(crate) async fn press(page: &Client, key: impl Into<char>) {
    let value = key.into();
    let keys = KeyActions::new("keys".into()).then(KeyAction::Down { value }).then(KeyAction::Up { value });
    page.perform_actions(keys).await.unwrap();
}

/// A key while another is held.
pub(crate) async fn chord(page: &Client, held: impl Into<char>, key: char) {
    let held = held.into();
    let keys = KeyActions::new("keys".into())
        .then(KeyAction::Down { value: held })
        .then(KeyAction::Down { value: key })
        .then(KeyAction::Up { value: key })
        .then(KeyAction::Up { value: held });
    page.perform_actions(keys).await.unwrap();
}

async fn gone(page: &Client, css: &str) {
    let end = std::time::Instant::now() + PATIENCE;
    while page.find(Locator::Css(css)).await.is_ok() {
        assert!(std::time::Instant::now() < end, "{css} stays");
        tokio::task::yield_now().await;
    }
}

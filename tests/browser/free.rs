//! Free layout in a real browser: a card is carried, an edge is drawn, cut and brought back. The file has the places, and
//! the page shows them again.

use fantoccini::{
    Client,
    actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction},
    key::Key,
};
use serde_json::{Value, json};

use super::{
    click,
    designer::{chord, draft, press},
    in_the_browser,
    life::open,
    see,
};

const GRID: f64 = 16.0;
/// No whole number of grid steps.
const BY: (f64, f64) = (165.0, -37.0);
const OPENING: &str = ".plus[data-gap='confirmation:next']";

#[test]
fn cards_stand_where_they_are_put() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        click(page, ".tools [aria-pressed='false']").await;
        see(page, ".tools [aria-pressed='true']").await;
        let before = saved(page, &server.url, key).await;

        // A pixel of the window is one of the drawing.
        click(page, "[data-node='pause']").await;
        press(page, '0').await;
        see(page, ".world[style*='scale(1)']").await;
        drag(page, "[data-node='pause']", PointerAction::MoveBy { duration: None, x: BY.0, y: BY.1 }).await;
        let place = &before["places"]["pause"];
        let snapped = |axis: usize, by: f64| ((place[axis].as_f64().unwrap() + by) / GRID).round() * GRID;
        let (x, y) = (snapped(0, BY.0), snapped(1, BY.1));
        let there = format!("[data-card='pause'][style*='left: {x}px'][style*='top: {y}px']");
        see(page, &there).await;

        // The next step is left out, then not, then again, and then not after all.
        click(page, "[data-node='confirmation']").await;
        press(page, 'x').await;
        see(page, &format!("{OPENING}.free")).await;
        let to = see(page, "[data-node='loyal']").await;
        drag(page, OPENING, PointerAction::MoveToElement { element: to, duration: None, x: 0.0, y: 0.0 }).await;
        see(page, &format!("{OPENING}:not(.free)")).await;
        click(page, "[data-node='confirmation']").await;
        press(page, 'x').await;
        see(page, &format!("{OPENING}.free")).await;
        chord(page, Key::Control, 'z').await;
        see(page, &format!("{OPENING}:not(.free)")).await;

        let mut expected = before;
        expected["places"]["pause"] = json!([x as i64, y as i64]);
        expected["nodes"]["confirmation"]["next"] = json!("loyal");
        assert_eq!(saved(page, &server.url, key).await, expected);
        page.refresh().await.unwrap();
        see(page, &there).await;
        see(page, ".tools [aria-pressed='true']").await;
        see(page, &format!("{OPENING}:not(.free)")).await;
    });
}

/// Carries what is in the middle of an element.
async fn drag(page: &Client, css: &str, to: PointerAction) {
    let element = see(page, css).await;
    let actions = MouseActions::new("mouse".into())
        .then(PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 })
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(to)
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    page.perform_actions(actions).await.unwrap();
}

/// The draft, once all of it is on the server.
async fn saved(page: &Client, url: &str, key: &str) -> Value {
    see(page, "[data-saved='true']").await;
    draft(url, key, "order-follow-up")
}

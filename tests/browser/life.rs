//! A program's life by its buttons, its versions and copies, two editors of one draft, a draft that is left in the middle, a
//! step that goes from one tab to another, and a condition as a form.

use fantoccini::{Client, key::Key};
use serde_json::Value;

use super::{
    click,
    designer::{chord, draft},
    in_the_browser, read, see,
};
use crate::process::{Client as Api, Server};

const PROGRAM: &str = "/programs/order-follow-up";

#[test]
fn a_program_is_held_ended_and_put_away() {
    in_the_browser(async |page, server, key| {
        page.goto(&format!("{}{PROGRAM}", server.url)).await.unwrap();
        for (choice, state) in [("pause", "paused"), ("finish", "stopped"), ("stop", "stopped")] {
            life(page, choice).await;
            click(page, "[data-act='hold']").await;
            turned(server, key, state).await;
            click(page, "[data-act='life']").await;
            click(page, "dialog[open] input[value='spread']").await;
            click(page, "[data-act='resume']").await;
            turned(server, key, "live").await;
            read(page, "toast", "Going on: 0 contacts, 0 mails.").await;
        }
        life(page, "archive").await;
        click(page, "[data-act='hold']").await;
        turned(server, key, "archived").await;
        read(page, "toast", "In the archive.").await;
        page.goto(&format!("{}/programs?archived=true", server.url)).await.unwrap();
        read(page, "strong", "Order follow-up").await.click().await.unwrap();
        click(page, "[data-act='unarchive']").await;
        turned(server, key, "paused").await;
    });
}

#[test]
fn two_editors_meet() {
    in_the_browser(async |page, server, key| {
        let ours = page.window().await.unwrap();
        open(page, server).await;
        let theirs = page.new_window(true).await.unwrap().handle;
        page.switch_to_window(theirs.clone()).await.unwrap();
        open(page, server).await;
        title(page, "Theirs").await;
        see(page, "[data-saved='true']").await;

        // Ours was begun before theirs was saved. First theirs is taken …
        page.switch_to_window(ours.clone()).await.unwrap();
        title(page, "Ours").await;
        click(page, "dialog[open] [data-act='theirs']").await;
        read(page, "h1", "Theirs").await;
        see(page, "[data-saved='true']").await;
        title(page, "Ours again").await;
        see(page, "[data-saved='true']").await;

        // … then ours replaces it.
        page.switch_to_window(theirs).await.unwrap();
        title(page, "Theirs again").await;
        click(page, "dialog[open] [data-act='mine']").await;
        see(page, "[data-saved='true']").await;
        assert_eq!(drafted(server, key), "Theirs again");
    });
}

#[test]
fn who_leaves_at_once_loses_nothing() {
    in_the_browser(async |page, server, key| {
        for (way, leave) in [
            ("a link", "document.querySelector(\"a[href='/programs']\").click(); return true;"),
            (
                "the window",
                "const closing = new Event('beforeunload', { cancelable: true });
                 window.dispatchEvent(closing);
                 return closing.defaultPrevented;",
            ),
        ] {
            open(page, server).await;
            see(page, ".about input").await;
            // In one go: a pause would be enough for it to be saved anyway.
            let typed = "const field = document.querySelector('.about input');
                field.value = arguments[0];
                field.dispatchEvent(new Event('input', { bubbles: true }));";
            let asks = page.execute(&format!("{typed} {leave}"), vec![Value::from(way)]).await.unwrap();
            assert_eq!(asks, Value::Bool(true), "the browser asks who leaves by {way}");
            until("the draft is saved", || drafted(server, key) == way).await;
        }
    });
}

#[test]
fn an_older_version_is_compared_and_comes_back() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        title(page, "Changed").await;
        see(page, "[data-saved='true']").await;
        until("the draft is saved", || drafted(server, key) == "Changed").await;
        click(page, "[data-act='versions']").await;
        click(page, "dialog[open] [data-act='compare']").await;
        read(page, "b", "Program › Title").await;
        read(page, "del", "Order follow-up").await;
        read(page, "ins", "Changed").await;
        click(page, "dialog[open] [data-act='restore']").await;
        until("the draft is the version again", || drafted(server, key) == "Order follow-up").await;
        click(page, "[data-act='versions']").await;
        click(page, "dialog[open] [data-act='compare']").await;
        see(page, ".compared p").await;
        assert!(page.find_all(fantoccini::Locator::Css(".differences")).await.unwrap().is_empty());
    });
}

#[test]
fn a_program_is_copied() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        click(page, "[data-act='duplicate-program']").await;
        let field = see(page, "dialog[open] [data-field='title']").await;
        field.clear().await.unwrap();
        field.send_keys("Second one").await.unwrap();
        click(page, "dialog[open] form button.primary").await;
        until("the copy is there", || {
            let url = format!("{}/api/v1/programs/second-one/draft", server.url);
            Api::new(key).get(&url).is_some_and(|(_, draft)| draft["program"]["title"] == "Second one")
        })
        .await;
    });
}

#[test]
fn a_step_goes_from_tab_to_tab() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        click(page, "[data-node='pause']").await;
        chord(page, Key::Control, 'c').await;
        let tab = page.new_window(true).await.unwrap().handle;
        page.switch_to_window(tab).await.unwrap();
        page.goto(&format!("{}/programs", server.url)).await.unwrap();
        click(page, "[data-act='new-program']").await;
        see(page, "dialog [data-field='title']").await.send_keys("Other").await.unwrap();
        click(page, "dialog form button.primary").await;
        click(page, "[data-act='first']").await;
        click(page, "[data-node='entry']").await;
        chord(page, Key::Control, 'v').await;
        see(page, "[data-node='pause']").await;
        see(page, "[data-saved='true']").await;
        let nodes = draft(&server.url, key, "other")["nodes"].clone();
        assert_eq!(nodes["pause"]["duration"], Value::from("2d"), "{nodes}");
    });
}

#[test]
fn a_condition_is_written_as_a_form() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        click(page, "[data-node='loyal']").await;
        // What the program has is read …
        let name = see(page, ".clause [data-field='name']").await;
        assert_eq!(name.prop("value").await.unwrap().as_deref(), Some("order.placed"));
        // … and what is added is written.
        click(page, "[data-act='add-clause']").await;
        let row = ".clause:nth-of-type(2)";
        see(page, &format!("{row} [data-field='name']")).await.send_keys("total").await.unwrap();
        see(page, &format!("{row} [data-field='test']")).await.select_by_value("AtLeast").await.unwrap();
        see(page, &format!("{row} [data-field='value']")).await.send_keys("50").await.unwrap();
        see(page, "[data-saved='true']").await;
        let when = draft(&server.url, key, "order-follow-up")["nodes"]["loyal"]["when"].clone();
        assert_eq!(when, r#"count("order.placed", duration("365d")) >= 3 && event.total >= 50"#);
    });
}

/// Opens the example program.
pub(crate) async fn open(page: &Client, server: &Server) {
    page.goto(&format!("{}{PROGRAM}", server.url)).await.unwrap();
    see(page, "[data-node='done']").await;
}

/// Opens the question and chooses an answer.
async fn life(page: &Client, choice: &str) {
    click(page, "[data-act='life']").await;
    click(page, &format!("dialog[open] input[value='{choice}']")).await;
}

/// Waits until the program is in this state.
async fn turned(server: &Server, key: &str, state: &str) {
    let url = format!("{}/api/v1{PROGRAM}", server.url);
    until(state, || Api::new(key).get(&url).unwrap().1["state"] == state).await;
}

/// Waits until the server says so.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = std::time::Instant::now() + super::PATIENCE;
    while !is_so() {
        assert!(std::time::Instant::now() < end, "it does not come to this: {what}");
        tokio::task::yield_now().await;
    }
}

/// The title in the draft that the server has.
pub(crate) fn drafted(server: &Server, key: &str) -> Value {
    let (_, draft) = Api::new(key).get(&format!("{}/api/v1{PROGRAM}/draft", server.url)).unwrap();
    draft["program"]["title"].clone()
}

/// Types another title of the program.
pub(crate) async fn title(page: &Client, words: &str) {
    click(page, ".about input").await;
    chord(page, Key::Control, 'a').await;
    see(page, ".about input").await.send_keys(words).await.unwrap();
}

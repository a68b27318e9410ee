//! No work of a person is lost: two drafts, a server that is away, a session that is over, text that cannot be read, a lost
//! answer, a second tab, a browser that is killed. Each ends with the work on the server.

use std::{fs, path::Path};

use fantoccini::{Client, Locator, key::Key};
use serde_json::Value;
use tempfile::TempDir;

use super::{
    Driver, PATIENCE, click,
    designer::{chord, press},
    in_the_browser,
    life::{drafted, open, title, until},
    read, see, sign_up,
};
use crate::process::{Client as Api, Server, free_port, stafette_ok};

const PROGRAM: &str = "/programs/order-follow-up";

/// A save fails on its way back: the server has what was sent, and the page does not know. Those after it do not get there.
const LOSE_AN_ANSWER: &str = "window.real = window.fetch;
    let lost = false;
    window.fetch = async (...of) => {
        const put = of[0].method === 'PUT';
        if (put && lost) throw new TypeError('cut');
        const answer = await window.real(...of);
        if (!put) return answer;
        lost = true;
        throw new TypeError('lost');
    };";

/// Saves do not get to the server.
const CUT: &str = "window.real = window.fetch;
    window.fetch = async (...of) => {
        if (of[0].method === 'PUT') throw new TypeError('cut');
        return window.real(...of);
    };";

#[test]
fn two_drafts_outlive_escape_and_a_reload_and_become_one() {
    in_the_browser(async |page, server, key| {
        let ours = meet(page, server).await;
        // Whoever closes the question has not decided anything.
        see(page, "dialog[open] .merge").await;
        press(page, Key::Escape).await;
        see(page, "[data-state='Conflict'][data-kept='true']").await;
        about(page, "Ours alone").await;
        see(page, "[data-state='Conflict'][data-kept='true']").await;
        page.refresh().await.unwrap();
        see(page, "[data-state='Conflict']").await;
        assert_eq!(value(page, ".about input").await, "Ours");

        // What only one of them changed is there; what both changed is asked.
        click(page, ".save-strip [data-act='compare-drafts']").await;
        assert_eq!(page.find_all(Locator::Css("dialog[open] .drawn")).await.unwrap().len(), 2, "both are drawn");
        click(page, "[data-act='as-text']").await;
        read(page, "diff", "Theirs").await;
        see(page, "dialog[open] [data-act='merge']:disabled").await;
        click(page, "[data-path='/title'] [data-choose='Theirs']").await;
        click(page, "dialog[open] [data-act='merge']:enabled").await;
        see(page, "[data-saved='true']").await;
        let merged = held(server, key);
        assert_eq!((&merged["title"], &merged["description"]), (&"Theirs".into(), &"Ours alone".into()));
        assert_eq!(merged["nodes"]["pause"]["title"], "Rest");

        // It is one step, and can be taken back.
        click(page, "[data-act='Undo']").await;
        see(page, "[data-saved='true']").await;
        until("ours is back", || drafted(server, key) == "Ours").await;
        assert_eq!(page.window().await.unwrap(), ours);
    });
}

#[test]
fn two_drafts_are_told_in_the_readers_language() {
    in_the_browser(async |page, server, _| {
        page.execute("localStorage.setItem('stafette.language', 'de')", Vec::new()).await.unwrap();
        meet(page, server).await;
        read(page, "save-strip", "Auch in einem anderen Fenster geändert").await;
        let told = see(page, "dialog[open] .dialog-body").await.text().await.unwrap();
        assert!(!told.contains("revision") && told.contains("zusammenpassen"), "{told}");
    });
}

#[test]
fn a_server_that_is_away_loses_nothing() {
    let mut house = House::new();
    let driver = Driver::start();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let page = driver.open(1440, 900).await;
        sign_up(&page, &house.link).await;
        open(&page, house.server()).await;

        // Who stays need not do anything.
        house.away();
        title(&page, "Typed while it was away").await;
        see(&page, "[data-state='Kept'][data-kept='true']").await;
        read(&page, "save-strip", "Changes kept on this device: 1").await;
        house.back();
        see(&page, "[data-saved='true']").await;
        assert_eq!(drafted(house.server(), &house.key), "Typed while it was away");

        // Who leaves finds it again.
        house.away();
        title(&page, "Left behind").await;
        see(&page, "[data-state='Kept'][data-kept='true']").await;
        click(&page, ".page-head a[href='/programs']").await;
        read(&page, "toast", "kept on this device").await;
        house.back();
        page.goto(&format!("{}{PROGRAM}", house.server().url)).await.unwrap();
        read(&page, "toast", "are back").await;
        see(&page, "[data-saved='true']").await;
        until("it is saved", || drafted(house.server(), &house.key) == "Left behind").await;
        page.close().await.unwrap();
    });
    assert_eq!(house.server.take().unwrap().terminate(), Some(0));
}

#[test]
fn who_is_signed_out_signs_in_on_the_spot() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        page.delete_all_cookies().await.unwrap();
        title(page, "Before").await;
        see(page, "dialog[open] input[type='password']").await;
        press(page, Key::Escape).await;
        // Not now: one can look, and go on changing.
        title(page, "Signed out meanwhile").await;
        see(page, "[data-state='Out'][data-kept='true']").await;
        click(page, "[data-act='sign-in']").await;
        assert_eq!(value(page, "dialog[open] input[type='email']").await, "me@example.test");
        see(page, "dialog[open] input[type='password']").await.send_keys("a long enough password").await.unwrap();
        click(page, "dialog[open] form button.primary").await;
        see(page, "[data-saved='true']").await;
        assert_eq!(drafted(server, key), "Signed out meanwhile");
        assert!(page.current_url().await.unwrap().as_str().ends_with(PROGRAM), "the page stays");
    });
}

#[test]
fn text_that_cannot_be_read_is_kept_until_it_can() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        click(page, "[data-view='Code']").await;
        let text = value(page, "textarea.code").await;
        let wrong = text.replacen("title: Order follow-up", "title: [Mended", 1);
        assert_ne!(text, wrong);
        code(page, &wrong).await;
        see(page, ".code-error").await;
        click(page, "[data-view='Canvas']").await;
        see(page, "[data-state='Kept'][data-saved='false'][data-kept='true']").await;
        // Meanwhile the rest goes on, and is saved.
        about(page, "Changed beside it").await;
        until("the rest is saved", || held(server, key)["description"] == "Changed beside it").await;
        see(page, "[data-state='Kept'][data-kept='true']").await;
        page.refresh().await.unwrap();
        click(page, ".save-strip [data-act='show-unread']").await;
        assert_eq!(value(page, "textarea.code").await, wrong);
        code(page, &wrong.replace("[Mended", "Mended")).await;
        see(page, "[data-saved='true']").await;
        until("the text is the draft", || drafted(server, key) == "Mended").await;
        assert_eq!(held(server, key)["description"], "Changed beside it");
    });
}

#[test]
fn an_answer_that_is_lost_accuses_nobody() {
    in_the_browser(async |page, server, key| {
        for (words, more) in [("Sent once", None), ("Sent again", Some("and typed on"))] {
            open(page, server).await;
            page.execute(LOSE_AN_ANSWER, Vec::new()).await.unwrap();
            title(page, words).await;
            see(page, "[data-state='Kept']").await;
            if let Some(more) = more {
                about(page, more).await;
                see(page, "[data-kept='true']").await;
            }
            page.execute("window.fetch = window.real;", Vec::new()).await.unwrap();
            see(page, "[data-saved='true']").await;
            assert!(page.find(Locator::Css("dialog[open]")).await.is_err(), "nobody else was there");
            let saved = held(server, key);
            assert_eq!(saved["title"], words);
            assert!(more.is_none_or(|more| saved["description"] == more), "{saved}");
        }
    });
}

#[test]
fn a_second_tab_takes_up_what_the_first_one_keeps() {
    in_the_browser(async |page, server, key| {
        let first = page.window().await.unwrap();
        open(page, server).await;
        page.execute(CUT, Vec::new()).await.unwrap();
        title(page, "Only in the first").await;
        see(page, "[data-state='Kept'][data-kept='true']").await;
        let second = page.new_window(true).await.unwrap().handle;
        page.switch_to_window(second).await.unwrap();
        open(page, server).await;
        read(page, "toast", "are back").await;
        see(page, "[data-saved='true']").await;
        assert_eq!(drafted(server, key), "Only in the first");
        about(page, "From the second").await;
        until("it is saved", || held(server, key)["description"] == "From the second").await;

        // Both have changed something since: nobody's is lost.
        page.switch_to_window(first).await.unwrap();
        title(page, "The first goes on").await;
        page.execute("window.fetch = window.real;", Vec::new()).await.unwrap();
        click(page, ".save-strip [data-act='save-now']").await;
        click(page, "dialog[open] [data-path='/title'] [data-choose='Mine']").await;
        click(page, "dialog[open] [data-act='merge']:enabled").await;
        see(page, "[data-saved='true']").await;
        let saved = held(server, key);
        assert_eq!((&saved["title"], &saved["description"]), (&"The first goes on".into(), &"From the second".into()));
    });
}

#[test]
fn a_browser_that_is_killed_loses_nothing() {
    let mut house = House::new();
    let profile = tempfile::tempdir().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let driver = Driver::start();
        let page = driver.open_with(1440, 900, profile.path()).await;
        sign_up(&page, &house.link).await;
        open(&page, house.server()).await;
        house.away();
        title(&page, "Typed before the end").await;
        see(&page, "[data-state='Kept'][data-kept='true']").await;
        kill(profile.path());
        drop(driver);

        house.back();
        let driver = Driver::start();
        let page = driver.open_with(1440, 900, profile.path()).await;
        // The browser may have forgotten who was signed in.
        page.goto(&house.server().url).await.unwrap();
        page.delete_all_cookies().await.unwrap();
        page.goto(&format!("{}{PROGRAM}", house.server().url)).await.unwrap();
        see(&page, "input[type='email']").await.send_keys("me@example.test").await.unwrap();
        see(&page, "input[type='password']").await.send_keys("a long enough password").await.unwrap();
        click(&page, "button.primary").await;
        read(&page, "toast", "are back").await;
        see(&page, "[data-saved='true']").await;
        until("it is saved", || drafted(house.server(), &house.key) == "Typed before the end").await;
        page.close().await.unwrap();
    });
    assert_eq!(house.server.take().unwrap().terminate(), Some(0));
}

#[test]
fn a_version_that_comes_back_is_told_and_can_be_taken_back() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        title(page, "Changed").await;
        see(page, "[data-saved='true']").await;
        until("the draft is saved", || drafted(server, key) == "Changed").await;
        click(page, "[data-act='versions']").await;
        click(page, "dialog[open] [data-act='restore']").await;
        read(page, "toast", "Version 1 is the draft now").await;
        until("the draft is the version again", || drafted(server, key) == "Order follow-up").await;
        chord(page, Key::Control, 'z').await;
        until("the draft is as it was", || drafted(server, key) == "Changed").await;
    });
}

/// A server that goes and comes back at the same address.
struct House {
    data: TempDir,
    listen: String,
    link: String,
    key: String,
    server: Option<Server>,
}

impl House {
    fn new() -> Self {
        let (data, listen) = (tempfile::tempdir().unwrap(), format!("127.0.0.1:{}", free_port()));
        let folder = data.path().to_str().unwrap();
        let mut server = Server::start(&["--data", folder, "--listen", &listen, "--example"]);
        let link = server.setup_link();
        let key = stafette_ok(&["keys", "create", "--data", folder, "--scope", "read"]);
        Self { data, listen, link, key, server: Some(server) }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    fn away(&mut self) {
        self.server.take().unwrap().kill();
    }

    fn back(&mut self) {
        let folder = self.data.path().to_str().unwrap();
        self.server = Some(Server::start(&["--data", folder, "--listen", &self.listen, "--example"]));
    }
}

/// Kills the browser of a profile, with all its processes.
fn kill(profile: &Path) {
    let profile = profile.to_str().unwrap();
    for process in fs::read_dir("/proc").unwrap().flatten() {
        // One that has just ended says nothing any more.
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        if line.contains(profile) && !line.contains("chromedriver") {
            let id = process.file_name().into_string().unwrap();
            let _ = std::process::Command::new("kill").args(["-KILL", &id]).status();
        }
    }
}

/// Two windows edit the title of one draft, and each something else. Gives the one that comes second, where the page is then.
async fn meet(page: &Client, server: &Server) -> fantoccini::wd::WindowHandle {
    let ours = page.window().await.unwrap();
    open(page, server).await;
    let theirs = page.new_window(true).await.unwrap().handle;
    page.switch_to_window(theirs).await.unwrap();
    open(page, server).await;
    title(page, "Theirs").await;
    click(page, "[data-node='pause']").await;
    see(page, ".side-panel [data-field='title']").await.send_keys("Rest").await.unwrap();
    see(page, "[data-saved='true']").await;
    page.switch_to_window(ours.clone()).await.unwrap();
    title(page, "Ours").await;
    see(page, "[data-state='Conflict']").await;
    ours
}

/// The program of the draft that the server has.
fn held(server: &Server, key: &str) -> Value {
    let (_, draft) = Api::new(key).get(&format!("{}/api/v1{PROGRAM}/draft", server.url)).unwrap();
    draft["program"].clone()
}

/// Describes the program.
async fn about(page: &Client, words: &str) {
    click(page, ".about textarea").await;
    chord(page, Key::Control, 'a').await;
    see(page, ".about textarea").await.send_keys(words).await.unwrap();
}

/// Puts a text into the code view, as a paste does.
async fn code(page: &Client, text: &str) {
    see(page, "textarea.code").await;
    let script = "const field = document.querySelector('textarea.code');
        field.value = arguments[0];
        field.dispatchEvent(new Event('input', { bubbles: true }));";
    page.execute(script, vec![Value::from(text)]).await.unwrap();
}

/// What a field holds once it is there.
async fn value(page: &Client, css: &str) -> String {
    let found = page.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await.unwrap();
    found.prop("value").await.unwrap().unwrap_or_default()
}

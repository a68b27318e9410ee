//! The reader's language: one table of texts is loaded, it changes on the spot, and no English reaches who reads another.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use fantoccini::Client;
use serde_json::{Value, json};

use super::{
    Driver,
    axe::{PAGES, loaded},
    click,
    fields::type_in,
    in_the_browser,
    life::until,
    read, see, sign_up,
};
use crate::process::{Client as Api, Server, stafette_ok};

/// The tables that the page has asked for.
const TABLES: &str = "return performance.getEntriesByType('resource').map(of => new URL(of.name).pathname)
    .filter(path => /^\\/(en|de|fr)-[0-9a-f]{16}\\.txt$/.test(path)).map(path => path.slice(1, 3))";

/// From here on no table can be fetched.
const CUT: &str = "const fetched = window.fetch;
    window.fetch = what => /\\.txt$/.test(what.url ?? what) ? Promise.reject(new TypeError('cut')) : fetched(what);
    window.mend = () => { window.fetch = fetched; };";

/// Opens the page of the programs with another address for its English texts, at which there is nothing.
const WITHOUT_TEXTS: &str = "const done = arguments[arguments.length - 1];
    fetch('/programs').then(page => page.text()).then(page => {
        window.real = page.match(/\\/en-[0-9a-f]{16}\\.txt/)[0];
        history.replaceState(null, '', '/programs');
        document.open();
        document.write(page.replaceAll(window.real, '/en-gone.txt'));
        document.close();
        done();
    });";

/// What stands on the page, but for what people and programs wrote.
const SAID: &str = "const said = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        if (!walk.currentNode.parentElement.closest('script, style, code, pre, textarea, [lang]:not(html)'))
            said.add(walk.currentNode.data.trim());
    }
    for (const name of ['aria-label', 'title', 'placeholder'])
        for (const of of document.querySelectorAll(`body [${name}]`)) said.add(of.getAttribute(name).trim());
    return [...said];";

pub(super) async fn choose(page: &Client, language: &str) {
    let option = format!(".choices option[value='{language}']");
    see(page, &option).await.click().await.unwrap();
}

async fn tables(page: &Client) -> BTreeSet<String> {
    serde_json::from_value(page.execute(TABLES, Vec::new()).await.unwrap()).unwrap()
}

#[test]
fn the_language_changes_on_the_spot() {
    in_the_browser(async |page, server, _| {
        page.goto(&format!("{}/contacts", server.url)).await.unwrap();
        see(page, "input[type=search]").await.send_keys("typed before").await.unwrap();
        assert_eq!(tables(page).await, ["en".to_owned()].into());
        page.execute("window.same = true", Vec::new()).await.unwrap();
        choose(page, "de").await;
        read(page, "h1", "Kontakte").await;
        see(page, "html[lang='de']").await;
        assert_eq!(
            page.execute("return window.same", Vec::new()).await.unwrap(),
            json!(true),
            "the page was loaded again"
        );
        let typed = see(page, "input[type=search]").await.prop("value").await.unwrap();
        assert_eq!(typed.as_deref(), Some("typed before"));

        // The next visit begins with it, and asks for nothing else.
        page.refresh().await.unwrap();
        read(page, "h1", "Kontakte").await;
        assert_eq!(tables(page).await, ["de".to_owned()].into());

        // One that does not come leaves all as it is.
        page.execute(CUT, Vec::new()).await.unwrap();
        choose(page, "fr").await;
        read(page, "toast", "Diese Sprache ließ sich nicht laden").await;
        assert_eq!(see(page, ".choices select").await.prop("value").await.unwrap().as_deref(), Some("de"));
        see(page, "html[lang='de']").await;
        page.execute("window.mend()", Vec::new()).await.unwrap();
        choose(page, "fr").await;
        read(page, "nav", "Événements").await;
        see(page, "html[lang='fr']").await;
    });
}

#[test]
fn texts_that_do_not_come_are_asked_for_again() {
    in_the_browser(async |page, server, _| {
        // A document without a policy, so that the page may be written into it.
        page.goto(&format!("{}/fonts/OFL.txt", server.url)).await.unwrap();
        page.execute_async(WITHOUT_TEXTS, Vec::new()).await.unwrap();
        read(page, "problem", "This page could not be loaded").await;
        page.execute("window.texts.en = window.real", Vec::new()).await.unwrap();
        click(page, ".problem button").await;
        read(page, "strong", "Order follow-up").await;
    });
}

/// The texts of a language by their keys, each form as one.
fn texts(language: &str) -> BTreeMap<String, String> {
    fn gather(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
        match value {
            Value::Object(group) => group.iter().for_each(|(key, value)| gather(&format!("{path}.{key}"), value, into)),
            text => drop(into.insert(path.to_owned(), text.as_str().unwrap().to_owned())),
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../web/locales/{language}.json"));
    let mut found = BTreeMap::new();
    gather("", &serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap(), &mut found);
    found
}

/// Whether a text of the table may have become this one: what stands between its variables is there, in its order.
fn is_of(said: &str, text: &str) -> bool {
    let parts: Vec<_> = text.split("{{").map(|part| part.split_once("}}").map_or(part, |(_, rest)| rest)).collect();
    let [first, middle @ .., last] = parts.as_slice() else { return said == text };
    let inner = said.strip_prefix(first).and_then(|said| said.strip_suffix(last));
    let all = inner.is_some_and(|mut rest| {
        middle.iter().all(|part| rest.split_once(part).map(|(_, after)| rest = after).is_some())
    });
    // Where a text is hardly more than its variables, anything may have become of it.
    all && parts.iter().map(|part| part.chars().filter(|of| of.is_alphabetic()).count()).sum::<usize>() > 5
}

/// What of the page is said in English, and not by this language, too.
async fn english(page: &Client, language: &str, place: &str) -> Vec<String> {
    let (english, own) = (texts("en"), texts(language));
    let said: Vec<String> = serde_json::from_value(page.execute(SAID, Vec::new()).await.unwrap()).unwrap();
    // What the program's author wrote stays as it is.
    let written = include_str!("../../programs/order-follow-up/program.yaml");
    let own = |said: &str| own.values().any(|text| said == text || is_of(said, text));
    let told =
        said.iter().filter(|said| !said.is_empty() && !written.contains(&format!("title: {said}\n")) && !own(said));
    told.filter_map(|said| {
        let (key, _) = english.iter().find(|(_, text)| said == *text || is_of(said, text))?;
        Some(format!("{language}, {place}: {said} ({})", key.trim_start_matches('.')))
    })
    .collect()
}

#[test]
fn no_english_reaches_who_reads_another_language() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let mut server = Server::start(&["--data", folder, "--listen", "127.0.0.1:0", "--example"]);
    let link = server.setup_link();
    let scopes = ["--scope", "admin", "--scope", "read", "--scope", "events:write"];
    let key = stafette_ok(&[&["keys", "create", "--data", folder][..], &scopes].concat());
    let order = json!({ "type": "order.placed", "contact": { "email": "anna@example.test" },
        "data": { "order_id": "A-1", "lines": [{ "name": "Kettle", "quantity": 1, "price": 42.5 }] } });
    let api = Api::new(&key);
    api.post(&format!("{}/api/v1/events", server.url), &order).unwrap();
    for (path, file) in [("streams", STREAM), ("programs?publish=true", PROGRAM)] {
        let (status, answer) = api.post_text(&format!("{}/api/v1/{path}", server.url), file).unwrap();
        assert_eq!(status, 200, "{answer}");
    }
    api.post(
        &format!("{}/api/v1/events", server.url),
        &json!({ "type": "go", "contact": { "email": "bob@example.test" } }),
    )
    .unwrap();
    let driver = Driver::start();
    let found = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let page = driver.open(1440, 900).await;
        sign_up(&page, &link).await;
        // Who reads English is told much of it: the comparison finds what it looks for.
        assert!(english(&page, "de", "programs").await.len() > 10);
        let letters = format!("{}/api/v1/dead-letters", server.url);
        until("the mail fails", || {
            api.get(&letters).is_some_and(|(_, page)| page["items"].as_array().is_some_and(|items| !items.is_empty()))
        })
        .await;
        let mut found = Vec::new();
        for language in ["de", "fr"] {
            choose(&page, language).await;
            see(&page, &format!("html[lang='{language}']")).await;
            found.extend(walk(&page, &server.url, language).await);
            found.extend(broken(&page, &server.url, language).await);
        }
        page.close().await.unwrap();
        found
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!(server.terminate(), Some(0));
}

/// A mail that nobody can write.
const STREAM: &str = "stafette: 1\nname: lost\ntitle: Lost\nclass: operational\nfrom: { email: shop@example.test }\n\
                      subject: S\nhtml: \"<p>{{ event.coupon }}</p>\"\ntext: T\n";
/// It sends that mail.
const PROGRAM: &str = "stafette: 1\nname: lost\ntitle: Lost\nnodes:\n  in: { kind: entry, event: go, again: always, next: mail }\n  \
                       mail: { kind: send_mail, stream: lost }\n";

/// What is said of a template, and of expressions, that cannot be read; and what a comparison calls a field.
async fn broken(page: &Client, url: &str, language: &str) -> Vec<String> {
    let (template, faults) = match language {
        "de" => (
            "HTML, Zeile 1: `event.coupon` gibt es nicht",
            [("event.total >", "der Ausdruck hört auf"), ("event.total = 1", "kann hier nicht stehen")],
        ),
        _ => (
            "HTML, ligne 1\u{a0}: `event.coupon` n’existe pas",
            [("event.total >", "l’expression s’arrête"), ("event.total = 1", "ne peut pas se trouver ici")],
        ),
    };
    page.goto(&format!("{url}/dead-letters")).await.unwrap();
    read(page, "main", template).await;
    let mut found = english(page, language, "template").await;

    page.goto(&format!("{url}/programs/order-follow-up")).await.unwrap();
    click(page, "[data-view='Canvas']").await;
    click(page, "[data-node='loyal']").await;
    click(page, "[data-tab='text']").await;
    for (typed, said) in faults {
        type_in(page, "when", typed).await;
        read(page, "error", said).await;
        found.extend(english(page, language, typed).await);
    }
    see(page, "[data-saved='true']").await;
    click(page, "[data-act='publish']").await;
    // It says at which step.
    see(page, "dialog[open] [data-step='loyal']").await;
    found.extend(english(page, language, "publish").await);
    click(page, "dialog[open] footer button").await;
    click(page, "[data-act='versions']").await;
    click(page, "dialog[open] [data-act='compare']").await;
    read(page, "b", &format!("Loyal customer? › {}", texts(language)[".field.condition.when"])).await;
    found.extend(english(page, language, "versions").await);
    click(page, "dialog[open] [data-act='restore']").await;
    see(page, "[data-saved='true']").await;
    found
}

/// Every page, and the states of the designer.
async fn walk(page: &Client, url: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    for path in PAGES.into_iter().chain(["nowhere"]) {
        page.goto(&format!("{url}/{path}")).await.unwrap();
        see(page, "main h1, .page-head h1").await;
        loaded(page).await;
        found.extend(english(page, language, path).await);
    }
    page.goto(&format!("{url}/events")).await.unwrap();
    for (css, shows) in [("main a.row-link", "main a[href^='/tokens/']"), ("main a[href^='/tokens/']", ".timeline li")]
    {
        click(page, css).await;
        see(page, shows).await;
        found.extend(english(page, language, shows).await);
    }
    page.goto(&format!("{url}/programs/order-follow-up")).await.unwrap();
    for (css, shows) in [
        ("[data-view='Canvas']", "[data-node='done']"),
        ("[data-node='loyal']", ".inspector [data-tab='text']"),
        ("[data-view='Outline']", ".outline ol"),
        ("[data-view='Code']", ".code-view textarea"),
        ("[data-view='Changes']", ".changes"),
        ("[data-view='Canvas']", "[data-node='done']"),
        (".plus[data-gap='placed:next']", ".palette input"),
    ] {
        click(page, css).await;
        see(page, shows).await;
        found.extend(english(page, language, shows).await);
    }
    found
}

//! Mistakes that a trial made without being told: each is found before publishing, at its place, in three languages, and with
//! a fix where there is one.

use std::collections::BTreeSet;

use fantoccini::Locator;
use serde_json::Value;

use super::{
    click,
    designer::draft,
    fields::type_in,
    in_the_browser,
    languages::choose,
    life::{open, until},
    read, see,
};

const PROGRAM: &str = "order-follow-up";

#[test]
fn mistakes_are_found_at_their_place_in_three_languages() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        let stored = |node: &str| draft(&server.url, key, PROGRAM)["nodes"][node].clone();
        // A mail that asks for a survey, sent as a plain one: only the server can tell, once it has the draft.
        click(page, "[data-node='confirmation']").await;
        let stream = see(page, ".side-panel [data-field='stream']").await;
        stream.select_by_value("satisfaction-survey").await.unwrap();
        // A wait of nothing, a condition that can never be decided.
        click(page, "[data-node='pause']").await;
        type_in(page, "duration", "").await;
        click(page, "[data-node='loyal']").await;
        click(page, "[data-tab='text']").await;
        type_in(page, "when", "contact.opt_in > 5").await;
        until("what was typed", || stored("loyal")["when"] == "contact.opt_in > 5").await;

        click(page, ".findings").await;
        let mut said = BTreeSet::new();
        for (language, of_stream, of_kinds, of_wait) in [
            ("en", "whatever event comes", "they cannot be compared", "Nothing stands here"),
            ("de", "gleich welches Ereignis kommt", "lässt sich nicht vergleichen", "Hier steht nichts mehr"),
            ("fr", "quel que soit l’événement", "la comparaison est impossible", "Plus rien ne figure ici"),
        ] {
            choose(page, language).await;
            for words in [of_stream, of_kinds, of_wait] {
                read(page, "findings-list", words).await;
            }
            let lines = page.find_all(Locator::Css(".findings-list li p")).await.unwrap();
            for line in lines {
                assert!(said.insert(line.text().await.unwrap()), "{language} says a line of another language");
            }
        }

        choose(page, "en").await;
        click(page, "[data-problem='mail_fails'] .small-button").await;
        until("another stream", || stored("confirmation")["stream"] == "order-confirmation").await;
        page.wait().for_element(Locator::Css(".findings-list:not(:has([data-problem='mail_fails']))")).await.unwrap();
        assert_eq!(stored("pause")["unread"]["duration"], Value::from(""));
    });
}

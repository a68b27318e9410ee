//! In which language a refusal is told: the one that the caller asks for with `Accept-Language`, as far as there are words
//! in it. The words are those of the web app.

use std::{collections::HashMap, sync::LazyLock};

use axum::{
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use serde::Deserialize;

tokio::task_local! {
    static CURRENT: &'static str;
}

/// Those that there are words in.
const LANGUAGES: [&str; 3] = ["en", "de", "fr"];

/// The part of a table of the web app that says why something is refused: titles by code, details as `CODE_detail`.
#[derive(Deserialize)]
struct Table {
    refused: HashMap<String, String>,
}

static GERMAN: LazyLock<Option<Table>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../web/locales/de.json")).ok());
static FRENCH: LazyLock<Option<Table>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../web/locales/fr.json")).ok());

/// Titles that no page shows: code, German, French.
const NO_PAGE: [(&str, &str, &str); 5] = [
    ("malformed_json", "Der Inhalt ist kein JSON", "Le contenu n’est pas du JSON"),
    ("method_not_allowed", "Nicht mit dieser Methode", "Pas avec cette méthode"),
    ("queue_full", "Zu viel auf einmal", "Trop à la fois"),
    ("unsupported_coding", "Auf unbekannte Art gepackt", "Compressé d’une manière inconnue"),
    ("unsupported_type", "Hier keine Formulare", "Pas de formulaires ici"),
];

/// What is said of a refusal.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// In the caller's language.
    pub title: String,
    /// The same where this detail has words of its own there, English where not.
    pub detail: String,
    /// The language of the whole answer, if it is one.
    pub language: Option<&'static str>,
}

/// Keeps the caller's language while the request is answered.
pub async fn layer(request: Request, next: Next) -> Response {
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = choose(accepted.unwrap_or_default());
    CURRENT.scope(language, next.run(request)).await
}

/// The caller's language; English where nobody asks.
pub fn language() -> &'static str {
    CURRENT.try_with(|language| *language).unwrap_or("en")
}

/// The first language of a header `Accept-Language` that there are words in; English where there is none.
pub fn choose(accepted: &str) -> &'static str {
    let mut wanted: Vec<_> = accepted
        .split(',')
        .map(|part| {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight: f32 = weight.trim().parse().unwrap_or(0.0);
            (tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase(), weight)
        })
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    wanted.sort_by(|one, other| other.1.total_cmp(&one.1));
    let known = |tag: &str| LANGUAGES.iter().find(|language| **language == tag);
    wanted.iter().find_map(|(tag, _)| known(tag)).unwrap_or(&LANGUAGES[0])
}

/// A refusal in this language. What is wrong with fields is told in English.
pub fn say(language: &'static str, status: StatusCode, code: &str, title: &str, detail: String, fields: usize) -> Said {
    let english = |detail| Said { title: title.to_owned(), detail, language: Some("en") };
    let (table, own) = match language {
        "de" => (&*GERMAN, NO_PAGE.map(|(code, german, _)| (code, german))),
        "fr" => (&*FRENCH, NO_PAGE.map(|(code, _, french)| (code, french))),
        _ => return english(detail),
    };
    let Some(Table { refused }) = table else { return english(detail) };
    // A wrong field's code is the answer's, whatever it reads like.
    let (title_of, detail_of) = match (status, fields) {
        (StatusCode::UNPROCESSABLE_ENTITY, 1) => ("invalid", None),
        (StatusCode::UNPROCESSABLE_ENTITY, _) => ("invalid", refused.get("invalid_detail")),
        _ => (code, refused.get(&format!("{code}_detail"))),
    };
    let own = own.iter().find(|(of, _)| *of == title_of).map(|(_, title)| *title);
    let Some(title) = own.or_else(|| refused.get(title_of).map(String::as_str)) else { return english(detail) };
    let whole = detail_of.is_some() && fields == 0;
    let detail = match detail_of {
        // Pages list the fields behind it.
        Some(text) => text.trim_end_matches([':', ' ', '\u{a0}']).to_owned(),
        None => detail,
    };
    let detail = if detail_of.is_some() && fields > 0 { format!("{detail}.") } else { detail };
    Said { title: title.to_owned(), detail, language: whole.then_some(language) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(language: &'static str, status: u16, code: &str, fields: usize) -> (String, String, Option<&'static str>) {
        let status = StatusCode::from_u16(status).unwrap();
        let Said { title, detail, language } = say(language, status, code, "Title", "Detail".into(), fields);
        (title, detail, language)
    }

    fn expect(title: &str, detail: &str, language: Option<&'static str>) -> (String, String, Option<&'static str>) {
        (title.into(), detail.into(), language)
    }

    #[test]
    fn a_refusal_is_told_in_three_languages() {
        assert_eq!(said("en", 404, "not_found", 0), expect("Title", "Detail", Some("en")));
        let gone = "Es wurde entfernt, oder die Adresse ist vertippt.";
        assert_eq!(said("de", 404, "not_found", 0), expect("Nicht gefunden", gone, Some("de")));
        // Words of the case itself stay as they are, so the answer is of no one language.
        assert_eq!(said("de", 409, "conflict", 0), expect("Das steht gegen Gespeichertes", "Detail", None));
        assert_eq!(said("fr", 400, "malformed_json", 0), expect("Le contenu n’est pas du JSON", "Detail", None));
        // The code of a field is not one of the answer.
        assert_eq!(said("de", 422, "not_found", 1), expect("So nicht annehmbar", "Detail", None));
        assert_eq!(said("de", 422, "invalid", 2), expect("So nicht annehmbar", "Mehrere Felder stimmen nicht.", None));
    }

    #[test]
    fn every_code_has_a_title_in_each_language() {
        let refusals = include_str!("error.rs").split("(S::").skip(1);
        let code = |text: &&str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let codes: Vec<_> = refusals.filter_map(|refusal| refusal.split('"').nth(1)).filter(code).collect();
        assert!(codes.len() > 15, "{codes:?}");
        for code in codes {
            for language in ["de", "fr"] {
                assert_ne!(said(language, 400, code, 0).0, "Title", "{language}: {code}");
            }
        }
    }

    #[test]
    fn the_heaviest_known_language_wins() {
        for (accepted, expected) in [
            ("", "en"),
            ("de-CH,de;q=0.9,en;q=0.8", "de"),
            ("it,fr;q=0.4,en;q=0.3", "fr"),
            ("en;q=0.1, DE;q=0.2", "de"),
            ("fr;q=0", "en"),
            ("*", "en"),
        ] {
            assert_eq!(choose(accepted), expected, "{accepted}");
        }
    }
}

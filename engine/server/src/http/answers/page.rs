//! The answer pages as HTML: small, without scripts, readable on any device.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use super::{Question, words::Words};

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;margin:0;background:#f4f2ee;color:#1c1b19}\
main{max-width:34rem;margin:12vh auto 4rem;padding:2rem;background:#fff;border-radius:.8rem}\
h1{font-size:1.4rem;margin:0 0 1rem}fieldset{border:0;padding:0;margin:0 0 1.5rem;display:flex;flex-wrap:wrap;gap:.6rem}\
label{display:flex;align-items:center;gap:.4rem;padding:.6rem .9rem;border:1px solid #b9b4aa;border-radius:.5rem;cursor:pointer}\
label:has(:checked){border-color:#1c1b19;box-shadow:inset 0 0 0 1px #1c1b19}\
button{font:inherit;padding:.7rem 1.4rem;border:0;border-radius:.5rem;background:#1c1b19;color:#fff;cursor:pointer}\
:focus-visible{outline:3px solid #2c6cd6;outline-offset:2px}p{margin:0 0 1rem}.hint{color:#5f5a51}\
@media(prefers-color-scheme:dark){body{background:#161513;color:#eee}main{background:#22211e}\
label{border-color:#5f5a51}label:has(:checked){border-color:#eee;box-shadow:inset 0 0 0 1px #eee}\
button{background:#eee;color:#161513}.hint{color:#aaa49a}}";

/// The page that asks, with a score chosen where the link names one.
pub fn ask(words: &Words, question: &Question, chosen: Option<u8>, hint: Option<&str>) -> Response {
    let hint = hint.map(|hint| format!("<p role=\"alert\"><strong>{}</strong></p>", escape(hint))).unwrap_or_default();
    let body = match question {
        Question::Survey { question, scale } => {
            let choices: String = (1..=*scale)
                .map(|score| {
                    let checked = if chosen == Some(score) { " checked" } else { "" };
                    format!("<label><input type=\"radio\" name=\"score\" value=\"{score}\" required{checked}>{score}</label>")
                })
                .collect();
            format!(
                "{hint}<form method=\"post\"><h1 id=\"q\">{}</h1><p class=\"hint\">{}</p>\
                 <fieldset role=\"radiogroup\" aria-labelledby=\"q\">{choices}</fieldset><button>{}</button></form>",
                escape(question),
                words.scale.replace("{}", &scale.to_string()),
                words.send
            )
        }
        Question::Invite { club } => format!(
            "{hint}<form method=\"post\"><h1>{}</h1><button>{}</button></form>",
            words.join.replace("{}", &escape(club)),
            words.joining
        ),
    };
    page(words, StatusCode::OK, &body)
}

/// The page after an answer.
pub fn thanks(words: &Words, question: &Question) -> Response {
    let text = match question {
        Question::Survey { .. } => words.thanks.to_string(),
        Question::Invite { club } => words.joined.replace("{}", &escape(club)),
    };
    page(words, StatusCode::OK, &format!("<h1>{text}</h1>"))
}

/// A page that says what went wrong.
pub fn sorry(words: &Words, status: StatusCode, text: &str) -> Response {
    page(words, status, &format!("<h1>{}</h1>", escape(text)))
}

fn page(words: &Words, status: StatusCode, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{}</title><style>{STYLE}</style></head>\
         <body><main>{body}</main></body></html>",
        words.language, words.title
    );
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept-language"),
        (header::CONTENT_LANGUAGE, words.language),
        // The address is the right to answer; it must not reach other sites. Forms still name their origin.
        (HeaderName::from_static("referrer-policy"), "same-origin"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

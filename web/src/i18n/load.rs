//! The table of a language: a file of the site, or in the module where that is one.

use super::{LINES, Language};
use crate::client::{Answer, NO_LANGUAGE, failure};

/// One text or form a line.
pub type Table = &'static [&'static str];

/// Fetches it. Each is kept while the page is open, so that changing to and fro asks the server once.
pub async fn load(language: Language) -> Answer<Table> {
    use std::sync::OnceLock;

    static TABLES: [OnceLock<Table>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];
    let kept = &TABLES[language as usize];
    if let Some(table) = kept.get() {
        return Ok(table);
    }
    let lines: Vec<_> = text(language).await?.lines().collect();
    if lines.len() != LINES {
        return Err(failure(NO_LANGUAGE, &format!("{} texts, not {LINES}", lines.len())));
    }
    Ok(kept.get_or_init(|| lines.leak()))
}

/// `scripts/bundle` says in the page where the files are. Texts live as long as the page does.
#[cfg(feature = "split")]
async fn text(language: Language) -> Answer<&'static str> {
    use crate::client;

    let files = js_sys::Reflect::get(&leptos::prelude::window(), &"texts".into());
    let file = files.and_then(|files| js_sys::Reflect::get(&files, &language.name().into()));
    let file = file.ok().and_then(|file| file.as_string()).unwrap_or_default();
    let text = client::text(&file).await.map_err(|mut problem| {
        NO_LANGUAGE.clone_into(&mut problem.code);
        problem
    })?;
    Ok(text.leak())
}

#[cfg(not(feature = "split"))]
async fn text(language: Language) -> Answer<&'static str> {
    Ok(match language {
        Language::English => include_str!(concat!(env!("OUT_DIR"), "/en.txt")),
        Language::German => include_str!(concat!(env!("OUT_DIR"), "/de.txt")),
        Language::French => include_str!(concat!(env!("OUT_DIR"), "/fr.txt")),
    })
}

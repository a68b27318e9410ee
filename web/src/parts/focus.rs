//! Moves the focus to what was just drawn, and on a phone scrolls to it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Focuses the first element that fits, once the page has been drawn again.
pub fn focus(selector: impl Into<String>) {
    let selector = selector.into();
    request_animation_frame(move || {
        let found = document().query_selector(&selector).ok().flatten();
        if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            // Focus on an element that is there cannot fail.
            let _ = element.focus();
        }
    });
}

/// Scrolls to what a phone shows below the canvas.
pub fn reveal_on_phone(selector: &'static str) {
    const PHONE: &str = "(max-width: 760px)";
    request_animation_frame(move || {
        let is_phone = window().match_media(PHONE).ok().flatten().is_some_and(|query| query.matches());
        if let Some(element) = document().query_selector(selector).ok().flatten().filter(|_| is_phone) {
            element.scroll_into_view();
        }
    });
}

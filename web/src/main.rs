//! The web app: shows what the server does, and talks to it only through `/api/v1/…`.
//!
//! `app` has the routes, `client` the one fetch, `pages` mirrors the URLs, `parts` is what pages are made of,
//! `documents` is what every editor shares, `editor` draws programs. Modules marked PURE know no browser; their tests run on the host.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "the host only tests the pure modules"))]
#![allow(unreachable_pub, reason = "in an app `pub` says: for the other modules")]
#![recursion_limit = "256"]

// First: its macro is used by all that follows.
#[cfg(target_arch = "wasm32")]
#[macro_use]
mod parts;

mod address;
mod documents;
mod editor;
mod format;
mod i18n;
mod openapi;
mod past;
mod routes;
mod simulation;
mod span;
mod testing;

#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
mod lazy;
#[cfg(target_arch = "wasm32")]
mod live;
#[cfg(target_arch = "wasm32")]
mod pages;
#[cfg(target_arch = "wasm32")]
mod prefs;
#[cfg(target_arch = "wasm32")]
mod session;
#[cfg(target_arch = "wasm32")]
mod shell;
#[cfg(target_arch = "wasm32")]
mod words;

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}

#[cfg(test)]
mod kinds_test;
#[cfg(test)]
mod locales_test;
#[cfg(test)]
#[path = "../build/texts.rs"]
mod texts;

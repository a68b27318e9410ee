//! Turns the compiled web app into the files that the server embeds.
//!
//! Trunk does this too, and developers use it (`make dev`). But Trunk takes minutes to install, so the first
//! `make run` of a newcomer uses this crate: it reads the same `web/index.html` with the same `data-trunk` links. And
//! only this crate cuts the module in parts, so that a page can load when it is opened.
//!
//! What lands in `web/dist/`:
//!
//! - `index.html`, in which `__NONCE__` stands wherever the server puts the nonce of a request;
//! - `<name>-<16 hex digits>.<ext>`: named after its content, so a browser may keep it for ever; so are the files that
//!   the page names by themselves, as it does the font, and the styles that it marks with `data-later`: they come with
//!   the parts;
//! - the table of texts of each language, of which the page fetches the reader's (`web/build/texts.rs` makes them);
//! - other copied files under their own name;
//! - a `.br` and a `.gz` beside every file that gets smaller by it, except beside `index.html`, which no two
//!   requests see alike.
#![allow(clippy::print_stdout, reason = "a command line tool speaks through it")]

use std::fmt;
use std::path::Path;

pub mod bindgen;
pub mod dist;
pub mod page;
pub mod site;
pub mod split;
#[path = "../../../web/build/texts.rs"]
mod texts;

/// Why a bundle could not be made, said to the one who started it.
#[derive(Debug)]
pub struct Failure(String);

/// What every step here returns.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure with these words.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// A closure for `map_err`: which file, and what went wrong with it.
    pub fn at<E: fmt::Display>(path: &Path) -> impl FnOnce(E) -> Self {
        let path = path.display().to_string();
        move |error| Self(format!("{path}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

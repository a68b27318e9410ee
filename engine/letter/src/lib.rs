//! What a mail says, apart from how it is rendered and sent.
//!
//! Pure, and small enough for the web app: no template engine, no MIME, no sockets. In reading order:
//!
//! - [`Part`]: where in a mail something is; [`texts`] gives the templates of a stream by part.
//! - [`VARIABLES`], [`FILTERS`], [`TESTS`]: the names that templates know; [`fields`] says what a variable has.
//! - [`missing`] and [`check_source`]: what is wrong with a text before it is compiled.
//! - [`scan`]: the names that a tag asks for.
//! - [`one_line`]: names and subjects as everybody sees them.
//!
//! ```
//! use letter::{Part, check_source};
//!
//! let fault = check_source(Part::Html, "<p>\n<a href='javascript:x'>Go</a>").unwrap_err();
//! assert_eq!(fault.line, 2);
//! ```

mod check;
mod names;
mod part;
mod plain;
mod scan;
mod urls;

pub use check::{Fault, MAX_SOURCE, check_links, check_source, missing};
pub use names::{FILTERS, OF_NODES, TESTS, VARIABLES, fields};
pub use part::{Part, texts};
pub use plain::{is_invisible, one_line};
pub use scan::{Asked, scan, text_end, word_end};

//! HTTP, configuration and the program `stafette`.
//!
//! In reading order:
//!
//! - [`config`]: flags over environment over `stafette.toml`.
//! - [`serve()`]: options become a [`Server`] that listens and works.
//! - [`http`]: the table of routes, one file per endpoint; [`App`]: what every endpoint may reach.
//! - Services, which endpoints and commands use, with errors of their own; none of them knows HTTP. [`access`]: keys,
//!   passwords, the link of the first start. [`incoming`]: events as they are sent. [`definitions`]: program files and
//!   their streams. [`drafts`], [`dry_run`] and [`test_runs`]: drafts, on past events and on test contacts. [`known`]:
//!   what is known beside a program. [`names`]: names behind ids.
//!   [`audit`]: who changed what. [`seal`]: secrets
//!   that must be read again.
//! - [`cli`]: the other commands.

pub mod access;
mod address;
pub mod audit;
pub mod cli;
pub mod config;
pub mod definitions;
pub mod drafts;
pub mod dry_run;
pub mod folder;
mod hello;
pub mod http;
pub mod incoming;
pub mod known;
mod listen;
pub mod memory;
pub mod names;
mod open;
pub mod proofs;
pub mod rehearsal;
mod relays;
pub mod seal;
mod serve;
pub mod test_runs;
pub mod unique;

pub use http::App;
pub use http::assets::WebApp;
pub use open::OpenError;
pub use serve::{Server, StartError, serve, serve_with};

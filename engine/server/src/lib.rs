//! HTTP, configuration and the program `stafette`.
//!
//! In reading order:
//!
//! - [`config`]: flags over environment over `stafette.toml`.
//! - [`serve()`]: options become a [`Server`] that listens and works.
//! - [`app`]: what every endpoint may reach; [`http`]: the table of routes, one file per endpoint.
//! - [`access`]: keys, passwords, the link of the first start.
//! - [`definitions`]: program files and their streams; [`dry_run`]: drafts on past events; [`test_runs`]: drafts on test
//!   contacts; [`cli`]: the other commands.

pub mod access;
mod address;
pub mod app;
pub mod cli;
pub mod config;
pub mod definitions;
pub mod dry_run;
pub mod folder;
mod hello;
pub mod http;
mod known;
mod listen;
pub mod memory;
mod open;
mod relays;
mod serve;
pub mod test_runs;

pub use app::App;
pub use http::assets::WebApp;
pub use open::OpenError;
pub use serve::{Server, StartError, serve, serve_with};

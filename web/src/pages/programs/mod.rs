//! /programs.

mod feed;
mod findings;
pub mod list;
mod node_panel;
mod pause;
pub mod show;
pub mod tokens;
mod try_it;

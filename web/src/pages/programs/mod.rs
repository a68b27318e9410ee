//! /programs.

mod feed;
pub mod list;
mod node_panel;
mod pause;
pub mod show;
pub mod tokens;
mod try_it;

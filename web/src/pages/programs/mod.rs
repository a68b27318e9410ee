//! /programs.

mod counted;
mod feed;
mod findings;
pub mod list;
pub mod listed;
mod new;
mod node_panel;
mod pause;
mod publish;
pub mod show;
pub mod tokens;
mod try_it;
pub mod visits;

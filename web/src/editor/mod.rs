//! A program on screen. The pure half (`layout` and what it stands on) knows no browser.

mod blocks;
pub mod layout;
mod order;
pub mod route;

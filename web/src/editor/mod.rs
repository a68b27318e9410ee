//! A program on screen. The pure half (`graph`, `layout` and what it stands on, `viewport`) knows no browser.

mod blocks;
#[cfg(target_arch = "wasm32")]
pub mod canvas;
pub mod draft;
#[cfg(target_arch = "wasm32")]
mod edge;
#[cfg(target_arch = "wasm32")]
mod gestures;
pub mod graph;
pub mod layout;
#[cfg(target_arch = "wasm32")]
mod node_card;
mod order;
#[cfg(target_arch = "wasm32")]
pub mod relay;
pub mod route;
pub mod viewport;

//! A program on screen. The pure half (`draft`, `found`, `graph`, `heat`, `keys`, `layout` and what it stands on, `lists`,
//! `marks`, `complete`, `pair`, `viewport`) knows no browser.

#[cfg(target_arch = "wasm32")]
pub mod acts;
mod blocks;
#[cfg(target_arch = "wasm32")]
pub mod canvas;
#[cfg(target_arch = "wasm32")]
pub mod changes;
#[cfg(target_arch = "wasm32")]
pub mod code;
mod complete;
#[cfg(target_arch = "wasm32")]
mod document;
pub mod draft;
#[cfg(target_arch = "wasm32")]
mod edge;
#[cfg(target_arch = "wasm32")]
mod fields;
pub mod found;
#[cfg(target_arch = "wasm32")]
mod gestures;
pub mod graph;
#[cfg(target_arch = "wasm32")]
mod hand;
pub mod heat;
#[cfg(target_arch = "wasm32")]
pub mod inspector;
pub mod keys;
pub mod layout;
pub mod lists;
mod marks;
#[cfg(target_arch = "wasm32")]
mod next_times;
#[cfg(target_arch = "wasm32")]
mod node_card;
#[cfg(target_arch = "wasm32")]
mod notes;
#[cfg(target_arch = "wasm32")]
mod numbers;
mod order;
#[cfg(target_arch = "wasm32")]
pub mod outline;
mod pair;
#[cfg(target_arch = "wasm32")]
pub mod palette;
pub mod place;
#[cfg(target_arch = "wasm32")]
pub mod relay;
pub mod route;
#[cfg(target_arch = "wasm32")]
mod search;
#[cfg(target_arch = "wasm32")]
pub mod stage;
#[cfg(target_arch = "wasm32")]
pub mod store;
#[cfg(target_arch = "wasm32")]
pub mod tools;
pub mod viewport;
#[cfg(target_arch = "wasm32")]
pub mod words;

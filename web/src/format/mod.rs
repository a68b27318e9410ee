//! Numbers and times as people read them, in their language.

#[cfg(target_arch = "wasm32")]
pub mod number;
pub mod read;
mod stay;
#[cfg(target_arch = "wasm32")]
pub mod time;

//! What all editors share, whatever they edit: undo and redo, automatic saving, older versions. Programs are the first
//! user.

pub mod history;
#[cfg(target_arch = "wasm32")]
pub mod saver;
#[cfg(target_arch = "wasm32")]
pub mod shared;
#[cfg(target_arch = "wasm32")]
pub mod state;
#[cfg(target_arch = "wasm32")]
pub mod versions;

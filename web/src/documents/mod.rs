//! What all editors share, whatever they edit: undo and redo, automatic saving, what this device keeps until the server has
//! it, two drafts of one document, older versions. Programs are the first user.

#[cfg(target_arch = "wasm32")]
pub mod conflict;
#[cfg(target_arch = "wasm32")]
pub mod desk;
pub mod document;
pub mod history;
#[cfg(target_arch = "wasm32")]
mod journal;
mod kept;
#[cfg(target_arch = "wasm32")]
pub mod lines;
#[cfg(target_arch = "wasm32")]
pub mod saver;
pub mod shared;
pub mod standing;
#[cfg(target_arch = "wasm32")]
pub mod state;
#[cfg(target_arch = "wasm32")]
pub mod versions;

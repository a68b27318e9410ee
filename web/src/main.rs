//! The web app.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "the host only tests the pure modules"))]

mod editor;

fn main() {}

//! Compiles the texts of `locales/` into a module. A text that a page asks for and that is missing is a compile error.
//! The texts of node kinds are looked up by their tags, so nobody has to list them.

#[path = "build/kinds.rs"]
mod kinds;

use std::{env, error::Error, fs, path::Path};

use leptos_i18n_parser::parse_locales::{
    options::{Config, ParseOptions},
    parse_locales,
};
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/kinds.rs");
    if env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        // Where a module can be cut is read from what the linker relocated.
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
    let options = ParseOptions::new().interpolate_display(true);
    let config = Config::new("en")?.add_locale("de")?.add_locale("fr")?.parse_options(options);
    let texts = parse_locales(Some(env::var("CARGO_MANIFEST_DIR")?.into()), config)?;
    let module = leptos_i18n_codegen::gen_code(&texts, None, true, None, false)?;
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("i18n.rs"), module.to_string())?;
    let english: Value = serde_json::from_str(&fs::read_to_string("locales/en.json")?)?;
    fs::write(Path::new(&out).join("kinds.rs"), kinds::look_ups(&english)?)?;
    Ok(())
}

//! Makes keys of the texts of `locales/`, and the table of each language. A text that a page asks for and that is missing
//! is a compile error, and so is one that a language lacks.
//! The texts of node kinds are looked up by their tags, so nobody has to list them.

#[path = "build/keys.rs"]
mod keys;
#[path = "build/kinds.rs"]
mod kinds;
#[path = "build/texts.rs"]
mod texts;

use std::{env, error::Error, fs, path::Path};

use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    if env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        // Where a module can be cut is read from what the linker relocated.
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
    let out = env::var("OUT_DIR")?;
    let write = |name: &str, text: String| fs::write(Path::new(&out).join(name), text);
    let file = |language: &str| fs::read_to_string(format!("locales/{language}.json"));
    let english = texts::read(&file("en")?)?;
    for language in texts::LANGUAGES {
        let own = texts::read(&file(language)?).map_err(|error| format!("locales/{language}.json: {error}"))?;
        let differences = texts::differences(&english, &own);
        if !differences.is_empty() {
            return Err(format!("locales/{language}.json: {}", differences.join("; ")).into());
        }
        write(&format!("{language}.txt"), texts::table(&own)?)?;
    }
    write("keys.rs", keys::modules(&english)?)?;
    let english: Value = serde_json::from_str(&file("en")?)?;
    write("kinds.rs", kinds::look_ups(&english)?)?;
    Ok(())
}

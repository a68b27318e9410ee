//! Compiles the texts of `locales/` into a module. A text that a page asks for and that is missing is a compile error.
//! The texts of node kinds are looked up by their tags, so nobody has to list them.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

use leptos_i18n_parser::parse_locales::{
    options::{Config, ParseOptions},
    parse_locales,
};
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=build.rs");
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
    fs::write(Path::new(&out).join("kinds.rs"), of_kinds(&english)?)?;
    Ok(())
}

/// The look-ups of `src/words/field.rs`: names of kinds, names of their fields, help for these.
fn of_kinds(english: &Value) -> Result<String, std::fmt::Error> {
    let mut code = String::new();
    let keys = |of: &Value| of.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    writeln!(code, "/// The name of a kind, by its tag.")?;
    writeln!(code, "pub fn kind_name(texts: Texts, kind: &str) -> Option<&'static str> {{\n    Some(match kind {{")?;
    for kind in keys(&english["kind"]) {
        writeln!(code, "        \"{kind}\" => t_string!(texts, kind.{kind}),")?;
    }
    writeln!(code, "        _ => return None,\n    }})\n}}")?;
    for (what, about) in
        [("field", "The name of a field of a kind."), ("help", "One line of help for a field of a kind.")]
    {
        writeln!(code, "\n/// {about}")?;
        writeln!(code, "pub fn {what}_text(texts: Texts, kind: &str, field: &str) -> Option<&'static str> {{")?;
        writeln!(code, "    Some(match (kind, field) {{")?;
        for kind in keys(&english[what]) {
            for key in keys(&english[what][&kind]) {
                // Rust keeps some names for itself: the text of `as` stands under `as_`.
                let field = key.trim_end_matches('_');
                writeln!(code, "        (\"{kind}\", \"{field}\") => t_string!(texts, {what}.{kind}.{key}),")?;
            }
        }
        writeln!(code, "        _ => return None,\n    }})\n}}")?;
    }
    Ok(code)
}

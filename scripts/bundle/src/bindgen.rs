//! wasm-bindgen as a library: from what the compiler wrote to a module the browser can load.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::split::{SCRIPT, split};
use crate::{Failure, Result};

/// The version of wasm-bindgen this crate speaks; `Cargo.lock` must name the same one.
pub const VERSION: &str = "0.2.130";

/// From here on wasm-opt knows the features that rustc uses by default.
const OLDEST_WASM_OPT: u32 = 120;

/// Listed one by one: `--all-features` makes a file that browsers refuse.
const WASM_OPT_FLAGS: [&str; 7] = [
    "-O3",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-multivalue",
    "--enable-reference-types",
];

/// A module, the script that loads it, and the scripts that one imports, by the path it imports them under.
pub struct Module {
    /// The script with `init` as its default export.
    pub js: String,
    /// The module itself.
    pub wasm: Vec<u8>,
    /// `./snippets/…` to text.
    pub snippets: BTreeMap<String, String>,
    /// The script that fetches the parts; it and `js` import each other.
    pub loader: String,
    /// What loads later, by the path that `loader` fetches it from.
    pub parts: BTreeMap<String, Vec<u8>>,
}

/// Runs wasm-bindgen over `wasm` (and wasm-opt, if there is one) with `scratch` as a place for its files.
pub fn generate(wasm: &Path, scratch: &Path, optimise: bool) -> Result<Module> {
    if scratch.exists() {
        fs::remove_dir_all(scratch).map_err(Failure::at(scratch))?;
    }
    let main = scratch.join("main.wasm");
    let split = split(wasm, &main, scratch)?;
    let mut bindgen = Bindgen::new();
    bindgen
        .web(true)
        .map_err(Failure::at(wasm))?
        .input_path(&main)
        // What the parts import is exported, and by names that the parts know.
        .keep_lld_exports(true)
        .demangle(false)
        .out_name("app")
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.generate(scratch).map_err(|error| Failure::new(format!("{}: {error:#}", wasm.display())))?;

    let finished = |name: &str| {
        let module = scratch.join(name);
        if optimise {
            run_wasm_opt(&module)?;
        }
        fs::read(&module).map_err(Failure::at(&module))
    };
    let wasm = finished("app_bg.wasm")?;
    let parts = split.parts.into_iter().map(|name| finished(&name).map(|part| (name, part))).collect::<Result<_>>()?;
    let js = read(&scratch.join(SCRIPT))?;
    let mut snippets = BTreeMap::new();
    let folder = scratch.join("snippets");
    if folder.is_dir() {
        for file in crate::dist::files_below(&folder)? {
            let name = crate::dist::slashed(&folder, &file);
            snippets.insert(format!("./snippets/{name}"), read(&file)?);
        }
    }
    Ok(Module { js, wasm, snippets, loader: split.loader, parts })
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(Failure::at(path))
}

/// The version line of a wasm-opt that is on PATH and new enough.
pub fn wasm_opt() -> Option<String> {
    let output = Command::new("wasm-opt").arg("--version").output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    let number = line.split_whitespace().find_map(|word| word.parse::<u32>().ok())?;
    if number < OLDEST_WASM_OPT {
        println!("  {line} is too old ({OLDEST_WASM_OPT} or newer is needed): left aside");
        return None;
    }
    Some(line)
}

fn run_wasm_opt(module: &Path) -> Result<()> {
    let status = Command::new("wasm-opt")
        .args(WASM_OPT_FLAGS)
        .arg(module)
        .arg("-o")
        .arg(module)
        .status()
        .map_err(|error| Failure::new(format!("wasm-opt: {error}")))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("wasm-opt: {status}"))) }
}

#[cfg(test)]
mod tests {
    /// The script and the module meet in the browser: a version apart and the page stays empty.
    #[test]
    fn the_lock_file_names_our_wasm_bindgen() {
        let lock = include_str!("../../../Cargo.lock");
        for name in ["wasm-bindgen", "wasm-bindgen-cli-support"] {
            let wanted = format!("name = \"{name}\"\nversion = \"{}\"\n", super::VERSION);
            assert!(lock.contains(&wanted), "Cargo.lock has another version of {name} than {}", super::VERSION);
        }
    }
}

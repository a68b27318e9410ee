//! From one module to several: what a page needs only when it is opened is cut off at the functions that the web app
//! marks with `wasm_split`.

use std::fs;
use std::path::Path;

use wasm_encoder::{Module, RawSection, SectionId};
use wasm_split_cli_support::{Options, transform};
use wasmparser::Parser;

use crate::{Failure, Result};

/// The script that loads the module, as others import it.
pub const SCRIPT: &str = "./app.js";
/// The script that fetches the parts, as module and main script name it.
pub const LOADER: &str = "./load.js";

/// What was cut off.
pub struct Split {
    /// The script that fetches the parts; it imports the main script, and that one imports it.
    pub loader: String,
    /// The parts, as `loader` names them and as they lie in the folder.
    pub parts: Vec<String>,
}

/// Cuts `wasm` into files in `folder`; what is left of it is `main`.
pub fn split(wasm: &Path, main: &Path, folder: &Path) -> Result<Split> {
    let module = fs::read(wasm).map_err(Failure::at(wasm))?;
    let mut options = Options::new(&module);
    options.output_dir = folder;
    options.main_out_path = main;
    options.main_module = SCRIPT;
    options.link_name = LOADER;
    let made = transform(options).map_err(|error| Failure::new(format!("{}: {error:#}", wasm.display())))?;

    let loader = folder.join(LOADER);
    let loader = fs::read_to_string(&loader).map_err(Failure::at(&loader))?;
    let mut parts = Vec::new();
    for path in made.split_modules {
        let name = format!("./{}", path.file_name().unwrap_or_default().to_string_lossy());
        // One that came out empty is a file all the same, which nothing asks for.
        if loader.contains(&name) {
            let part = fs::read(&path).map_err(Failure::at(&path))?;
            let part = strip(&part).map_err(Failure::at(&path))?;
            fs::write(&path, part).map_err(Failure::at(&path))?;
            parts.push(name);
        }
    }
    Ok(Split { loader, parts })
}

/// Leaves out what only tools read, above all the names of functions: a third of the whole.
fn strip(module: &[u8]) -> wasmparser::Result<Vec<u8>> {
    let mut stripped = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Some((id, range)) = payload?.as_section().filter(|(id, _)| *id != SectionId::Custom as u8) {
            stripped.section(&RawSection { id, data: &module[range.start as usize..range.end as usize] });
        }
    }
    Ok(stripped.finish())
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{CustomSection, Module, TypeSection};

    #[test]
    fn parts_lose_their_names_only() {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut module = Module::new();
        module.section(&types);
        let bare = module.clone().finish();
        module.section(&CustomSection { name: "name".into(), data: b"\0\x02\x01a".into() });
        assert_eq!(super::strip(&module.finish()).unwrap(), bare);
        assert!(super::strip(b"\0asm").is_err());
    }
}

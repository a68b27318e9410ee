//! As much of the program `wasm-bindgen` as Trunk calls, in exactly the locked version.
//!
//! The program itself brings four times the packages, and Trunk would download one that does not match.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks through them")]

use std::path::PathBuf;
use std::process::ExitCode;

use bundle::{Failure, Result, bindgen};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("wasm-bindgen: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let mut tool = Bindgen::new();
    let mut folder = PathBuf::from(".");
    let mut web = false;
    while let Some(argument) = arguments.next() {
        let (name, inline) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        let mut value =
            || inline.clone().or_else(|| arguments.next()).ok_or_else(|| Failure::new(format!("{name} needs a value")));
        match name.as_str() {
            "--version" | "-V" => {
                println!("wasm-bindgen {}", bindgen::VERSION);
                return Ok(());
            }
            "--target" => web = value()? == "web",
            "--out-dir" => folder = PathBuf::from(value()?),
            "--out-name" => {
                tool.out_name(&value()?);
            }
            "--no-typescript" => {
                tool.typescript(false);
            }
            "--keep-debug" => {
                tool.keep_debug(true);
            }
            "--debug" => {
                tool.debug(true);
            }
            "--no-demangle" => {
                tool.demangle(false);
            }
            _ if name.starts_with('-') => {
                return Err(Failure::new(format!("what is {name}? Only Trunk calls this")));
            }
            _ => {
                tool.input_path(&name);
            }
        }
    }
    if !web {
        return Err(Failure::new("only --target web is known here"));
    }
    let failed = |error| Failure::new(format!("{error:#}"));
    tool.web(true).map_err(failed)?.generate(&folder).map_err(failed)
}

//! Program files with their streams: read from a folder or from this binary, and put into the store.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    slice,
    sync::Arc,
};

use program::{KnownStream, Problem, Program, Severity, Stream, VersionId};
use runner::{Clock, Press, press::PressError};
use rust_embed::RustEmbed;
use store::{Act, FreshIds, Paging, Store};

use crate::{
    access::HOME,
    known::gather,
    proofs::Proofs,
    rehearsal::{Rehearsal, RehearsalError},
};

mod beside;
mod files;

pub use files::{read, read_all};

/// Who is written beside versions that come from files.
const AUTHOR: &str = "import";

/// A program and the streams beside it, or streams that no program of the folder names.
pub struct Definition {
    /// The program, if there is one.
    pub program: Option<File<Program>>,
    /// Its streams, by file name.
    pub streams: Vec<File<Stream>>,
}

/// One file and what it holds.
pub struct File<T> {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// What it holds.
    pub value: T,
}

/// What is wrong with a file, with its place: `file:line:col: code: message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which file.
    pub path: PathBuf,
    /// Line and column, from 1.
    pub place: (usize, usize),
    /// Stable code.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether it stops an import.
    pub is_error: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.place;
        let warning = if self.is_error { "" } else { "warning: " };
        write!(f, "{}:{line}:{column}: {warning}{}: {}", self.path.display(), self.code, self.message)
    }
}

/// Why definitions could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// What is wrong with the files.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Findings(Vec<Finding>),
    /// Their templates cannot be looked at.
    #[error("{0}")]
    Press(#[from] PressError),
    /// The database refused.
    #[error("{0}")]
    Store(#[from] store::Error),
}

/// What an import did with one file.
pub struct Imported {
    /// `program` or `stream`.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// Number of the version that holds it.
    pub version: u32,
    /// False where it was there already.
    pub changed: bool,
}

/// A problem at its place in a file.
fn found(problem: Problem, path: &Path, text: &str) -> Finding {
    Finding {
        path: path.into(),
        place: program::file::locate(text, &problem.path()).unwrap_or_default(),
        is_error: problem.severity == Severity::Error,
        message: match problem.path() {
            at if at.is_empty() => problem.message,
            at => format!("{at}: {}", problem.message),
        },
        code: problem.code,
    }
}

/// Everything that is wrong with a program and its streams.
pub async fn check(definition: &Definition, press: &Press) -> Result<Vec<Finding>, PressError> {
    let mut findings = Vec::new();
    if let Some(File { value, path, text }) = &definition.program {
        findings.extend(program::check(value).into_iter().map(|problem| found(problem, path, text)));
    }
    findings.extend(check_streams(definition, press).await?);
    Ok(findings)
}

/// Everything that is wrong with these files, each by itself and beside the others.
pub async fn check_all(definitions: &[Definition], press: &Press) -> Result<Vec<Finding>, PressError> {
    let mut findings = Vec::new();
    for definition in definitions {
        findings.extend(check(definition, press).await?);
    }
    findings.extend(beside::alike(definitions));
    findings.extend(beside::strangers(definitions));
    Ok(findings)
}

/// The same in this installation: by its streams and programs, by what its events and contacts have, and by the mails that
/// its newest events lead to.
pub async fn check_in(
    store: &Store,
    proofs: Proofs<'_>,
    definitions: &[Definition],
) -> Result<Vec<Finding>, RehearsalError> {
    let streams = || definitions.iter().flat_map(|definition| &definition.streams).map(|file| &file.value);
    let mut known = gather(store, None, HOME).await?;
    known.streams.extend(streams().map(|stream| (stream.name.clone(), KnownStream::from(stream))));
    let mut rehearsal = Rehearsal::new(store, proofs, HOME, streams().cloned());
    let mut findings = Vec::new();
    for definition in definitions {
        if let Some(File { value, path, text }) = &definition.program {
            let mut problems = program::check_against(value, &known);
            problems.extend(rehearsal.of(value).await?);
            findings.extend(problems.into_iter().map(|problem| found(problem, path, text)));
        }
        let streams = check_streams(definition, proofs.press).await;
        findings.extend(streams.map_err(|error| RehearsalError::Press(error.to_string()))?);
    }
    findings.extend(beside::alike(definitions));
    findings.extend(beside::stored(store, HOME, definitions, false).await?);
    Ok(findings)
}

async fn check_streams(definition: &Definition, press: &Press) -> Result<Vec<Finding>, PressError> {
    let mut findings = Vec::new();
    for File { value, path, text } in &definition.streams {
        let problems = press.check(&Arc::new(value.clone())).await?;
        findings.extend(problems.into_iter().map(|problem| found(problem, path, text)));
    }
    Ok(findings)
}

/// Puts streams and programs into the store. Idempotent: what is there already stays as it is. What stands against any
/// of them is found first, and then nothing is stored.
pub async fn import(
    store: &Store,
    clock: &Clock,
    press: &Press,
    definitions: &[Definition],
    publish: bool,
) -> Result<Vec<Imported>, ImportError> {
    let workspace = HOME;
    let mut errors: Vec<_> =
        check_all(definitions, press).await?.into_iter().filter(|finding| finding.is_error).collect();
    errors.extend(beside::stored(store, workspace, definitions, publish).await?);
    if !errors.is_empty() {
        return Err(ImportError::Findings(errors));
    }
    let fresh = || FreshIds { id: clock.uuid(), version: VersionId(clock.uuid()) };
    let act = Act { workspace, author: Some(AUTHOR), now: clock.now() };
    let mut done = Vec::new();
    for file in definitions.iter().flat_map(|definition| &definition.streams) {
        let put = store.put_stream(act, fresh(), &file.value).await?;
        let name = file.value.name.to_string();
        done.push(Imported { what: "stream", name, version: put.number, changed: put.changed });
    }
    for file in definitions.iter().filter_map(|definition| definition.program.as_ref()) {
        let put = store.put_program(act, fresh(), &file.value, publish).await?;
        let name = file.value.name.to_string();
        done.push(Imported { what: "program", name, version: put.number, changed: put.changed });
    }
    Ok(done)
}

/// The example program, as it stands in the repository.
#[derive(RustEmbed)]
#[folder = "../../programs/order-follow-up"]
#[include = "program.yaml"]
#[include = "streams/*.yaml"]
struct Example;

/// Imports and publishes the example program where there is no program yet.
pub async fn example(store: &Store, clock: &Clock, press: &Press) -> Result<(), ImportError> {
    let paging = Paging { after: None, limit: 1 };
    if store.programs(HOME, None, &paging).await?.items.is_empty() {
        let definition = embedded().map_err(|finding| ImportError::Findings(vec![finding]))?;
        import(store, clock, press, slice::from_ref(&definition), true).await?;
        tracing::info!("imported and published the example program");
    }
    Ok(())
}

fn embedded() -> Result<Definition, Finding> {
    let text = |name: &str| {
        let file = Example::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned());
        file.ok_or_else(|| files::unreadable(Path::new(name), &io::ErrorKind::NotFound.into()))
    };
    let path = PathBuf::from("program.yaml");
    let program = text("program.yaml")?;
    let value = Program::parse(&program).map_err(|error| files::misread(&path, &error))?;
    let mut streams = Vec::new();
    for name in Example::iter().filter(|name| name.starts_with("streams/")) {
        let (path, text) = (PathBuf::from(&*name), text(&name)?);
        let value = Stream::parse(&text).map_err(|error| files::misread(&path, &error))?;
        streams.push(File { path, text, value });
    }
    Ok(Definition { program: Some(File { path, text: program, value }), streams })
}

//! Program files with their streams: read from a folder or from this binary, and put into the store.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use program::{Problem, Program, Severity, Stream, VersionId, WorkspaceId};
use runner::{Clock, Press, press::PressError};
use rust_embed::RustEmbed;
use store::{FreshIds, Paging, Putting, Store};

/// Who is written beside versions that come from files.
const AUTHOR: &str = "import";

/// A program and the streams beside it.
pub struct Definition {
    /// The program.
    pub program: File<Program>,
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

/// Reads a program, by its file or its folder, and the streams beside it.
pub fn read(path: &Path) -> Result<Definition, Finding> {
    let path = if path.is_dir() { path.join("program.yaml") } else { path.to_path_buf() };
    let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
    let value = Program::parse(&text).map_err(|error| misread(&path, &error))?;
    let mut streams = Vec::new();
    for path in stream_files(&path)? {
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        let value = Stream::parse(&text).map_err(|error| misread(&path, &error))?;
        streams.push(File { path, text, value });
    }
    Ok(Definition { program: File { path, text, value }, streams })
}

fn stream_files(program: &Path) -> Result<Vec<PathBuf>, Finding> {
    let folder = program.with_file_name("streams");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| unreadable(&folder, &error))?;
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).filter(is_yaml).collect();
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, error: &io::Error) -> Finding {
    let message = error.to_string();
    Finding { path: path.into(), place: (0, 0), code: "unreadable".into(), message, is_error: true }
}

fn misread(path: &Path, error: &program::FileError) -> Finding {
    let field = if error.field.is_empty() { String::new() } else { format!("{}: ", error.field) };
    Finding {
        path: path.into(),
        place: (error.line, error.column),
        code: "file".into(),
        message: format!("{field}{}", error.message),
        is_error: true,
    }
}

/// Everything that is wrong with a program and its streams.
pub async fn check(definition: &Definition, press: &Press) -> Result<Vec<Finding>, PressError> {
    let of = |problem: Problem, path: &Path, text: &str| Finding {
        path: path.into(),
        place: program::file::locate(text, &problem.path()).unwrap_or_default(),
        is_error: problem.severity == Severity::Error,
        message: match problem.path() {
            at if at.is_empty() => problem.message,
            at => format!("{at}: {}", problem.message),
        },
        code: problem.code,
    };
    let file = &definition.program;
    let mut findings: Vec<_> =
        program::check(&file.value).into_iter().map(|problem| of(problem, &file.path, &file.text)).collect();
    for file in &definition.streams {
        let problems = press.check(&Arc::new(file.value.clone())).await?;
        findings.extend(problems.into_iter().map(|problem| of(problem, &file.path, &file.text)));
    }
    Ok(findings)
}

/// Puts streams and program into the store. Idempotent: what is there already stays as it is.
pub async fn import(
    store: &Store,
    clock: &Clock,
    press: &Press,
    definition: &Definition,
    publish: bool,
) -> Result<Vec<Imported>, ImportError> {
    let errors: Vec<_> = check(definition, press).await?.into_iter().filter(|finding| finding.is_error).collect();
    if !errors.is_empty() {
        return Err(ImportError::Findings(errors));
    }
    let fresh = || FreshIds { id: clock.uuid(), version: VersionId(clock.uuid()) };
    let (workspace, now) = (WorkspaceId::DEFAULT, clock.now());
    let mut done = Vec::new();
    for file in &definition.streams {
        let put = store.put_stream(workspace, fresh(), &file.value, now).await?;
        let name = file.value.name.to_string();
        done.push(Imported { what: "stream", name, version: put.number, changed: put.changed });
    }
    let program = &definition.program.value;
    let put = store.put_program_by(workspace, fresh(), program, Putting { publish, author: Some(AUTHOR) }, now).await?;
    done.push(Imported { what: "program", name: program.name.to_string(), version: put.number, changed: put.changed });
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
    if store.programs(WorkspaceId::DEFAULT, None, &paging).await?.items.is_empty() {
        let definition = embedded().map_err(|finding| ImportError::Findings(vec![finding]))?;
        import(store, clock, press, &definition, true).await?;
        tracing::info!(program = %definition.program.value.name, "imported and published the example program");
    }
    Ok(())
}

fn embedded() -> Result<Definition, Finding> {
    let text = |name: &str| {
        let file = Example::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned());
        file.ok_or_else(|| unreadable(Path::new(name), &io::ErrorKind::NotFound.into()))
    };
    let path = PathBuf::from("program.yaml");
    let program = text("program.yaml")?;
    let value = Program::parse(&program).map_err(|error| misread(&path, &error))?;
    let mut streams = Vec::new();
    for name in Example::iter().filter(|name| name.starts_with("streams/")) {
        let (path, text) = (PathBuf::from(&*name), text(&name)?);
        let value = Stream::parse(&text).map_err(|error| misread(&path, &error))?;
        streams.push(File { path, text, value });
    }
    Ok(Definition { program: File { path, text: program, value }, streams })
}

//! Program files and the streams beside them, read from folders.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use program::{Program, Stream};

use super::{Definition, File, Finding};

const PROGRAM: &str = "program.yaml";
const STREAMS: &str = "streams";

/// Reads a program, by its file or its folder, and the streams beside it.
pub fn read(path: &Path) -> Result<Definition, Finding> {
    let path = if path.is_dir() { path.join(PROGRAM) } else { path.to_path_buf() };
    let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
    let value = Program::parse(&text).map_err(|error| misread(&path, &error))?;
    let streams = streams(&path.with_file_name(STREAMS))?;
    Ok(Definition { program: Some(File { path, text, value }), streams })
}

/// Reads a program, a folder of streams, or a folder of such folders, as `export` writes it.
pub fn read_all(path: &Path) -> Result<Vec<Definition>, Finding> {
    if !path.is_dir() || path.join(PROGRAM).exists() {
        return Ok(vec![read(path)?]);
    }
    let alone = |folder: &Path| Ok(Definition { program: None, streams: streams(folder)? });
    if path.file_name().is_some_and(|name| name == STREAMS) {
        return Ok(vec![alone(path)?]);
    }
    let mut definitions = Vec::new();
    for folder in entries(path)?.into_iter().filter(|folder| folder.is_dir()) {
        if folder.join(PROGRAM).exists() {
            definitions.push(read(&folder)?);
        } else if folder.file_name().is_some_and(|name| name == STREAMS) {
            definitions.push(alone(&folder)?);
        }
    }
    if definitions.is_empty() {
        // Names the file that one would expect.
        definitions.push(read(path)?);
    }
    Ok(definitions)
}

fn streams(folder: &Path) -> Result<Vec<File<Stream>>, Finding> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let is_yaml = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        path.is_file() && ["yaml", "yml"].iter().any(|known| ending.eq_ignore_ascii_case(known))
    };
    let mut streams = Vec::new();
    for path in entries(folder)?.into_iter().filter(is_yaml) {
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        let value = Stream::parse(&text).map_err(|error| misread(&path, &error))?;
        streams.push(File { path, text, value });
    }
    Ok(streams)
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Finding> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| unreadable(folder, &error))?;
    let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> Finding {
    let message = error.to_string();
    Finding { path: path.into(), place: (0, 0), code: "unreadable".into(), message, is_error: true }
}

pub(super) fn misread(path: &Path, error: &program::FileError) -> Finding {
    let field = if error.field.is_empty() { String::new() } else { format!("{}: ", error.field) };
    Finding {
        path: path.into(),
        place: (error.line, error.column),
        code: "file".into(),
        message: format!("{field}{}", error.message),
        is_error: true,
    }
}

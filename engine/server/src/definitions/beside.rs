//! What is wrong with files only beside each other, or beside what is stored.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use program::{Known, KnownStream, Program, StreamName, WorkspaceId, check_against};
use store::{Error, ProgramState, Result, Store};

use super::{Definition, File, Finding};

/// The program or stream of one file, as far as it is told from those of others.
trait Named: PartialEq {
    const WHAT: &str;
    type Name: Ord + Display;
    fn name(&self) -> &Self::Name;
}

impl Named for Program {
    const WHAT: &str = "program";
    type Name = program::ProgramName;

    fn name(&self) -> &Self::Name {
        &self.name
    }
}

impl Named for program::Stream {
    const WHAT: &str = "stream";
    type Name = StreamName;

    fn name(&self) -> &Self::Name {
        &self.name
    }
}

/// Files that carry one name: an import would store one over the other. Those that say the same are left alone, since
/// programs share streams, but within a folder they are told: one of them will be edited.
pub(super) fn alike(definitions: &[Definition]) -> Vec<Finding> {
    let mut findings = collisions(definitions.iter().flat_map(|definition| &definition.streams));
    findings.extend(collisions(definitions.iter().filter_map(|definition| definition.program.as_ref())));
    findings
}

fn collisions<'a, T: Named + 'a>(files: impl Iterator<Item = &'a File<T>>) -> Vec<Finding> {
    let mut first: BTreeMap<&T::Name, &File<T>> = BTreeMap::new();
    let mut findings = Vec::new();
    for file in files {
        let name = file.value.name();
        let Some(other) = first.get(name).filter(|other| other.path != file.path) else {
            first.insert(name, file);
            continue;
        };
        let differ = other.value != file.value;
        if differ || other.path.parent() == file.path.parent() {
            let (what, other) = (T::WHAT, other.path.display());
            let how = if differ { "and says something else" } else { "and says the same" };
            let message = format!(
                "name: {other} is the {what} \"{name}\", too, {how}; give one of the two another name, or remove it"
            );
            findings.push(at(file, "name", "same_name", message, differ));
        }
    }
    findings
}

/// Streams that a program names and no file beside it holds: they may be in the installation, or be mistyped.
pub(super) fn strangers(definitions: &[Definition]) -> Vec<Finding> {
    let streams = definitions.iter().flat_map(|definition| &definition.streams);
    let streams: BTreeMap<_, _> =
        streams.map(|file| (file.value.name.clone(), KnownStream::from(&file.value))).collect();
    let known = Known { streams, ..Known::default() };
    let mut findings = Vec::new();
    for file in definitions.iter().filter_map(|definition| definition.program.as_ref()) {
        let problems = check_against(&file.value, &known).into_iter();
        for problem in problems.filter(|problem| problem.code == "unknown_stream") {
            let path = problem.path();
            let message = format!("{path}: {} Unless the installation has it.", problem.message);
            findings.push(at(file, &path, "unknown_stream", message, false));
        }
    }
    findings
}

/// What the store would refuse, asked before anything is stored.
pub(super) async fn stored(
    store: &Store,
    workspace: WorkspaceId,
    definitions: &[Definition],
    publish: bool,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut there = BTreeSet::new();
    for file in definitions.iter().flat_map(|definition| &definition.streams) {
        let name = &file.value.name;
        there.insert(name.clone());
        match store.stream(workspace, name).await {
            Ok((stream, _)) if stream.class != file.value.class => {
                let message = format!("class: the class of \"{name}\" is another one and stays so; take another name");
                findings.push(at(file, "class", "class", message, true));
            }
            Ok(_) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if !publish {
        return Ok(findings);
    }
    for file in definitions.iter().filter_map(|definition| definition.program.as_ref()) {
        let program = &file.value;
        match store.program_by_name(workspace, &program.name).await {
            Ok(summary) if summary.state == ProgramState::Archived => {
                let message =
                    format!("name: \"{}\" is archived; take it out of the archive first, then publish", program.name);
                findings.push(at(file, "name", "archived", message, true));
            }
            Ok(_) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        for (id, node) in &program.nodes {
            let Some(name) = node.kind.as_kind().stream().filter(|name| !there.contains(*name)) else { continue };
            match store.stream(workspace, name).await {
                Ok(_) => {}
                Err(Error::NotFound { .. }) => {
                    let path = format!("nodes.{id}.stream");
                    let message = format!("{path}: there is no mail stream \"{name}\", here or in the installation");
                    findings.push(at(file, &path, "unknown_stream", message, true));
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(findings)
}

fn at<T>(file: &File<T>, field: &str, code: &str, message: String, is_error: bool) -> Finding {
    let place = program::file::locate(&file.text, field).unwrap_or_default();
    Finding { path: file.path.clone(), place, code: code.into(), message, is_error }
}

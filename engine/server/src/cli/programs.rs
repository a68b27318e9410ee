//! `stafette programs check|import|export`.

use std::{collections::BTreeSet, fs, path::PathBuf};

use clap::{Args, Subcommand};
use program::{Program, ProgramName, StreamName};
use runner::{Clock, LinkSigner, Press, press::Means};
use store::{Paging, ProgramState, Store};

use super::{Done, Failure, print, say};
use crate::{
    access::HOME,
    audit,
    config::{Database, Place},
    definitions::{self, Definition, Finding, ImportError},
    open,
    proofs::Proofs,
};

/// Check, import and export program files.
#[derive(Subcommand)]
pub(super) enum Programs {
    /// Check program files and the streams beside them; exit 1 if there are errors. With `--data` or `--database-url`
    /// that installation judges, too: its streams, what its events and contacts have, and the mails that its newest events
    /// lead to.
    Check(Check),
    /// Store program files and the streams beside them, all or none. A server may run meanwhile. A second import of the
    /// same files changes nothing.
    Import(Import),
    /// Write all programs, each in its latest version, and all streams into a folder, in the form that `import` reads.
    /// Programs that are only drafts or archived are left out; each is named.
    Export(Export),
}

/// Which files, and by which installation they are judged.
#[derive(Args)]
pub(super) struct Check {
    #[command(flatten)]
    files: Files,
    /// Folder of the installation that judges. Not read from the environment: a file can be checked without any.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Database of the installation that judges.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

/// Which files.
#[derive(Args)]
struct Files {
    /// `program.yaml`, the folder that it is in, or a folder of such folders. Streams are read from `streams/*.yaml`
    /// beside it.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// Which files, and where to.
#[derive(Args)]
pub(super) struct Import {
    #[command(flatten)]
    files: Files,
    /// Let events enter the programs from now on.
    #[arg(long)]
    publish: bool,
    #[command(flatten)]
    place: Place,
}

/// Where from and where to.
#[derive(Args)]
pub(super) struct Export {
    /// The folder; made if absent.
    folder: PathBuf,
    /// Write archived programs, too.
    #[arg(long)]
    archived: bool,
    #[command(flatten)]
    place: Place,
}

impl Programs {
    pub(super) async fn run(self) -> Done {
        match self {
            Self::Check(command) => command.run().await,
            Self::Import(command) => command.run().await,
            Self::Export(command) => command.run().await,
        }
    }
}

impl Files {
    /// What can be read of the files, and what cannot.
    fn read(&self) -> (Vec<Definition>, Vec<Finding>) {
        let (mut definitions, mut unreadable) = (Vec::new(), Vec::new());
        for path in &self.paths {
            match definitions::read_all(path) {
                Ok(read) => definitions.extend(read),
                Err(finding) => unreadable.push(finding),
            }
        }
        (definitions, unreadable)
    }
}

impl Check {
    async fn run(self) -> Done {
        let (definitions, mut findings) = self.files.read();
        let press = Press::with(Means::Itself, 1);
        let Self { data, database_url, .. } = self;
        findings.extend(match data.is_some() || database_url.is_some() {
            false => definitions::check_all(&definitions, &press).await?,
            true => {
                let place = Place { data, database: Database { database_url, ..Database::default() } };
                let store = open::existing(&place.load()?).await?;
                // Nobody gets these mails, so nobody follows their links.
                let links = LinkSigner::new(&[], "https://stafette.invalid");
                let proofs = Proofs { press: &press, links: &links, now: Clock::system().now() };
                let found = definitions::check_in(&store, proofs, &definitions).await?;
                store.close().await;
                found
            }
        });
        findings.iter().for_each(|finding| say(&finding.to_string()));
        if findings.iter().any(|finding| finding.is_error) { Err(Failure(String::new())) } else { Ok(()) }
    }
}

impl Import {
    async fn run(self) -> Done {
        let place = self.place.load()?;
        let nothing = |findings: Vec<Finding>| {
            findings.iter().for_each(|finding| say(&finding.to_string()));
            Failure("nothing was imported".into())
        };
        let (definitions, unreadable) = self.files.read();
        if !unreadable.is_empty() {
            return Err(nothing(unreadable));
        }
        let store = open::or_new(&place).await?;
        let (clock, press) = (Clock::system(), Press::with(Means::Itself, 1));
        let done = definitions::import(&store, &clock, &press, &definitions, self.publish).await;
        let done = done.map_err(|error| match error {
            ImportError::Findings(findings) => nothing(findings),
            ImportError::Press(error) => error.into(),
            ImportError::Store(error) => error.into(),
        })?;
        for file in done {
            let how = if file.changed { "stored" } else { "unchanged" };
            if file.changed {
                let action = if file.what == "stream" { "create_stream" } else { "create_program" };
                audit::command(&store, &clock, action, (file.what, None, &file.name)).await;
            }
            print(&format!("{} {} version {} {how}", file.what, file.name, file.version))?;
        }
        store.close().await;
        Ok(())
    }
}

impl Export {
    async fn run(self) -> Done {
        let store = open::existing(&self.place.load()?).await?;
        let export = store.export(HOME).await?;
        let left_out = left_out(&store, self.archived).await?;
        let mut written = BTreeSet::new();
        for program in export.programs.iter().filter(|program| !left_out.contains(&program.name)) {
            let folder = self.folder.join(program.name.as_str());
            let streams = folder.join("streams");
            fs::create_dir_all(&streams)?;
            fs::write(folder.join("program.yaml"), program.to_yaml())?;
            let named = named(program);
            for stream in export.streams.iter().filter(|stream| named.contains(&stream.name)) {
                fs::write(streams.join(format!("{}.yaml", stream.name)), stream.to_yaml())?;
                written.insert(&stream.name);
            }
            print(&folder.join("program.yaml").display().to_string())?;
        }
        // Those that nothing written here names stand by themselves.
        let folder = self.folder.join("streams");
        for stream in export.streams.iter().filter(|stream| !written.contains(&stream.name)) {
            fs::create_dir_all(&folder)?;
            let file = folder.join(format!("{}.yaml", stream.name));
            fs::write(&file, stream.to_yaml())?;
            print(&file.display().to_string())?;
        }
        store.close().await;
        Ok(())
    }
}

/// The programs that are not written, and says so; also where something else is written than what is live or edited.
async fn left_out(store: &Store, archived: bool) -> Result<BTreeSet<ProgramName>, Failure> {
    let workspace = HOME;
    let mut left_out = BTreeSet::new();
    let mut paging = Paging { after: None, limit: 200 };
    loop {
        let page = store.programs(workspace, None, &paging).await?;
        for program in page.items {
            let (name, latest) = (&program.name, program.latest.number);
            let why = match (program.state, latest) {
                (ProgramState::Archived, _) if !archived => Some("is archived; --archived writes it, too"),
                (_, 0) => Some("is only a draft; publish it first"),
                _ => None,
            };
            if let Some(why) = why {
                say(&format!("left out: {name} {why}"));
                left_out.insert(name.clone());
                continue;
            }
            if let Some(live) = program.current.as_ref().map(|live| live.number).filter(|live| *live != latest) {
                say(&format!("{name}: version {latest} is written, version {live} is live"));
            }
            let draft = store.draft(workspace, program.id).await?;
            if draft.body != store.version(workspace, program.latest.id).await? {
                say(&format!("left out: the draft of {name}; version {latest} is written"));
            }
        }
        match page.next {
            Some(next) => paging.after = Some(next),
            None => return Ok(left_out),
        }
    }
}

/// The streams that a program sends through.
fn named(program: &Program) -> BTreeSet<&StreamName> {
    program.nodes.values().filter_map(|node| node.kind.as_kind().stream()).collect()
}

//! `stafette programs check|import|export`.

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use program::WorkspaceId;
use runner::{Clock, Press, press::Means};

use super::{Done, Failure, print, say};
use crate::{
    config::Place,
    definitions::{self, ImportError},
    folder,
};

/// Check, import and export program files.
#[derive(Subcommand)]
pub(super) enum Programs {
    /// Say what is wrong with program files and the streams beside them; exit 1 where there are errors.
    Check(Check),
    /// Store program files and the streams beside them. Works beside a running server; again changes nothing.
    Import(Import),
    /// Write all programs and streams into a folder, in the form that `import` reads.
    Export(Export),
}

/// Which files.
#[derive(Args)]
pub(super) struct Check {
    /// `program.yaml`, or the folder that it is in. Streams are read from `streams/*.yaml` beside it.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

/// Which files, and where to.
#[derive(Args)]
pub(super) struct Import {
    #[command(flatten)]
    files: Check,
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

impl Check {
    async fn run(self) -> Done {
        let press = Press::with(Means::Itself, 1);
        let mut errors = 0;
        for path in &self.paths {
            let findings = match definitions::read(path) {
                Ok(definition) => definitions::check(&definition, &press).await?,
                Err(finding) => vec![finding],
            };
            for finding in findings {
                errors += usize::from(finding.is_error);
                say(&finding.to_string());
            }
        }
        if errors == 0 { Ok(()) } else { Err(Failure(String::new())) }
    }
}

impl Import {
    async fn run(self) -> Done {
        let place = self.place.load()?;
        folder::make(place.folder())?;
        let definitions: Vec<_> = self
            .files
            .paths
            .iter()
            .map(|path| definitions::read(path).map_err(|finding| Failure(finding.to_string())))
            .collect::<Result<_, _>>()?;
        let store = crate::open(&place).await?;
        let (clock, press) = (Clock::system(), Press::with(Means::Itself, 1));
        for definition in &definitions {
            let done = definitions::import(&store, &clock, &press, definition, self.publish).await.map_err(
                |error| match error {
                    ImportError::Findings(findings) => {
                        findings.iter().for_each(|finding| say(&finding.to_string()));
                        Failure("nothing of this program was imported".into())
                    }
                    ImportError::Press(error) => Failure(error.to_string()),
                    ImportError::Store(error) => Failure(format!("{}: {error}", definition.program.path.display())),
                },
            )?;
            for file in done {
                let how = if file.changed { "stored" } else { "unchanged" };
                print(&format!("{} {} version {} {how}", file.what, file.name, file.version))?;
            }
        }
        store.close().await;
        Ok(())
    }
}

impl Export {
    async fn run(self) -> Done {
        let store = crate::open(&self.place.load()?).await?;
        let export = store.export(WorkspaceId::DEFAULT).await?;
        for program in &export.programs {
            let folder = self.folder.join(program.name.as_str());
            let streams = folder.join("streams");
            fs::create_dir_all(&streams)?;
            fs::write(folder.join("program.yaml"), program.to_yaml())?;
            let named = |name| program.nodes.values().any(|node| node.kind.as_kind().stream() == Some(name));
            for stream in export.streams.iter().filter(|stream| named(&stream.name)) {
                fs::write(streams.join(format!("{}.yaml", stream.name)), stream.to_yaml())?;
            }
            print(&folder.join("program.yaml").display().to_string())?;
        }
        store.close().await;
        Ok(())
    }
}

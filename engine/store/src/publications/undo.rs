//! Undoes a publication: the former version is live again, and tokens that have not moved since go back.

use program::{NodeId, ProgramId, Reason, Time, VersionId, WorkspaceId};
use uuid::Uuid;

use super::{
    Choice, NodeChoice,
    moving::{Former, signed},
};
use crate::{
    Act, Error, ProgramState, Result, Store, TokenStatus,
    args::Args,
    awaits::{self, Back},
    counts::Counts,
    db::{Tx, whole},
    documents, programs,
    row::Row,
    sql,
    words::Word as _,
};

/// What an undoing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Number of the version that is live now; none if there was none before.
    pub version: Option<u32>,
    /// For each node and choice of the publication, what became of its tokens.
    pub returned: Vec<Returned>,
}

/// What became of the tokens of one choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// The node where they stood before.
    pub node: NodeId,
    /// What the publication did to them.
    pub choice: Choice,
    /// How many are back there, due as before.
    pub back: u64,
    /// How many had gone on since. They stay where they are.
    pub gone: u64,
}

/// A publication, with what its undo needs.
pub(super) struct Publication {
    pub(super) id: Uuid,
    pub(super) from: Option<VersionId>,
    pub(super) to: VersionId,
    pub(super) undone: bool,
}

/// Tokens that the publication treated alike.
struct Batch {
    number: i64,
    version: VersionId,
    choice: NodeChoice,
    tokens: u64,
}

impl Store {
    /// Undoes the latest publication of a program, once. Tokens that went on since stay where they are, and so do
    /// tokens that entered the version since. A token that still rests at the wait where the publication put it has not
    /// gone on. Anything else gives `Error::Conflict`.
    pub async fn undo_publication(&self, act: Act<'_>, program: ProgramId, publication: Uuid) -> Result<Undone> {
        whole!(self.db, |tx| run(tx, act, program, publication).await)
    }
}

async fn run(tx: &mut Tx, act: Act<'_>, program: ProgramId, id: Uuid) -> Result<Undone> {
    let Act { workspace, author, now } = act;
    documents::lock(tx, workspace).await?;
    let (summary, _) = programs::find(tx, workspace, program).await?;
    let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid());
    let rows = tx.fetch(&sql::publication_latest, args).await?;
    let publication = read(rows.first().ok_or(Error::NotFound { what: "publication" })?)?;
    let current = summary.current.as_ref().map(|version| version.id);
    let refuse = |why: &str| Err(Error::Conflict { what: "publication", why: why.into() });
    if publication.id != id || current != Some(publication.to) {
        return refuse("another version was published since; only the latest publication can be undone");
    }
    if publication.undone {
        return refuse("it was undone already");
    }
    let (version, number) = match publication.from {
        Some(version) => {
            let args = Args::new().uuid(workspace.uuid()).uuid(version.uuid());
            let rows = tx.fetch(&sql::program_version_number, args).await?;
            let row = rows.first().ok_or(Error::NotFound { what: "program version" })?;
            (Some(version), Some(row.read("program_version").from("number").number("number")?))
        }
        None => (None, None),
    };
    // A pause or a stop stays, as publishing did not change it either. Without a version there is nothing to pause.
    let state = match (version, summary.state) {
        (None, ProgramState::Archived) => ProgramState::Archived,
        (None, _) => ProgramState::Draft,
        (Some(_), state) => state,
    };
    let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid());
    let args = args.uuid(version.map(|version| version.uuid())).text(state.word().to_owned()).time(now);
    tx.execute(&sql::program_unpublish, args).await?;
    tx.execute(&sql::routing_bump, Args::new().uuid(workspace.uuid())).await?;
    let args = Args::new().uuid(workspace.uuid()).uuid(id).time(now).text(author.map(str::to_owned));
    tx.execute(&sql::publication_undone, args).await?;
    let returned = tokens(tx, workspace, program, id, now).await?;
    Ok(Undone { version: number, returned })
}

async fn tokens(tx: &mut Tx, workspace: WorkspaceId, program: ProgramId, id: Uuid, now: Time) -> Result<Vec<Returned>> {
    let args = Args::new().uuid(workspace.uuid()).uuid(id);
    let rows = tx.fetch(&sql::publication_batch_list, args).await?;
    let (mut counts, mut returned): (_, Vec<Returned>) = (Counts::default(), Vec::new());
    // Tokens that wait for an event again.
    let mut waiting = Vec::new();
    for batch in rows.iter().map(batch) {
        let Batch { number, version, choice, tokens } = batch?;
        let state = if choice.choice == Choice::Exit { TokenStatus::Done } else { TokenStatus::Ready };
        let args = Args::new().uuid(workspace.uuid()).uuid(id).int(number);
        let former = Former::read(&tx.fetch(&sql::publication_batch_tokens, args).await?)?;
        let key = || Args::new().text(state.word().to_owned());
        let node = choice.node.to_string();
        // Where these tokens may rest by now.
        let target = match &choice.choice {
            Choice::Move { to } => Some(to.to_string()),
            Choice::Retime => Some(node.clone()),
            Choice::Stay | Choice::Exit => None,
        };
        let args = key().time(now).text(node.clone()).text(Reason::Returned.to_stored()).text(target.clone());
        let traced = tx.execute(&sql::publication_return_trace, Former::rows(&former, workspace, args)).await?;
        let args = key().uuid(version.uuid()).text(node.clone()).time(now).text(target);
        let args = Former::errors(&former, Former::rows(&former, workspace, args));
        let back = tx.execute(&sql::publication_return, args).await?;
        if back != traced {
            return Err(Error::Database(format!("{back} tokens went back and {traced} were traced")));
        }
        let body = documents::version(tx, workspace, version).await?;
        if let Some(event) = awaits::awaited_at(&body, &node) {
            let tokens = former.iter().filter_map(Former::waited).collect();
            waiting.push(Back { node, version, event: event.clone(), tokens });
        }
        uncount(&mut counts, (workspace, program), &choice, back);
        if Former::had_failed(&former) {
            counts.add(workspace, program, &choice.node, "failed", signed(back));
        }
        let gone = tokens.saturating_sub(back);
        match returned.last_mut() {
            Some(last) if last.node == choice.node => {
                last.back += back;
                last.gone += gone;
            }
            _ => returned.push(Returned { node: choice.node, choice: choice.choice, back, gone }),
        }
    }
    awaits::put_back(tx, workspace, &waiting, now).await?;
    counts.write(tx, now).await?;
    Ok(returned)
}

/// Takes these moves out of the counts.
fn uncount(counts: &mut Counts, (workspace, program): (WorkspaceId, ProgramId), choice: &NodeChoice, n: u64) {
    super::moving::count(counts, workspace, program, choice, -signed(n));
}

pub(super) fn read(row: &Row) -> Result<Publication> {
    let mut row = row.read("publication");
    Ok(Publication {
        id: row.get("id")?,
        from: row.opt_id("from_version")?,
        to: row.id("to_version")?,
        undone: row.opt_time("undone_at")?.is_some(),
    })
}

fn batch(row: &Row) -> Result<Batch> {
    let mut row = row.read("publication_batch");
    let number = row.int("batch")?;
    let choice = row.text("choice")?;
    let version = row.id("version")?;
    let node: NodeId = row.name("node")?;
    let target = row.opt_text("target")?;
    let choice = match (choice.as_str(), target) {
        ("move", Some(to)) => Choice::Move { to: NodeId::new(&to).map_err(|error| row.corrupt("target", error))? },
        ("retime", _) => Choice::Retime,
        ("exit", _) => Choice::Exit,
        (other, _) => return Err(row.corrupt("choice", format!("\"{other}\" does not fit its target"))),
    };
    Ok(Batch { number, version, choice: NodeChoice { node, choice }, tokens: row.number("count")? })
}

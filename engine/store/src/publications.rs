//! Publishes: a draft becomes the live version, and tokens at nodes of older versions are treated as the editor chose.
//! All of it is one transaction, by set.

use std::collections::{BTreeMap, BTreeSet};

use program::{NodeId, Program, ProgramId, Rest, VersionId, WorkspaceId};
use uuid::Uuid;

use crate::{
    Act, DraftHead, Error, ProgramSummary, Result, Store,
    args::Args,
    db::{Tx, whole},
    documents::{self, Settled, settle},
    programs,
    row::Row,
    sql,
    words::Word as _,
};

mod moving;
mod undo;

pub use undo::{Returned, Undone};

/// What happens to the tokens that stand at a node of an older version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// They stay in their version.
    Stay,
    /// They go to a node of the new version. If that is the same wait, they wait on; otherwise they go there at once.
    Move {
        /// The node.
        to: NodeId,
    },
    /// They go to the same wait of the new version. Their end time moves by the difference between both waits.
    Retime,
    /// They end.
    Exit,
}

/// A choice for a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeChoice {
    /// The node by its name in the older versions.
    pub node: NodeId,
    /// What happens to its tokens.
    pub choice: Choice,
}

/// A publication to be made.
#[derive(Clone, Debug)]
pub struct Publish<'a> {
    /// Its id.
    pub id: Uuid,
    /// The id for the new version, if the draft differs from the latest one.
    pub version: VersionId,
    /// The draft's revision that the caller has seen.
    pub revision: u64,
    /// Each node at most once. Tokens at all other nodes stay.
    pub choices: &'a [NodeChoice],
    /// Waits pass this many times faster than the clock, and so do differences between them.
    pub time_scale: f64,
}

/// What became of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publishing<T = Published> {
    /// It is done.
    Published(T),
    /// Nothing was written, because the draft was saved again since.
    Stale(DraftHead),
}

/// What a publication did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its id.
    pub id: Uuid,
    /// Number of the version that is live now.
    pub version: u32,
    /// The draft's revision from now on.
    pub revision: u64,
    /// For each choice, in the order given, its number of tokens.
    pub moved: Vec<Moved>,
}

/// What was done to the tokens at a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The node.
    pub node: NodeId,
    /// What was done.
    pub choice: Choice,
    /// To how many tokens.
    pub tokens: u64,
}

/// How many tokens stand at a node of a version: ready, held by a pause, or failed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The node.
    pub node: NodeId,
    /// The version.
    pub version: VersionId,
    /// How many.
    pub tokens: u64,
    /// How many of these failed there and wait for an operator.
    pub failed: u64,
}

impl Store {
    /// Where the ready, held and failed tokens of a program stand, each place once. A publication uses this. It reads
    /// only those tokens.
    pub async fn standing(&self, workspace: WorkspaceId, program: ProgramId) -> Result<Vec<Standing>> {
        let mut places: BTreeMap<_, (u64, u64)> = BTreeMap::new();
        for source in &moving::SOURCES {
            let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid());
            for row in self.db.fetch(source.places, args).await? {
                let Standing { node, version, tokens, failed } = standing(&row, source.failed)?;
                let place = places.entry((node, version)).or_default();
                *place = (place.0 + tokens, place.1 + failed);
            }
        }
        let place = |((node, version), (tokens, failed))| Standing { node, version, tokens, failed };
        Ok(places.into_iter().map(place).collect())
    }

    /// Makes the draft the live version and treats the tokens of older versions as chosen. Choices that the version
    /// does not allow give `Error::Invalid`. The caller has checked the draft of this revision.
    pub async fn publish_draft(&self, act: Act<'_>, program: ProgramId, publish: &Publish<'_>) -> Result<Publishing> {
        let worth = |done: &_| matches!(done, Publishing::Published(_));
        whole!(self.db, |tx| run(tx, act, program, publish).await, worth)
    }

    /// The publication that [`Store::undo_publication`] would undo, if there is one.
    pub async fn undoable(&self, workspace: WorkspaceId, program: &ProgramSummary) -> Result<Option<Uuid>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(program.id.uuid());
        let rows = self.db.fetch(&sql::publication_latest, args).await?;
        let latest = rows.first().map(undo::read).transpose()?;
        let current = program.current.as_ref().map(|version| version.id);
        Ok(latest.filter(|latest| !latest.undone && Some(latest.to) == current).map(|latest| latest.id))
    }
}

async fn run(tx: &mut Tx, act: Act<'_>, program: ProgramId, publish: &Publish<'_>) -> Result<Publishing> {
    let Act { workspace, author, now } = act;
    documents::lock(tx, workspace).await?;
    let (before, _) = programs::find(tx, workspace, program).await?;
    let (version, number, head, draft) = match settle(tx, act, program, publish.revision, publish.version).await? {
        Settled::Stale(head) => return Ok(Publishing::Stale(head)),
        Settled::Version { id, number, head, body, .. } => (id, number, head, body),
    };
    allowed(&draft, publish.choices)?;
    let current = programs::Current { id: program, version, program: &draft };
    programs::make_current(tx, workspace, now, current).await?;
    let args = Args::new()
        .uuid(workspace.uuid())
        .uuid(publish.id)
        .uuid(program.uuid())
        .uuid(before.current.as_ref().map(|version| version.id.uuid()))
        .text(before.state.word().to_owned())
        .uuid(version.uuid())
        .time(now)
        .text(author.map(str::to_owned));
    tx.execute(&sql::publication_insert, args).await?;
    let target = moving::Target { workspace, program, version, number, body: &draft };
    let moved = moving::run(tx, &target, publish, now).await?;
    Ok(Publishing::Published(Published { id: publish.id, version: number, revision: head.revision, moved }))
}

/// Refuses choices that are contradictory or impossible.
fn allowed(draft: &Program, choices: &[NodeChoice]) -> Result<()> {
    let invalid = |why: String| Err(Error::Invalid { field: "moves", why });
    let mut seen = BTreeSet::new();
    for NodeChoice { node, choice } in choices {
        if !seen.insert(node) {
            return invalid(format!("\"{node}\" is named twice; choose one thing for each node"));
        }
        match choice {
            Choice::Stay | Choice::Exit => {}
            Choice::Retime if matches!(draft.rest(node), None | Some(Rest::Window | Rest::Answer)) => {
                let why = "is no wait for a time in the new version; nothing can be re-timed there";
                return invalid(format!("\"{node}\" {why}"));
            }
            Choice::Retime => {}
            Choice::Move { to } => match draft.nodes.get(to) {
                None => return invalid(format!("the new version has no node \"{to}\" that \"{node}\" could lead to")),
                Some(target) if target.kind.is_entry() && to != node => {
                    return invalid(format!("\"{to}\" is an entry; only events enter there"));
                }
                Some(_) => {}
            },
        }
    }
    Ok(())
}

fn standing(row: &Row, failed: bool) -> Result<Standing> {
    let mut row = row.read("token");
    let (node, version, tokens) = (row.name("node")?, row.id("version")?, row.number("count")?);
    Ok(Standing { node, version, tokens, failed: if failed { tokens } else { 0 } })
}

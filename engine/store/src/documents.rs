//! Documents: what people define, edit as a draft, and publish as immutable versions. One mechanism serves all kinds of
//! them: programs and mail streams.
//!
//! ```text
//! save ──► draft (revision n) ──settle──► version (number n) ──► live, by the kind's own rule
//!            ▲     │ a save names the revision that it edited; another one is stale, and nothing is written
//!            └─────┘
//! ```

use program::{Program, ProgramId, ProgramName, Stream, StreamId, StreamName, Time, VersionId, WorkspaceId};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    Act, Error, Page, Paging, Result, Store,
    args::Args,
    db::Tx,
    page::{self, Cursor},
    row::Row,
    sql::{self, Shelf, Statement},
};

mod archive;
mod copy;
mod drafts;
mod settle;

pub(crate) use archive::publishable;
pub(crate) use drafts::follow;
pub use drafts::{Draft, DraftHead, Expected, FreshIds, Saving};
pub(crate) use settle::{Settled, settle};

/// What is kept as documents.
pub trait Document: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + Kept {
    /// The name of its kind.
    const WHAT: &'static str;
    /// Its id, the same for all its versions.
    type Id: DocumentId<Document = Self>;

    /// Its name within the workspace.
    fn name(&self) -> &str;

    /// The same under another name, or `Error::Invalid` if the name is not allowed.
    fn named(self, name: &str, title: &str) -> Result<Self>;
}

/// The id of a kind of document.
pub trait DocumentId: Copy + From<Uuid> + Send + Sync {
    /// The kind.
    type Document: Document<Id = Self>;

    /// The bare id.
    fn uuid(self) -> Uuid;
}

use kept::Kept;
mod kept {
    //! Where a kind of document is stored. Only this crate knows.

    use crate::sql::{Shelf, Statement};

    pub trait Kept {
        /// Its statements.
        const SHELF: &'static Shelf;
        /// The table of its versions, for error messages.
        const VERSION: &'static str;
        /// The table of its drafts, for error messages.
        const DRAFT: &'static str;
        /// The statement that makes a document. Parameters: workspace, id, name, first version, time, `beside` if any.
        const INSERT: &'static Statement;
        /// The statement that archives a document or takes it out. Parameters: workspace, id, archive or not, time.
        const ARCHIVE: &'static Statement;

        /// One more parameter of `INSERT`, if the kind has one.
        fn beside(&self) -> Option<String> {
            None
        }
        /// The statement that changes it while there is no version.
        const SET_BESIDE: Option<&'static Statement> = None;
    }
}

impl Kept for Program {
    const SHELF: &'static Shelf = &sql::PROGRAM;
    const VERSION: &'static str = "program_version";
    const DRAFT: &'static str = "program_draft";
    const INSERT: &'static Statement = &sql::program_insert;
    const ARCHIVE: &'static Statement = &sql::program_archive;
}

impl Kept for Stream {
    const SHELF: &'static Shelf = &sql::STREAM;
    const VERSION: &'static str = "stream_version";
    const DRAFT: &'static str = "stream_draft";
    const INSERT: &'static Statement = &sql::stream_insert;
    const ARCHIVE: &'static Statement = &sql::stream_archive;

    const SET_BESIDE: Option<&'static Statement> = Some(&sql::stream_set_class);

    fn beside(&self) -> Option<String> {
        Some(self.class.as_str().to_owned())
    }
}

macro_rules! documents {
    ($($document:ident $id:ident $name:ident $what:literal;)*) => {$(
        impl Document for $document {
            const WHAT: &'static str = $what;
            type Id = $id;

            fn name(&self) -> &str {
                self.name.as_str()
            }

            fn named(self, name: &str, title: &str) -> Result<Self> {
                let name = $name::new(name);
                let name = name.map_err(|error| Error::Invalid { field: "name", why: error.to_string() })?;
                Ok(Self { name, title: title.to_owned(), ..self })
            }
        }

        impl DocumentId for $id {
            type Document = $document;

            fn uuid(self) -> Uuid {
                self.0
            }
        }
    )*};
}

documents! {
    Program ProgramId ProgramName "program";
    Stream StreamId StreamName "stream";
}

/// A version of a document in the list of them, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentVersion {
    /// Its id.
    pub id: VersionId,
    /// Its number, from 1.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// Who made it, if that is known.
    pub author: Option<String>,
    /// When it was made.
    pub created_at: Time,
}

impl Store {
    /// The versions of a document.
    pub async fn versions<I: DocumentId>(
        &self,
        workspace: WorkspaceId,
        id: I,
        paging: &Paging,
    ) -> Result<Page<DocumentVersion>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid()).int(paging.below()?).int(paging.fetch());
        let rows = self.db.fetch_page(&I::Document::SHELF.version_list, args, page::ROOM).await?;
        page::collect(&rows, paging, listed::<I>, |version| Cursor::Text(version.number.to_string()))
    }

    /// A version of a document. Immutable, so callers may cache it.
    pub async fn version<D: Document>(&self, workspace: WorkspaceId, id: VersionId) -> Result<D> {
        let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid());
        body(self.db.fetch(&D::SHELF.version_get, args).await?.first())
    }

    /// A version of a document by its number, from 1.
    pub async fn version_numbered<I: DocumentId>(
        &self,
        workspace: WorkspaceId,
        id: I,
        number: u32,
    ) -> Result<I::Document> {
        let args = at(workspace, id).int(i64::from(number));
        body(self.db.fetch(&I::Document::SHELF.version_by_number, args).await?.first())
    }
}

/// What every kind of document has.
#[derive(Clone, Debug)]
pub(crate) struct Head<D> {
    pub(crate) id: Uuid,
    /// The live version, if there is one.
    pub(crate) current: Option<(VersionId, u32)>,
    /// The latest version; number 0 if there is none.
    pub(crate) latest: (VersionId, u32),
    pub(crate) made_at: Time,
    /// Whether it is archived.
    pub(crate) archived: bool,
    pub(crate) body: D,
}

impl<D> Head<D> {
    /// Number of the latest version, if there is one.
    pub(crate) fn number(&self) -> Option<u32> {
        Some(self.latest.1).filter(|number| *number > 0)
    }
}

/// Locks the definitions of a workspace, so that they change one after the other.
pub(crate) async fn lock(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    let rows = tx.fetch(&sql::workspace_lock, Args::new().uuid(workspace.uuid())).await?;
    if rows.is_empty() { Err(Error::NotFound { what: "workspace" }) } else { Ok(()) }
}

/// The key of a document, as parameters.
fn at<I: DocumentId>(workspace: WorkspaceId, id: I) -> Args {
    Args::new().uuid(workspace.uuid()).uuid(id.uuid())
}

pub(crate) async fn find<I: DocumentId>(tx: &mut Tx, workspace: WorkspaceId, id: I) -> Result<Head<I::Document>> {
    head(tx.fetch(&I::Document::SHELF.head_by_id, at(workspace, id)).await?.first())
}

fn missing<D: Document>() -> Error {
    Error::NotFound { what: D::WHAT }
}

fn head<D: Document>(row: Option<&Row>) -> Result<Head<D>> {
    let mut row = row.ok_or_else(missing::<D>)?.read(D::WHAT);
    let id = row.id("id")?;
    let current = row.opt_id("current")?.zip(row.opt_number("number")?);
    let latest = (row.id("latest")?, row.number("number")?);
    let (made_at, archived) = (row.time("created_at")?, row.int("archived")? > 0);
    Ok(Head { id, current, latest, made_at, archived, body: row.json("body")? })
}

/// The body of a version.
pub(crate) async fn version<D: Document>(tx: &mut Tx, workspace: WorkspaceId, id: VersionId) -> Result<D> {
    let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid());
    body(tx.fetch(&D::SHELF.version_get, args).await?.first())
}

fn body<D: Document>(row: Option<&Row>) -> Result<D> {
    row.ok_or(Error::NotFound { what: "version" })?.read(D::VERSION).from("body").json("body")
}

fn listed<I: DocumentId>(row: &Row) -> Result<DocumentVersion> {
    // The rest of the body is skipped.
    #[derive(serde::Deserialize)]
    struct Head {
        title: String,
    }
    let mut row = row.read(I::Document::VERSION);
    let (id, number, author) = (row.id("id")?, row.number("number")?, row.opt_text("author")?);
    let created_at = row.time("created_at")?;
    let Head { title } = row.json("body")?;
    Ok(DocumentVersion { id, number, title, author, created_at })
}

pub(crate) fn json<D: Serialize>(document: &D) -> Result<String> {
    serde_json::to_string(document).map_err(|error| Error::Invalid { field: "definition", why: error.to_string() })
}

/// A version to be written.
pub(crate) struct Made<'a, I> {
    pub(crate) document: I,
    pub(crate) id: VersionId,
    pub(crate) number: u32,
    pub(crate) act: Act<'a>,
}

impl<I: DocumentId> Made<'_, I> {
    /// Writes the first version of a new document.
    pub(crate) async fn begin(self, tx: &mut Tx, body: &I::Document) -> Result<()> {
        let args = at(self.act.workspace, self.document).text(body.name().to_owned());
        let mut args = args.uuid(self.id.uuid()).time(self.act.now);
        if let Some(beside) = body.beside() {
            args = args.text(beside);
        }
        tx.execute(I::Document::INSERT, args).await?;
        self.write(tx, body).await
    }

    /// Writes a further version.
    pub(crate) async fn add(self, tx: &mut Tx, body: &I::Document) -> Result<()> {
        let args = at(self.act.workspace, self.document).uuid(self.id.uuid()).time(self.act.now);
        tx.execute(&I::Document::SHELF.set_latest, args).await?;
        self.write(tx, body).await
    }

    async fn write(self, tx: &mut Tx, body: &I::Document) -> Result<()> {
        let Act { workspace, author, now } = self.act;
        let args = Args::new()
            .uuid(workspace.uuid())
            .uuid(self.id.uuid())
            .uuid(self.document.uuid())
            .int(i64::from(self.number))
            .text(json(body)?)
            .time(now)
            .text(author.map(str::to_owned));
        tx.execute(&I::Document::SHELF.version_insert, args).await.map(drop)
    }
}

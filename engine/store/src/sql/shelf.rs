//! The statements of documents: one text for all kinds of them.

use super::Statement;

/// Where the documents of one kind lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables {
    /// The table of the documents; `_version` and `_draft` follow it.
    document: &'static str,
    /// The column that names the latest version.
    latest: &'static str,
    /// Whether a document `d` was put away.
    archived: &'static str,
}

impl Tables {
    pub(super) fn name(&self, source: &str) -> String {
        let source = source.replace("DOCUMENT", self.document).replace("LATEST", self.latest);
        source.replace("ARCHIVED", self.archived)
    }
}

macro_rules! shelf {
    ($($name:ident)*) => {
        /// The statements of one kind of document.
        #[derive(Debug)]
        pub struct Shelf {
            $(pub(crate) $name: Statement,)*
        }

        impl Shelf {
            const fn of(tables: Tables) -> Self {
                Self {$(
                    $name: Statement::on(
                        tables,
                        stringify!($name),
                        include_str!(concat!("../../sql/document/", stringify!($name), ".sql")),
                    ),
                )*}
            }

            pub(super) fn all(&'static self) -> impl Iterator<Item = &'static Statement> {
                [$(&self.$name),*].into_iter()
            }
        }
    };
}

shelf! {
    draft_get
    draft_put
    head_by_id
    head_by_name
    set_latest
    touch
    version_by_number
    version_get
    version_insert
    version_list
    version_zero
}

/// Programs.
pub(crate) static PROGRAM: Shelf =
    Shelf::of(Tables { document: "program", latest: "latest", archived: "d.state = 'archived'" });
/// Mail streams. A new version of theirs is live at once.
pub(crate) static STREAM: Shelf =
    Shelf::of(Tables { document: "stream", latest: "current", archived: "d.archived_at IS NOT NULL" });

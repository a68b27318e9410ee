//! What can go wrong, by what the caller should do.

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached or asks to try again. Nothing is known to be written: retry.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// There is no such thing.
    #[error("no such {what}")]
    NotFound {
        /// What was looked for, such as `program`.
        what: &'static str,
    },
    /// It stands against what is stored. Stop.
    #[error("{what}: {why}")]
    Conflict {
        /// What it is about, such as `stream class`.
        what: &'static str,
        /// Why, in words for the caller's user.
        why: String,
    },
    /// An argument cannot be stored. Stop.
    #[error("{field}: {why}")]
    Invalid {
        /// Which argument.
        field: &'static str,
        /// Why, in words for the caller's user.
        why: String,
    },
    /// Stored data is wrong. Stop and look at the row.
    #[error("{table}.{column} of row {row} is corrupt: {why}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        row: String,
        /// What is wrong with it.
        why: String,
    },
    /// The database refused the statement; a defect of this crate or of the database. Stop.
    #[error("database: {0}")]
    Database(String),
}

impl Error {
    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

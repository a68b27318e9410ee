//! Errors, by who must act.

use crate::Class;

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
    /// The database refuses until its operator has acted: no room, a right or a column is missing, or a defect of this
    /// crate. Nothing is written: retry later.
    #[error("database: {0}")]
    Database(String),
    /// The database says that what it stores is damaged. Stop, and look for a backup.
    #[error("the database is damaged: {0}")]
    Damaged(String),
}

impl Error {
    /// Who must act. All else follows from it.
    pub fn class(&self) -> Class {
        match self {
            Self::Unavailable(_) => Class::Soon,
            Self::NotFound { .. } | Self::Invalid { .. } => Class::Client,
            Self::Conflict { .. } => Class::Conflict,
            Self::Corrupt { .. } | Self::Damaged(_) => Class::Corrupt,
            Self::Database(_) => Class::Operator,
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        self.class().retryable()
    }
}

//! Rows are read here and nowhere else, column by column in the order of the SELECT; what does not
//! fit is reported with table, column and row.

use std::{fmt::Display, str::FromStr};

use program::{Time, brief, weight};
use serde::de::DeserializeOwned;
use sqlx::{Database, Decode, Postgres, Row as _, Sqlite, Type, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{Error, Result, words::Word};

/// A row of either database.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What both databases can give.
pub(crate) trait Cell: Both<Sqlite> + Both<Postgres> {}
impl<T: Both<Sqlite> + Both<Postgres>> Cell for T {}

/// What one database can give.
pub(crate) trait Both<D: Database>: for<'r> Decode<'r, D> + Type<D> {}
impl<D: Database, T: for<'r> Decode<'r, D> + Type<D>> Both<D> for T {}

/// Reads a row from its first column on.
pub(crate) struct Reader<'r> {
    row: &'r Row,
    table: &'static str,
    next: usize,
}

impl Row {
    /// Reads this row as one of a table. The first column names the row where something is wrong.
    pub(crate) fn read(&self, table: &'static str) -> Reader<'_> {
        Reader { row: self, table, next: 0 }
    }

    fn get<T: Cell>(&self, at: usize) -> Result<T, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(at),
            Self::Postgres(row) => row.try_get(at),
        }
    }

    /// How much a text counts, see [`weight`]; what is none counts nothing.
    pub(crate) fn weight(&self, at: usize) -> usize {
        let text: sqlx::Result<&str> = match self {
            Self::Sqlite(row) => row.try_get(at),
            Self::Postgres(row) => row.try_get(at),
        };
        text.map_or(0, weight)
    }

    /// How much its texts count.
    pub(crate) fn bytes(&self) -> usize {
        let columns = match self {
            Self::Sqlite(row) => row.len(),
            Self::Postgres(row) => row.len(),
        };
        (0..columns).map(|at| self.weight(at)).sum()
    }

    fn key(&self) -> String {
        let uuid = self.get::<Uuid>(0).map(|key| key.to_string());
        uuid.or_else(|_| self.get::<String>(0))
            .or_else(|_| self.get::<i64>(0).map(|key| key.to_string()))
            .unwrap_or_default()
    }
}

impl Reader<'_> {
    /// The same, without the next columns.
    pub(crate) fn skip(mut self, columns: usize) -> Self {
        self.next += columns;
        self
    }

    pub(crate) fn get<T: Cell>(&mut self, column: &'static str) -> Result<T> {
        let at = self.next;
        self.next += 1;
        self.row.get(at).map_err(|error| self.corrupt(column, error))
    }

    pub(crate) fn id<Id: From<Uuid>>(&mut self, column: &'static str) -> Result<Id> {
        self.get::<Uuid>(column).map(Id::from)
    }

    pub(crate) fn opt_id<Id: From<Uuid>>(&mut self, column: &'static str) -> Result<Option<Id>> {
        Ok(self.get::<Option<Uuid>>(column)?.map(Id::from))
    }

    pub(crate) fn text(&mut self, column: &'static str) -> Result<String> {
        self.get(column)
    }

    pub(crate) fn opt_text(&mut self, column: &'static str) -> Result<Option<String>> {
        self.get(column)
    }

    pub(crate) fn int(&mut self, column: &'static str) -> Result<i64> {
        self.get(column)
    }

    /// A number that is never negative and fits.
    pub(crate) fn number<N: TryFrom<i64, Error: Display>>(&mut self, column: &'static str) -> Result<N> {
        let value: i64 = self.get(column)?;
        N::try_from(value).map_err(|error| self.corrupt(column, error))
    }

    pub(crate) fn time(&mut self, column: &'static str) -> Result<Time> {
        let value = self.get(column)?;
        self.at(column, value)
    }

    pub(crate) fn opt_time(&mut self, column: &'static str) -> Result<Option<Time>> {
        let value: Option<i64> = self.get(column)?;
        value.map(|value| self.at(column, value)).transpose()
    }

    fn at(&self, column: &'static str, millis: i64) -> Result<Time> {
        Time::from_timestamp_millis(millis).ok_or_else(|| self.corrupt(column, format!("{millis} ms is out of range")))
    }

    /// A name that has a rule.
    pub(crate) fn name<N: FromStr<Err: Display>>(&mut self, column: &'static str) -> Result<N> {
        let text: String = self.get(column)?;
        text.parse().map_err(|error| self.corrupt(column, error))
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self, column: &'static str) -> Result<T> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|error| self.corrupt(column, error))
    }

    pub(crate) fn opt_json<T: DeserializeOwned>(&mut self, column: &'static str) -> Result<Option<T>> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| serde_json::from_str(&text).map_err(|error| self.corrupt(column, error))).transpose()
    }

    /// A word of a closed list.
    pub(crate) fn word<W: Word>(&mut self, column: &'static str) -> Result<W> {
        let text: String = self.get(column)?;
        W::from_word(&text).ok_or_else(|| self.corrupt(column, format!("\"{text}\" is not known")))
    }

    pub(crate) fn corrupt(&self, column: &'static str, why: impl Display) -> Error {
        Error::Corrupt { table: self.table, column, row: self.row.key(), why: brief::message(why.to_string()) }
    }
}

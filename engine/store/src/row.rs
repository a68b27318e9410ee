//! Reads rows, column by column in the order of the SELECT. A value that does not fit is reported with table, column
//! and row. If columns are skipped, the next one is found by its name.

use std::{fmt::Display, str::FromStr};

use program::{Reason, Time, brief, weight};
use serde::de::DeserializeOwned;
use sqlx::{Column as _, Database, Decode, Postgres, Row as _, Sqlite, Type, postgres::PgRow, sqlite::SqliteRow};
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

    /// Where the column of this name stands; the last one where several have it.
    fn place(&self, column: &str) -> Option<usize> {
        match self {
            Self::Sqlite(row) => row.try_column(column).map(|found| found.ordinal()).ok(),
            Self::Postgres(row) => row.try_column(column).map(|found| found.ordinal()).ok(),
        }
    }

    /// Whether a column may be read as this one: it is called so, or no column is.
    fn is_called(&self, at: usize, column: &str) -> bool {
        let name = match self {
            Self::Sqlite(row) => row.try_column(at).map(|found| found.name() == column),
            Self::Postgres(row) => row.try_column(at).map(|found| found.name() == column),
        };
        name.unwrap_or(false) || self.place(column).is_none()
    }

    fn key(&self) -> String {
        let uuid = self.get::<Uuid>(0).map(|key| key.to_string());
        uuid.or_else(|_| self.get::<String>(0))
            .or_else(|_| self.get::<i64>(0).map(|key| key.to_string()))
            .unwrap_or_default()
    }
}

/// A column, found by its name once for all rows of a result.
#[derive(Clone, Copy)]
pub(crate) struct Column(usize);

impl Column {
    /// The column of this name. One that is not there is reported by whoever reads it.
    pub(crate) fn of(rows: &[Row], name: &str) -> Self {
        Self(rows.first().and_then(|row| row.place(name)).unwrap_or(usize::MAX))
    }
}

impl Reader<'_> {
    /// Goes on with the column of this name. Where many rows are read, [`Column`] looks it up once.
    pub(crate) fn from(self, column: &str) -> Self {
        let at = Column(self.row.place(column).unwrap_or(usize::MAX));
        self.at(at)
    }

    /// Goes on with this column.
    pub(crate) fn at(mut self, column: Column) -> Self {
        self.next = column.0;
        self
    }

    pub(crate) fn get<T: Cell>(&mut self, column: &'static str) -> Result<T> {
        let at = self.next;
        debug_assert!(self.row.is_called(at, column), "column {at} of {} is not {column}", self.table);
        self.next = at.saturating_add(1);
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

    /// Why something is as it is, by this build or a former one.
    pub(crate) fn opt_reason(&mut self, column: &'static str) -> Result<Option<Reason>> {
        Ok(self.opt_text(column)?.map(|text| Reason::stored(&text)))
    }

    pub(crate) fn int(&mut self, column: &'static str) -> Result<i64> {
        self.get(column)
    }

    /// A number that is never negative and fits.
    pub(crate) fn number<N: TryFrom<i64, Error: Display>>(&mut self, column: &'static str) -> Result<N> {
        let value: i64 = self.get(column)?;
        N::try_from(value).map_err(|error| self.corrupt(column, error))
    }

    /// The same, where there may be none.
    pub(crate) fn opt_number<N: TryFrom<i64, Error: Display>>(&mut self, column: &'static str) -> Result<Option<N>> {
        let value: Option<i64> = self.get(column)?;
        value.map(|value| N::try_from(value).map_err(|error| self.corrupt(column, error))).transpose()
    }

    pub(crate) fn time(&mut self, column: &'static str) -> Result<Time> {
        let value = self.get(column)?;
        self.moment(column, value)
    }

    pub(crate) fn opt_time(&mut self, column: &'static str) -> Result<Option<Time>> {
        let value: Option<i64> = self.get(column)?;
        value.map(|value| self.moment(column, value)).transpose()
    }

    fn moment(&self, column: &'static str, millis: i64) -> Result<Time> {
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

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};

    use super::*;

    async fn rows(text: &str) -> Vec<Row> {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let rows = connection.fetch_all(AssertSqlSafe(text.to_owned())).await.unwrap();
        rows.into_iter().map(Row::Sqlite).collect()
    }

    #[tokio::test]
    async fn columns_are_found_by_their_names() {
        let rows = rows("SELECT 1 AS id, 2 AS b, 3 AS c, 4 AS d UNION ALL SELECT 5, 6, 7, 8").await;
        let mut row = rows[0].read("t").from("c");
        assert_eq!((row.int("c").unwrap(), row.int("d").unwrap()), (3, 4));
        let b = Column::of(&rows, "b");
        let read = rows.iter().map(|row| row.read("t").at(b).int("b").unwrap()).collect::<Vec<_>>();
        assert_eq!(read, [2, 6]);
        for mut gone in [rows[0].read("t").from("e"), rows[0].read("t").at(Column::of(&rows, "e"))] {
            let error = gone.int("e").unwrap_err();
            assert!(matches!(error, Error::Corrupt { table: "t", column: "e", ref row, .. } if row == "1"), "{error}");
        }
    }

    /// What has no name in the statement has none to be checked.
    #[tokio::test]
    async fn a_column_is_read_where_it_stands() {
        let rows = rows("SELECT 1 AS id, 2 + 0, 3 AS c").await;
        let mut row = rows[0].read("t");
        assert_eq!((row.int("id").unwrap(), row.int("sum").unwrap(), row.int("c").unwrap()), (1, 2, 3));
    }

    #[tokio::test]
    #[should_panic(expected = "column 1 of t is not c")]
    #[cfg(debug_assertions)]
    async fn a_column_that_stands_elsewhere_is_noticed() {
        let rows = rows("SELECT 1 AS id, 2 AS b, 3 AS c").await;
        let mut row = rows[0].read("t");
        let _ = (row.int("id"), row.int("c"));
    }
}

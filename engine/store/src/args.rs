//! The parameters of a statement: scalars first, then at most one set of rows, column by column.

use std::fmt::Write as _;

use program::{Reason, Time};
use sqlx::{Arguments as _, postgres::PgArguments, sqlite::SqliteArguments};
use uuid::Uuid;

use crate::{Error, Result};

/// A text as it can be stored: PostgreSQL stores no NUL, so nothing does.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A reason as it is stored; other people's servers speak in some.
pub(crate) fn reason(reason: &Reason) -> String {
    storable(&reason.to_stored())
}

/// Arguments of a statement. Scalars are `$1`, `$2` …; the columns of `ROWS` follow them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Args {
    scalars: Vec<Scalar>,
    columns: Vec<Column>,
}

#[derive(Clone, Debug)]
enum Scalar {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Uuid(Option<Uuid>),
    Bool(Option<bool>),
}

#[derive(Clone, Debug)]
enum Column {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Uuids(Vec<Option<Uuid>>),
    Bools(Vec<Option<bool>>),
}

macro_rules! binds {
    ($($one:ident $many:ident $scalar:ident $column:ident $type:ty,)*) => {
        $(
            pub(crate) fn $one(mut self, value: impl Into<Option<$type>>) -> Self {
                self.scalars.push(Scalar::$scalar(value.into()));
                self
            }

            #[allow(dead_code, reason = "one per type, so that they are alike")]
            pub(crate) fn $many(mut self, values: impl IntoIterator<Item = impl Into<Option<$type>>>) -> Self {
                self.columns.push(Column::$column(values.into_iter().map(Into::into).collect()));
                self
            }
        )*
    };
}

impl Args {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    binds! {
        int ints Int Ints i64,
        text texts Text Texts String,
        blob blobs Bytes Bytes Vec<u8>,
        uuid uuids Uuid Uuids Uuid,
        bool bools Bool Bools bool,
    }

    /// Bytes of each row, as a scalar and the last column: one row alone has them in the scalar. In a set SQLite is given
    /// them as text, twice as long, and holds that a few times over.
    pub(crate) fn large(self, mut bytes: impl ExactSizeIterator<Item = Vec<u8>>) -> Self {
        match bytes.len() {
            1 => self.blob(bytes.next()).blobs([None::<Vec<u8>>]),
            _ => self.blob(None::<Vec<u8>>).blobs(bytes),
        }
    }

    pub(crate) fn time(self, time: Time) -> Self {
        self.int(time.timestamp_millis())
    }

    /// Whether one of the texts can be in no row: PostgreSQL stores no NUL, so nothing does.
    pub(crate) fn unstorable(&self) -> bool {
        let scalar = |scalar: &Scalar| matches!(scalar, Scalar::Text(Some(text)) if text.contains('\0'));
        let column = |column: &Column| match column {
            Column::Texts(texts) => texts.iter().flatten().any(|text| text.contains('\0')),
            _ => false,
        };
        self.scalars.iter().any(scalar) || self.columns.iter().any(column)
    }

    /// Refuses on both databases what one of them cannot store: the one door for texts from outside.
    fn storable(self) -> Result<Self> {
        match self.unstorable() {
            true => Err(Error::Invalid { field: "text", why: "a text with a NUL character cannot be stored".into() }),
            false => Ok(self),
        }
    }

    /// Arrays, one per column, for UNNEST.
    pub(crate) fn postgres(self) -> Result<PgArguments> {
        let this = self.storable()?;
        let mut args = PgArguments::default();
        for scalar in this.scalars {
            match scalar {
                Scalar::Int(value) => args.add(value),
                Scalar::Text(value) => args.add(value),
                Scalar::Bytes(value) => args.add(value),
                Scalar::Uuid(value) => args.add(value),
                Scalar::Bool(value) => args.add(value),
            }
            .map_err(encoding)?;
        }
        for column in this.columns {
            match column {
                Column::Ints(values) => args.add(values),
                Column::Texts(values) => args.add(values),
                Column::Bytes(values) => args.add(values),
                Column::Uuids(values) => args.add(values),
                Column::Bools(values) => args.add(values),
            }
            .map_err(encoding)?;
        }
        Ok(args)
    }

    /// One JSON text of rows for json_each; uuids and bytes in hex.
    pub(crate) fn sqlite(self) -> Result<SqliteArguments> {
        let this = self.storable()?;
        let mut args = SqliteArguments::default();
        for scalar in this.scalars {
            match scalar {
                Scalar::Int(value) => sqlx::Arguments::add(&mut args, value),
                Scalar::Text(value) => sqlx::Arguments::add(&mut args, value),
                Scalar::Bytes(value) => sqlx::Arguments::add(&mut args, value),
                Scalar::Uuid(value) => sqlx::Arguments::add(&mut args, value),
                Scalar::Bool(value) => sqlx::Arguments::add(&mut args, value),
            }
            .map_err(encoding)?;
        }
        if !this.columns.is_empty() {
            sqlx::Arguments::add(&mut args, rows_as_json(&this.columns)).map_err(encoding)?;
        }
        Ok(args)
    }
}

fn encoding(error: sqlx::error::BoxDynError) -> Error {
    Error::Database(format!("an argument cannot be encoded: {error}"))
}

/// A row ends with its last value: `->>` gives none behind the end, and reads what is not there faster.
fn rows_as_json(columns: &[Column]) -> String {
    let last = columns.iter().rposition(|column| !column.is_null()).map_or(1, |at| at + 1);
    let columns = &columns[..last.min(columns.len())];
    let rows = columns.iter().map(Column::len).min().unwrap_or_default();
    let mut json = String::with_capacity(rows * columns.len() * 24 + 2);
    json.push('[');
    for row in 0..rows {
        json.push_str(if row == 0 { "[" } else { ",[" });
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                json.push(',');
            }
            column.write(row, &mut json);
        }
        json.push(']');
    }
    json.push(']');
    json
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Ints(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Bytes(values) => values.len(),
            Self::Uuids(values) => values.len(),
            Self::Bools(values) => values.len(),
        }
    }

    /// Whether no row has a value.
    fn is_null(&self) -> bool {
        match self {
            Self::Ints(values) => values.iter().all(Option::is_none),
            Self::Texts(values) => values.iter().all(Option::is_none),
            Self::Bytes(values) => values.iter().all(Option::is_none),
            Self::Uuids(values) => values.iter().all(Option::is_none),
            Self::Bools(values) => values.iter().all(Option::is_none),
        }
    }

    /// Writing to a string cannot fail, so results are dropped.
    fn write(&self, row: usize, json: &mut String) {
        match self {
            Self::Ints(values) => {
                if let Some(value) = values[row] {
                    let _ = write!(json, "{value}");
                    return;
                }
            }
            Self::Texts(values) => {
                if let Some(value) = &values[row] {
                    quote(value, json);
                    return;
                }
            }
            Self::Bytes(values) => {
                if let Some(value) = &values[row] {
                    json.push('"');
                    value.iter().for_each(|byte| hex(*byte, json));
                    json.push('"');
                    return;
                }
            }
            Self::Uuids(values) => {
                if let Some(value) = &values[row] {
                    let mut text = [0; uuid::fmt::Simple::LENGTH];
                    json.push('"');
                    json.push_str(value.as_simple().encode_lower(&mut text));
                    json.push('"');
                    return;
                }
            }
            Self::Bools(values) => {
                if let Some(value) = values[row] {
                    json.push_str(if value { "1" } else { "0" });
                    return;
                }
            }
        }
        json.push_str("null");
    }
}

fn hex(byte: u8, json: &mut String) {
    for digit in [byte >> 4, byte & 15] {
        json.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
    }
}

fn quote(text: &str, json: &mut String) {
    json.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        json.push_str(&text[plain..at]);
        plain = at + 1;
        let _ = match byte {
            b'"' => write!(json, "\\\""),
            b'\\' => write!(json, "\\\\"),
            byte => write!(json, "\\u{byte:04x}"),
        };
    }
    json.push_str(&text[plain..]);
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_refused_on_both_databases() {
        let args = [Args::new().text("a\0".to_owned()), Args::new().int(1).texts(["a".to_owned(), "\0".to_owned()])];
        for args in args {
            assert!(args.unstorable());
            assert!(matches!(args.clone().sqlite(), Err(Error::Invalid { .. })));
            assert!(matches!(args.postgres(), Err(Error::Invalid { .. })));
        }
        assert!(!Args::new().text("ä".to_owned()).blob(vec![0_u8]).texts([None::<String>]).unstorable());
    }

    #[test]
    fn rows_become_json() {
        let args = Args::new()
            .texts(["a \"b\"\\\n\u{1}ä".to_owned()])
            .ints([Some(-3)])
            .uuids([Uuid::from_u128(10)])
            .blobs([vec![0_u8, 255]])
            .bools([None])
            .ints([Some(1)])
            .texts([None::<String>]);
        let json = rows_as_json(&args.columns);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let expected =
            serde_json::json!([["a \"b\"\\\n\u{1}ä", -3, "0000000000000000000000000000000a", "00ff", null, 1]]);
        assert_eq!(value, expected, "a row ends with its last value");
        assert_eq!(rows_as_json(&Args::new().bools([None, None]).ints([None::<i64>; 2]).columns), "[[null],[null]]");
    }
}

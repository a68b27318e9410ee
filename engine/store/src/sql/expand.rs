//! Turns the text of a statement's file into SQL of one database.

use std::{borrow::Cow, fmt::Write as _};

use crate::{
    Dialect,
    limits::{MOST_HAND_OVERS, MOST_UNKNOWNS},
};

/// What `GATE` stands for.
const GATE: &str = include_str!("../../sql/parts/gate.sql");

/// What `PROGRAM_SUMMARY` stands for.
const PROGRAM_SUMMARY: &str = include_str!("../../sql/parts/program_summary.sql");

/// Replaces `GATE`, `PROGRAM_SUMMARY` and `ROWS(…)`. Put every lookup column into `ROWS`, the workspace too. With the
/// workspace as a scalar, PostgreSQL scans the whole workspace while the table has no statistics.
pub(super) fn expand(source: &str, dialect: Dialect) -> String {
    // Comments say why; the database need not read them, and `ROWS` in them is a word.
    let plain = |source: &str| -> String {
        let lines = source.lines().filter(|line| !line.starts_with("--")).filter_map(|line| of(line, dialect));
        lines.flat_map(|line| [line, "\n".into()]).collect()
    };
    let mut source = plain(source);
    if source.contains("PROGRAM_SUMMARY\n") {
        source = source.replace("PROGRAM_SUMMARY\n", &plain(PROGRAM_SUMMARY));
    }
    if source.contains("(GATE)") {
        source = source.replace("(GATE)", &format!("({})", plain(GATE).trim_end()));
        source = source.replace("MOST_HAND_OVERS", &MOST_HAND_OVERS.to_string());
        source = source.replace("MOST_UNKNOWNS", &MOST_UNKNOWNS.to_string());
    }
    let Some((before, rest)) = source.split_once("ROWS(") else { return source };
    let Some((columns, after)) = rest.split_once(')') else { return source };
    let columns: Vec<(&str, &str)> = columns.split(',').filter_map(|column| column.trim().split_once(' ')).collect();
    let first = (1..).find(|n| !has_parameter(&source, *n)).unwrap_or(1);
    let mut text = before.to_owned();
    // Writing to a string cannot fail, so results are dropped.
    match dialect {
        Dialect::Postgres => {
            let arrays = columns.iter().zip(first..).map(|((_, kind), n)| format!("${n}::{kind}[]"));
            let names = columns.iter().map(|(name, _)| *name);
            let arrays = arrays.collect::<Vec<_>>().join(", ");
            let names = names.collect::<Vec<_>>().join(", ");
            // Always true. Of arrays that it does not see PostgreSQL expects ten rows, for which reading a whole table
            // looks cheap while that is new; and a plan stays, however the table grows, until it is analysed. With an
            // equality it expects one row, and goes by an index.
            let one = columns.first().map_or("true", |(name, _)| name);
            let _ = write!(
                text,
                "(SELECT {names} FROM unnest({arrays}) AS given ({names}) WHERE ({one} = {one}) IS NOT FALSE)"
            );
        }
        Dialect::Sqlite => {
            let values = columns.iter().enumerate().map(|(at, (name, kind))| match *kind {
                "uuid" | "bytea" => format!("unhex(value ->> {at}) AS {name}"),
                _ => format!("value ->> {at} AS {name}"),
            });
            let values = values.collect::<Vec<_>>().join(", ");
            // jsonb_each hands out parsed rows, so `->>` parses nothing.
            let _ = write!(text, "(SELECT {values} FROM jsonb_each(${first}))");
            // SQLite knows nothing of the rows given and may read the table for each of them;
            // CROSS JOIN is its way of saying that the rows come first.
            text.push_str(&after.replacen("AS r\nJOIN", "AS r\nCROSS JOIN", 1));
            return text;
        }
    }
    text.push_str(after);
    text
}

/// What a line says to this database, if anything.
fn of(line: &str, dialect: Dialect) -> Option<Cow<'_, str>> {
    match dialect {
        Dialect::Sqlite => (!line.trim_start().starts_with("FOR ")).then(|| line.into()),
        Dialect::Postgres => Some(match line.split_once(" INDEXED BY ") {
            // An index is named by one word.
            Some((before, after)) => match after.split_once(' ') {
                Some((_, rest)) => format!("{before} {rest}").into(),
                None => before.into(),
            },
            None => line.into(),
        }),
    }
}

pub(super) fn has_parameter(source: &str, n: usize) -> bool {
    let name = format!("${n}");
    source.match_indices(&name).any(|(at, _)| !source[at + name.len()..].starts_with(|c: char| c.is_ascii_digit()))
}

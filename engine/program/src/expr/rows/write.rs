//! Writes rows as an expression.

use std::fmt::Write;

use super::{Clause, Items, Join, Looked, MISSING, NOW, Operand, Path, Root, Row, Rows, Step, Test, Which};
use crate::{EventType, Period};

/// What the language keeps for itself: no name behind a dot.
const RESERVED: [&str; 21] = [
    "in",
    "true",
    "false",
    "null",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

impl Rows {
    /// The expression.
    pub fn write(&self) -> String {
        let negated = matches!(self.join, Join::None | Join::NotAll);
        match (self.list.as_slice(), negated) {
            ([], _) => String::new(),
            (_, true) => format!("!({})", self.joined()),
            (_, false) => self.joined(),
        }
    }

    fn joined(&self) -> String {
        let sign = if matches!(self.join, Join::All | Join::NotAll) { " && " } else { " || " };
        self.list.iter().map(Row::write).collect::<Vec<_>>().join(sign)
    }
}

impl Row {
    fn write(&self) -> String {
        match self {
            Self::Clause(clause) if clause.not => format!("!({})", clause.write()),
            Self::Clause(clause) => clause.write(),
            Self::Group(rows) if rows.list.is_empty() => missing(""),
            Self::Group(rows) if rows.list.len() == 1 || matches!(rows.join, Join::None | Join::NotAll) => rows.write(),
            Self::Group(rows) => format!("({})", rows.write()),
            Self::Items(items) => items.write(),
        }
    }
}

impl Items {
    fn write(&self) -> String {
        let (sign, call) = match self.which {
            Which::Any => ("", "exists"),
            Which::Every => ("", "all"),
            Which::No => ("!", "exists"),
            Which::NotEvery => ("!", "all"),
        };
        let rows = if self.rows.list.is_empty() { missing("") } else { self.rows.write() };
        format!("{sign}{}.{call}({}, {rows})", self.of.write(), self.name)
    }
}

impl Clause {
    fn write(&self) -> String {
        let what = self.what.write();
        let value = |at: usize| self.values.get(at).map_or_else(|| missing(""), Operand::write);
        if let Some((side, length)) = self.test.time() {
            let length = length.map(|sign| format!(" {sign} {}", value(0))).unwrap_or_default();
            return format!("timestamp({what}) {side} {NOW}{length}");
        }
        match self.test {
            Test::Holds => what,
            Test::Present => self.present(),
            Test::Absent => format!("!{}", self.present()),
            Test::OneOf | Test::NoneOf => {
                let values: Vec<_> = (0..self.values.len().max(1)).map(value).collect();
                let asked = format!("{what} in [{}]", values.join(", "));
                if self.test == Test::NoneOf { format!("!({asked})") } else { asked }
            }
            test => match test.sign() {
                Some(name) if test.of_text() => format!("{what}.{name}({})", value(0)),
                sign => format!("{what} {} {}", sign.unwrap_or("=="), value(0)),
            },
        }
    }

    /// `has` takes names behind dots only; other names are keys of what is before them.
    fn present(&self) -> String {
        let Looked::Field(path) = &self.what else { return missing("") };
        match path.steps.split_last() {
            Some((Step::Name(name), before)) if !is_word(name) => {
                let of = Path { root: path.root.clone(), steps: before.to_vec() };
                format!("({} in {})", quoted(name), of.write())
            }
            Some((Step::Name(_), _)) => format!("has({})", path.write()),
            _ => format!("{MISSING}(\"has\", {})", path.root.write()),
        }
    }
}

impl Looked {
    fn write(&self) -> String {
        match self {
            Self::Field(path) => path.write(),
            Self::Size(path) => format!("size({})", path.write()),
            Self::Count { event, within } => {
                let event = match EventType::new(event) {
                    Ok(event) => quoted(event.as_str()),
                    Err(_) => missing(event),
                };
                let within = match within.parse::<Period>() {
                    Ok(period) if period.millis() > 0 => format!("duration({})", quoted(within)),
                    _ => missing(within),
                };
                format!("count({event}, {within})")
            }
        }
    }
}

impl Root {
    fn write(&self) -> &str {
        match self {
            Self::Subject(subject) => subject.as_str(),
            Self::Item(name) => name,
        }
    }
}

impl Path {
    pub(super) fn write(&self) -> String {
        let mut out = self.root.write().to_owned();
        for step in &self.steps {
            match step {
                Step::Name(name) if is_word(name) => out = format!("{out}.{name}"),
                Step::Name(name) => out = format!("{out}[{}]", quoted(name)),
                Step::At(at) => out = format!("{out}[{at}]"),
                Step::Missing => out = format!("{out}[{}]", missing("")),
            }
        }
        out
    }
}

impl Operand {
    /// As an expression writes it.
    pub fn write(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Number(number) => number.clone(),
            Self::Bool(yes) => yes.to_string(),
            Self::Field(path) => path.write(),
            Self::Length(length) => format!("duration({})", quoted(length)),
            Self::Missing(typed) => missing(typed),
        }
    }
}

pub(super) fn is_word(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !RESERVED.contains(&name)
}

fn missing(typed: &str) -> String {
    format!("{MISSING}({})", quoted(typed))
}

/// A text as an expression writes it.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing into a String cannot fail.
            c if c.is_control() => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

//! Conditions as rows: all, any or none of comparisons, groups and items of lists. What rows cannot show stays text, and
//! reading says which part that is.
//!
//! Rows are a pure picture of the text: [`Rows::read`] and [`Rows::write`] are a pair. What is not filled in yet, and what
//! cannot be read, is in the text, too, as `missing("…")`. It is an error of the expression wherever that is checked, so
//! nobody is decided by half a row.

use super::{Subject, fault::MISSING, walk::NOW};

mod read;
mod shown;
#[cfg(test)]
mod tests;
mod write;

pub use read::Unshown;
pub use write::quoted;

/// Rows, and how they go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// How.
    pub join: Join,
    /// In the order of the text.
    pub list: Vec<Row>,
}

/// How rows go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// Each must hold.
    #[default]
    All,
    /// One is enough.
    Any,
    /// Not one may hold.
    None,
    /// One must not hold.
    NotAll,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A comparison.
    Clause(Clause),
    /// Rows within.
    Group(Rows),
    /// What holds of the items of a list.
    Items(Items),
}

/// What holds of the items of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Items {
    /// Of how many.
    pub which: Which,
    /// The list.
    pub of: Path,
    /// What an item is called in the rows within.
    pub name: String,
    /// What holds of it.
    pub rows: Rows,
}

/// Of how many items something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Of one at least.
    Any,
    /// Of each.
    Every,
    /// Of none.
    No,
    /// Not of each.
    NotEvery,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Whether it must not hold.
    pub not: bool,
    /// What is looked at.
    pub what: Looked,
    /// How it is compared.
    pub test: Test,
    /// With what; nothing where the test needs none, several where it takes a list.
    pub values: Vec<Operand>,
}

/// What a clause looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// A field.
    Field(Path),
    /// How many items a list has, or how long a text is.
    Size(Path),
    /// How often something happened.
    Count {
        /// What; any text, since it may be on its way to be a name.
        event: String,
        /// In which time; any text likewise.
        within: String,
    },
}

/// A field, by the names that lead to it. Without names it is what stands at its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Where it begins.
    pub root: Root,
    /// The names.
    pub steps: Vec<Step>,
}

/// Where a path begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// At contact, event, joined events, or the event that a wait looks at.
    Subject(Subject),
    /// At an item of a list, by its name.
    Item(String),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a field.
    Name(String),
    /// To an item of a list, from 0.
    At(i64),
    /// Nobody has said yet.
    Missing,
}

/// What is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A text.
    Text(String),
    /// A number as files write it.
    Number(String),
    /// True or false.
    Bool(bool),
    /// Another field.
    Field(Path),
    /// A length of time as files write it.
    Length(String),
    /// Nothing that can be read; what was typed.
    Missing(String),
}

/// How a clause compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// `==`
    Is,
    /// `!=`
    IsNot,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `in [ … ]`
    OneOf,
    /// `!( … in [ … ])`
    NoneOf,
    /// The text, or the list, holds this one.
    Contains,
    /// The text begins with this one.
    Starts,
    /// The text ends with this one.
    Ends,
    /// The field is there.
    Present,
    /// The field is not there.
    Absent,
    /// The field says true by itself.
    Holds,
    /// The time in the field is before now.
    Past,
    /// It is after now.
    ToCome,
    /// It is before the time that was now so long ago.
    LongerAgo,
    /// It is not.
    NotLongerAgo,
    /// It is after the time that will be now in so long.
    Further,
    /// It is not.
    NotFurther,
}

impl Test {
    /// All of them, in the order of a form.
    pub const ALL: [Self; 20] = [
        Self::Is,
        Self::IsNot,
        Self::Less,
        Self::AtMost,
        Self::More,
        Self::AtLeast,
        Self::OneOf,
        Self::NoneOf,
        Self::Contains,
        Self::Starts,
        Self::Ends,
        Self::Present,
        Self::Absent,
        Self::Holds,
        Self::Past,
        Self::ToCome,
        Self::LongerAgo,
        Self::NotLongerAgo,
        Self::Further,
        Self::NotFurther,
    ];

    /// The operator or function, where it is one of two sides.
    fn sign(self) -> Option<&'static str> {
        Some(match self {
            Self::Is => "==",
            Self::IsNot => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Contains => "contains",
            Self::Starts => "startsWith",
            Self::Ends => "endsWith",
            _ => return None,
        })
    }

    /// Of tests of a time: its side of now, and whether a length is taken from now or added.
    fn time(self) -> Option<(&'static str, Option<&'static str>)> {
        Some(match self {
            Self::Past => ("<", None),
            Self::ToCome => (">", None),
            Self::LongerAgo => ("<", Some("-")),
            Self::NotLongerAgo => (">=", Some("-")),
            Self::Further => (">", Some("+")),
            Self::NotFurther => ("<=", Some("+")),
            _ => return None,
        })
    }

    /// Whether it asks when the time in a field is.
    pub fn of_time(self) -> bool {
        self.time().is_some()
    }

    /// Whether its value is a length of time.
    pub fn takes_length(self) -> bool {
        self.time().is_some_and(|(_, length)| length.is_some())
    }

    /// Whether it needs a value.
    pub fn takes_value(self) -> bool {
        !matches!(self, Self::Present | Self::Absent | Self::Holds | Self::Past | Self::ToCome)
    }

    /// Whether it takes several values.
    pub fn takes_several(self) -> bool {
        matches!(self, Self::OneOf | Self::NoneOf)
    }

    /// Whether it looks into a text.
    pub fn of_text(self) -> bool {
        matches!(self, Self::Contains | Self::Starts | Self::Ends)
    }

    /// Whether it asks which one is more.
    pub fn orders(self) -> bool {
        matches!(self, Self::Less | Self::AtMost | Self::More | Self::AtLeast)
    }

    /// Whether it can be asked of this.
    pub fn fits(self, what: &Looked) -> bool {
        let of_number = self.orders() || matches!(self, Self::Is | Self::IsNot | Self::OneOf | Self::NoneOf);
        match what {
            Looked::Count { .. } | Looked::Size(_) => of_number,
            // Whether it is there can be asked of what a name leads to.
            Looked::Field(path) => match self {
                Self::Present | Self::Absent => !matches!(path.steps.last(), None | Some(Step::At(_))),
                _ => true,
            },
        }
    }
}

impl Default for Rows {
    fn default() -> Self {
        Self { join: Join::All, list: Vec::new() }
    }
}

impl Clause {
    /// One in which nothing is filled in yet.
    pub fn blank(root: Root) -> Self {
        let what = Looked::Field(Path::of(root, ""));
        Self { not: false, what, test: Test::Is, values: vec![Operand::Missing(String::new())] }
    }

    /// How many things in it are not filled in, or cannot be read.
    pub fn missing(&self) -> usize {
        let what = match &self.what {
            Looked::Field(path) | Looked::Size(path) => usize::from(path.is_missing()),
            Looked::Count { event, within } => {
                let is_wrong = |wrong: bool| usize::from(wrong);
                is_wrong(crate::EventType::new(event).is_err())
                    + is_wrong(!within.parse::<crate::Period>().is_ok_and(|period| period.millis() > 0))
            }
        };
        what + self.values.iter().filter(|value| matches!(value, Operand::Missing(_))).count()
    }
}

impl Rows {
    /// How many rows are not whole yet.
    pub fn missing(&self) -> usize {
        let of = |row: &Row| match row {
            Row::Clause(clause) => usize::from(clause.missing() > 0),
            Row::Group(rows) => rows.missing().max(usize::from(rows.list.is_empty())),
            Row::Items(items) => {
                items.rows.missing() + usize::from(items.of.is_missing() || items.rows.list.is_empty())
            }
        };
        self.list.iter().map(of).sum()
    }
}

impl Path {
    /// From a root, by names with dots between: `lines[0].sku`. A dot or a bracket within a name has `\` before it.
    pub fn of(root: Root, text: &str) -> Self {
        let mut text = text.trim_start();
        while text.ends_with(char::is_whitespace) && !text.trim_end().ends_with('\\') {
            text = text.trim_end();
        }
        let mut path = Self { root, steps: Vec::new() };
        let (mut name, mut is_behind_item, mut rest) = (String::new(), false, text);
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\\' => {
                    name.extend(rest.chars().next());
                    rest = rest.get(rest.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
                }
                '.' => {
                    if !(is_behind_item && name.is_empty()) {
                        path.steps.push(Step::Name(std::mem::take(&mut name)));
                    }
                    is_behind_item = false;
                }
                '[' if item(rest).is_some() => {
                    let (at, after) = item(rest).unwrap_or_default();
                    if !name.is_empty() {
                        path.steps.push(Step::Name(std::mem::take(&mut name)));
                    }
                    path.steps.push(Step::At(at));
                    (is_behind_item, rest) = (true, after);
                }
                c => name.push(c),
            }
        }
        match (name.is_empty(), path.steps.is_empty(), is_behind_item) {
            (true, true, _) if matches!(path.root, Root::Item(_)) => {}
            (true, true, _) => path.steps.push(Step::Missing),
            (true, false, true) => {}
            _ => path.steps.push(Step::Name(name)),
        }
        path
    }

    /// As [`Path::of`] reads it.
    pub fn words(&self) -> String {
        let mut out = String::new();
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                Step::Name(name) => {
                    if at > 0 {
                        out.push('.');
                    }
                    let edges = name.trim() != name;
                    for c in name.chars() {
                        if matches!(c, '.' | '[' | '\\') || edges && c.is_whitespace() {
                            out.push('\\');
                        }
                        out.push(c);
                    }
                }
                Step::At(at) => out.push_str(&format!("[{at}]")),
                Step::Missing => {}
            }
        }
        out
    }

    /// Whether nobody has said yet where it leads.
    pub fn is_missing(&self) -> bool {
        self.steps.contains(&Step::Missing)
    }
}

/// The number of an item, and what follows its bracket.
fn item(text: &str) -> Option<(i64, &str)> {
    let (at, after) = text.split_once(']')?;
    let is_plain = at.bytes().all(|b| b.is_ascii_digit()) && (at == "0" || !at.starts_with('0'));
    Some((at.parse().ok().filter(|_| is_plain)?, after))
}

//! Finds in the tree of an expression what it reads, and what is wrong with it.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr as Tree, IdedEntryExpr, LiteralValue},
};

use super::{CountFact, Fault, fault::MISSING};
use crate::{EventType, Period, brief};

/// One thing that an expression reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Of whom.
    pub subject: Subject,
    /// Names with dots between, `[]` for any item of a list: `total`, `lines[].sku`. Empty for the whole.
    pub path: String,
    /// Only asked whether it is there, as `has(event.total)` does.
    pub tested: bool,
}

/// Whose data an expression reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The contact and its attributes.
    Contact,
    /// The payload of the event that started the token.
    Event,
    /// The events that joined the token, by name.
    Joined,
    /// The payload of the event that a wait looks at.
    Incoming,
}

/// Functions beside operators, `count` and `duration`. Macros (`has`, `exists`, `all` …) are gone from the tree.
const FUNCTIONS: [&str; 11] =
    ["size", "contains", "startsWith", "endsWith", "timestamp", "int", "uint", "double", "string", "bool", "type"];

/// The time of the step.
pub(super) const NOW: &str = "now";

impl Subject {
    pub(super) const ALL: [Self; 4] = [Self::Contact, Self::Event, Self::Joined, Self::Incoming];

    /// Its name in expressions.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Event => "event",
            Self::Joined => "joined",
            Self::Incoming => "incoming",
        }
    }
}

#[derive(Default)]
pub(super) struct Walk {
    pub(super) counts: Vec<CountFact>,
    pub(super) references: Vec<Reference>,
    /// Whether the time is asked for.
    pub(super) asks_now: bool,
    /// Variables that a macro (`exists`, `all`, …) binds around here, and what they stand for if that is known.
    bound: Vec<(String, Option<(Subject, String)>)>,
    /// The first thing that is wrong: the word and the message.
    pub(super) wrong: Option<(String, String)>,
}

impl Walk {
    pub(super) fn visit(&mut self, expr: &IdedExpr) {
        if let Some(read) = self.resolve(expr) {
            return self.refer(read, false);
        }
        match &expr.expr {
            Tree::Call(call) => self.call(call),
            Tree::Ident(name) => self.ident(name),
            Tree::Select(select) => match self.resolve(&select.operand).filter(|_| select.test) {
                Some(read) => self.refer(join(read, &select.field), true),
                None => self.visit(&select.operand),
            },
            Tree::List(list) => list.elements.iter().for_each(|item| self.visit(item)),
            Tree::Map(map) => map.entries.iter().for_each(|entry| self.entry(entry)),
            Tree::Struct(message) => self.fault(&message.type_name, "messages cannot be built here".into()),
            Tree::Comprehension(inner) => self.comprehension(inner),
            Tree::Literal(_) | Tree::Unspecified => {}
        }
    }

    /// What a chain of names and indices stands for, if it begins at contact or event.
    fn resolve(&self, expr: &IdedExpr) -> Option<(Subject, String)> {
        match &expr.expr {
            Tree::Ident(name) => match self.bound.iter().rev().find(|(bound, _)| bound == name) {
                Some((_, stands_for)) => stands_for.clone(),
                None => Subject::ALL.into_iter().find(|it| it.as_str() == name).map(|it| (it, String::new())),
            },
            Tree::Select(select) if !select.test => Some(join(self.resolve(&select.operand)?, &select.field)),
            Tree::Call(call) if call.func_name == "_[_]" => {
                let [of, index] = call.args.as_slice() else { return None };
                match (text(index), &index.expr) {
                    (Some(name), _) => Some(join(self.resolve(of)?, name)),
                    (None, Tree::Literal(LiteralValue::Int(_) | LiteralValue::UInt(_))) => {
                        self.resolve(of).map(|(subject, path)| (subject, path + "[]"))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn refer(&mut self, (subject, path): (Subject, String), tested: bool) {
        let reference = Reference { subject, path, tested };
        if !self.references.contains(&reference) {
            self.references.push(reference);
        }
    }

    fn comprehension(&mut self, inner: &ComprehensionExpr) {
        self.visit(&inner.iter_range);
        let depth = self.bound.len();
        let item = self.resolve(&inner.iter_range).map(|(subject, path)| (subject, path + "[]"));
        // With two variables the first is the key or the place.
        let first = if inner.iter_var2.is_some() { None } else { item.clone() };
        self.bound.extend([(inner.iter_var.clone(), first), (inner.accu_var.clone(), None)]);
        self.bound.extend(inner.iter_var2.clone().map(|name| (name, item)));
        for part in [&inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result] {
            self.visit(part);
        }
        self.bound.truncate(depth);
    }

    fn entry(&mut self, entry: &IdedEntryExpr) {
        if let EntryExpr::MapEntry(entry) = &entry.expr {
            self.visit(&entry.key);
            self.visit(&entry.value);
        }
    }

    fn ident(&mut self, name: &str) {
        if self.bound.iter().any(|(bound, _)| bound == name) {
            return;
        }
        if name == NOW {
            self.asks_now = true;
        } else {
            let known = format!("{}, {NOW}", Subject::ALL.map(Subject::as_str).join(", "));
            self.fault(name, Fault::UnknownWord { word: name.into(), known }.into());
        }
    }

    fn call(&mut self, call: &CallExpr) {
        let name = call.func_name.as_str();
        match name {
            "count" => match count_fact(call) {
                Ok(fact) => self.counts.push(fact),
                Err(message) => self.fault(name, message),
            },
            "duration" => {
                if let Err(message) = period(call) {
                    self.fault(name, message);
                }
            }
            MISSING => {
                let typed = call.args.first().and_then(text).unwrap_or_default();
                let fault = match typed.trim().is_empty() || call.args.len() > 1 {
                    true => Fault::Missing,
                    false => Fault::Unread { typed: brief::name(typed) },
                };
                self.fault(name, fault.into());
            }
            // `"voucher" in event` asks the same as has(event.voucher).
            "@in" if self.asks_for_key(call) => {}
            _ => {
                // Operators have names such as `_==_`.
                if !name.starts_with(['_', '!', '-', '@']) && !FUNCTIONS.contains(&name) {
                    let known = format!("count, duration, {}", FUNCTIONS.join(", "));
                    self.fault(name, Fault::UnknownFunction { function: name.into(), known }.into());
                }
                call.target.iter().for_each(|target| self.visit(target));
                call.args.iter().for_each(|arg| self.visit(arg));
            }
        }
    }

    fn asks_for_key(&mut self, call: &CallExpr) -> bool {
        let [key, of] = call.args.as_slice() else { return false };
        let (Some(key), Some(read)) = (text(key), self.resolve(of)) else { return false };
        // Anything deeper may be a list, where `in` looks for an item.
        let whole = read.1.is_empty();
        if whole {
            self.refer(join(read, key), true);
        }
        whole
    }

    fn fault(&mut self, word: &str, message: String) {
        self.wrong.get_or_insert((word.into(), message));
    }
}

fn join((subject, path): (Subject, String), name: &str) -> (Subject, String) {
    (subject, if path.is_empty() { name.into() } else { format!("{path}.{name}") })
}

pub(super) fn count_fact(call: &CallExpr) -> Result<CountFact, String> {
    let [event, within] = call.args.as_slice() else {
        return Err(Fault::CountParts.into());
    };
    let event = text(event).ok_or(Fault::CountEvent)?;
    let event = EventType::new(event).map_err(|error| error.to_string())?;
    let Tree::Call(within) = &within.expr else {
        return Err(Fault::CountTime.into());
    };
    // Facts are looked up by how long they are, not by how that was written.
    Ok(CountFact { event, within: period(within)?.plain() })
}

fn period(call: &CallExpr) -> Result<Period, String> {
    match (call.func_name.as_str(), call.args.as_slice()) {
        ("duration", [length]) => {
            text(length).ok_or(Fault::DurationText)?.parse().map_err(|error: crate::PeriodError| error.to_string())
        }
        _ => Err(Fault::DurationForm.into()),
    }
}

pub(super) fn text(expr: &IdedExpr) -> Option<&str> {
    match &expr.expr {
        Tree::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::Expr;

    #[test]
    fn finds_what_is_read() {
        for (source, expected) in [
            ("event.total > 1 && event.total < 9", "event.total"),
            ("has(event.customer.vip)", "event.customer.vip?"),
            ("contact.email.endsWith('x') || 'tier' in contact", "contact.email contact.tier?"),
            ("event['odd key'] == contact.tags[0]", "event.odd key contact.tags[]"),
            ("event.lines.exists(line, line.sku == 'b')", "event.lines event.lines[].sku"),
            ("'a' in event.tags && size(event) > 1", "event.tags event."),
            ("event.lines[0].sku == 'a'", "event.lines[].sku"),
            (r#"count("a", duration("1d")) > 1"#, ""),
        ] {
            let expr = Expr::new(source);
            assert_eq!(expr.error(), None, "{source}");
            let seen = expr
                .references()
                .iter()
                .map(|seen| format!("{}.{}{}", seen.subject.as_str(), seen.path, if seen.tested { "?" } else { "" }));
            assert_eq!(seen.collect::<Vec<_>>().join(" "), expected, "{source}");
        }
    }
}

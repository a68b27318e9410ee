//! Conditions in CEL (<https://github.com/google/cel-spec>) on `contact`, `event` and history.
//!
//! Beyond the standard functions there are two: `duration("365d")`, a [`Period`], and
//! `count("order.placed", duration("365d"))`, how often the contact had the event in that time.
//! Both take literals only, so what a step needs to know is found in the tree and loaded by set.

use std::{collections::HashMap, fmt, sync::Arc};

use cel::{
    Context,
    objects::{Key, Value},
    parser::PrattParser,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{Count, EventType, Object, Period, Problem, Reason, Time};

mod clauses;
mod rewrite;
mod walk;

pub use clauses::{Clause, Clauses, Looked, Test, quoted, unquoted};
pub use walk::{Reference, Subject};

use walk::Walk;

/// The longest expression, in bytes.
const MAX_SOURCE: usize = 4_096;
/// The most parts that an expression may have once its macros are expanded.
const MAX_NODES: usize = 2_000;

/// One history count: how often the contact had the event in the time up to the step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountFact {
    /// Which event.
    pub event: EventType,
    /// How far back.
    pub within: Period,
}

/// What a step may know.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The contact: `email`, `external_id` and its attributes.
    pub contact: Object,
    /// The payload of the event that started the token.
    pub event: Object,
    /// History counts; those that the expression needs must be there.
    pub counts: HashMap<CountFact, u64>,
    /// When the contact last entered this program by another token; only entries that do not let everybody
    /// in again ask for it.
    pub entered: Option<Time>,
    /// What chance is drawn from: the token's id, so that a step that is taken again decides alike.
    pub seed: Uuid,
}

/// An expression as written, with what parsing found. One that does not parse is kept, so that a
/// draft can hold it; it cannot be evaluated.
#[derive(Clone)]
pub struct Expr {
    source: Arc<str>,
    parsed: Result<Arc<Parsed>, ExprError>,
}

#[derive(Debug)]
struct Parsed {
    tree: cel::IdedExpr,
    counts: Vec<CountFact>,
    references: Vec<Reference>,
}

/// Why an expression cannot be used, with its place in the expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ExprError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl Expr {
    /// Parses; never fails, see [`Expr::error`].
    pub fn new(source: &str) -> Self {
        Self { source: source.into(), parsed: parse(source).map(Arc::new) }
    }

    /// As written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Why it cannot be used, if so.
    pub fn error(&self) -> Option<&ExprError> {
        self.parsed.as_ref().err()
    }

    /// The same as a finding.
    pub(crate) fn problem(&self) -> Option<Problem> {
        self.error().map(|error| Problem::error("expression", error.to_string()))
    }

    /// The history counts that it needs.
    pub fn counts(&self) -> &[CountFact] {
        self.parsed.as_ref().map_or(&[], |parsed| &parsed.counts)
    }

    /// What it reads of contact and event, each once, in the order of the expression.
    pub fn references(&self) -> &[Reference] {
        self.parsed.as_ref().map_or(&[], |parsed| &parsed.references)
    }

    pub(crate) fn reads(&self, subject: Subject) -> bool {
        self.references().iter().any(|seen| seen.subject == subject)
    }

    pub(crate) fn is_about_more_than_event(&self) -> bool {
        !self.counts().is_empty() || self.reads(Subject::Contact)
    }

    /// One line for a card: counts in words, anything else by what it looks at.
    pub fn words(&self) -> String {
        let Ok(parsed) = &self.parsed else {
            return if self.source.is_empty() { "No condition yet" } else { "The condition has an error" }.into();
        };
        let counts = parsed.counts.iter().map(|fact| format!("{} in {}", fact.event, fact.within.words()));
        let mut seen: Vec<String> = counts.collect();
        for reference in &parsed.references {
            let words = format!("the {}'s data", reference.subject.as_str());
            if !seen.contains(&words) {
                seen.push(words);
            }
        }
        if seen.is_empty() { "Always the same".into() } else { format!("Depends on {}", seen.join(" and ")) }
    }

    /// Whether it holds, and the counts it looked at. An error says what is missing.
    pub fn holds(&self, facts: &Facts) -> Result<(bool, Reason), String> {
        let parsed = self.parsed.as_ref().map_err(ExprError::to_string)?;
        let mut context = Context::default();
        context.add_variable_from_value("contact", object(&facts.contact));
        context.add_variable_from_value("event", object(&facts.event));
        let known: HashMap<(String, i64), i64> = parsed
            .counts
            .iter()
            .filter_map(|fact| Some((key(fact), i64::try_from(*facts.counts.get(fact)?).unwrap_or(i64::MAX))))
            .collect();
        let count = move |event: Arc<String>, within: i64| {
            known
                .get(&(event.to_string(), within))
                .copied()
                .ok_or_else(|| cel::ExecutionError::function_error("count", "this count was not loaded"))
        };
        let duration = |text: Arc<String>| {
            let period: Result<Period, _> = text.parse();
            period.map(|p| p.millis().cast_signed()).map_err(|e| cel::ExecutionError::function_error("duration", e))
        };
        let declared = context.add_function("count", count).and_then(|()| context.add_function("duration", duration));
        declared.map_err(|error| error.to_string())?;
        let count = |fact: &CountFact| Some(Count { times: *facts.counts.get(fact)?, fact: fact.clone() });
        let counts: Vec<Count> = parsed.counts.iter().filter_map(count).collect();
        let reason = if counts.is_empty() { Reason::NONE } else { Reason::Counts { counts } };
        let expr = || self.source.to_string();
        match context.resolve(&parsed.tree) {
            Ok(Value::Bool(holds)) => Ok((holds, reason)),
            Ok(_) => Err(Reason::NoQuestion { expr: expr() }.into()),
            Err(error) => Err(Reason::Undecided { expr: expr(), error: error.to_string() }.into()),
        }
    }
}

fn key(fact: &CountFact) -> (String, i64) {
    (fact.event.to_string(), fact.within.millis().cast_signed())
}

fn parse(source: &str) -> Result<Parsed, ExprError> {
    let error = |message: String| ExprError { line: 1, column: 1, message };
    if source.trim().is_empty() {
        return Err(error("the expression is empty; write one, such as event.total > 100".into()));
    }
    if source.len() > MAX_SOURCE {
        return Err(error(format!("the expression has {} bytes; at most {MAX_SOURCE} are read", source.len())));
    }
    let parser = PrattParser::new().max_expression_node_count(MAX_NODES);
    let tree = parser.parse(source).map_err(|errors| match errors.errors.first() {
        Some(first) => ExprError {
            line: usize::try_from(first.pos.0).unwrap_or(1).max(1),
            column: usize::try_from(first.pos.1).unwrap_or(1).max(1),
            message: first.msg.clone(),
        },
        None => error(errors.to_string()),
    })?;
    let mut walk = Walk::default();
    walk.visit(&tree);
    if let Some((word, message)) = walk.wrong {
        let (line, column) = place(source, &word);
        return Err(ExprError { line, column, message });
    }
    let Walk { mut counts, references, .. } = walk;
    counts.dedup();
    Ok(Parsed { tree, counts, references })
}

/// Line and column, from 1, of a whole word outside of quotes. The tree itself does not say where it stood.
fn place(source: &str, word: &str) -> (usize, usize) {
    let mut quote = None;
    for (at, c) in source.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => continue,
            None if c == '"' || c == '\'' => quote = Some(c),
            None => {}
        }
        let alone = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '.');
        let (before, here) = source.split_at(at);
        let Some(after) = here.strip_prefix(word) else { continue };
        if alone(before.chars().next_back()) && alone(after.chars().next().filter(|c| *c != '.')) {
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            return (before.matches('\n').count() + 1, column);
        }
    }
    (1, 1)
}

fn object(object: &Object) -> Value {
    let map: HashMap<Key, Value> = object.iter().map(|(k, v)| (Key::from(k.as_str()), value(v))).collect();
    Value::Map(map.into())
}

fn value(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => n.as_i64().map_or_else(|| Value::Float(n.as_f64().unwrap_or(f64::NAN)), Value::Int),
        Json::String(s) => Value::from(s.as_str()),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(value).collect())),
        Json::Object(map) => object(map),
    }
}

impl Default for Expr {
    fn default() -> Self {
        Self::new("")
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({:?})", self.source)
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|source| Self::new(&source))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts() -> Facts {
        let contact = json!({ "email": "anna@example.test", "tier": "gold", "age": 41 });
        let event = json!({ "total": 129.9, "paid": true, "lines": [{ "sku": "a", "n": 2 }, { "sku": "b", "n": 1 }] });
        Facts {
            contact: contact.as_object().unwrap().clone(),
            event: event.as_object().unwrap().clone(),
            counts: [(
                CountFact { event: EventType::new("order.placed").unwrap(), within: "365d".parse().unwrap() },
                3,
            )]
            .into(),
            ..Facts::default()
        }
    }

    #[test]
    fn holds_or_not() {
        for (source, holds) in [
            ("event.total > 100", true),
            ("event.total < 100.5", false),
            ("event.total > 129.8 && event.paid", true),
            ("contact.tier == 'gold' || contact.tier == 'silver'", true),
            ("contact.tier in ['silver']", false),
            ("has(event.voucher)", false),
            ("has(event.voucher) && event.voucher == 'x'", false),
            ("event.lines.exists(line, line.sku == 'b')", true),
            ("size(event.lines) == 2", true),
            ("contact.email.endsWith('@example.test')", true),
            (r#"count("order.placed", duration("365d")) >= 3"#, true),
            (r#"count("order.placed", duration("8760h")) > 3"#, false),
            ("!event.paid", false),
        ] {
            assert_eq!(Expr::new(source).holds(&facts()).map(|(holds, _)| holds), Ok(holds), "{source}");
        }
    }

    #[test]
    fn a_mistake_has_its_place() {
        for (source, column, part) in [
            ("", 1, "empty"),
            ("event.total >", 14, ""),
            ("evnt.total > 1", 1, "\"evnt\" is not known"),
            ("event.total > 1 && contcat.tier == 'x'", 20, "contcat"),
            ("event.total > limit(3)", 15, "limit"),
            (r#"count("order.placed")"#, 1, "count takes"),
            (r#"event.a > 1 && count(event.kind, duration("1d")) > 1"#, 16, "as text"),
            (r#"count("a", duration("2 fortnights")) > 1"#, 1, "length of time"),
        ] {
            let error = Expr::new(source).error().cloned().unwrap_or_else(|| panic!("{source} has no error"));
            assert!(error.message.contains(part), "{source}: {error}");
            assert_eq!((error.line, error.column), (1, column), "{source}: {error}");
        }
    }

    #[test]
    fn what_cannot_be_decided_says_why() {
        for (source, part) in
            [("event.voucher == 'x'", "has("), ("event.total", "no yes or no"), ("contact.tier > 3", "")]
        {
            let error = Expr::new(source).holds(&facts()).unwrap_err();
            assert!(error.contains(part), "{source}: {error}");
        }
    }
}

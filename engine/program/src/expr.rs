//! Conditions in CEL (<https://github.com/google/cel-spec>) on `contact`, `event`, joined events and history.
//!
//! Two functions are added to the standard ones: `duration("365d")`, a [`Period`](crate::Period), and
//! `count("order.placed", duration("365d"))`, how often the contact had the event in that time. Both take literals
//! only. So the engine finds in the tree what a step needs to know, and loads it by set.
//!
//! `now` is the time of the step, and `timestamp(event.placed_at)` that of a date written as ISO 8601; without a zone it
//! is UTC. Times and lengths of time are numbers of milliseconds: `timestamp(event.placed_at) > now - duration("30d")`.
//!
//! The parser is `cel`'s; the evaluation is ours (`eval`). Data is JSON, which has one kind of number, while CEL has
//! three that do not mix. Data also comes from outside, so steps are counted and bounded ([`Budget`]). A division keeps
//! its fraction (`7 / 2` is 3.5, `int(7 / 2)` is 3), `%` works for all numbers, and decimals are exact (`0.1 + 0.2 ==
//! 0.3`).

use std::{collections::HashMap, fmt, sync::Arc};

use cel::{
    IdedExpr,
    common::ast::{EntryExpr, Expr as Tree},
    parser::PrattParser,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{Answer, Count, CountFact, EventId, Finding, Fix, Object, Problem, Reason, Time, brief};

mod budget;
mod eval;
mod fault;
mod kinds;
mod number;
mod rewrite;
mod rows;
#[cfg(test)]
mod tests;
mod time;
mod value;
mod walk;

pub use budget::Budget;
pub use fault::Fault;
pub(crate) use kinds::{Clash, Part};
pub use rows::{Clause, Items, Join, Looked, Operand, Path, Root, Row, Rows, Step, Test, Unshown, Which, quoted};
pub use walk::{Reference, Subject};

use budget::{MAX_STEPS, Stop};
use eval::Eval;
use value::Value;
use walk::Walk;

/// The longest expression, in bytes.
const MAX_SOURCE: usize = 4_096;
/// The most parts that an expression may have once its macros are expanded.
const MAX_NODES: usize = 2_000;
/// How deep parts may stand in each other, chains such as `a.b.c` and `1 + 2 + 3` included: what walks the tree calls
/// itself so often.
const MAX_DEPTH: usize = 150;

/// What an expression may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The event that comes in: it is asked before there is a token.
    Event,
    /// Contact, event, joined events and history: it is asked at a step.
    Step,
    /// The same, and the event that a wait looks at.
    Incoming,
}

impl Scope {
    /// Whether it is asked at a step.
    pub fn is_step(self) -> bool {
        self != Self::Event
    }
}

/// What a step may know.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The contact: `email`, `external_id` and its attributes.
    pub contact: Object,
    /// The payload of the event that started the token.
    pub event: Object,
    /// The payloads of the events that joined the token on its way, by name.
    pub joined: Object,
    /// Of a token that waits for an event: what it waits for, and what came.
    pub awaited: Option<Awaited>,
    /// The most bytes of attributes that the contact may hold; [`MAX_CONTACT`](crate::MAX_CONTACT) where nothing is said.
    pub max_contact: Option<usize>,
    /// History counts; those that the expression needs must be there.
    pub counts: HashMap<CountFact, u64>,
    /// When the contact last entered this program by another token; only entries that do not let everybody
    /// in again ask for it.
    pub entered: Option<Time>,
    /// When the token came to the node where it rested, if it was kept there as long as its wait says, or longer.
    /// Unknown where waits go by faster than the clock.
    pub arrived: Option<Time>,
    /// How the call stands that the token waits for at its node; only nodes that call ask for it.
    pub answer: Option<Answer>,
    /// Whether the entry asks its filter: the token could not be decided about when its event came in.
    pub undecided: bool,
    /// When the step is taken, which is `now` in expressions; [`Plan::run`](crate::Plan::run) says it.
    pub now: Option<Time>,
    /// What chance is drawn from: the token's id, so that a step that is taken again decides alike.
    pub seed: Uuid,
    /// Steps that are left to the expressions that are decided with these facts, all together.
    pub budget: Budget,
}

/// What a token knows that waits for an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Awaited {
    /// When it has waited long enough.
    pub until: Time,
    /// The events of the right type that came since it was looked at last, in the order in which they were stored.
    pub events: Vec<Came>,
}

/// An event that came while a token waited.
#[derive(Clone, Debug, PartialEq)]
pub struct Came {
    /// Its id.
    pub id: EventId,
    /// Its payload.
    pub data: Object,
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
    asks_now: bool,
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

    /// The same as a finding in this field, which is an expression as a whole, with the word that was meant as its fix.
    pub(crate) fn problem_of(&self, field: &str) -> Option<Problem> {
        let value = |expr: Self| expr.source().into();
        let fix = self.spelled().map(|expr| Fix::Set { field: field.into(), value: value(expr) });
        self.problem().map(|problem| Problem { fix, ..problem }.field(field))
    }

    /// The same as a finding.
    pub(crate) fn problem(&self) -> Option<Problem> {
        let finding =
            |ExprError { line, column, message }: ExprError| Finding::Expression { line, column, error: message };
        self.error().cloned().map(|error| Problem::error("expression", finding(error)))
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

    /// Whether its answer changes as time passes by itself.
    pub(crate) fn asks_now(&self) -> bool {
        self.parsed.as_ref().is_ok_and(|parsed| parsed.asks_now)
    }

    pub(crate) fn is_about_more_than_event(&self) -> bool {
        let more = [Subject::Contact, Subject::Joined, Subject::Incoming];
        !self.counts().is_empty() || self.asks_now() || more.into_iter().any(|subject| self.reads(subject))
    }

    /// Whether it holds, and the counts it looked at. An error says what is missing.
    pub fn holds(&self, facts: &Facts) -> Result<(bool, Reason), Reason> {
        let parsed = self.parsed.as_ref().map_err(|error| Reason::Text(error.to_string()))?;
        let count = |fact: &CountFact| Some(Count { times: *facts.counts.get(fact)?, fact: fact.clone() });
        let counts: Vec<Count> = parsed.counts.iter().filter_map(count).collect();
        let reason = if counts.is_empty() { Reason::NONE } else { Reason::Counts { counts } };
        match Eval::new(facts, &parsed.counts, None).eval(&parsed.tree) {
            Ok(Value::Bool(holds)) => Ok((holds, reason)),
            Ok(_) => Err(Reason::NoQuestion { expr: self.source.to_string() }),
            Err(stop) => Err(self.stopped(stop)),
        }
    }

    /// Whether it holds of the event that a wait looks at.
    pub(crate) fn holds_of(&self, facts: &Facts, incoming: &Object) -> Result<bool, Reason> {
        let parsed = self.parsed.as_ref().map_err(|error| Reason::Text(error.to_string()))?;
        match Eval::new(facts, &parsed.counts, Some(incoming)).eval(&parsed.tree) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(_) => Err(Reason::NoQuestion { expr: self.source.to_string() }),
            Err(stop) => Err(self.stopped(stop)),
        }
    }

    /// What it gives, to be kept.
    pub(crate) fn value(&self, facts: &Facts) -> Result<serde_json::Value, Reason> {
        let parsed = self.parsed.as_ref().map_err(|error| Reason::Text(error.to_string()))?;
        let value = Eval::new(facts, &parsed.counts, None).eval(&parsed.tree);
        value.and_then(|value| value.to_json(&facts.budget)).map_err(|stop| self.stopped(stop))
    }

    fn stopped(&self, stop: Stop) -> Reason {
        let expr = self.source.to_string();
        match stop {
            Stop::Error(error) => Reason::Undecided { expr, error },
            Stop::Steps => Reason::TooManySteps { expr, most: MAX_STEPS },
        }
    }
}

fn parse(source: &str) -> Result<Parsed, ExprError> {
    let tree = tree(source)?;
    let mut walk = Walk::default();
    walk.visit(&tree);
    if let Some((word, message)) = walk.wrong {
        let (line, column) = place(source, &word);
        return Err(ExprError { line, column, message });
    }
    let Walk { mut counts, references, asks_now, .. } = walk;
    counts.dedup();
    Ok(Parsed { tree, counts, references, asks_now })
}

/// The tree of a text that is written as the language asks, whatever its words mean.
fn tree(source: &str) -> Result<IdedExpr, ExprError> {
    let error = |message: String| ExprError { line: 1, column: 1, message };
    if source.trim().is_empty() {
        return Err(error(Fault::Empty.into()));
    }
    if source.len() > MAX_SOURCE {
        return Err(error(Fault::TooLong { bytes: source.len(), most: MAX_SOURCE }.into()));
    }
    let parser = PrattParser::new().max_expression_node_count(MAX_NODES);
    let tree = parser.parse(source).map_err(|errors| match errors.errors.first() {
        Some(first) => {
            let [line, column] = [first.pos.0, first.pos.1].map(|at| usize::try_from(at).unwrap_or(1).max(1));
            let here = source.split('\n').nth(line - 1).unwrap_or_default();
            // The parser counts bytes.
            let message = Fault::of_parser(&first.msg, here.get(column - 1..).unwrap_or_default()).into();
            ExprError { line, column, message }
        }
        None => error(Fault::Unclear { said: brief::message(errors.to_string()) }.into()),
    })?;
    if depth(&tree) > MAX_DEPTH {
        dismantle(tree);
        return Err(error(Fault::TooDeep { most: MAX_DEPTH }.into()));
    }
    Ok(tree)
}

/// How deep its parts stand in each other; counted without recursion.
fn depth(tree: &IdedExpr) -> usize {
    let (mut open, mut deepest) = (vec![(tree, 1)], 0);
    while let Some((expr, depth)) = open.pop() {
        deepest = deepest.max(depth);
        let mut push = |inner| open.push((inner, depth + 1));
        match &expr.expr {
            Tree::Call(call) => call.target.as_deref().into_iter().chain(&call.args).for_each(push),
            Tree::Comprehension(inner) => {
                [&inner.iter_range, &inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result]
                    .into_iter()
                    .for_each(push);
            }
            Tree::List(list) => list.elements.iter().for_each(push),
            Tree::Map(map) => map.entries.iter().for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => [&entry.key, &entry.value].into_iter().for_each(&mut push),
                EntryExpr::StructField(field) => push(&field.value),
            }),
            Tree::Select(select) => push(&select.operand),
            Tree::Struct(message) => message.entries.iter().for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => [&entry.key, &entry.value].into_iter().for_each(&mut push),
                EntryExpr::StructField(field) => push(&field.value),
            }),
            Tree::Ident(_) | Tree::Literal(_) | Tree::Unspecified => {}
        }
    }
    deepest
}

/// Drops a tree part by part: as a whole it would be dropped by recursion.
fn dismantle(tree: IdedExpr) {
    let mut open = vec![tree];
    while let Some(mut expr) = open.pop() {
        let mut entries = Vec::new();
        match &mut expr.expr {
            Tree::Call(call) => {
                open.append(&mut call.args);
                open.extend(call.target.take().map(|target| *target));
            }
            Tree::Comprehension(inner) => {
                let parts = [
                    &mut inner.iter_range,
                    &mut inner.accu_init,
                    &mut inner.loop_cond,
                    &mut inner.loop_step,
                    &mut inner.result,
                ];
                open.extend(parts.map(std::mem::take));
            }
            Tree::List(list) => open.append(&mut list.elements),
            Tree::Map(map) => entries.append(&mut map.entries),
            Tree::Select(select) => open.push(std::mem::take(&mut *select.operand)),
            Tree::Struct(message) => entries.append(&mut message.entries),
            Tree::Ident(_) | Tree::Literal(_) | Tree::Unspecified => {}
        }
        open.extend(entries.into_iter().flat_map(|entry| match entry.expr {
            EntryExpr::MapEntry(entry) => vec![entry.key, entry.value],
            EntryExpr::StructField(field) => vec![field.value],
        }));
    }
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
        // Only what is called may stand behind a dot.
        let last = before.chars().next_back().filter(|c| *c != '.' || !after.trim_start().starts_with('('));
        if alone(last) && alone(after.chars().next().filter(|c| *c != '.')) {
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            return (before.matches('\n').count() + 1, column);
        }
    }
    (1, 1)
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

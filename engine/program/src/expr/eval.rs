//! Evaluates expressions over the data as it came, and counts the steps.
//!
//! [`parse`](super::parse) bounds the depth of the tree, and reading JSON bounds the depth of data, so recursion ends.
//! Each part of the tree counts as a step each time it is evaluated, and so does each item and character that is
//! compared or copied. So nested loops over long lists end, too.

use std::{borrow::Cow, cmp::Ordering, collections::HashMap, rc::Rc};

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr as Tree, LiteralValue, SelectExpr},
};

use super::{
    CountFact, Facts,
    budget::{Budget, Stop, error, too_large},
    number::Num,
    time,
    value::{Answer, Value},
    walk::{NOW, count_fact},
};
use crate::{Object, Period, Reason};

/// A name that a macro gives, and what it stands for, if that can be said.
struct Bound<'a> {
    name: &'a str,
    value: Answer<'a>,
}

/// One evaluation.
pub(super) struct Eval<'a> {
    facts: &'a Facts,
    /// The event that a wait looks at.
    incoming: Option<&'a Object>,
    counts: HashMap<(&'a str, Period), u64>,
    /// What macros (`exists`, `all`, …) have named, the innermost last.
    bound: Vec<Bound<'a>>,
}

impl<'a> Eval<'a> {
    pub(super) fn new(facts: &'a Facts, counts: &'a [CountFact], incoming: Option<&'a Object>) -> Self {
        let known = counts.iter().filter_map(|fact| {
            let times = facts.counts.get(fact)?;
            Some(((fact.event.as_str(), fact.within), *times))
        });
        Self { facts, incoming, counts: known.collect(), bound: Vec::new() }
    }

    fn budget(&self) -> &'a Budget {
        &self.facts.budget
    }

    pub(super) fn eval(&mut self, expr: &'a IdedExpr) -> Answer<'a> {
        self.budget().take(1)?;
        match &expr.expr {
            Tree::Call(call) => self.call(call),
            Tree::Comprehension(inner) => self.comprehension(inner),
            Tree::Ident(name) => self.ident(name),
            Tree::List(list) => {
                let items = list.elements.iter().map(|item| self.eval(item)).collect::<Result<Vec<_>, _>>()?;
                Ok(Value::List(Rc::new(items)))
            }
            Tree::Literal(literal) => constant(literal),
            Tree::Map(map) => {
                let mut pairs = Vec::with_capacity(map.entries.len());
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        pairs.push((self.eval(&entry.key)?, self.eval(&entry.value)?));
                    }
                }
                Ok(Value::Map(Rc::new(pairs)))
            }
            Tree::Select(select) => self.select(select),
            Tree::Struct(_) | Tree::Unspecified => error("this cannot be evaluated"),
        }
    }

    fn ident(&mut self, name: &str) -> Answer<'a> {
        if let Some(bound) = self.bound.iter().rev().find(|bound| bound.name == name) {
            return bound.value.clone();
        }
        match name {
            "contact" => Ok(Value::Object(&self.facts.contact)),
            "event" => Ok(Value::Object(&self.facts.event)),
            "joined" => Ok(Value::Object(&self.facts.joined)),
            NOW => match self.facts.now {
                Some(now) => Ok(Value::Num(Num::from(now.timestamp_millis()))),
                None => error("what the time is cannot be asked here"),
            },
            "incoming" if let Some(incoming) = self.incoming => Ok(Value::Object(incoming)),
            _ => error(format!("\"{name}\" is not known")),
        }
    }

    fn select(&mut self, select: &'a SelectExpr) -> Answer<'a> {
        let of = self.eval(&select.operand)?;
        let found = of.field(&select.field, self.budget())?;
        match found {
            found if select.test => Ok(Value::Bool(found.is_some())),
            Some(found) => Ok(found),
            None => error(Reason::NoKey { name: select.field.clone() }),
        }
    }

    fn comprehension(&mut self, inner: &'a ComprehensionExpr) -> Answer<'a> {
        if inner.iter_var2.is_some() {
            return error("a macro takes one name");
        }
        let over = self.eval(&inner.iter_range)?;
        let Some(length) = over.items() else {
            return error(format!("{} has no items", over.kind()));
        };
        let over = over.listed(self.budget())?;
        let depth = self.bound.len();
        let value = self.eval(&inner.accu_init);
        self.bound.push(Bound { name: &inner.accu_var, value });
        let looped = self.each(inner, &over, length);
        // Whatever came of it, the names are gone: an error may be passed over further out.
        let result = looped.and_then(|()| self.eval(&inner.result));
        self.bound.truncate(depth);
        result
    }

    /// Takes the items into the total, which stands last among the names.
    fn each(&mut self, inner: &'a ComprehensionExpr, over: &Value<'a>, length: usize) -> Result<(), Stop> {
        let depth = self.bound.len();
        for value in (0..length).map_while(|at| over.item(at)) {
            if !self.eval(&inner.loop_cond)?.truth()? {
                break;
            }
            self.bound.push(Bound { name: &inner.iter_var, value: Ok(value) });
            let step = self.eval(&inner.loop_step);
            self.bound.truncate(depth);
            if matches!(step, Err(Stop::Steps)) {
                return Err(Stop::Steps);
            }
            // An item that cannot be decided matters only if no other one decides.
            if let Some(total) = self.bound.last_mut() {
                total.value = step;
            }
        }
        Ok(())
    }

    fn call(&mut self, call: &'a CallExpr) -> Answer<'a> {
        let args = call.args.as_slice();
        match (call.func_name.as_str(), args) {
            ("_&&_", [a, b]) => self.both(a, b, false),
            ("_||_", [a, b]) => self.both(a, b, true),
            ("_?_:_", [question, yes, no]) => {
                let answer = self.eval(question)?;
                let answer = answer.truth()?;
                self.eval(if answer { yes } else { no })
            }
            ("@not_strictly_false", [inner]) => match self.eval(inner) {
                Err(Stop::Steps) => Err(Stop::Steps),
                Ok(Value::Bool(false)) => Ok(Value::Bool(false)),
                _ => Ok(Value::Bool(true)),
            },
            ("_+_", [a, b]) => self.sum(a, b),
            // Its parts are literals, and it was found in the tree.
            ("count", _) => {
                let fact = count_fact(call).or_else(error)?;
                match self.counts.get(&(fact.event.as_str(), fact.within)) {
                    Some(times) => Ok(Value::Num(Num::from(*times))),
                    None => error("this count was not loaded"),
                }
            }
            (name, args) => {
                let target = call.target.as_deref().into_iter();
                let values = target.chain(args).map(|arg| self.eval(arg)).collect::<Result<Vec<_>, _>>()?;
                apply(name, &values, self.budget())
            }
        }
    }

    /// `and` and `or`: what one side decides need not be asked of the other, not even where that one has a mistake.
    fn both(&mut self, a: &'a IdedExpr, b: &'a IdedExpr, decisive: bool) -> Answer<'a> {
        let first = self.eval(a).and_then(|value| value.truth());
        if first == Ok(decisive) || first == Err(Stop::Steps) {
            return first.map(Value::Bool);
        }
        let second = self.eval(b).and_then(|value| value.truth());
        if second == Ok(decisive) || second == Err(Stop::Steps) {
            return second.map(Value::Bool);
        }
        first.and(second).map(Value::Bool)
    }

    /// A sum; macros put lists together by it, item by item.
    fn sum(&mut self, a: &'a IdedExpr, b: &'a IdedExpr) -> Answer<'a> {
        if let Tree::Ident(name) = &a.expr
            && let Some(at) = self.bound.iter().rposition(|bound| bound.name == *name)
            && name.starts_with('@')
        {
            // Out of its name, so that it is not copied with each item.
            self.budget().take(1)?;
            let added = self.eval(b)?;
            let total = std::mem::replace(&mut self.bound[at].value, Ok(Value::Null))?;
            return total.plus(&added, self.budget());
        }
        let total = self.eval(a)?;
        let added = self.eval(b)?;
        total.plus(&added, self.budget())
    }
}

/// What is written in the expression itself.
fn constant(literal: &LiteralValue) -> Answer<'_> {
    Ok(match literal {
        LiteralValue::Boolean(value) => Value::Bool(*value.inner()),
        LiteralValue::Bytes(bytes) => Value::Bytes(bytes.inner()),
        LiteralValue::Double(value) => return Num::float(*value.inner()).map(Value::Num).ok_or_else(too_large),
        LiteralValue::Int(value) => Value::Num(Num::from(*value.inner())),
        LiteralValue::Null => Value::Null,
        LiteralValue::String(text) => Value::Text(Cow::Borrowed(text.inner())),
        LiteralValue::UInt(value) => Value::Num(Num::from(*value.inner())),
    })
}

/// Operators and functions whose arguments are all asked for.
fn apply<'a>(name: &str, args: &[Value<'a>], budget: &Budget) -> Answer<'a> {
    let order = |a: &Value<'a>, b: &Value<'a>| a.order(b, budget);
    match (name, args) {
        ("_==_", [a, b]) => a.equals(b, budget).map(Value::Bool),
        ("_!=_", [a, b]) => a.equals(b, budget).map(|same| Value::Bool(!same)),
        ("_<_", [a, b]) => order(a, b).map(|order| Value::Bool(order == Ordering::Less)),
        ("_<=_", [a, b]) => order(a, b).map(|order| Value::Bool(order != Ordering::Greater)),
        ("_>_", [a, b]) => order(a, b).map(|order| Value::Bool(order == Ordering::Greater)),
        ("_>=_", [a, b]) => order(a, b).map(|order| Value::Bool(order != Ordering::Less)),
        ("_-_", [a, b]) => calculate(a, b, "subtracted", |a, b| a.add(b.negate())),
        ("_*_", [a, b]) => calculate(a, b, "multiplied", Num::times),
        ("_/_" | "_%_", [a, b]) => {
            if b.number()?.is_some_and(Num::is_zero) {
                return error("it is divided by zero");
            }
            calculate(a, b, "divided", if name == "_/_" { Num::divided } else { Num::rest })
        }
        ("!_", [a]) => a.truth().map(|truth| Value::Bool(!truth)),
        ("-_", [a]) => match a.number()? {
            Some(number) => Ok(Value::Num(number.negate())),
            None => error(format!("{} cannot be made negative", a.kind())),
        },
        ("_[_]", [of, at]) => of.at(at, budget),
        ("@in", [item, of]) => of.has(item, budget).map(Value::Bool),
        ("contains", [of, item]) => match (of.text(), item.text()) {
            (Some(of), Some(part)) => {
                budget.take_bytes(of.len() + part.len())?;
                Ok(Value::Bool(of.contains(part)))
            }
            _ => of.has(item, budget).map(Value::Bool),
        },
        ("startsWith" | "endsWith", [of, part]) => match (of.text(), part.text()) {
            (Some(of), Some(part)) => {
                budget.take_bytes(part.len())?;
                Ok(Value::Bool(if name == "endsWith" { of.ends_with(part) } else { of.starts_with(part) }))
            }
            _ => error(format!("{name} is asked of a text, with a text; here are {} and {}", of.kind(), part.kind())),
        },
        ("size", [of]) => of.size(budget).map(|size| Value::Num(Num::from(size as u64))),
        ("duration", [length]) => {
            let period: Option<Period> = length.text().and_then(|text| text.parse().ok());
            period.map(|period| Value::Num(Num::from(period.millis()))).map_or_else(|| error("no length of time"), Ok)
        }
        ("timestamp", [of]) => match of.text().map(time::millis) {
            Some(Some(millis)) => Ok(Value::Num(Num::from(millis))),
            Some(None) => {
                error("timestamp reads a date such as 2026-12-24 or 2026-12-24T08:00:00+01:00, and this text is none")
            }
            None => error(format!("timestamp reads a date from a text; here is {}", of.kind())),
        },
        ("type", [of]) => Ok(Value::Text(Cow::Borrowed(of.type_name()))),
        ("string", [of]) => of.to_text(budget),
        ("int" | "uint" | "double" | "bool", [of]) => of.convert(name),
        _ => error(format!("\"{name}\" cannot be asked of {}", kinds(args))),
    }
}

fn kinds(args: &[Value<'_>]) -> String {
    match args {
        [] => "nothing".into(),
        args => args.iter().map(Value::kind).collect::<Vec<_>>().join(", "),
    }
}

fn calculate<'a>(a: &Value<'a>, b: &Value<'a>, verb: &str, with: impl Fn(Num, Num) -> Option<Num>) -> Answer<'a> {
    match (a.number()?, b.number()?) {
        (Some(a), Some(b)) => with(a, b).map(Value::Num).ok_or_else(too_large),
        _ => error(format!(
            "{} and {} cannot be {verb}; int(…) and double(…) read numbers from texts",
            a.kind(),
            b.kind()
        )),
    }
}

//! Reads an expression as rows.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, Expr as Tree, LiteralValue},
};

use super::{
    Clause, Items, Join, Looked, MISSING, Operand, Path, Root, Row, Rows, Step, Test, Which,
    shown::{call, macro_of, shown},
};
use crate::{
    ExprError, Period, Subject, brief,
    expr::{
        tree,
        walk::{NOW, text},
    },
};

/// Why an expression does not open as rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unshown {
    /// It is not written as the language asks.
    Wrong(ExprError),
    /// This part says more than a row can.
    Part(String),
}

/// What items are called around here.
type Names = Vec<String>;

impl Rows {
    /// Reads an expression; says which part no row can show.
    pub fn read(source: &str) -> Result<Self, Unshown> {
        if source.trim().is_empty() {
            return Ok(Self::default());
        }
        let tree = tree(source).map_err(Unshown::Wrong)?;
        rows(&tree, &mut Vec::new()).map_err(|part| Unshown::Part(brief::name(part)))
    }
}

fn rows(expr: &IdedExpr, names: &mut Names) -> Result<Rows, String> {
    if is_missing(expr) {
        return Ok(Rows::default());
    }
    match group(expr, names) {
        Some(rows) => rows,
        None => Ok(Rows { join: Join::All, list: vec![row(expr, names)?] }),
    }
}

/// Several that are joined; none where it is one row.
fn group(expr: &IdedExpr, names: &mut Names) -> Option<Result<Rows, String>> {
    let joined = |expr: &IdedExpr| match call(expr)?.func_name.as_str() {
        "_&&_" => Some("_&&_"),
        "_||_" => Some("_||_"),
        _ => None,
    };
    let negated = call(expr).filter(|call| call.func_name == "!_").and_then(|call| call.args.first());
    let (of, operator, is_negated) = match (joined(expr), negated) {
        (Some(operator), _) => (expr, operator, false),
        (None, Some(inner)) => (inner, joined(inner)?, true),
        (None, None) => return None,
    };
    let join = match (operator, is_negated) {
        ("_&&_", false) => Join::All,
        ("_&&_", true) => Join::NotAll,
        (_, false) => Join::Any,
        (_, true) => Join::None,
    };
    let mut list = Vec::new();
    Some(collect(of, operator, names, &mut list).map(|()| Rows { join, list }))
}

/// What is joined by this operator, from left to right.
fn collect(expr: &IdedExpr, operator: &str, names: &mut Names, list: &mut Vec<Row>) -> Result<(), String> {
    match call(expr) {
        Some(call) if call.func_name == operator => {
            call.args.iter().try_for_each(|arg| collect(arg, operator, names, list))
        }
        _ => {
            list.push(row(expr, names)?);
            Ok(())
        }
    }
}

fn row(expr: &IdedExpr, names: &mut Names) -> Result<Row, String> {
    if let Some(rows) = group(expr, names) {
        return rows.map(Row::Group);
    }
    if is_missing(expr) {
        return Ok(Row::Clause(Clause::blank(Root::Subject(Subject::Event))));
    }
    let negated = call(expr).filter(|call| call.func_name == "!_").and_then(|call| call.args.first());
    let (bare, is_negated) = negated.map_or((expr, false), |inner| (inner, true));
    if let Tree::Comprehension(inner) = &bare.expr {
        return items(inner, is_negated, names).unwrap_or_else(|| Err(shown(expr))).map(Row::Items);
    }
    let clause = clause(bare, names).ok_or_else(|| shown(expr))?;
    Ok(Row::Clause(match (is_negated, clause.test) {
        (false, _) => clause,
        (true, Test::Present) if !clause.not => Clause { test: Test::Absent, ..clause },
        (true, Test::OneOf) if !clause.not => Clause { test: Test::NoneOf, ..clause },
        (true, _) if !clause.not => Clause { not: true, ..clause },
        (true, _) => return Err(shown(expr)),
    }))
}

fn items(inner: &ComprehensionExpr, is_negated: bool, names: &mut Names) -> Option<Result<Items, String>> {
    let (name, says) = macro_of(inner)?;
    let which = match (name, is_negated) {
        ("exists", false) => Which::Any,
        ("exists", true) => Which::No,
        (_, false) => Which::Every,
        (_, true) => Which::NotEvery,
    };
    let of = path(&inner.iter_range, names)?;
    names.push(inner.iter_var.clone());
    let rows = rows(says, names);
    names.pop();
    Some(rows.map(|rows| Items { which, of, name: inner.iter_var.clone(), rows }))
}

fn clause(expr: &IdedExpr, names: &Names) -> Option<Clause> {
    let bare = |what, test| Some(Clause { not: false, what, test, values: Vec::new() });
    match &expr.expr {
        Tree::Select(select) if select.test => {
            let mut path = path(&select.operand, names)?;
            path.steps.push(Step::Name(select.field.clone()));
            bare(Looked::Field(path), Test::Present)
        }
        Tree::Call(call) if call.func_name == MISSING => match call.args.as_slice() {
            [what, root] if text(what) == Some("has") => {
                let Path { root, steps } = path(root, names)?;
                let path = Path { root, steps: vec![Step::Missing] };
                steps.is_empty().then(|| bare(Looked::Field(path), Test::Present))?
            }
            _ => None,
        },
        Tree::Call(call) if call.func_name == "@in" => one_of(call, names),
        Tree::Call(call) if call.func_name == "!_" => {
            let inner = clause(call.args.first()?, names).filter(|clause| !clause.not)?;
            let test = match inner.test {
                Test::Present => Test::Absent,
                Test::OneOf => Test::NoneOf,
                _ => return None,
            };
            Some(Clause { test, ..inner })
        }
        Tree::Call(call) if call.func_name != "_[_]" => compare(call, names),
        _ => bare(Looked::Field(path(expr, names).filter(says)?), Test::Holds),
    }
}

fn one_of(call: &CallExpr, names: &Names) -> Option<Clause> {
    let [item, of] = call.args.as_slice() else { return None };
    if let Tree::List(list) = &of.expr {
        let values = list.elements.iter().map(|value| operand(value, names)).collect::<Option<Vec<_>>>()?;
        let what = looked(item, names)?;
        return (!values.is_empty()).then_some(Clause { not: false, what, test: Test::OneOf, values });
    }
    let mut of = path(of, names)?;
    match (of.steps.is_empty(), text(item)) {
        // `"my-field" in event` asks whether the field is there.
        (true, Some(name)) if !name.is_empty() => {
            of.steps.push(Step::Name(name.to_owned()));
            Some(Clause { not: false, what: Looked::Field(of), test: Test::Present, values: Vec::new() })
        }
        (true, _) => None,
        (false, _) => {
            let values = vec![operand(item, names)?];
            Some(Clause { not: false, what: Looked::Field(of), test: Test::Contains, values })
        }
    }
}

fn compare(call: &CallExpr, names: &Names) -> Option<Clause> {
    let name = call.func_name.as_str();
    let test = Test::ALL.into_iter().find(|test| match test.sign() {
        Some(sign) if test.of_text() => sign == name,
        Some(sign) => name.strip_prefix('_').and_then(|name| name.strip_suffix('_')) == Some(sign),
        None => false,
    })?;
    let (what, value, test) = match (&call.target, call.args.as_slice()) {
        (Some(target), [value]) if test.of_text() => (target.as_ref(), value, test),
        (None, [what, value]) if !test.of_text() => match looked(what, names) {
            Some(_) => (what, value, test),
            None if stamped(what, names).is_some() => (what, value, test),
            // `50 < event.total`
            None => (value, what, flipped(test)),
        },
        _ => return None,
    };
    if let Some(timed) = timed(test, what, value, names) {
        return Some(timed);
    }
    let what = looked(what, names)?;
    let values = vec![operand(value, names)?];
    test.fits(&what).then_some(Clause { not: false, what, test, values })
}

/// `timestamp(event.placed_at) < now - duration("30d")`
fn timed(test: Test, what: &IdedExpr, value: &IdedExpr, names: &Names) -> Option<Clause> {
    let path = stamped(what, names)?;
    let is_now = |expr: &IdedExpr| matches!(&expr.expr, Tree::Ident(name) if name == NOW && !names.contains(name));
    let (sign, values) = match call(value) {
        None if is_now(value) => (None, Vec::new()),
        Some(sum) => {
            let [now, length] = sum.args.as_slice() else { return None };
            let sign = Some(sum.func_name.strip_prefix('_')?.strip_suffix('_')?);
            (sign, vec![self::length(length).filter(|_| is_now(now))?])
        }
        None => return None,
    };
    let test = Test::ALL.into_iter().find(|timed| timed.time() == test.sign().map(|side| (side, sign)))?;
    Some(Clause { not: false, what: Looked::Field(path), test, values })
}

fn stamped(expr: &IdedExpr, names: &Names) -> Option<Path> {
    let of = call(expr).filter(|call| call.func_name == "timestamp" && call.target.is_none())?;
    path(of.args.first().filter(|_| of.args.len() == 1)?, names).filter(says)
}

fn length(expr: &IdedExpr) -> Option<Operand> {
    let of = call(expr).filter(|call| call.func_name == "duration").and_then(|call| text(call.args.first()?));
    let known = of.filter(|text| text.parse::<Period>().is_ok()).map(|text| Operand::Length(text.to_owned()));
    known.or_else(|| typed(expr).map(|typed| Operand::Missing(typed.to_owned())))
}

/// The same asked from the other side.
fn flipped(test: Test) -> Test {
    match test {
        Test::Less => Test::More,
        Test::More => Test::Less,
        Test::AtMost => Test::AtLeast,
        Test::AtLeast => Test::AtMost,
        other => other,
    }
}

fn looked(expr: &IdedExpr, names: &Names) -> Option<Looked> {
    match call(expr) {
        Some(call) if call.func_name == "count" => {
            let [event, within] = call.args.as_slice() else { return None };
            let event = text(event).or_else(|| typed(event))?.to_owned();
            let length =
                self::call(within).filter(|call| call.func_name == "duration").and_then(|call| call.args.first());
            let within = length.and_then(text).or_else(|| typed(within))?.to_owned();
            Some(Looked::Count { event, within })
        }
        Some(call) if call.func_name == "size" => match (&call.target, call.args.as_slice()) {
            (None, [of]) => path(of, names).map(Looked::Size),
            (Some(of), []) => path(of, names).map(Looked::Size),
            _ => None,
        },
        _ => path(expr, names).map(Looked::Field),
    }
}

/// A chain of names that begins at contact, event or what else is known here.
fn path(expr: &IdedExpr, names: &Names) -> Option<Path> {
    let (mut steps, mut at) = (Vec::new(), expr);
    let root = loop {
        match &at.expr {
            Tree::Select(select) if !select.test => {
                steps.push(Step::Name(select.field.clone()));
                at = &select.operand;
            }
            Tree::Call(call) if call.func_name == "_[_]" => {
                let [of, index] = call.args.as_slice() else { return None };
                steps.push(match &index.expr {
                    Tree::Literal(LiteralValue::Int(n)) if *n.inner() >= 0 => Step::At(*n.inner()),
                    _ if is_missing(index) => Step::Missing,
                    _ => Step::Name(text(index)?.to_owned()),
                });
                at = of;
            }
            Tree::Ident(name) if names.contains(name) => break Root::Item(name.clone()),
            Tree::Ident(name) => {
                let subject: Option<Subject> = Subject::ALL.into_iter().find(|subject| subject.as_str() == name);
                break Root::Subject(subject?);
            }
            _ => return None,
        }
    };
    steps.reverse();
    // What is missing stands alone, and a name that is empty could not be told from it.
    let fits = !steps.contains(&Step::Missing) || steps.len() == 1;
    let says = steps.first() != Some(&Step::Name(String::new()));
    (fits && says).then_some(Path { root, steps })
}

fn operand(expr: &IdedExpr, names: &Names) -> Option<Operand> {
    Some(match &expr.expr {
        Tree::Literal(LiteralValue::String(text)) => Operand::Text(text.inner().to_owned()),
        Tree::Literal(LiteralValue::Int(n)) => Operand::Number(n.inner().to_string()),
        Tree::Literal(LiteralValue::UInt(n)) => Operand::Number(n.inner().to_string()),
        Tree::Literal(LiteralValue::Double(n)) => Operand::Number(n.inner().to_string()),
        Tree::Literal(LiteralValue::Boolean(yes)) => Operand::Bool(*yes.inner()),
        Tree::Call(call) if call.func_name == "-_" => match operand(call.args.first()?, names)? {
            Operand::Number(number) => {
                Operand::Number(number.strip_prefix('-').map_or_else(|| format!("-{number}"), str::to_owned))
            }
            _ => return None,
        },
        Tree::Call(call) if call.func_name == MISSING && call.args.len() == 1 => {
            Operand::Missing(typed(expr)?.to_owned())
        }
        _ => Operand::Field(path(expr, names).filter(says)?),
    })
}

/// A subject as a whole says nothing by itself.
fn says(path: &Path) -> bool {
    !path.steps.is_empty() || matches!(path.root, Root::Item(_))
}

/// What was typed where it could not be read.
fn typed(expr: &IdedExpr) -> Option<&str> {
    call(expr)
        .filter(|call| call.func_name == MISSING && call.args.len() == 1)
        .and_then(|call| text(call.args.first()?))
}

fn is_missing(expr: &IdedExpr) -> bool {
    typed(expr) == Some("")
}

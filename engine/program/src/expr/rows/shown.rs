//! Any tree as a text for people, and what the parser makes of macros.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr as Tree, LiteralValue},
};

use super::write::quoted;

/// Which macro was written, and what it asks of each item.
pub(super) fn macro_of(inner: &ComprehensionExpr) -> Option<(&'static str, &IdedExpr)> {
    let Tree::Literal(LiteralValue::Boolean(first)) = &inner.accu_init.expr else { return None };
    let step = call(&inner.loop_step)?;
    let is_total = |expr: &IdedExpr| matches!(&expr.expr, Tree::Ident(name) if *name == inner.accu_var);
    let [total, says] = step.args.as_slice() else { return None };
    let name = match (step.func_name.as_str(), *first.inner()) {
        ("_||_", false) => "exists",
        ("_&&_", true) => "all",
        _ => return None,
    };
    (is_total(total) && is_total(&inner.result) && inner.iter_var2.is_none()).then_some((name, says))
}

pub(super) fn call(expr: &IdedExpr) -> Option<&CallExpr> {
    match &expr.expr {
        Tree::Call(call) => Some(call),
        _ => None,
    }
}

/// Any tree as a text for people. Its macros are written as they were; what else is gone from the tree is `…`.
pub(super) fn shown(expr: &IdedExpr) -> String {
    match &expr.expr {
        Tree::Ident(name) => name.clone(),
        Tree::Select(select) if select.test => format!("has({}.{})", shown(&select.operand), select.field),
        Tree::Select(select) => format!("{}.{}", shown(&select.operand), select.field),
        Tree::List(list) => format!("[{}]", list.elements.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Tree::Literal(literal) => match literal {
            LiteralValue::String(text) => quoted(text.inner()),
            LiteralValue::Int(n) => n.inner().to_string(),
            LiteralValue::UInt(n) => format!("{}u", n.inner()),
            LiteralValue::Double(n) => n.inner().to_string(),
            LiteralValue::Boolean(yes) => yes.inner().to_string(),
            LiteralValue::Null => "null".to_owned(),
            LiteralValue::Bytes(_) => "b\"…\"".to_owned(),
        },
        Tree::Map(map) => {
            let pairs = map.entries.iter().map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => format!("{}: {}", shown(&entry.key), shown(&entry.value)),
                EntryExpr::StructField(_) => "…".to_owned(),
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Tree::Comprehension(inner) => match macro_of(inner) {
            Some((name, says)) => format!("{}.{name}({}, {})", shown(&inner.iter_range), inner.iter_var, shown(says)),
            None => format!("{}.…({}, …)", shown(&inner.iter_range), inner.iter_var),
        },
        Tree::Call(call) => called(call),
        Tree::Struct(_) | Tree::Unspecified => "…".to_owned(),
    }
}

fn called(call: &CallExpr) -> String {
    let name = call.func_name.as_str();
    let args: Vec<_> = call.args.iter().map(shown).collect();
    // What is within an operator stands in brackets where it is one itself.
    let side = |at: usize| {
        let inner = call.args.get(at);
        let is_operator = |expr: &IdedExpr| matches!(&expr.expr, Tree::Call(call) if call.func_name.starts_with('_') && call.func_name != "_[_]");
        let text = args.get(at).cloned().unwrap_or_default();
        if inner.is_some_and(is_operator) { format!("({text})") } else { text }
    };
    match (name, args.as_slice()) {
        ("_[_]", [of, at]) => format!("{of}[{at}]"),
        ("_?_:_", [_, yes, no]) => format!("{} ? {yes} : {no}", side(0)),
        ("@in", [_, _]) => format!("{} in {}", side(0), side(1)),
        ("!_", [_]) => format!("!{}", side(0)),
        ("-_", [_]) => format!("-{}", side(0)),
        (name, [_, _]) if name.starts_with('_') => format!("{} {} {}", side(0), name.trim_matches('_'), side(1)),
        (name, _) => {
            let target = call.target.as_deref().map(|target| shown(target) + ".").unwrap_or_default();
            format!("{target}{name}({})", args.join(", "))
        }
    }
}

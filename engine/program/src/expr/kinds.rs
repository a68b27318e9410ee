//! Which kinds of values an expression can give, as far as that can be said before there is data.
//!
//! It follows [`eval`](super::eval): what that refuses whatever the data holds is a [`Clash`] here. What is not known is
//! of any kind, so nothing is said about it.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, Expr as Tree, LiteralValue, SelectExpr},
};

use super::{
    Expr, Subject, quoted,
    walk::{NOW, text},
};
use crate::Kinds;

/// A part of an expression, and what it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// As the expression writes it, cut short.
    pub(crate) words: String,
    pub(crate) kinds: Kinds,
    /// What is read, if it is a field.
    pub(crate) path: Option<(Subject, String)>,
    /// The text, if it is written there.
    pub(crate) text: Option<String>,
}

/// What can never be decided, or says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    /// Two that are compared, added or looked for in each other, and have no kind in common.
    Unlike(Part, Part),
    /// One that stands where only these kinds do.
    Unfit(Part, Kinds),
}

/// What a field can be, or [`Kinds::ANY`].
pub(crate) type Fields<'f> = &'f dyn Fn(Subject, &str) -> Kinds;

impl Expr {
    /// What it gives, and its clashes, each once. What does not parse gives anything.
    pub(crate) fn kinds(&self, fields: Fields<'_>) -> (Kinds, Vec<Clash>) {
        let mut look = Look { fields, bound: Vec::new(), clashes: Vec::new() };
        let kinds = self.parsed.as_ref().map_or(Kinds::ANY, |parsed| look.of(&parsed.tree).kinds);
        (kinds, look.clashes)
    }
}

/// What a part gives.
#[derive(Clone, Debug)]
struct Given {
    kinds: Kinds,
    /// Of a list: what its items are.
    items: Kinds,
    path: Option<(Subject, String)>,
}

impl Given {
    const fn of(kinds: Kinds) -> Self {
        Self { kinds, items: Kinds::ANY, path: None }
    }
}

struct Look<'f> {
    fields: Fields<'f>,
    /// Names that macros give, the innermost last.
    bound: Vec<(String, Given)>,
    clashes: Vec<Clash>,
}

impl Look<'_> {
    fn of(&mut self, expr: &IdedExpr) -> Given {
        match &expr.expr {
            Tree::Ident(name) => match self.bound.iter().rev().find(|(bound, _)| bound == name) {
                Some((_, given)) => given.clone(),
                None => match Subject::ALL.into_iter().find(|subject| subject.as_str() == name) {
                    Some(subject) => Given { path: Some((subject, String::new())), ..Given::of(Kinds::OBJECT) },
                    None if name == NOW => Given::of(Kinds::NUMBER),
                    None => Given::of(Kinds::ANY),
                },
            },
            Tree::Literal(literal) => Given::of(match literal {
                LiteralValue::Boolean(_) => Kinds::BOOL,
                LiteralValue::Double(_) | LiteralValue::Int(_) | LiteralValue::UInt(_) => Kinds::NUMBER,
                LiteralValue::String(_) => Kinds::TEXT,
                LiteralValue::Null | LiteralValue::Bytes(_) => Kinds::OTHER,
            }),
            Tree::List(list) => {
                let items = list.elements.iter().map(|item| self.of(item).kinds).fold(Kinds::NONE, Kinds::or);
                Given { items: if items == Kinds::NONE { Kinds::ANY } else { items }, ..Given::of(Kinds::LIST) }
            }
            Tree::Map(_) => Given::of(Kinds::OBJECT),
            Tree::Select(select) => self.select(select),
            Tree::Comprehension(inner) => self.comprehension(inner),
            Tree::Call(call) => self.call(call),
            Tree::Struct(_) | Tree::Unspecified => Given::of(Kinds::ANY),
        }
    }

    /// What is read there, if nothing that the macros name stands before it.
    fn field(&self, path: Option<(Subject, String)>, name: &str) -> Given {
        let Some((subject, path)) = path else { return Given::of(Kinds::ANY) };
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        // A field may be null wherever it has another value.
        let kinds = (self.fields)(subject, &path).or(Kinds::OTHER);
        Given { path: Some((subject, path)), ..Given::of(kinds) }
    }

    fn item(&self, list: &Given) -> Given {
        match &list.path {
            Some((subject, path)) => {
                let path = format!("{path}[]");
                let kinds = (self.fields)(*subject, &path).or(Kinds::OTHER);
                Given { path: Some((*subject, path)), ..Given::of(kinds) }
            }
            None => Given::of(list.items),
        }
    }

    fn select(&mut self, select: &SelectExpr) -> Given {
        let of = self.wanted(&select.operand, Kinds::OBJECT);
        if select.test { Given::of(Kinds::BOOL) } else { self.field(of.path, &select.field) }
    }

    fn comprehension(&mut self, inner: &ComprehensionExpr) -> Given {
        let over = self.wanted(&inner.iter_range, Kinds::LIST.or(Kinds::OBJECT));
        let item = match over.kinds.meets(Kinds::OBJECT) {
            false => self.item(&over),
            true if over.kinds.meets(Kinds::LIST) => Given::of(Kinds::ANY),
            true => Given::of(Kinds::TEXT),
        };
        let total = Given::of(self.of(&inner.accu_init).kinds);
        let depth = self.bound.len();
        let item = if inner.iter_var2.is_some() { Given::of(Kinds::ANY) } else { item };
        self.bound.extend([(inner.accu_var.clone(), total), (inner.iter_var.clone(), item)]);
        self.bound.extend(inner.iter_var2.clone().map(|name| (name, Given::of(Kinds::ANY))));
        self.of(&inner.loop_cond);
        self.of(&inner.loop_step);
        let result = self.of(&inner.result);
        self.bound.truncate(depth);
        result
    }

    fn call(&mut self, call: &CallExpr) -> Given {
        let sides = call.target.as_deref().into_iter().chain(&call.args).collect::<Vec<_>>();
        let given = match (call.func_name.as_str(), sides.as_slice()) {
            ("_&&_" | "_||_" | "!_", sides) => {
                sides.iter().for_each(|side| drop(self.wanted(side, Kinds::BOOL)));
                Kinds::BOOL
            }
            ("_?_:_", [question, yes, no]) => {
                self.wanted(question, Kinds::BOOL);
                self.of(yes).kinds.or(self.of(no).kinds)
            }
            ("_==_" | "_!=_", [a, b]) => {
                self.alike(a, b, Kinds::ANY.told());
                Kinds::BOOL
            }
            ("_<_" | "_<=_" | "_>_" | "_>=_", [a, b]) => {
                self.alike(a, b, Kinds::BOOL.or(Kinds::NUMBER).or(Kinds::TEXT));
                Kinds::BOOL
            }
            ("_+_", [a, b]) => match self.alike(a, b, Kinds::NUMBER.or(Kinds::TEXT).or(Kinds::LIST)) {
                Kinds::NONE => Kinds::ANY,
                both => both,
            },
            ("_-_" | "_*_" | "_/_" | "_%_" | "-_", sides) => {
                sides.iter().for_each(|side| drop(self.wanted(side, Kinds::NUMBER)));
                Kinds::NUMBER
            }
            ("_[_]", [of, at]) => return self.at(of, at),
            ("@in", [item, of]) => self.sought(item, of),
            ("contains", [of, item]) => {
                let within = self.wanted(of, Kinds::TEXT.or(Kinds::LIST).or(Kinds::OBJECT));
                if within.kinds.meets(Kinds::LIST.or(Kinds::OBJECT)) {
                    self.of(item);
                } else {
                    self.wanted(item, Kinds::TEXT);
                }
                Kinds::BOOL
            }
            ("startsWith" | "endsWith", sides) => {
                sides.iter().for_each(|side| drop(self.wanted(side, Kinds::TEXT)));
                Kinds::BOOL
            }
            ("size", [of]) => {
                self.wanted(of, Kinds::TEXT.or(Kinds::LIST).or(Kinds::OBJECT));
                Kinds::NUMBER
            }
            ("int" | "uint" | "double", [of]) => {
                self.wanted(of, Kinds::NUMBER.or(Kinds::TEXT));
                Kinds::NUMBER
            }
            ("timestamp", [of]) => {
                self.wanted(of, Kinds::TEXT);
                Kinds::NUMBER
            }
            ("bool", [of]) => {
                self.wanted(of, Kinds::BOOL.or(Kinds::TEXT));
                Kinds::BOOL
            }
            ("string", [of]) => {
                self.wanted(of, Kinds::BOOL.or(Kinds::NUMBER).or(Kinds::TEXT));
                Kinds::TEXT
            }
            ("type", _) => Kinds::TEXT,
            ("count" | "duration", _) => Kinds::NUMBER,
            ("@not_strictly_false", [inner]) => {
                self.of(inner);
                Kinds::BOOL
            }
            (_, sides) => {
                sides.iter().for_each(|side| drop(self.of(side)));
                Kinds::ANY
            }
        };
        Given::of(given)
    }

    /// What stands at a place of a list, or under a key of an object.
    fn at(&mut self, of: &IdedExpr, at: &IdedExpr) -> Given {
        let within = self.wanted(of, Kinds::LIST.or(Kinds::OBJECT));
        self.of(at);
        match (text(at), within.kinds.meets(Kinds::OBJECT)) {
            (Some(name), true) => self.field(within.path, name),
            (None, false) => self.item(&within),
            _ => Given::of(Kinds::ANY),
        }
    }

    /// Whether something is in a list, or a key in an object.
    fn sought(&mut self, item: &IdedExpr, of: &IdedExpr) -> Kinds {
        let within = self.wanted(of, Kinds::LIST.or(Kinds::OBJECT));
        let sought = self.of(item);
        let items = if within.kinds.meets(Kinds::OBJECT) { Kinds::ANY } else { self.item(&within).kinds };
        if differ(sought.kinds, items) {
            let items = Part { kinds: items, ..part(of, &within) };
            self.clash(Clash::Unlike(part(item, &sought), items));
        }
        Kinds::BOOL
    }

    /// A part that must be of one of these kinds.
    fn wanted(&mut self, expr: &IdedExpr, wanted: Kinds) -> Given {
        let given = self.of(expr);
        if !given.kinds.meets(wanted) {
            self.clash(Clash::Unfit(part(expr, &given), wanted));
        }
        given
    }

    /// Two parts that must have one of these kinds in common. Gives what they can be.
    fn alike(&mut self, a: &IdedExpr, b: &IdedExpr, wanted: Kinds) -> Kinds {
        let (left, right) = (self.of(a), self.of(b));
        let both = left.kinds.and(right.kinds).and(wanted);
        let (differ, unfit) = (differ(left.kinds, right.kinds), both == Kinds::NONE && wanted != Kinds::ANY.told());
        if differ || unfit {
            let (left, right) = (part(a, &left), part(b, &right));
            // Of two alike neither is to blame, but both.
            self.clash(if differ { Clash::Unlike(left, right) } else { Clash::Unfit(left, wanted) });
        }
        both
    }

    fn clash(&mut self, clash: Clash) {
        if !self.clashes.contains(&clash) {
            self.clashes.push(clash);
        }
    }
}

/// Whether two values can never be the same. Anything may be compared with null.
fn differ(a: Kinds, b: Kinds) -> bool {
    a != Kinds::OTHER && b != Kinds::OTHER && !a.told().meets(b.told())
}

fn part(expr: &IdedExpr, given: &Given) -> Part {
    Part { words: words(expr), kinds: given.kinds, path: given.path.clone(), text: text(expr).map(str::to_owned) }
}

/// The longest text that is told whole, in characters.
const TOLD: usize = 40;

/// What a part is called: as it is written, without what stands in brackets.
fn words(expr: &IdedExpr) -> String {
    match &expr.expr {
        Tree::Ident(name) if !name.starts_with('@') => name.clone(),
        Tree::Select(select) if select.test => format!("has({}.{})", words(&select.operand), select.field),
        Tree::Select(select) => format!("{}.{}", words(&select.operand), select.field),
        Tree::Literal(literal) => match literal {
            LiteralValue::Boolean(value) => value.inner().to_string(),
            LiteralValue::Double(value) => value.inner().to_string(),
            LiteralValue::Int(value) => value.inner().to_string(),
            LiteralValue::UInt(value) => format!("{}u", value.inner()),
            LiteralValue::Null => "null".into(),
            LiteralValue::String(text) if text.inner().chars().count() > TOLD => {
                quoted(&text.inner().chars().take(TOLD).chain(['…']).collect::<String>())
            }
            LiteralValue::String(text) => quoted(text.inner()),
            LiteralValue::Bytes(_) => "b\"…\"".into(),
        },
        Tree::List(_) => "[…]".into(),
        Tree::Map(_) => "{…}".into(),
        Tree::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            ("_?_:_", _) => "… ? … : …".into(),
            ("_[_]", [of, at]) => format!("{}[{}]", words(of), words(at)),
            ("!_" | "-_", [of]) => format!("{}{}", &call.func_name[..1], words(of)),
            ("@in", _) => "… in …".into(),
            (name, _) => match name.strip_prefix('_').and_then(|name| name.strip_suffix('_')) {
                Some(operator) => format!("… {operator} …"),
                None => format!("{name}(…)"),
            },
        },
        _ => "…".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ValueKind;

    fn known(_: Subject, path: &str) -> Kinds {
        match path {
            "total" | "lines[].price" => Kinds::NUMBER,
            "currency" | "email" | "lines[].sku" => Kinds::TEXT,
            "paid" => Kinds::BOOL,
            "lines" | "tags" => Kinds::LIST,
            "customer" | "lines[]" => Kinds::OBJECT,
            _ => Kinds::ANY,
        }
    }

    fn told(source: &str) -> String {
        let expr = Expr::new(source);
        assert_eq!(expr.error(), None, "{source}");
        let names = |kinds: Kinds| kinds.list().map(ValueKind::word).collect::<Vec<_>>().join("|");
        let (kinds, clashes) = expr.kinds(&known);
        let clash = |clash: &Clash| match clash {
            Clash::Unlike(a, b) => format!("{}:{} ~ {}:{}", a.words, names(a.kinds), b.words, names(b.kinds)),
            Clash::Unfit(part, wanted) => format!("{}:{} for {}", part.words, names(part.kinds), names(*wanted)),
        };
        let clashes: Vec<_> = clashes.iter().map(clash).collect();
        [vec![if kinds == Kinds::ANY { "?".into() } else { names(kinds) }], clashes].concat().join("; ")
    }

    #[test]
    fn says_what_can_never_be() {
        for (source, expected) in [
            ("event.total >= 50 && event.currency == 'EUR' && event.paid", "bool"),
            ("event.total", "number"),
            ("event.total >= '1,5'", "bool; event.total:number ~ \"1,5\":string"),
            ("event.currency > 5", "bool; event.currency:string ~ 5:number"),
            ("event.currency != 5", "bool; event.currency:string ~ 5:number"),
            ("event.currency != null && event.total == event.never", "bool"),
            ("event.currency == event.total", "bool; event.currency:string ~ event.total:number"),
            ("event.currency > null", "bool; event.currency:string for string|number|bool"),
            ("event.total && event.paid", "bool; event.total:number for bool"),
            ("!event.currency || event.tags", "bool; event.currency:string for bool; event.tags:list for bool"),
            ("event.total.startsWith('A')", "bool; event.total:number for string"),
            ("event.currency + 1 == 'x'", "bool; event.currency:string ~ 1:number"),
            ("event.total - event.currency > 0", "bool; event.currency:string for number"),
            ("event.currency in ['EUR', 'CHF'] && event.total in [1, 2.5]", "bool"),
            ("event.total in ['1', '2']", "bool; event.total:number ~ […]:string"),
            ("'x' in event.total", "bool; event.total:number for list|object"),
            ("event.total.amount > 1", "bool; event.total:number for object"),
            ("event.lines.exists(line, line.sku == 'a' && line.price > 1)", "bool"),
            ("event.lines.exists(line, line.sku > 1)", "bool; line.sku:string ~ 1:number"),
            ("event.lines.all(line, line.price)", "bool; line.price:number for bool"),
            ("event.lines.filter(line, line.price > 1)", "list"),
            ("size(event.lines.map(line, line.price)) > 1", "bool"),
            ("event.currency.exists(c, c == 'a')", "bool; event.currency:string for list|object"),
            ("event.customer.exists(key, key == 1)", "bool; key:string ~ 1:number"),
            ("event.lines[0].price == '5'", "bool; event.lines[0].price:number ~ \"5\":string"),
            ("size(event.total) > 1", "bool; event.total:number for string|list|object"),
            ("event.paid ? 1 : 'x'", "string|number"),
            ("event.never.deep > 'a' || contact.never[0]", "bool"),
            ("event.customer > event.customer", "bool; event.customer:object for string|number|bool"),
            ("int(event.currency) > 1 && string(event.total) == '5' && type(event.total) == 'number'", "bool"),
            ("int(event.tags) > 1", "bool; event.tags:list for string|number"),
            ("count('a', duration('1d')) > '3'", "bool; count(…):number ~ \"3\":string"),
            ("event.total > duration('1d')", "bool"),
            ("1 + 1", "number"),
            ("event.never", "?"),
        ] {
            assert_eq!(told(source), expected, "{source}");
        }
    }
}

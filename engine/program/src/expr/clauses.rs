//! Expressions that a form can show: all, or any, of a list of simple clauses. Other expressions stay text.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, Expr as Tree, LiteralValue},
};

use super::{
    CountFact, Expr, Subject,
    walk::{count_fact, text},
};

/// A list of clauses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clauses {
    /// Whether one of them is enough; otherwise all must hold.
    pub any: bool,
    /// In the order of the text.
    pub list: Vec<Clause>,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// What is looked at.
    pub what: Looked,
    /// How it is compared.
    pub test: Test,
    /// With what, as the expression writes it: `50`, `"gold"`, `true`. Empty where the test needs none.
    pub value: String,
}

/// What a clause looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// A field, by names with dots between.
    Field(Subject, String),
    /// How often something happened.
    Count(CountFact),
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
    /// The text holds this one.
    Contains,
    /// The text begins with this one.
    Starts,
    /// The text ends with this one.
    Ends,
    /// The field is there.
    Present,
    /// The field is not there.
    Absent,
}

impl Test {
    /// All of them, in the order of a form.
    pub const ALL: [Self; 11] = [
        Self::Is,
        Self::IsNot,
        Self::Less,
        Self::AtMost,
        Self::More,
        Self::AtLeast,
        Self::Contains,
        Self::Starts,
        Self::Ends,
        Self::Present,
        Self::Absent,
    ];

    /// The operator or function; none for what asks whether a field is there.
    pub fn sign(self) -> Option<&'static str> {
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
            Self::Present | Self::Absent => return None,
        })
    }

    /// Whether it needs a value.
    pub fn takes_value(self) -> bool {
        self.sign().is_some()
    }

    /// Whether it is for texts only.
    pub fn of_text(self) -> bool {
        matches!(self, Self::Contains | Self::Starts | Self::Ends)
    }
}

impl Clauses {
    /// Reads an expression; none where it says more than clauses can.
    pub fn read(expr: &Expr) -> Option<Self> {
        let tree = &expr.parsed.as_ref().ok()?.tree;
        let any = is_call(tree, "_||_");
        let mut list = Vec::new();
        collect(tree, if any { "_||_" } else { "_&&_" }, &mut list)?;
        Some(Self { any, list })
    }

    /// The expression.
    pub fn write(&self) -> String {
        let clauses: Vec<_> = self.list.iter().map(Clause::write).collect();
        clauses.join(if self.any { " || " } else { " && " })
    }
}

impl Clause {
    fn write(&self) -> String {
        let Self { what, test, value } = self;
        let what = what.write();
        match test.sign() {
            Some(name) if test.of_text() => format!("{what}.{name}({value})"),
            Some(sign) => format!("{what} {sign} {value}"),
            None if *test == Test::Absent => format!("!has({what})"),
            None => format!("has({what})"),
        }
    }

    /// Whether an expression can be written of it.
    pub fn is_complete(&self) -> bool {
        let fits = matches!(self.what, Looked::Field(..)) || (self.test.takes_value() && !self.test.of_text());
        fits && Self::read(&Expr::new(&self.write())).is_some_and(|read| read == *self)
    }

    fn read(expr: &Expr) -> Option<Self> {
        clause(&expr.parsed.as_ref().ok()?.tree)
    }
}

impl Looked {
    fn write(&self) -> String {
        match self {
            Self::Field(subject, path) => format!("{}.{path}", subject.as_str()),
            Self::Count(CountFact { event, within }) => format!("count(\"{event}\", duration(\"{within}\"))"),
        }
    }
}

/// A text as an expression writes it.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out + "\""
}

/// The text that is written so; none if it is no text.
pub fn unquoted(value: &str) -> Option<String> {
    match &Expr::new(value).parsed.as_ref().ok()?.tree.expr {
        Tree::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        _ => None,
    }
}

fn is_call(expr: &IdedExpr, name: &str) -> bool {
    matches!(&expr.expr, Tree::Call(call) if call.func_name == name)
}

/// What is joined by this operator, from left to right. Mixed with the other one it is no list.
fn collect(expr: &IdedExpr, operator: &str, list: &mut Vec<Clause>) -> Option<()> {
    match &expr.expr {
        Tree::Call(call) if call.func_name == operator => {
            call.args.iter().try_for_each(|arg| collect(arg, operator, list))
        }
        _ => {
            list.push(clause(expr)?);
            Some(())
        }
    }
}

fn clause(expr: &IdedExpr) -> Option<Clause> {
    let bare = |what, test| Some(Clause { what, test, value: String::new() });
    match &expr.expr {
        Tree::Select(select) if select.test => bare(field(&select.operand, Some(&select.field))?, Test::Present),
        Tree::Call(CallExpr { func_name, args, .. }) if func_name == "!_" => match &args.first()?.expr {
            Tree::Select(select) if select.test => bare(field(&select.operand, Some(&select.field))?, Test::Absent),
            _ => None,
        },
        Tree::Call(call) => compare(call),
        _ => None,
    }
}

fn compare(call: &CallExpr) -> Option<Clause> {
    let name = call.func_name.as_str();
    let test = Test::ALL.into_iter().find(|test| match test.sign() {
        Some(sign) if test.of_text() => sign == name,
        Some(sign) => name.strip_prefix('_').and_then(|name| name.strip_suffix('_')) == Some(sign),
        None => false,
    })?;
    let (what, value) = match (&call.target, call.args.as_slice()) {
        (Some(target), [value]) if test.of_text() => (target.as_ref(), value),
        (None, [what, value]) if !test.of_text() => (what, value),
        _ => return None,
    };
    let value = if test.of_text() { quoted(text(value)?) } else { literal(value)? };
    Some(Clause { what: looked(what)?, test, value })
}

fn looked(expr: &IdedExpr) -> Option<Looked> {
    match &expr.expr {
        Tree::Call(call) if call.func_name == "count" => Some(Looked::Count(count_fact(call).ok()?)),
        _ => field(expr, None),
    }
}

/// A chain of names that begins at contact or event, and perhaps goes on with one more.
fn field(expr: &IdedExpr, last: Option<&str>) -> Option<Looked> {
    let mut names: Vec<&str> = last.into_iter().collect();
    let mut at = &expr.expr;
    let root = loop {
        match at {
            Tree::Select(select) if !select.test => {
                names.push(&select.field);
                at = &select.operand.expr;
            }
            Tree::Ident(name) => break name.as_str(),
            _ => return None,
        }
    };
    names.reverse();
    let subject = [Subject::Contact, Subject::Event].into_iter().find(|subject| subject.as_str() == root)?;
    (!names.is_empty()).then(|| Looked::Field(subject, names.join(".")))
}

fn literal(expr: &IdedExpr) -> Option<String> {
    Some(match &expr.expr {
        Tree::Literal(LiteralValue::String(text)) => quoted(text.inner()),
        Tree::Literal(LiteralValue::Int(n)) => n.inner().to_string(),
        Tree::Literal(LiteralValue::Double(n)) => format!("{:?}", n.inner()),
        Tree::Literal(LiteralValue::Boolean(yes)) => yes.inner().to_string(),
        Tree::Call(call) if call.func_name == "-_" => format!("-{}", literal(call.args.first()?)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(source: &str) -> Option<Clauses> {
        Clauses::read(&Expr::new(source))
    }

    #[test]
    fn what_a_form_can_show_comes_back_as_it_was() {
        for source in [
            r#"count("order.placed", duration("365d")) >= 3"#,
            r#"event.total > 50 && contact.tier == "gold""#,
            r#"has(event.voucher) || !has(contact.address.city) || event.note.contains("say \"hi\"")"#,
            "event.total < -1.5 && event.paid != true",
            r#"contact.email.endsWith("@example.test")"#,
        ] {
            assert_eq!(read(source).unwrap().write(), source);
        }
    }

    #[test]
    fn what_is_richer_stays_text() {
        for source in [
            "event.a > 1 && (event.b > 1 || event.c > 1)",
            "event.a > event.b",
            "50 < event.total",
            "event.lines.exists(line, line.sku == 'b')",
            "event['odd key'] == 1",
            "size(event.lines) > 1",
            "event.total >",
            "",
        ] {
            assert_eq!(read(source), None, "{source}");
        }
    }

    #[test]
    fn half_a_clause_is_not_written() {
        let clause = |path: &str, test, value: &str| Clause {
            what: Looked::Field(Subject::Event, path.into()),
            test,
            value: value.into(),
        };
        assert!(clause("total", Test::More, "5").is_complete());
        assert!(clause("total", Test::Present, "").is_complete());
        for half in [
            ("", Test::Present, ""),
            ("total", Test::More, ""),
            ("a b", Test::More, "5"),
            ("in", Test::Present, ""),
            ("total", Test::Is, "x)"),
        ] {
            assert!(!clause(half.0, half.1, half.2).is_complete(), "{half:?}");
        }
        assert_eq!(unquoted(&quoted("a \"b\" \\ c")).as_deref(), Some("a \"b\" \\ c"));
        assert_eq!(unquoted("5"), None);
    }

    proptest! {
        #[test]
        fn clauses_come_back(
            any: bool,
            rows in proptest::collection::vec((any::<bool>(), "[a-z]{1,4}(\\.[a-z_]{1,5})?", 0..11_usize, ".{0,12}"), 1..6),
        ) {
            let list = rows.into_iter().map(|(contact, path, test, words)| {
                let subject = if contact { Subject::Contact } else { Subject::Event };
                let test = Test::ALL[test];
                let value = if test.takes_value() { quoted(&words) } else { String::new() };
                Clause { what: Looked::Field(subject, path), test, value }
            });
            let clauses = Clauses { any, list: list.collect() };
            prop_assume!(clauses.list.iter().all(Clause::is_complete));
            let back = read(&clauses.write());
            // One clause alone says nothing about the rest.
            let expected = Clauses { any: any && clauses.list.len() > 1, ..clauses };
            prop_assert_eq!(back, Some(expected));
        }
    }
}

//! Corrects expressions. A change of the text is kept only if the new tree means what was meant.

use super::{Expr, Fault, Subject, quoted};
use crate::{EventType, Kinds, ValueKind, near::nearest};

impl Expr {
    /// The same with another path read: `event.ttal` becomes `event.total`. None where the text does not
    /// spell the path out.
    pub(crate) fn with_path(&self, subject: Subject, from: &str, to: &str) -> Option<Self> {
        let (old, new) = (format!("{}.{from}", subject.as_str()), format!("{}.{to}", subject.as_str()));
        let expr = Self::new(&replace_path(self.source(), &old, &new));
        let gone = expr.references().iter().all(|seen| seen.subject != subject || seen.path != from);
        (gone && expr.error().is_none() && spelled(to)).then_some(expr)
    }

    /// The same with the first word that is not known as it was probably meant.
    pub(crate) fn spelled(&self) -> Option<Self> {
        /// What the language itself brings along, beside the functions that the error lists.
        const MACROS: [&str; 6] = ["has", "exists", "exists_one", "all", "map", "filter"];
        let error = self.error()?;
        let (word, known, more) = match Fault::read(&error.message) {
            Fault::UnknownWord { word, known } => (word, known, [].as_slice()),
            Fault::UnknownFunction { function, known } => (function, known, MACROS.as_slice()),
            _ => return None,
        };
        let meant = nearest(&word, known.split(", ").chain(more.iter().copied()))?;
        let line = self.source().split_inclusive('\n').take(error.line - 1).map(str::len).sum::<usize>();
        let column = self.source()[line..].char_indices().nth(error.column - 1)?.0;
        let (before, from) = self.source().split_at(line + column);
        let expr = Self::new(&format!("{before}{meant}{}", from.strip_prefix(word.as_str())?));
        // What is wrong behind it is the next to be mended.
        expr.error().is_none_or(|next| next.message != error.message).then_some(expr)
    }

    /// The same with another event counted.
    pub(crate) fn with_event(&self, from: &EventType, to: &EventType) -> Option<Self> {
        let mut source = self.source().to_owned();
        for quote in ['"', '\''] {
            source = source.replace(&format!("{quote}{from}{quote}"), &format!("{quote}{to}{quote}"));
        }
        let expr = Self::new(&source);
        (expr.error().is_none() && expr.counts().iter().all(|fact| fact.event != *from)).then_some(expr)
    }

    /// The same with a text that stands there once written as something else, such as a number.
    pub(crate) fn with_text(&self, text: &str, as_what: &str) -> Option<Self> {
        let spelled = [quoted(text), format!("'{text}'")];
        let mut found = spelled.iter().filter(|spelled| self.source().matches(spelled.as_str()).count() == 1);
        let (spelled, None) = (found.next()?, found.next()) else { return None };
        Some(Self::new(&self.source().replacen(spelled, as_what, 1))).filter(|expr| expr.error().is_none())
    }

    /// The same with a number that stands there once written as a text.
    pub(crate) fn with_number_as_text(&self, number: &str) -> Option<Self> {
        let source = replace_path(self.source(), number, &quoted(number));
        let once = source.len() == self.source().len() + 2;
        Some(Self::new(&source)).filter(|expr| once && expr.error().is_none())
    }

    /// The same with a text of the data read as a number.
    pub(crate) fn as_number(&self, subject: Subject, path: &str) -> Option<Self> {
        let old = format!("{}.{path}", subject.as_str());
        let source = replace_path(self.source(), &old, &format!("double({old})"));
        let expr = Self::new(&source);
        (source != self.source() && spelled(path) && expr.error().is_none()).then_some(expr)
    }

    /// A question about the field that it is, which has values of this kind. None if it is anything else.
    pub(crate) fn as_question(&self, kind: Kinds) -> Option<Self> {
        let field = self.source().trim();
        let [read] = self.references() else { return None };
        if read.tested || field != format!("{}.{}", read.subject.as_str(), read.path) || !spelled(&read.path) {
            return None;
        }
        Some(match () {
            () if kind.is_only(ValueKind::Number) => Self::new(&format!("{field} > 0")),
            () if kind.is_only(ValueKind::String) => Self::new(&format!("{field} != \"\"")),
            () if kind.is_only(ValueKind::List) => Self::new(&format!("size({field}) > 0")),
            () => return None,
        })
    }

    /// The same, holding only where the path is there. None where no name in it could be asked for.
    pub(crate) fn guarded(&self, subject: Subject, path: &str) -> Option<Self> {
        if !spelled(path) {
            return None;
        }
        let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
        let guards = ends.map(|end| format!("has({}.{}) && ", subject.as_str(), &path[..end])).collect::<String>();
        // `&&` binds closer than these.
        let loose = ["||", "?"].iter().any(|operator| self.source().contains(operator));
        let source = if loose { format!("{guards}({})", self.source()) } else { guards + self.source() };
        Some(Self::new(&source)).filter(|expr| expr.error().is_none())
    }
}

/// Whether all names of a path can be written with dots.
fn spelled(path: &str) -> bool {
    let word = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    path.split('.').all(word)
}

/// Replaces whole paths outside of quotes; what goes on with a dot is such a path, too.
fn replace_path(source: &str, old: &str, new: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut quote = None;
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let starts = quote.is_none() && !out.ends_with(|c| word(c) || c == '.');
        match rest.strip_prefix(old).filter(|after| starts && !after.starts_with(word)) {
            Some(after) => {
                out.push_str(new);
                rest = after;
            }
            None => {
                match quote {
                    Some(open) if open == c => quote = None,
                    None if c == '"' || c == '\'' => quote = Some(c),
                    _ => {}
                }
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_right_what_was_meant() {
        let path = |source: &str, from, to| {
            Expr::new(source).with_path(Subject::Event, from, to).map(|expr| expr.source().to_owned())
        };
        for (source, from, to, expected) in [
            ("event.ttal > 1", "ttal", "total", Some("event.total > 1")),
            (
                "event.ttal > 1 && event.ttals != 'event.ttal'",
                "ttal",
                "total",
                Some("event.total > 1 && event.ttals != 'event.ttal'"),
            ),
            ("event.nme.startsWith('A')", "nme", "name", Some("event.name.startsWith('A')")),
            ("event['ttal'] > 1", "ttal", "total", None),
            ("event.ttal > 1", "ttal", "odd key", None),
        ] {
            assert_eq!(path(source, from, to).as_deref(), expected, "{source}");
        }
        let spelled = |source: &str| Expr::new(source).spelled().map(|expr| expr.source().to_owned());
        for (source, expected) in [
            ("evnt.total > 1", Some("event.total > 1")),
            ("Event.total > 1", Some("event.total > 1")),
            ("event.name.startWith('A')", Some("event.name.startsWith('A')")),
            ("event.a > 1 &&\n  contat.b == 'contat'", Some("event.a > 1 &&\n  contact.b == 'contat'")),
            // One word after the other.
            ("evnt.a > cntact.b", Some("event.a > cntact.b")),
            ("event.lines.exist(line, line.x)", Some("event.lines.exists(line, line.x)")),
            ("elsewhere.total > 1", None),
            ("event.total >", None),
            ("event.total > 1", None),
        ] {
            assert_eq!(spelled(source).as_deref(), expected, "{source}");
        }
        let guarded =
            |source: &str, path| Expr::new(source).guarded(Subject::Event, path).map(|expr| expr.source().to_owned());
        for (source, path, expected) in [
            ("event.a > 1", "a", Some("has(event.a) && event.a > 1")),
            ("event.a > 1 || true", "a", Some("has(event.a) && (event.a > 1 || true)")),
            ("event.a.b", "a.b", Some("has(event.a) && has(event.a.b) && event.a.b")),
            ("event['odd key']", "odd key", None),
        ] {
            assert_eq!(guarded(source, path).as_deref(), expected, "{source}");
        }
    }
}

//! Refuses templates that could use too much memory, by their source.
//!
//! Fuel bounds the steps of a template, and the writer bounds its output. Neither bounds its memory: `{% set a = a ~ a
//! %}` doubles a text in one step. So every place that gives a value a name is fenced: `set` goes through [`bounded`],
//! other tags that name values are refused, and one expression has few operators that make values larger.

use std::borrow::Cow;

use letter::{Asked, scan};
use minijinja::{Error, ErrorKind, Value, value::ValueKind};
use program::Reason;

use super::operands;

/// The name under which templates find [`bounded`]. No name that a person would write.
pub(super) const BOUNDED: &str = "_bounded";

/// The largest value that can be given a name, in bytes of text.
const MAX_VALUE: usize = 64 << 10;
/// The most items, at all depths, in a value that is given a name.
const MAX_ITEMS: usize = 10_000;
/// The most `~` and `+` in one tag.
const MAX_JOINS: usize = 32;
/// How deep `if` and `for` may stand in each other; every `elif` is one in the `if` before it.
const MAX_BLOCKS: usize = 100;
/// The most `*` in one tag; the engine itself allows 100 MB for each.
const MAX_REPEATS: usize = 2;

/// A refusal: its line, and what to do.
pub(super) type Refusal = (usize, String);

/// Checks a source, puts the bound around every `set` and makes numbers of operands; hands out what it asks for by name, with its line. Lines stay
/// where they are.
pub(super) fn fence<'a>(source: &'a str, mut asked: impl FnMut(usize, Asked<'a>)) -> Result<Cow<'a, str>, Refusal> {
    // What is put in, and where.
    let mut added: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    // The line of what was counted so far, because there may be 100,000 tags.
    let (mut line, mut counted) = (1, 0);
    let mut blocks = Vec::new();
    while let Some(found) = source[at..].find('{') {
        let start = at + found;
        let rest = &source[start..];
        if rest.starts_with("{#") {
            at = rest.find("#}").map_or(source.len(), |end| start + end + 2);
        } else if rest.starts_with("{{") || rest.starts_with("{%") {
            let tag = Tag::read(rest);
            line += source[counted..start].matches('\n').count();
            counted = start;
            let bound = tag.check().map_err(|message| (line, message))?;
            // What never ends is parsed all the same.
            let inner = if tag.end > 2 { &rest[2..tag.end] } else { &rest[2..] };
            let broken = |at: &str| line + inner[..inner.len() - at.len()].matches('\n').count();
            scan(inner, |name, at| asked(broken(at), name)).map_err(|message| (line, message))?;
            match tag.word {
                "if" | "for" => blocks.push(1_usize),
                "elif" => blocks.iter_mut().next_back().into_iter().for_each(|chain| *chain += 1),
                "endif" | "endfor" => drop(blocks.pop()),
                _ => {}
            }
            if blocks.iter().sum::<usize>() > MAX_BLOCKS {
                return Err((line, format!("at most {MAX_BLOCKS} `if`, `elif` and `for` in or behind each other")));
            }
            added.extend(bound.map(|(from, _)| (start + from, " (".into())));
            // What never ends is refused by the parser; its rest may be other tags.
            let numbers = if tag.end > 2 { operands::numbers(inner) } else { Vec::new() };
            added.extend(numbers.into_iter().map(|(place, text)| (start + 2 + place, text)));
            added.extend(bound.map(|(_, to)| (start + to, format!(") | {BOUNDED} "))));
            at = start + tag.length;
            if tag.word == "raw" {
                at = source[at..].find("endraw").map_or(source.len(), |end| at + end);
            }
        } else {
            at = start + 1;
        }
    }
    if added.is_empty() {
        return Ok(Cow::Borrowed(source));
    }
    let mut fenced = String::with_capacity(source.len() + added.len() * 16);
    let mut copied = 0;
    // At one place what was found first comes first.
    added.sort_by_key(|(place, _)| *place);
    for (place, text) in added {
        fenced.push_str(&source[copied..place]);
        fenced.push_str(&text);
        copied = place;
    }
    fenced.push_str(&source[copied..]);
    Ok(Cow::Owned(fenced))
}

/// A filter that lets a value through if it is small enough to be given a name.
pub(super) fn bounded(value: Value) -> Result<Value, Error> {
    let (mut bytes, mut items) = (0, 0);
    measure(&value, &mut bytes, &mut items)?;
    Ok(value)
}

fn measure(value: &Value, bytes: &mut usize, items: &mut usize) -> Result<(), Error> {
    *items += 1;
    match value.kind() {
        ValueKind::String | ValueKind::Bytes => *bytes += value.len().unwrap_or_default(),
        ValueKind::Seq | ValueKind::Iterable => {
            for item in value.try_iter()? {
                measure(&item, bytes, items)?;
            }
        }
        ValueKind::Map => {
            for key in value.try_iter()? {
                measure(&value.get_item(&key)?, bytes, items)?;
            }
        }
        _ => {}
    }
    if *bytes > MAX_VALUE || *items > MAX_ITEMS {
        let detail = "a value that `set` names is too large (64 KiB, 10000 items)";
        return Err(Error::new(ErrorKind::InvalidOperation, detail));
    }
    Ok(())
}

/// One tag or one printed expression.
struct Tag<'a> {
    /// First word of a `{% … %}`; empty for `{{ … }}`.
    word: &'a str,
    /// Length with its braces.
    length: usize,
    /// Where the first `=` stands that is no comparison.
    assigns: Option<usize>,
    /// Where the closing braces, with their `-`, start.
    end: usize,
    joins: usize,
    repeats: usize,
    lists: usize,
    recursive: bool,
}

impl<'a> Tag<'a> {
    /// Reads the tag at the start of a text, up to its end or the end of the text.
    fn read(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let close: &[u8] = if bytes[1] == b'%' { b"%}" } else { b"}}" };
        let inner = text[2..].trim_start_matches(['-', '+']).trim_start();
        let word_end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let word = if bytes[1] == b'%' { &inner[..word_end] } else { "" };
        let mut tag =
            Self { word, length: text.len(), assigns: None, end: 0, joins: 0, repeats: 0, lists: 0, recursive: false };
        let (mut at, mut depth) = (2, 0_usize);
        while at < bytes.len() {
            match bytes[at] {
                quote @ (b'"' | b'\'') => {
                    at += 1;
                    while at < bytes.len() && bytes[at] != quote {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                }
                _ if depth == 0 && bytes[at..].starts_with(close) => {
                    tag.end = if matches!(bytes[at - 1], b'-' | b'+') { at - 1 } else { at };
                    tag.length = at + 2;
                    break;
                }
                b'(' | b'{' => depth += 1,
                b'[' => {
                    depth += 1;
                    tag.lists += 1;
                }
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b'~' | b'+' => tag.joins += 1,
                b'*' => tag.repeats += 1,
                b'=' if bytes.get(at + 1) == Some(&b'=') => at += 1,
                b'=' if !matches!(bytes[at - 1], b'!' | b'<' | b'>') && depth == 0 => {
                    tag.assigns.get_or_insert(at);
                }
                b'r' if text[at..].starts_with("recursive") => tag.recursive = true,
                _ => {}
            }
            at += 1;
        }
        tag
    }

    /// Whether the tag is allowed, and where in it the bound goes.
    fn check(&self) -> Result<Option<(usize, usize)>, String> {
        match self.word {
            "" | "if" | "elif" | "else" | "endif" | "endfor" | "raw" | "endraw" => {}
            "for" if self.joins + self.repeats + self.lists > 0 || self.recursive => {
                return Err("a loop runs over a plain value: give it a name with `set` first".into());
            }
            "for" => {}
            "set" if self.assigns.is_some() => {}
            "set" => return Err("`set` needs a value: write `{% set name = value %}`".into()),
            word => {
                return Err(Reason::UnknownTag { name: word.into() }.to_string());
            }
        }
        if self.joins > MAX_JOINS {
            return Err(format!("at most {MAX_JOINS} `~` or `+` in one expression; print the pieces one by one"));
        }
        if self.repeats > MAX_REPEATS {
            return Err(format!("at most {MAX_REPEATS} `*` in one expression"));
        }
        Ok(self.assigns.filter(|_| self.word == "set" && self.end > 0).map(|assign| (assign + 1, self.end)))
    }
}

//! Finds in the text of a tag which texts are operands of operators.

use letter::{text_end, word_end};

use super::numbers::PLAIN;

/// An operand.
struct Operand {
    start: usize,
    /// Where it ends so far.
    end: usize,
    /// Where its filters begin; a minus sign before it goes by what stands before them.
    bare: Option<usize>,
    /// It is more than a number or a text of the template.
    more: bool,
    /// A minus sign of its own stands before it.
    negated: bool,
}

/// What stands before in the same bracket.
#[derive(Default)]
struct Level {
    /// The one that is being read.
    operand: Option<Operand>,
    /// An operator stands before it.
    wanted: bool,
    /// Something in it is more than a number or a text of the template.
    more: bool,
    /// What comes has a minus sign of its own.
    negated: bool,
    /// What becomes of the operand of the bracket around when this one is closed.
    opened: Opened,
    /// Where it was opened.
    start: usize,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Opened {
    /// It is an operand of its own.
    #[default]
    Alone,
    /// It belongs to the one before it: a call or an index.
    Behind,
    /// Arguments of a test.
    Test,
}

/// What the last token was.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    /// The end of a value; brackets that follow belong to it.
    Value,
    /// `.` or `|`: what follows belongs to the value before.
    Link,
    /// `is`, and `is not`.
    Is,
    /// The name of a test.
    Test,
    Other,
}

/// What makes numbers of all operands of `+ - * / // % ** < > <= >= == !=` and `in`, each with its attributes, calls and
/// filters: texts, and where they are put in. The tag is without its braces.
pub(super) fn numbers(tag: &str) -> Vec<(usize, String)> {
    let bytes = tag.as_bytes();
    let mut ends = Vec::new();
    let mut levels = vec![Level::default()];
    let mut last = Last::Other;
    // A loop runs over its list as it is.
    let mut over = tag.trim_start_matches(['-', '+']).trim_start().starts_with("for ");
    let mut at = usize::from(tag.starts_with(['-', '+']));
    while at < bytes.len() {
        let start = at;
        let open = levels.len();
        let level = &mut levels[open - 1];
        match bytes[at] {
            c if c.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            quote @ (b'"' | b'\'') => {
                at = text_end(bytes, at, quote);
                level.value(start, at, false, last, &mut ends);
                last = Last::Value;
            }
            c if c.is_ascii_alphanumeric() || c == b'_' => {
                at = word_end(bytes, at);
                last = match &tag[start..at] {
                    _ if last == Last::Link => {
                        level.extend(at, !c.is_ascii_digit());
                        Last::Value
                    }
                    "not" if last == Last::Is => Last::Is,
                    _ if last == Last::Is => Last::Test,
                    "is" => Last::Is,
                    "in" if over && open == 1 => {
                        over = false;
                        level.end(&mut ends);
                        Last::Other
                    }
                    "in" => {
                        level.operator(false, &mut ends);
                        Last::Other
                    }
                    "not" if level.operand.is_some() => Last::Other,
                    "and" | "or" | "not" | "if" | "elif" | "else" | "set" | "for" => {
                        level.end(&mut ends);
                        Last::Other
                    }
                    _ => {
                        level.value(start, at, !c.is_ascii_digit(), last, &mut ends);
                        Last::Value
                    }
                };
            }
            b'(' | b'[' | b'{' => {
                at += 1;
                let opened = match last {
                    Last::Value => Opened::Behind,
                    Last::Test => Opened::Test,
                    _ => Opened::Alone,
                };
                levels.push(Level { opened, start, ..Level::default() });
                last = Last::Other;
            }
            b')' | b']' | b'}' => {
                at += 1;
                level.end(&mut ends);
                let (opened, start, more) = (level.opened, level.start, level.more);
                if open > 1 {
                    levels.pop();
                }
                let level = &mut levels[open.max(2) - 2];
                match opened {
                    Opened::Behind => level.extend(at, true),
                    // What is known now is calculated when it is compiled, and stays so.
                    Opened::Alone => level.value(start, at, more, Last::Other, &mut ends),
                    Opened::Test => {}
                }
                last = Last::Value;
            }
            b'.' => {
                at += 1;
                last = Last::Link;
            }
            b'|' => {
                at += 1;
                if let Some(operand) = &mut level.operand {
                    operand.bare.get_or_insert(operand.end);
                }
                last = Last::Link;
            }
            b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' => {
                at += 1;
                level.operator(matches!(bytes[start], b'+' | b'-'), &mut ends);
                last = Last::Other;
            }
            b'=' | b'!' if bytes.get(at + 1) == Some(&b'=') => {
                at += 2;
                level.operator(false, &mut ends);
                last = Last::Other;
            }
            // The second half of `<=` and `>=` is none that assigns.
            b'=' if at > 0 && matches!(bytes[at - 1], b'<' | b'>') => at += 1,
            _ => {
                at += 1;
                level.end(&mut ends);
                last = Last::Other;
            }
        }
    }
    levels.iter_mut().for_each(|level| level.end(&mut ends));
    // At one place in the order in which they were found: the inner one comes first.
    ends.sort_by_key(|(place, _)| *place);
    ends
}

impl Level {
    /// A value ends here, so far.
    fn value(&mut self, start: usize, end: usize, more: bool, last: Last, ends: &mut Vec<(usize, String)>) {
        if last == Last::Link {
            return self.extend(end, more);
        }
        self.more |= more;
        if self.operand.is_some() {
            self.end(ends);
        }
        let negated = std::mem::take(&mut self.negated);
        self.operand = Some(Operand { start, end, bare: None, more, negated });
    }

    fn extend(&mut self, end: usize, more: bool) {
        if let Some(operand) = &mut self.operand {
            operand.end = end;
            operand.more |= more;
            self.more |= more;
        }
    }

    /// What stands before an operator is an operand, and what follows is one.
    fn operator(&mut self, sign: bool, ends: &mut Vec<(usize, String)>) {
        let alone = sign && self.operand.is_none();
        self.wanted = true;
        self.end(ends);
        (self.wanted, self.negated) = (true, alone);
    }

    fn end(&mut self, ends: &mut Vec<(usize, String)>) {
        if let Some(Operand { start, end, bare, negated, more: true }) = self.operand.take()
            && self.wanted
        {
            let bare = bare.unwrap_or(end);
            if negated {
                ends.extend([(start, "(".into()), (bare, format!(" | {PLAIN})"))]);
            }
            if !negated || bare < end {
                ends.push((end, format!(" | {PLAIN}")));
            }
        }
        (self.wanted, self.negated) = (false, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_beside_an_operator_is_an_operand() {
        for (tag, expected) in [
            ("- event.total ", "- event.total "),
            (" event.total | money('EUR') ", " event.total | money('EUR') "),
            (" a + 1.5", " a! + 1.5"),
            (" a.b[0].c|default(0) * b", " a.b[0].c|default(0)! * b!"),
            ("(a or b) - c", "(a or b)! - c!"),
            ("if a >= 5 and b == c or d", "if a! >= 5 and b! == c! or d"),
            ("if -a", "if -(a!)"),
            (" -a.b|abs - 1", " -(a.b!)|abs! - 1"),
            ("b - -a.b|abs * -(c)", "b! - -(a.b!)|abs! * -((c)!)"),
            ("a ~ b ~ (c + d)", "a ~ b ~ (c! + d!)"),
            ("for x in a.list if x.n > 1", "for x in a.list if x.n! > 1"),
            ("if x not in [a, b]", "if x! not in [a, b]!"),
            ("set x = a // b", "set x = a! // b!"),
            ("a|sum(attribute='n') / b", "a|sum(attribute='n')! / b!"),
            ("a is odd and b is not divisibleby(c) ", "a is odd and b is not divisibleby(c) "),
            ("f(a, b + 1) if c else {'k': d % 2}", "f(a, b! + 1) if c else {'k': d! % 2}"),
            ("'a + b' ~ \"\\\" + c\"", "'a + b' ~ \"\\\" + c\""),
            ("('a' * 9) * 9 ~ [1, 2.5] + 1", "('a' * 9) * 9 ~ [1, 2.5] + 1"),
            ("(('a' * b)) * 9", "(('a' * b!))! * 9"),
            ("a[b + 1] < c", "a[b! + 1]! < c!"),
            (")] + a", ")] + a!"),
        ] {
            let mut marked = tag.to_owned();
            numbers(tag).iter().rev().for_each(|(place, text)| marked.insert_str(*place, text));
            assert_eq!(marked.replace(&format!(" | {PLAIN}"), "!"), expected, "{tag}");
        }
    }
}

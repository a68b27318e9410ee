//! Finds in the text of a tag how deep it is nested, and which names it uses.
//!
//! The template engine parses chains such as `a|e|e|e` in a loop, but walks over their tree by recursion. A long chain
//! would overflow the stack of the process. The engine also checks filters only when it applies them. An unknown filter
//! would cost a customer a mail.

/// How deep one expression may be: operators, filters, attributes and brackets that stand in or behind each other.
const MAX_DEPTH: usize = 100;

/// What a template asks for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked<'a> {
    /// `| name`
    Filter(&'a str),
    /// `is name`
    Test(&'a str),
    /// `name(…)`
    Function(&'a str),
    /// `….name(…)`
    Method(&'a str, &'a str),
    /// `owner.name` of a name that is no attribute of anything.
    Attribute(&'a str, &'a str),
}

/// A piece of an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Text(&'a str),
    Number,
    Sign(u8),
}

/// Reads one tag without its braces; hands out the names that it uses, with the text from there on. An error says what
/// is too deep.
pub fn scan<'a>(tag: &'a str, mut asked: impl FnMut(Asked<'a>, &'a str)) -> Result<(), String> {
    let bytes = tag.as_bytes();
    // How many operators stand behind each other, in each bracket that is open.
    let mut chains = vec![0_usize];
    let mut before = [Token::Sign(b'{'); 3];
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let token = match bytes[at] {
            c if c.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            quote @ (b'"' | b'\'') => {
                at = text_end(bytes, at, quote);
                Token::Text(tag[start..at].trim_matches(quote as char))
            }
            c if c.is_ascii_alphabetic() || c == b'_' => {
                at = word_end(bytes, at);
                Token::Word(&tag[start..at])
            }
            c if c.is_ascii_digit() => {
                at = word_end(bytes, at);
                Token::Number
            }
            c => {
                at += 1;
                Token::Sign(c)
            }
        };
        let open = chains.len();
        let chain = &mut chains[open - 1];
        match token {
            Token::Sign(b'(' | b'[' | b'{') => {
                *chain += 1;
                chains.push(0);
            }
            Token::Sign(b')' | b']' | b'}') if open > 1 => drop(chains.pop()),
            // Siblings do not stand in each other.
            Token::Sign(b',' | b':') => *chain = 0,
            Token::Sign(_) => *chain += 1,
            Token::Word("and" | "or" | "not" | "in" | "is" | "if" | "else") => *chain += 1,
            Token::Word(_) | Token::Text(_) | Token::Number => {}
        }
        if chains.iter().sum::<usize>() > MAX_DEPTH {
            return Err(format!("the expression is too deep: at most {MAX_DEPTH} operators in or behind each other"));
        }
        if let Some(name) = name(before, token) {
            asked(name, &tag[start..]);
        }
        before = [before[1], before[2], token];
    }
    Ok(())
}

/// Where a text ends that this quote begins here, or the tag where it does not.
pub fn text_end(tag: &[u8], begin: usize, quote: u8) -> usize {
    let mut at = begin + 1;
    while at < tag.len() && tag[at] != quote {
        at += if tag[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(tag.len())
}

/// Where a word or a number ends that begins here.
pub fn word_end(tag: &[u8], begin: usize) -> usize {
    begin + tag[begin..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == b'_').count()
}

/// What the last four tokens ask for.
fn name<'a>(before: [Token<'a>; 3], token: Token<'a>) -> Option<Asked<'a>> {
    use Token::{Sign, Text, Word};
    match (before, token) {
        ([_, _, Sign(b'|')], Word(name)) => Some(Asked::Filter(name)),
        // These are told by text what they apply.
        ([Sign(b'|'), Word("map"), Sign(b'(')], Text(name)) => Some(Asked::Filter(name)),
        ([Sign(b'|'), Word("select" | "reject"), Sign(b'(')], Text(name)) => Some(Asked::Test(name)),
        ([first, Word("is"), Word("not")], Word(name)) if first != Sign(b'.') => Some(Asked::Test(name)),
        ([_, first, Word("is")], Word(name)) if name != "not" && first != Sign(b'.') => Some(Asked::Test(name)),
        ([Word(owner), Sign(b'.'), Word(name)], Sign(b'(')) => Some(Asked::Method(owner, name)),
        ([_, Sign(b'.'), Word(name)], Sign(b'(')) => Some(Asked::Method("", name)),
        ([first, second, Word(name)], Sign(b'(')) => {
            let word = matches!(name, "and" | "or" | "not" | "in" | "is" | "if" | "elif" | "else" | "set" | "for");
            let applied = second == Sign(b'|') || second == Word("is") || (first, second) == (Word("is"), Word("not"));
            (!word && !applied).then_some(Asked::Function(name))
        }
        ([first, Word(owner), Sign(b'.')], Word(name)) if first != Sign(b'.') => Some(Asked::Attribute(owner, name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_are_asked_for() {
        let asked = |tag: &'static str| {
            let mut all = Vec::new();
            scan(tag, |asked, _| all.push(asked)).unwrap();
            all
        };
        use Asked::*;
        assert_eq!(asked(" a | upper | default('| x is y') "), [Filter("upper"), Filter("default")]);
        assert_eq!(asked("if a is defined and b is not none"), [Test("defined"), Test("none")]);
        assert_eq!(asked("range(3) ~ a.b(1)"), [Function("range"), Attribute("a", "b"), Method("a", "b")]);
        assert_eq!(asked("a.b.c"), [Attribute("a", "b")]);
        assert_eq!(asked("a | map('upper')"), [Filter("map"), Filter("upper")]);
        assert_eq!(asked("a | reject(\"odd\")"), [Filter("reject"), Test("odd")]);
        assert_eq!(asked("not (a) and (b) or c is divisibleby(3)"), [Test("divisibleby")]);
        assert_eq!(asked("1.5 + a.is.not.x"), [Attribute("a", "is")]);
        assert_eq!(asked("{'is': x} == \"a\\\" | b\""), []);
    }

    #[test]
    fn siblings_are_not_deep() {
        let siblings = format!("[{}]", "-1, [a.b | c], ".repeat(1_000));
        assert_eq!(scan(&siblings, |_, _| ()), Ok(()));
        for link in ["|e", ".a", "-1", "[0]", " and a", " not", "(", " if a else b", "~a", "**a", " is x", "()"] {
            assert!(scan(&format!("a{}", link.repeat(20_000)), |_, _| ()).is_err(), "{link}");
        }
    }
}

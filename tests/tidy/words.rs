//! Code as words: names, `::`, texts in their quotes, and single signs; no comments.

/// The words of code.
pub(super) fn words(code: &str) -> Vec<String> {
    let (mut words, mut rest) = (Vec::new(), code);
    while let Some(first) = rest.chars().next() {
        let (length, counts) = match first {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |at| at + 2), false),
            '"' => (text(rest), true),
            'r' | 'b' if raw_text(rest).is_some() => (raw_text(rest).unwrap(), true),
            '\'' => (letter(rest), false),
            first if is_of_name(first) => (rest.find(|c| !is_of_name(c)).unwrap_or(rest.len()), true),
            ':' if rest.starts_with("::") => (2, true),
            other => (other.len_utf8(), !other.is_whitespace()),
        };
        words.extend(counts.then(|| rest[..length].to_owned()));
        rest = &rest[length..];
    }
    words
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a text in quotes.
fn text(rest: &str) -> usize {
    let mut escaped = false;
    let ends = |(_, c): &(usize, char)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    };
    rest.char_indices().skip(1).find(ends).map_or(rest.len(), |(at, _)| at + 1)
}

/// The length of `r"…"` or `br#"…"#`, if it is one.
fn raw_text(rest: &str) -> Option<usize> {
    let bare = rest.strip_prefix('b').unwrap_or(rest).strip_prefix('r')?;
    let inner = bare.trim_start_matches('#');
    let end = format!("\"{}", "#".repeat(bare.len() - inner.len()));
    let length = inner.strip_prefix('"')?.find(&end)?;
    Some(rest.len() - inner.len() + 1 + length + end.len())
}

/// The length of a letter in quotes; of the quote alone where it begins the name of a lifetime.
fn letter(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, c))) => {
            let behind = at + c.len_utf8();
            rest[behind..].find('\'').map_or(rest.len(), |end| behind + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[test]
fn code_is_told_from_comments_and_texts() {
    for (code, expected) in [
        ("a::b // c::d\n e", "a :: b e"),
        ("/* a */ 'x' 'b' '\\'' '\\u{1f}' c", "c"),
        ("&'a str", "& a str"),
        (r#"f("a\"b", r"\", '"') g"#, r#"f ( "a\"b" , r"\" , ) g"#),
        (r##"br#"a"b"# c r#type"##, r##"br#"a"b"# c r # type"##),
    ] {
        assert_eq!(words(code).join(" "), expected, "{code}");
    }
}

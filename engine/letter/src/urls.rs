//! Links that are no addresses, such as `javascript:`. Data may bring them into a mail.

use program::Reason;

/// Attributes that hold an address.
const ATTRIBUTES: [&str; 13] = [
    "href",
    "src",
    "action",
    "formaction",
    "background",
    "cite",
    "data",
    "longdesc",
    "lowsrc",
    "dynsrc",
    "poster",
    "srcset",
    "xlink:href",
];

/// What a mail program would run instead of opening it.
const RUN: [&str; 4] = ["javascript", "vbscript", "livescript", "mocha"];

/// The first address in an HTML text that would be run: its line, and what to do.
pub(crate) fn check(html: &str) -> Result<(), (usize, String)> {
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        at += found + 1;
        if !html[at..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let mut tag = Tag { html, at };
        tag.name();
        while let Some((name, value)) = tag.attribute() {
            let Some(scheme) = scheme(value) else { continue };
            let name = name.to_ascii_lowercase();
            // Pictures may be brought along; an SVG is no picture but a page.
            let picture = || ["src", "background", "srcset"].contains(&name.as_str()) && is_picture(value);
            let bad = RUN.contains(&scheme.as_str()) || (scheme == "data" && !picture());
            if bad && ATTRIBUTES.contains(&name.as_str()) {
                let line = 1 + html[..tag.at].matches('\n').count();
                return Err((line, Reason::CodeLink { attribute: name, scheme }.to_string()));
            }
        }
        at = tag.at;
    }
    Ok(())
}

/// The inside of a tag, read as browsers do.
struct Tag<'a> {
    html: &'a str,
    at: usize,
}

impl<'a> Tag<'a> {
    fn name(&mut self) -> &'a str {
        self.until(|c| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
    }

    /// The next attribute; none at the tag's end.
    fn attribute(&mut self) -> Option<(&'a str, &'a str)> {
        self.until(|c| !c.is_ascii_whitespace() && c != '/');
        if matches!(self.next(), None | Some('>')) {
            return None;
        }
        let start = self.at;
        // An attribute may begin with '='.
        self.at += self.next()?.len_utf8();
        self.until(|c| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '='));
        let name = &self.html[start..self.at];
        self.until(|c| !c.is_ascii_whitespace());
        if self.next() != Some('=') {
            return Some((name, ""));
        }
        self.at += 1;
        self.until(|c| !c.is_ascii_whitespace());
        let value = match self.next() {
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                let value = self.until(|c| c == quote);
                self.at = (self.at + 1).min(self.html.len());
                value
            }
            _ => self.until(|c| c.is_ascii_whitespace() || c == '>'),
        };
        Some((name, value))
    }

    fn next(&self) -> Option<char> {
        self.html[self.at..].chars().next()
    }

    fn until(&mut self, end: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.html[self.at..];
        let found = &rest[..rest.find(end).unwrap_or(rest.len())];
        self.at += found.len();
        found
    }
}

/// What stands before the first colon, as a browser reads it: without spaces and controls, and decoded.
fn scheme(value: &str) -> Option<String> {
    let mut scheme = String::new();
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        let (c, length) = if c == '&' { entity(rest) } else { (c, c.len_utf8()) };
        rest = &rest[length..];
        match c {
            ':' => return Some(scheme),
            c if c <= ' ' => {}
            c if c.is_ascii_alphanumeric() || "+-.".contains(c) => scheme.push(c.to_ascii_lowercase()),
            _ => return None,
        }
        if scheme.len() > 20 {
            return None;
        }
    }
    None
}

/// A character reference at the start of a text, and its length.
fn entity(text: &str) -> (char, usize) {
    for (name, c) in [("&colon;", ':'), ("&Tab;", '\t'), ("&NewLine;", '\n')] {
        if text.starts_with(name) {
            return (c, name.len());
        }
    }
    let Some(number) = text.strip_prefix("&#") else { return ('&', 1) };
    let (digits, radix, prefix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 3),
        None => (number, 10, 2),
    };
    let length = digits.bytes().take_while(|c| (*c as char).is_digit(radix)).count();
    let c = u32::from_str_radix(&digits[..length], radix).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
    (c, prefix + length + usize::from(digits[length..].starts_with(';')))
}

fn is_picture(value: &str) -> bool {
    let value = value.trim_start().to_ascii_lowercase();
    ["png", "gif", "jpeg", "jpg", "webp", "avif", "bmp"]
        .iter()
        .any(|kind| value.strip_prefix("data:image/").is_some_and(|rest| rest.starts_with(kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_run_is_refused() {
        for html in [
            "<a href=\"javascript:alert(1)\">",
            "<a\n href = 'JavaScript:alert(1)'>",
            "<A HREF=javascript:x>",
            "<a/href=javascript:x>",
            "<a title='>' href=\"java\tscript:x\">",
            "<a href=\" \u{1}java\nscript\r:x\">",
            "<a href=\"&#106;avascript&colon;x\">",
            "<a href=\"&#x6A;ava&Tab;script&#58;x\">",
            "<a href=\"vbscript:x\">",
            "<a href=\"data:text/html,<script>\">",
            "<img src=\"data:image/svg+xml,<svg onload=x>\">",
            "<form action=\"javascript:x\">",
            "<p><b><img alt='' src=javascript:x",
        ] {
            assert!(check(html).is_err(), "{html}");
        }
        assert_eq!(check("<p>\n<a href='\njavascript:x'>").unwrap_err().0, 3);
    }

    #[test]
    fn what_leads_somewhere_is_left_alone() {
        for html in [
            "<a href=\"https://x.test/?a=javascript:b\">javascript:</a>",
            "<a href=\"/javascript:x\">",
            "<a href=\"#data:x\">",
            "<a href=\"mailto:a@b.test\"><a href='tel:1'><a href=\"cid:x\">",
            "<img src=\"data:image/png;base64,AAAA\">",
            "<a title=\"javascript:x\">",
            "a < b javascript: <!-- x --> <> </a href=javascript:x>",
            "<a href=\"\"><a href><a =href>",
            "<a href=\"ä:x\"><a href='&amp;#106;avascript:x'>",
        ] {
            assert_eq!(check(html), Ok(()), "{html}");
        }
    }
}

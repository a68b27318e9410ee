//! The page as Trunk reads it: which links it marks with `data-trunk`, and what takes their place.

use std::ops::Range;

use crate::{Failure, Result};

/// One `<link data-trunk …>`.
#[derive(Debug, PartialEq)]
pub struct Link {
    /// Where in the page it stands.
    pub span: Range<usize>,
    /// Its attributes in order; one without a value has an empty one.
    pub attributes: Vec<(String, String)>,
}

impl Link {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The attributes that are the browser's business and not the bundler's, as text with a leading space.
    pub fn others(&self) -> String {
        self.attributes
            .iter()
            .filter(|(key, _)| key != "rel" && key != "href" && !key.starts_with("data-"))
            .map(|(key, value)| format!(" {key}=\"{value}\""))
            .collect()
    }
}

/// Every marked link of the page, in order. A marked tag of another name is refused, since it would be lost silently.
pub fn links(html: &str) -> Result<Vec<Link>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = html[at..].find('<') {
        let start = at + offset;
        if html[start..].starts_with("<!--") {
            at = html[start..].find("-->").map_or(html.len(), |end| start + end + 3);
            continue;
        }
        let (name, attributes, end) = tag(html, start)?;
        let marked = attributes.iter().any(|(key, _)| key.starts_with("data-trunk"));
        if marked && name != "link" {
            return Err(Failure::new(format!("the page marks a <{name}> for Trunk: only <link> is known here")));
        }
        if marked {
            found.push(Link { span: start..end, attributes });
        }
        // What stands in these is no markup, however many angle brackets it has.
        at = match name {
            "script" | "style" => html[end..].find("</").map_or(html.len(), |close| end + close),
            _ => end,
        };
    }
    Ok(found)
}

/// The page with each span replaced by its text; the spans are in order.
pub fn replace(html: &str, parts: &[(Range<usize>, String)]) -> String {
    let mut page = String::with_capacity(html.len() + 1024);
    let mut at = 0;
    for (span, text) in parts {
        page.push_str(&html[at..span.start]);
        page.push_str(text);
        at = span.end;
    }
    page.push_str(&html[at..]);
    page
}

type Tag<'a> = (&'a str, Vec<(String, String)>, usize);

/// Name, attributes and end of the tag that starts at `start`.
fn tag(html: &str, start: usize) -> Result<Tag<'_>> {
    let unclosed = || Failure::new(format!("the page has a tag that never ends: {:.60}", &html[start..]));
    let body = &html[start + 1..];
    let name_end = body.find(|c: char| c.is_whitespace() || c == '>').ok_or_else(unclosed)?;
    let name = body[..name_end].trim_end_matches('/');
    let mut attributes = Vec::new();
    let mut rest = &body[name_end..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return Ok((name, attributes, html.len() - after.len()));
        }
        let key_end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))
            .filter(|end| *end > 0)
            .ok_or_else(unclosed)?;
        let key = rest[..key_end].to_owned();
        rest = rest[key_end..].trim_start();
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            if let Some(quote) = quote {
                let end = after[1..].find(quote).ok_or_else(unclosed)?;
                value = after[1..=end].to_owned();
                rest = &after[end + 2..];
            } else {
                let end = after.find(|c: char| c.is_whitespace() || c == '>').ok_or_else(unclosed)?;
                value = after[..end].to_owned();
                rest = &after[end..];
            }
        }
        attributes.push((key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::{links, replace};

    #[test]
    fn finds_marked_links_only() {
        let html = "<!doctype html><head>\n<!-- <link data-trunk rel=\"css\" href=\"old.css\"> -->\n\
            <link rel=\"icon\" href=\"/a.svg\"><link data-trunk rel='css' href=a.css media=\"print\" />\n\
            <link data-trunk rel=\"rust\" data-bin=\"web\"></head><p title=\"a > b\">1 &lt; 2</p>";
        let found = links(html).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(&html[found[0].span.clone()], "<link data-trunk rel='css' href=a.css media=\"print\" />");
        assert_eq!(found[0].get("href"), Some("a.css"));
        assert_eq!(found[0].others(), " media=\"print\"");
        assert_eq!(found[1].get("rel"), Some("rust"));
        let page = replace(html, &[(found[1].span.clone(), "X".to_owned())]);
        assert!(page.contains("/>\nX</head>"), "{page}");
    }

    #[test]
    fn refuses_what_it_would_lose() {
        assert!(links("<script data-trunk src=\"a.js\"></script>").is_err());
        assert!(links("<link data-trunk rel=\"css").is_err());
    }

    #[test]
    fn scripts_may_compare() {
        let html = "<script>for (let i = 0; i <b.length; i++) { '\"' }</script><link data-trunk rel=\"rust\">";
        assert_eq!(links(html).unwrap().len(), 1);
    }
}

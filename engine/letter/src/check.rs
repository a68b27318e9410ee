//! Checks the source of a text, as far as no template engine is needed.

use program::{Finding, Problem, Reason, Stream};

use crate::{Part, texts, urls};

/// The longest source of one part, in bytes.
pub const MAX_SOURCE: usize = 256 << 10;

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its line, from 1; 0 where it has none.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

/// The fields of a stream that nobody has written: title, subject, HTML and text. A preheader may be empty.
pub fn missing(stream: &Stream) -> Vec<Problem> {
    let written = texts(stream).into_iter().filter(|(part, _)| *part != Part::Preheader);
    let fields = written.map(|(part, text)| (part.name(), text)).chain([("title", stream.title.as_str())]);
    let empty = fields.filter(|(_, text)| text.trim().is_empty());
    let problem =
        |(field, _): (&str, &str)| Problem::error("empty", Finding::NotWritten { field: field.into() }).field(field);
    empty.map(problem).collect()
}

/// Checks the source of one part: its size and, in HTML, where its links lead.
pub fn check_source(part: Part, source: &str) -> Result<(), Fault> {
    if source.len() > MAX_SOURCE {
        let message = Reason::TemplateTooLarge { size: source.len(), most: MAX_SOURCE }.to_string();
        return Err(Fault { line: 0, message });
    }
    if part == Part::Html { check_links(source) } else { Ok(()) }
}

/// Checks that no link of an HTML text is code that a mail program would run.
pub fn check_links(html: &str) -> Result<(), Fault> {
    urls::check(html).map_err(|(line, message)| Fault { line, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_that_must_be_there_is_missed() {
        let stream = |subject: &str, html: &str, text: &str, title: &str| {
            let file = format!(
                "{{ stafette: 1, name: s, title: {title:?}, class: marketing, from: {{ email: a@b.test }}, \
                 subject: {subject:?}, html: {html:?}, text: {text:?} }}"
            );
            Stream::parse(&file).unwrap()
        };
        let fields =
            |stream: &Stream| missing(stream).into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
        assert_eq!(fields(&stream("Hello", "<p>", "Hello", "News")), [""; 0]);
        assert_eq!(fields(&stream(" ", "\n", "", "\t")), ["subject", "html", "text", "title"]);
    }

    #[test]
    fn a_source_has_a_size_and_its_links_lead_somewhere() {
        assert_eq!(check_source(Part::Text, &"x".repeat(MAX_SOURCE)), Ok(()));
        assert!(check_source(Part::Text, &"x".repeat(MAX_SOURCE + 1)).unwrap_err().message.contains("262145 bytes"));
        let code = "<p>\n<a href='javascript:x'>";
        assert_eq!(check_source(Part::Html, code).unwrap_err().line, 2);
        // Nobody runs it there.
        assert_eq!(check_source(Part::Text, code), Ok(()));
    }
}

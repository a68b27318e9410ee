//! Endings of file names, as the most careless reader sees them.

use std::borrow::Cow;

use unicode_normalization::char::decompose_compatible;

use super::endings::{BUNDLES, DANGEROUS, DOMAINS, INNER, PACKED, SHRUNK};

/// Whoever reads a name may end it there: an alternate stream, the end of a C string, a header that is cut.
const ENDS: [char; 10] = ['\0', '\r', '\n', ':', ';', '"', '<', '>', '|', '?'];

/// The ending by which a name is dangerous; these are not.
pub(super) fn ending(name: &str, harmless: &[&str]) -> Option<&'static str> {
    let name = folded(name);
    found(&name, harmless).or_else(|| found(&folded(&unescaped(&name)?), harmless))
}

/// In one pass, so that names without number may be looked at.
fn found(name: &str, harmless: &[&str]) -> Option<&'static str> {
    let known = |part: &str| Some(DANGEROUS[DANGEROUS.binary_search(&part).ok()?]).filter(|it| !harmless.contains(it));
    // Whether a dot stands before the part, and the dangerous ending that the name would have if it ended here.
    let (mut dotted, mut last) = (false, None);
    for piece in name.split_inclusive(|c| matches!(c, '.' | '/' | '\\') || ENDS.contains(&c)) {
        let end = piece.chars().next_back().filter(|c| matches!(c, '.' | '/' | '\\') || ENDS.contains(c));
        // Without dots and spaces at the end, as file systems read it.
        let part = piece[..piece.len() - end.map_or(0, char::len_utf8)].trim();
        if dotted && !part.is_empty() {
            last = match last {
                last if SHRUNK.contains(&part) => last,
                last if PACKED.contains(&part) => last.filter(|it| !DOMAINS.contains(it)),
                _ => known(part),
            };
            if let Some(inner) = INNER.iter().find(|it| **it == part) {
                return Some(inner);
            }
        }
        match end {
            Some('.') => dotted = true,
            // A folder; what comes is the name.
            Some('/' | '\\') => {
                if dotted && BUNDLES.contains(&part) {
                    return known(part);
                }
                (dotted, last) = (false, None);
            }
            _ if last.is_some() => return last,
            _ => dotted = false,
        }
    }
    last
}

/// Small letters, each character as the ordinary one that it stands for, without what cannot be seen.
fn folded(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for c in name.chars().filter(is_seen) {
        // What stands for a character that cannot be seen is known after that only. Nobody has to put letters and marks
        // together again: endings have none.
        decompose_compatible(c, |c| match c {
            '\u{3002}' => plain.push('.'),
            c if is_seen(&c) => plain.extend(c.to_lowercase()),
            _ => {}
        });
    }
    plain
}

fn is_seen(c: &char) -> bool {
    // The Braille pattern without dots is drawn as a blank. The last one stands for bytes that are no UTF-8, such as the
    // blank of DOS.
    let blank = matches!(c, '\u{180b}'..='\u{180f}' | '\u{2800}' | '\u{fe00}'..='\u{fe0f}' | '\u{fffc}' | '\u{fffd}');
    ENDS.contains(c) || (!blank && !letter::is_invisible(*c))
}

/// What is written in percents, read; none if nothing is.
fn unescaped(name: &str) -> Option<Cow<'_, str>> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let read = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(read.unwrap_or(*first));
        rest = &behind[if read.is_some() { 2 } else { 0 }..];
    }
    (bytes.len() < name.len()).then(|| String::from_utf8_lossy(&bytes).into_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_is_found() {
        for (name, expected) in [
            ("setup.exe", "exe"),
            ("invoice.PDF.ScR ", "scr"),
            ("folder.js/invoice.hta", "hta"),
            ("folder.pdf\\invoice.hta", "hta"),
            // Dots, spaces and what looks like nothing.
            ("invoice.js. . .", "js"),
            ("invoice.js. \u{a0}.\u{3000}.", "js"),
            ("invoice.js\u{2800}\u{2800}", "js"),
            ("invoice.j\u{2800}s", "js"),
            ("invoice.j\u{fe0f}s", "js"),
            ("invoice.j\u{fe00}s", "js"),
            ("invoice.js\u{e0100}", "js"),
            ("invoice.js\u{e01ef}", "js"),
            ("invoice.j\u{180b}s", "js"),
            ("invoice.j\u{3164}s", "js"),
            ("invoice.j\u{115f}s", "js"),
            ("invoice.j\u{1160}s", "js"),
            ("invoice.j\u{ffa0}s", "js"),
            ("invoice.j\u{ad}s", "js"),
            ("invoice.j\u{200b}s", "js"),
            ("invoice.j\u{fffd}s", "js"),
            // Other letters and dots for the same.
            ("invoice.\u{1d423}\u{1d42c}", "js"),
            ("invoice.\u{1d4d9}\u{1d4e2}", "js"),
            ("invoice.\u{ff2a}\u{ff33}", "js"),
            ("invoice.\u{24d9}\u{24e2}", "js"),
            ("invoice.p\u{17f}1", "ps1"),
            ("invoice.p\u{209b}\u{2081}", "ps1"),
            ("invoice\u{ff0e}js", "js"),
            ("invoice\u{2024}js", "js"),
            ("invoice\u{fe52}js", "js"),
            ("invoice\u{3002}js", "js"),
            ("invoice\u{ff61}js", "js"),
            ("invoice.js\u{2026}", "js"),
            // In percents, once and by wide letters.
            ("invoice%2ejs", "js"),
            ("invoice.js%20", "js"),
            ("invoice.%EF%BC%AA%EF%BC%B3", "js"),
            ("invoice\u{ff05}2ejs", "js"),
            ("invoice.js%00.pdf", "js"),
            // Names that end sooner for some readers.
            ("invoice.js\0.pdf", "js"),
            ("invoice.js\r\nX: .pdf", "js"),
            ("invoice.js::$DATA", "js"),
            ("invoice.js\u{ff1a}.pdf", "js"),
            ("invoice.hta;.pdf", "hta"),
            // Beneath what makes a file smaller, and beneath archives.
            ("invoice.js.zip", "js"),
            ("invoice.ps1.br", "ps1"),
            ("invoice.ps1.gz", "ps1"),
            ("invoice.ps1.xz. ", "ps1"),
            ("invoice.ps1.zst", "ps1"),
            ("invoice.ps1.bz2", "ps1"),
            ("invoice.ps1.7z", "ps1"),
            ("invoice.ps1.rar", "ps1"),
            ("invoice.ps1.tar.gz", "ps1"),
            ("invoice.ps1.zip.zip.gz", "ps1"),
            ("run.com.gz", "com"),
            // Folders that are programs.
            ("Safari.app/Contents/Info.plist", "app"),
            ("Safari.app/", "app"),
            ("a/invoice.workflow/Contents/document.wflow", "workflow"),
        ] {
            assert_eq!(ending(name, &[]), Some(expected), "{name:?}");
        }
    }

    #[test]
    fn other_names_are_harmless() {
        for name in [
            "",
            ".",
            "js",
            "js.pdf",
            "report.v1.js.pdf",
            "a.js/b.pdf",
            "node_modules/chart.js/",
            "invoice.pdf:exe",
            "invoice.jsé",
            "50% off; see a.b:c.pdf",
            "100%.pdf",
            "shop.example.com.zip",
            "firma.pl.7z",
            "google.com!example.com!1377043200!1377129599.zip",
            "日本語。請求書.pdf",
            "invoice 🏴\u{e0067}\u{e0062}.pdf",
        ] {
            assert_eq!(ending(name, &[]), None, "{name:?}");
        }
    }

    #[test]
    fn what_is_harmless_hides_nothing() {
        assert_eq!(ending("xl/printerSettings1.bin", &["bin"]), None);
        assert_eq!(ending("a.bin:b.js", &["bin"]), Some("js"));
        assert_eq!(ending("a.bin.js", &["bin"]), Some("js"));
    }

    /// Any number of ends, dots and folders is looked at, and none of them twice.
    #[test]
    fn names_have_no_length_that_hides() {
        for mark in [":", ";", ".", ". ", "/", "a.", "\u{2800}", "%3a", "\u{301}", "\u{fdfa}"] {
            let long = mark.repeat(20_000);
            assert_eq!(ending(&format!("a{long}a.js\0"), &[]), Some("js"), "{mark:?}");
            assert_eq!(ending(&format!("a{long}a.pdf\0"), &[]), None, "{mark:?}");
        }
    }
}

//! Makes names and subjects one line, in which nothing is hidden.
//!
//! Data may hold line breaks, hidden characters, and characters that turn the text around. They are taken out, and the
//! mail is sent all the same. A text that is too long is cut.

use unicode_segmentation::UnicodeSegmentation;

/// The text on one line: line breaks and tabs become a space, what cannot be seen is dropped, and what has more bytes
/// than these is cut between two characters as people see them, with `…` behind it.
pub fn one_line(text: &str, most: usize) -> String {
    let mut line = String::with_capacity(text.len().min(most));
    // Whether the last character is a space that stands for a line break, which are often indented.
    let mut broken = true;
    for c in text.trim().chars() {
        let last = line.chars().next_back();
        match c {
            '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                if last.is_some_and(|last| last != ' ') {
                    line.push(' ');
                }
                broken = true;
            }
            ' ' if broken => {}
            c if !is_invisible(c) || last.is_some_and(|last| shapes(c, last)) => {
                line.push(c);
                broken = false;
            }
            _ => {}
        }
    }
    line.truncate(line.trim_end().len());
    cut(line, most)
}

/// Characters that cannot be seen: controls, line and paragraph separators, marks that hide or turn the text around
/// them, fillers, and code points that are no characters.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
        || c as u32 & 0xfffe == 0xfffe
}

/// Whether an invisible character shapes the one before it, so that the two are not what they were without it: joiners
/// in Arabic, in Indic scripts and in emoji, tags in flags, and variants of ideographs.
fn shapes(c: char, last: char) -> bool {
    match c {
        '\u{200c}' | '\u{200d}' => last >= '\u{600}' && !is_invisible(last) && !last.is_whitespace(),
        '\u{e0020}'..='\u{e007f}' => last == '\u{1f3f4}' || matches!(last, '\u{e0020}'..='\u{e007e}'),
        '\u{e0100}'..='\u{e01ef}' => last >= '\u{2e80}' && !is_invisible(last),
        _ => false,
    }
}

fn cut(mut line: String, most: usize) -> String {
    const MARK: char = '…';
    if line.len() <= most {
        return line;
    }
    let room = most.saturating_sub(MARK.len_utf8());
    let ends = line.grapheme_indices(true).map(|(at, _)| at).take_while(|at| *at <= room);
    // One letter with a thousand marks on it is cut, too.
    let end = ends.last().filter(|at| *at > 0).unwrap_or_else(|| line.floor_char_boundary(room));
    line.truncate(end);
    line.truncate(line.trim_end().len());
    line.push(MARK);
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_be_seen_is_taken_out() {
        for (text, line) in [
            ("Ida", "Ida"),
            (" Ida\t\r\n Lovelace\n", "Ida Lovelace"),
            ("I\u{200b}d\u{feff}a", "Ida"),
            ("\u{2067}Ida\u{2069}", "Ida"),
            ("a\u{202e}fdp.exe", "afdp.exe"),
            ("a\0\u{1b}[1m\u{7f}\u{9b}b", "a[1mb"),
            ("a\r\nBcc: eve@example.test", "a Bcc: eve@example.test"),
            ("a\u{2028}b\u{85}c\u{b}d", "a b c d"),
            ("I\u{200d}d\u{200c}a\u{ad}", "Ida"),
            ("a\u{e0061}\u{e0062}", "a"),
            ("\u{3164}\u{115f}", ""),
            ("\u{200b}\n", ""),
            // What shapes the letters before it stays.
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("क्\u{200d}", "क्\u{200d}"),
            ("👩🏽\u{200d}⚕\u{fe0f} ❤\u{fe0f}\u{200d}🔥", "👩🏽\u{200d}⚕\u{fe0f} ❤\u{fe0f}\u{200d}🔥"),
            (
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            ),
            ("葛\u{e0100}", "葛\u{e0100}"),
            ("خ\u{200c}\u{200c}\u{200c}", "خ\u{200c}"),
            ("Zoë Nguyễn", "Zoë Nguyễn"),
        ] {
            assert_eq!(one_line(text, 500), line, "{text:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_between_two_letters() {
        assert_eq!(one_line(&"x".repeat(600), 512), format!("{}…", "x".repeat(509)));
        assert_eq!(one_line("abc def", 7), "abc def");
        assert_eq!(one_line("abc defg", 7), "abc…");
        // A family is one picture, and an accent belongs to its letter.
        assert_eq!(one_line("ab👩\u{200d}👧", 12), "ab…");
        assert_eq!(one_line("abe\u{301}f", 5), "ab…");
        assert_eq!(one_line(&format!("a{}", "\u{301}".repeat(300)), 20), format!("a{}…", "\u{301}".repeat(8)));
    }

    proptest! {
        #[test]
        fn it_is_one_line_and_stays_so(text in ".{0,80}", most in 8..80_usize) {
            let line = one_line(&text, most);
            prop_assert!(line.len() <= most && !line.contains(|c: char| c.is_control()), "{line:?}");
            prop_assert_eq!(&one_line(&line, most), &line);
        }
    }
}

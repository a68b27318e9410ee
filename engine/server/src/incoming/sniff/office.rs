//! Office documents (Open Packaging Conventions, ECMA-376 part 2). Their list of types says whether a part is a macro,
//! whatever the name of the part.

use std::io::Read;

use flate2::read::DeflateDecoder;

/// The name of the list.
pub(super) const LIST: &[u8] = b"[Content_Types].xml";

/// The longest list that is read, in bytes. A document with a thousand parts has a tenth of that.
const LONGEST: u64 = 1 << 20;

/// Types of parts that run, in small letters.
const RUN: [&[u8]; 3] = [b"vbaproject", b"ms-excel.macrosheet", b"ms-excel.intlmacrosheet"];

/// The list, as stored by this method of compression; as far as it can be read.
pub(super) fn list(stored: &[u8], method: usize) -> Vec<u8> {
    let mut list = Vec::new();
    match method {
        0 => list.extend(&stored[..stored.len().min(LONGEST as usize)]),
        // What breaks off has been read until there.
        8 => drop(DeflateDecoder::new(stored).take(LONGEST).read_to_end(&mut list)),
        _ => {}
    }
    list
}

/// Whether such a list names macros; of UTF-16 every other byte is left out.
pub(super) fn names_macros(list: &[u8]) -> bool {
    let plain: Vec<u8> = list.iter().filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect();
    RUN.iter().any(|kind| plain.windows(kind.len()).any(|window| window == *kind))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::DeflateEncoder};

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn macros_are_told_by_their_type() {
        let part = |kind: &str| format!(r#"<Override PartName="/word/x.bin" ContentType="application/{kind}"/>"#);
        for (kind, runs) in [
            ("vnd.ms-office.vbaProject", true),
            ("VND.MS-OFFICE.VBAPROJECT", true),
            ("vnd.ms-excel.macrosheet+xml", true),
            ("vnd.ms-excel.intlmacrosheet", true),
            ("vnd.ms-excel.sheet.binary.macroEnabled.main", false),
            ("vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", false),
        ] {
            let text = part(kind).into_bytes();
            let wide: Vec<u8> = text.iter().flat_map(|byte| [*byte, 0]).collect();
            for list in [list(&text, 0), list(&packed(&text), 8), list(&packed(&wide), 8)] {
                assert_eq!(names_macros(&list), runs, "{kind}");
            }
        }
    }

    #[test]
    fn a_list_is_read_within_bounds() {
        let bomb = packed(&vec![b' '; 32 << 20]);
        assert_eq!(list(&bomb, 8).len() as u64, LONGEST);
        assert!(list(b"broken", 8).len() < 100);
        assert_eq!(list(b"packed otherwise", 93), b"");
    }
}

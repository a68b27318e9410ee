//! ZIP archives (PKWARE APPNOTE): finds every name that any reader may find in one. Names are readable in an encrypted
//! archive, too.
//!
//! Some readers use the directory at the end, some the header before each file. Readers that repair archives use
//! headers wherever they are. So each place that looks like a header is read, whatever is before it: a name of 64 KiB,
//! a comment, another archive, or another kind of file. [`super::directory`] checks that both views have the same
//! files.

use super::{
    directory,
    endings::PARTS,
    header::{CENTRAL, FILES, Header, LOCAL, LONGEST, u16_at},
    name, office,
};

/// A header for each view of each file.
const HEADERS: usize = 2 * FILES;

/// The most bytes of names and of extra fields that are looked at.
const BYTES: usize = 4 << 20;

/// Info-ZIP's field for a name in UTF-8, which stands instead of the other (APPNOTE 4.6.9).
const UNICODE_PATH: usize = 0x7075;

/// Where the method of compression stands in a local header.
const METHOD: usize = 8;

/// Why an archive is refused, or a file in which there is one.
pub(super) fn danger(bytes: &[u8]) -> Option<String> {
    names(bytes).and_then(|()| directory::check(bytes).map_err(Into::into)).err()
}

fn names(bytes: &[u8]) -> Result<(), String> {
    let (mut headers, mut budget) = (HEADERS, BYTES);
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| *byte == b'P') {
        at += next;
        if let Some(header) = [LOCAL, CENTRAL].into_iter().find(|header| bytes[at..].starts_with(header.mark)) {
            headers = headers.checked_sub(1).ok_or_else(|| format!("it is an archive of more than {FILES} files"))?;
            look(&bytes[at..], &header, &mut budget)?;
        }
        at += 1;
    }
    Ok(())
}

/// The names in one header, as far as they are there.
fn look(bytes: &[u8], header: &Header, budget: &mut usize) -> Result<(), String> {
    let mut spend = |cost: usize| {
        *budget = budget.checked_sub(cost).ok_or("it is an archive with more names than can be looked at")?;
        Ok::<_, String>(())
    };
    let Some(behind) = bytes.get(header.fixed..) else { return Ok(()) };
    let (name, behind) = behind.split_at(u16_at(bytes, header.length).unwrap_or(0).min(behind.len()));
    spend(name.len().min(2 * LONGEST))?;
    judge(name)?;
    let (mut extra, stored) = behind.split_at(u16_at(bytes, header.length + 2).unwrap_or(0).min(behind.len()));
    if header.mark == LOCAL.mark && name.eq_ignore_ascii_case(office::LIST) {
        let list = office::list(stored, u16_at(bytes, METHOD).unwrap_or(0));
        spend(list.len())?;
        if office::names_macros(&list) {
            return Err("it has macros".into());
        }
    }
    while let (Some(kind), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let (field, rest) = extra[4..].split_at(length.min(extra.len() - 4));
        spend(4)?;
        if kind == UNICODE_PATH {
            // After a version and a check sum, for which some readers do not care.
            let name = field.get(5..).unwrap_or_default();
            spend(name.len().min(2 * LONGEST))?;
            judge(name)?;
        }
        extra = rest;
    }
    Ok(())
}

/// Both ends of a name: an ending is at the end, and what readers cut off is behind the beginning.
fn judge(name: &[u8]) -> Result<(), String> {
    let tail = name.len().saturating_sub(LONGEST);
    for part in [&name[tail..], &name[..tail.min(LONGEST)]] {
        let text = String::from_utf8_lossy(part);
        let lower = text.to_ascii_lowercase();
        if lower.ends_with("vbaproject.bin") || lower.contains("xl/macrosheets/") {
            return Err("it has macros".into());
        }
        if let Some(ending) = name::ending(&text, PARTS) {
            return Err(format!("it is an archive with a .{ending} in it"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{
        super::archive::{Archive, header},
        *,
    };

    #[test]
    fn a_name_that_swallows_headers_hides_none() {
        // The harmless entry's name goes on over the header of the other one.
        for mark in [LOCAL, CENTRAL] {
            let swallowing = header(&mark, &[b'a'; 2 * LONGEST], &[]);
            let mut hidden = [swallowing, header(&mark, b"setup.js", &[]), vec![b' '; 70_000]].concat();
            hidden[mark.length..mark.length + 2].copy_from_slice(&[0xff, 0xff]);
            assert_eq!(names(&hidden), Err("it is an archive with a .js in it".into()));
        }
    }

    #[test]
    fn headers_are_found_wherever_they_lie() {
        let archive = Archive::of(&["a.txt", "setup.js"]).bytes();
        let local = LOCAL.fixed + "a.txt".len() + "data".len();
        for (what, bytes) in [
            ("without an end", archive[..archive.len() - 22].to_vec()),
            ("without its directory", archive[..local + LOCAL.fixed + "setup.js".len()].to_vec()),
            ("the directory alone", archive[archive.len() - 22 - CENTRAL.fixed - "setup.js".len()..].to_vec()),
            ("behind something", [b"%PDF-1.7", &archive[..]].concat()),
            ("before something", [&archive[..], &[b' '; 100_000]].concat()),
            ("cut in the name's padding", [&archive[local..local + LOCAL.fixed], b"setup.js"].concat()),
        ] {
            assert!(names(&bytes).is_err(), "{what}");
        }
    }

    #[test]
    fn names_in_unicode_fields_count() {
        let field = |name: &str| {
            let data = [&[1, 0, 0, 0, 0], name.as_bytes()].concat();
            [&[0x75, 0x70], &(data.len() as u16).to_le_bytes()[..], &data].concat()
        };
        let other = [0x55, 0x54, 1, 0, 0];
        for mark in [LOCAL, CENTRAL] {
            let read = |extra: &[u8]| names(&header(&mark, b"invoice.pdf", extra));
            assert_eq!(read(&[&other[..], &field("facture d'été.pdf")].concat()), Ok(()));
            assert!(read(&[&other[..], &field("invoice.js")].concat()).is_err());
            assert!(read(&[&field("invoice.pdf")[..], &field("invoice.js")].concat()).is_err());
            // Cut short: by the field, or by the file.
            assert!(read(&[&[0x75, 0x70, 0xff, 0xff, 1, 0, 0, 0, 0], &b"invoice.js"[..]].concat()).is_err());
            for cut in [&[0x75, 0x70][..], &[0x75, 0x70, 9, 0], &[0x75, 0x70, 9, 0, 1, 0]] {
                assert_eq!(read(cut), Ok(()));
            }
        }
    }

    #[test]
    fn the_beginning_of_a_long_name_counts() {
        let long = [b"setup.js\0", &[b'x'; 4_000][..], b".pdf"].concat();
        assert!(names(&header(&LOCAL, &long, &[])).is_err());
        assert!(names(&header(&LOCAL, &[&[b'x'; 4_000][..], b".js"].concat(), &[])).is_err());
    }

    #[test]
    fn budgets_are_spent() {
        let many = header(&LOCAL, b"a", &[]);
        assert_eq!(names(&many.repeat(HEADERS)), Ok(()));
        assert_eq!(names(&many.repeat(HEADERS + 1)), Err("it is an archive of more than 10000 files".into()));

        let spent = Err("it is an archive with more names than can be looked at".into());
        let long = header(&LOCAL, &[b'a'; 2 * LONGEST], &[]);
        assert_eq!(names(&long.repeat(BYTES / 2 / LONGEST)), Ok(()));
        assert_eq!(names(&long.repeat(BYTES / 2 / LONGEST + 1)), spent);

        // Extra fields of nothing, and headers that lie in each other.
        let fields = header(&LOCAL, b"", &[0; 0xfffc]);
        assert_eq!(names(&fields.repeat(BYTES / 0xfffc)), Ok(()));
        assert_eq!(names(&fields.repeat(BYTES / 0xfffc + 1)), spent);
        let mut nested = header(&LOCAL, b"", &[]);
        nested[LOCAL.length..].fill(0xff);
        assert_eq!(names(&nested.repeat(HEADERS)), spent);
    }
}

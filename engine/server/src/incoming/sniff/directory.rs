//! Checks that all readers of a ZIP archive see the same files: those that use the directory at its end, and those that
//! go from header to header.
//!
//! ```text
//! header a, data a │ header b, data b │ entry a, entry b │ (ZIP64: end, its place) │ end, comment
//! └ offset a        └ offset b          └ offset of the directory, its size
//! ```
//!
//! Archives of ordinary programs are accepted: data without lengths in its header and with lengths after it, gaps,
//! comments, padding after the end, and empty archives. Everything else is refused, because it can show files to some
//! readers and hide them from others.

use super::header::{CENTRAL, FILES, Header, LOCAL, LONGEST, u16_at, u32_at, u64_at};

const END: &[u8; 4] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
const END64: &[u8; 4] = b"PK\x06\x06";
const END64_LENGTH: usize = 56;
const PLACE64: &[u8; 4] = b"PK\x06\x07";
const PLACE64_LENGTH: usize = 20;

/// The extra field with numbers of eight bytes (APPNOTE 4.5.3).
const ZIP64: usize = 1;

/// How archives begin: with a file, with nothing but an end, or with the mark of one that was to be split.
const BEGINNINGS: [&[u8]; 4] = [LOCAL.mark, END, b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04"];

const NO_END: &str = "it begins as a ZIP archive, but has no directory at its end";
const TWO_ENDS: &str = "it is a ZIP archive with two ends";
const OUTSIDE: &str = "it is a ZIP archive whose directory is not where its end says";
const DIFFERENT: &str = "it is a ZIP archive whose directory lists other files than are in it";
const OVERLAP: &str = "it is a ZIP archive whose files lie in each other";
const LONG: &str = "it is a ZIP archive with a name that no file can have";
const MANY: &str = "it is an archive of more than 10000 files";

/// What is wrong with an archive. Other files are none, and none of this business, unless they end as one.
pub(super) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    let begins = BEGINNINGS.iter().any(|mark| bytes.starts_with(mark));
    let (end, reaches) = match end(bytes)? {
        Some((at, reaches)) if begins || reaches => (at, reaches),
        _ if begins => return Err(NO_END),
        _ => return Ok(()),
    };
    // A comment that is cut off.
    if !reaches && end + END_LENGTH + u16_at(bytes, end + 20).unwrap_or(0) > bytes.len() {
        return Err(OUTSIDE);
    }
    let directory = Directory::of(bytes, end).ok_or(OUTSIDE)?;
    // Anything may stand before an archive, and offsets are counted from its beginning or from that of the file. But what
    // stands before it is no archive.
    if begins && directory.base != 0 {
        return Err(OUTSIDE);
    }
    files(bytes, &directory)
}

/// Where the last end is, and whether the file ends with it. Readers look for it in the last 64 KiB, and some take only
/// one that reaches the end of the file.
fn end(bytes: &[u8]) -> Result<Option<(usize, bool)>, &'static str> {
    let from = bytes.len().saturating_sub(END_LENGTH + 0xffff);
    let mut last = None;
    for at in from..(bytes.len() + 1).saturating_sub(END_LENGTH).max(from) {
        if bytes[at..].starts_with(END) {
            if let Some((_, true)) = last {
                return Err(TWO_ENDS);
            }
            last = Some((at, u16_at(bytes, at + 20).is_some_and(|comment| at + END_LENGTH + comment == bytes.len())));
        }
    }
    Ok(last)
}

struct Directory {
    /// How many bytes stand before the archive.
    base: usize,
    start: usize,
    end: usize,
    count: usize,
}

impl Directory {
    /// As its end says; none if that is not so.
    fn of(bytes: &[u8], end: usize) -> Option<Self> {
        let short = |at| u16_at(bytes, end + at);
        let long = |at| u32_at(bytes, end + at);
        let said = [short(8)?, short(10)?, long(12)?, long(16)?];
        let place = end.checked_sub(PLACE64_LENGTH).filter(|at| bytes[*at..].starts_with(PLACE64));
        let (end, base, [here, count, size, offset]) = if let Some(place) = place {
            let record = place.checked_sub(END64_LENGTH).filter(|at| bytes[*at..].starts_with(END64))?;
            let base = record.checked_sub(u64_at(bytes, place + 8)?)?;
            let numbers = |at| u64_at(bytes, record + at);
            let numbers = [numbers(24)?, numbers(32)?, numbers(40)?, numbers(48)?];
            // Where both say something, it is the same.
            for ((said, number), none) in said.iter().zip(&numbers).zip([0xffff, 0xffff, 0xffff_ffff, 0xffff_ffff]) {
                if said != number && *said != none {
                    return None;
                }
            }
            (record, Some(base), numbers)
        } else {
            (end, None, said)
        };
        let start = end.checked_sub(size)?;
        let shift = start.checked_sub(offset)?;
        (here == count && base.is_none_or(|base| base == shift)).then_some(Self { base: shift, start, end, count })
    }
}

struct File<'a> {
    name: &'a [u8],
    offset: usize,
    length: usize,
}

/// Goes through the files by the directory, and sees that whoever goes by their headers finds the same.
fn files(bytes: &[u8], directory: &Directory) -> Result<(), &'static str> {
    if directory.count > FILES {
        return Err(MANY);
    }
    let mut files = Vec::with_capacity(directory.count);
    let mut at = directory.start;
    for _ in 0..directory.count {
        let entry = bytes[at..directory.end].strip_prefix(CENTRAL.mark).map(|_| &bytes[at..directory.end]);
        let (file, length) = entry.and_then(File::of).ok_or(OUTSIDE)?;
        if file.name.len() > LONGEST {
            return Err(LONG);
        }
        files.push(file);
        at += length;
    }
    if at != directory.end {
        return Err(DIFFERENT);
    }
    files.sort_by_key(|file| file.offset);
    let mut behind = 0;
    for file in &files {
        let at = directory.base.checked_add(file.offset).filter(|at| *at <= directory.start).ok_or(OUTSIDE)?;
        gap(bytes.get(behind..at).ok_or(OVERLAP)?)?;
        let local = &bytes[at..directory.start];
        let (name, extra) = parts(local, &LOCAL).filter(|_| local.starts_with(LOCAL.mark)).ok_or(DIFFERENT)?;
        if name != file.name {
            return Err(DIFFERENT);
        }
        let data = at + LOCAL.fixed + name.len() + extra.len();
        behind = data.checked_add(file.length).filter(|end| *end <= directory.start).ok_or(OVERLAP)?;
        // Who believes the header goes on there, unless the lengths stand behind the data.
        if u16_at(local, 6).is_some_and(|flags| flags & 8 == 0) {
            let place = usize::from(u32_at(local, 22) == Some(u32::MAX as usize));
            let next = data.saturating_add(long(u32_at(local, 18), extra, place).ok_or(DIFFERENT)?);
            if next != behind && bytes.get(next..).is_some_and(|rest| rest.starts_with(LOCAL.mark)) {
                return Err(DIFFERENT);
            }
        }
    }
    gap(bytes.get(behind..directory.start).ok_or(OVERLAP)?)
}

/// Lengths behind data and padding stand between files; no file does.
fn gap(bytes: &[u8]) -> Result<(), &'static str> {
    if bytes.windows(4).any(|window| window == LOCAL.mark) { Err(DIFFERENT) } else { Ok(()) }
}

impl<'a> File<'a> {
    /// An entry of the directory, and its length.
    fn of(entry: &'a [u8]) -> Option<(Self, usize)> {
        let (name, extra) = parts(entry, &CENTRAL)?;
        let length = CENTRAL.fixed + name.len() + extra.len() + u16_at(entry, 32)?;
        let whole = u32_at(entry, 24) == Some(u32::MAX as usize);
        let packed = u32_at(entry, 20) == Some(u32::MAX as usize);
        let file = Self {
            name,
            length: long(u32_at(entry, 20), extra, whole.into())?,
            offset: long(u32_at(entry, 42), extra, usize::from(whole) + usize::from(packed))?,
        };
        (length <= entry.len()).then_some((file, length))
    }
}

/// The name and the extra fields of a header.
fn parts<'a>(bytes: &'a [u8], header: &Header) -> Option<(&'a [u8], &'a [u8])> {
    let rest = bytes.get(header.fixed..)?;
    let (name, rest) = rest.split_at_checked(u16_at(bytes, header.length)?)?;
    Some((name, rest.get(..u16_at(bytes, header.length + 2)?)?))
}

/// A number of four bytes; where it says that they are too few, the one at this place of the extra field.
fn long(short: Option<usize>, extra: &[u8], place: usize) -> Option<usize> {
    let short = short?;
    if short != u32::MAX as usize {
        return Some(short);
    }
    let mut rest = extra;
    loop {
        let (field, behind) = rest.get(4..)?.split_at_checked(u16_at(rest, 2)?)?;
        if u16_at(rest, 0)? == ZIP64 {
            return u64_at(field, 8 * place);
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::archive::{Archive, Entry},
        *,
    };

    fn two() -> Archive {
        Archive::of(&["a.txt", "b.txt"])
    }

    fn entry(name: &str, data: &[u8]) -> Entry {
        Entry { name: name.into(), data: data.into(), ..Entry::default() }
    }

    /// What programs write.
    #[test]
    fn ordinary_archives_are_taken() {
        let padding = vec![0x20, 0xa2, 4, 0, 0, 0, 0, 0];
        let inner = two().bytes();
        for (what, archive) in [
            ("files", two()),
            ("nothing", Archive::of(&[])),
            ("nothing, with a comment", Archive::of(&[]).with(|it| it.comment = b"empty".into())),
            ("empty files and folders", two().with(|it| it.files.extend([entry("c/", b""), entry("c/d", b"")]))),
            ("a comment", two().with(|it| it.comment = vec![b'x'; 0xffff])),
            ("written to a stream", two().with(|it| it.files.iter_mut().for_each(|file| file.streamed = true))),
            ("ZIP64", two().with(|it| it.long = true)),
            ("ZIP64 in files, too", two().with(|it| (it.long = true, it.files[1].long = true).0)),
            ("ZIP64 in a file alone", two().with(|it| it.files[0].long = true)),
            ("fields that the directory does not have", two().with(|it| it.files[1].extra[0] = padding)),
            ("an archive in it", two().with(|it| it.files.push(entry("c.zip", &inner)))),
            (
                "an archive in a stream",
                two().with(|it| {
                    it.files.push(Entry { streamed: true, ..entry("c.zip", &inner) });
                }),
            ),
            ("padding between files", two().with(|it| it.files[0].behind = vec![0; 4_096])),
            ("padding behind the end", two().with(|it| it.after = vec![0; 100])),
            (
                "a mark of one that was to be split",
                two().with(|it| {
                    (it.before, it.adjusted) = (b"PK\x07\x08".into(), true);
                }),
            ),
            ("something before it", two().with(|it| it.before = b"\x89PNG".into())),
            ("something before it that counts", two().with(|it| (it.before, it.adjusted) = (b"\x89PNG".into(), true))),
            ("ZIP64 behind something", two().with(|it| (it.before, it.long) = (b"\x89PNG".into(), true))),
            ("the same file again", Archive::of(&["a.txt", "a.txt"])),
        ] {
            assert_eq!(check(&archive.bytes()), Ok(()), "{what}");
        }
        for other in [&b""[..], b"PK", b"PK\x03", b"%PDF-1.7", b"x PK\x05\x06 in the middle", &[0; 100_000]] {
            assert_eq!(check(other), Ok(()));
        }
    }

    #[test]
    fn what_hides_files_is_refused() {
        let (whole, inner) = (two().bytes(), two().bytes());
        let second = |change: fn(&mut Entry)| two().with(|it| change(&mut it.files[1]));
        for (what, archive, expected) in [
            ("a file that is not listed", second(|it| it.unlisted = true), DIFFERENT),
            ("the first is not listed", two().with(|it| it.files[0].unlisted = true), DIFFERENT),
            (
                "nothing is listed",
                two().with(|it| it.files.iter_mut().for_each(|file| file.unlisted = true)),
                DIFFERENT,
            ),
            ("another name", second(|it| it.listed_as = Some(b"c.txt".into())), DIFFERENT),
            ("a longer name", second(|it| it.listed_as = Some(b"b.txt2".into())), DIFFERENT),
            ("a name without end", second(|it| it.name = vec![b'b'; LONGEST + 1]), LONG),
            (
                "a file behind the lengths",
                second(|it| {
                    (it.streamed, it.behind) = (true, Archive::of(&["c.txt"]).bytes());
                }),
                DIFFERENT,
            ),
            (
                "a file in a file, by its header",
                two().with(|it| {
                    it.files[1] = Entry { claims: Some(0), ..entry("b.zip", &inner) };
                }),
                DIFFERENT,
            ),
            ("one listed less", two().with(|it| it.lies = [-1, 0, 0]), DIFFERENT),
            ("one listed more", two().with(|it| it.lies = [1, 0, 0]), OUTSIDE),
            ("a directory elsewhere", two().with(|it| it.lies = [0, 0, -10]), OUTSIDE),
            ("a directory behind its end", two().with(|it| it.lies = [0, 0, 1_000]), OUTSIDE),
            ("a longer directory", two().with(|it| it.lies = [0, 1, 0]), OUTSIDE),
            ("a shorter directory", two().with(|it| it.lies = [0, -51, 51]), OUTSIDE),
            (
                "a directory without end, in eight bytes",
                two().with(|it| {
                    (it.long, it.lies) = (true, [0, i32::MIN, 0]);
                }),
                OUTSIDE,
            ),
            ("two after each other", two().with(|it| it.before = whole.clone()), OUTSIDE),
            (
                "two after each other, as one",
                two().with(|it| {
                    (it.before, it.adjusted) = (whole.clone(), true);
                }),
                DIFFERENT,
            ),
            ("one in the other's comment", two().with(|it| it.comment = whole.clone()), TWO_ENDS),
            ("an end in the comment", two().with(|it| it.comment = [&END[..], &[0; 30]].concat()), TWO_ENDS),
        ] {
            assert_eq!(check(&archive.bytes()), Err(expected), "{what}");
        }
    }

    #[test]
    fn broken_archives_are_refused() {
        let archive = two().bytes();
        for length in 4..archive.len() {
            assert!(check(&archive[..length]).is_err(), "cut at {length}");
        }
        assert_eq!(check(&[&archive[..], &[0; 100_000]].concat()), Err(NO_END));
        let cut = two().with(|it| it.comment = b"cut off".into()).bytes();
        assert_eq!(check(&cut[..cut.len() - 1]), Err(OUTSIDE));

        // Both ends say how many files there are, and not the same.
        let mut long = two().with(|it| it.long = true).bytes();
        let end = long.len() - END_LENGTH;
        long[end + 8..end + 12].copy_from_slice(&[2, 0, 2, 0]);
        assert_eq!(check(&long), Ok(()));
        long[end + 8..end + 12].copy_from_slice(&[1, 0, 1, 0]);
        assert_eq!(check(&long), Err(OUTSIDE));

        // Neither do the place of that end and the numbers in it agree.
        let mut moved = two().with(|it| (it.before, it.long) = (b"\x89PNG".into(), true)).bytes();
        let place = moved.len() - END_LENGTH - PLACE64_LENGTH + 8;
        moved[place] -= 1;
        assert_eq!(check(&moved), Err(OUTSIDE));

        // Something stands behind the last entry, and counts as the directory's.
        let mut padded = archive.clone();
        let end = padded.len() - END_LENGTH;
        padded[end + 12] += 4;
        padded.splice(end..end, [0; 4]);
        assert_eq!(check(&padded), Err(DIFFERENT));

        // The second file lies in the first.
        let mut twice = Archive::of(&["a.txt", "a.txt"]).bytes();
        let offset = twice.len() - END_LENGTH - CENTRAL.fixed - "a.txt".len() + 42;
        twice[offset..offset + 4].fill(0);
        assert_eq!(check(&twice), Err(OVERLAP));
        let mut long = archive;
        let length = long.len() - END_LENGTH - CENTRAL.fixed - "b.txt".len() + 20;
        long[length..length + 4].copy_from_slice(&[0, 1, 0, 0]);
        assert_eq!(check(&long), Err(OVERLAP));
    }

    /// A directory is read once, and no further than so many files.
    #[test]
    fn budgets_are_spent() {
        let many = |count: usize| Archive { files: vec![entry("a", b""); count], ..Archive::default() }.bytes();
        assert_eq!(check(&many(FILES)), Ok(()));
        assert_eq!(check(&many(FILES + 1)), Err(MANY));
        let ends = [LOCAL.mark, &END.repeat(20_000)[..]].concat();
        assert!(check(&ends).is_err());
    }
}

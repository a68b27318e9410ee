//! Archives for tests, byte by byte.

use super::header::{CENTRAL, Header, LOCAL};

/// One file of an archive.
#[derive(Clone, Default)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    /// The name in the directory, where it is another one.
    pub(super) listed_as: Option<Vec<u8>>,
    pub(super) data: Vec<u8>,
    /// Extra fields of the header, and of the directory's entry.
    pub(super) extra: [Vec<u8>; 2],
    /// The lengths stand behind the data.
    pub(super) streamed: bool,
    /// The length that the header says instead.
    pub(super) claims: Option<u32>,
    /// The directory does not list it.
    pub(super) unlisted: bool,
    /// The lengths and the place are numbers of eight bytes.
    pub(super) long: bool,
    /// What stands behind it.
    pub(super) behind: Vec<u8>,
}

/// An archive of files that are not compressed.
#[derive(Clone, Default)]
pub(super) struct Archive {
    pub(super) before: Vec<u8>,
    /// Offsets are counted from the beginning of the file.
    pub(super) adjusted: bool,
    pub(super) files: Vec<Entry>,
    /// The end has its numbers in eight bytes.
    pub(super) long: bool,
    pub(super) comment: Vec<u8>,
    /// Behind the end.
    pub(super) after: Vec<u8>,
    /// Added to how many files there are, to how long the directory is, and to its place.
    pub(super) lies: [i32; 3],
}

impl Archive {
    /// Of files with something in them.
    pub(super) fn of(names: &[&str]) -> Self {
        let entry = |name: &&str| Entry { name: (*name).into(), data: b"data".into(), ..Entry::default() };
        Self { files: names.iter().map(entry).collect(), ..Self::default() }
    }

    /// The same with a change.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.before.clone();
        let mut directory = Vec::new();
        let base = if self.adjusted { 0 } else { self.before.len() };
        for file in &self.files {
            let offset = bytes.len() - base;
            if !file.unlisted {
                directory.extend(file.listed(offset));
            }
            bytes.extend(file.stored());
        }
        let start = bytes.len() - base;
        let count = self.files.iter().filter(|file| !file.unlisted).count();
        let lied = |number: usize, at: usize| (number as i64 + i64::from(self.lies[at])) as u64;
        let [count, size, start] = [lied(count, 0), lied(directory.len(), 1), lied(start, 2)];
        bytes.extend(directory);
        let mut end = [&b"PK\x05\x06\0\0\0\0"[..], &[0xff; 12]].concat();
        if self.long {
            let place = bytes.len() as u64 - base as u64;
            let numbers = [count, count, size, start].map(u64::to_le_bytes).concat();
            bytes.extend([&b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0"[..], &[0; 8], &numbers].concat());
            bytes.extend([&b"PK\x06\x07\0\0\0\0"[..], &place.to_le_bytes(), &[1, 0, 0, 0]].concat());
        } else {
            end[8..12].copy_from_slice(&[count as u16; 2].map(u16::to_le_bytes).concat());
            end[12..].copy_from_slice(&[size as u32, start as u32].map(u32::to_le_bytes).concat());
        }
        bytes.extend(end);
        bytes.extend((self.comment.len() as u16).to_le_bytes());
        [bytes, self.comment.clone(), self.after.clone()].concat()
    }
}

impl Entry {
    fn stored(&self) -> Vec<u8> {
        let length = (self.data.len() as u32).to_le_bytes();
        let mut extra = self.extra[0].clone();
        if self.long {
            extra.extend([&[1, 0, 16, 0], &[self.data.len() as u64; 2].map(u64::to_le_bytes).concat()[..]].concat());
        }
        let mut stored = header(&LOCAL, &self.name, &extra);
        if self.streamed {
            stored[6] = 8;
        } else if self.long {
            stored[18..26].fill(0xff);
        } else {
            stored[18..22].copy_from_slice(&self.claims.map_or(length, u32::to_le_bytes));
            stored[22..26].copy_from_slice(&length);
        }
        stored.extend(&self.data);
        if self.streamed {
            stored.extend([&b"PK\x07\x08sum?"[..], &length, &length].concat());
        }
        [stored, self.behind.clone()].concat()
    }

    fn listed(&self, offset: usize) -> Vec<u8> {
        let length = (self.data.len() as u32).to_le_bytes();
        let mut extra = self.extra[1].clone();
        if self.long {
            let numbers =
                [self.data.len() as u64, self.data.len() as u64, offset as u64].map(u64::to_le_bytes).concat();
            extra.extend([&[1, 0, 24, 0], &numbers[..]].concat());
        }
        let mut listed = header(&CENTRAL, self.listed_as.as_ref().unwrap_or(&self.name), &extra);
        if self.long {
            listed[20..28].fill(0xff);
            listed[42..46].fill(0xff);
        } else {
            listed[20..28].copy_from_slice(&[length, length].concat());
            listed[42..46].copy_from_slice(&(offset as u32).to_le_bytes());
        }
        listed
    }
}

/// A header, or an entry of a directory, with no number in it but the lengths of what follows.
pub(super) fn header(header: &Header, name: &[u8], extra: &[u8]) -> Vec<u8> {
    let mut bytes = [&header.mark[..], &vec![0; header.fixed - 4]].concat();
    bytes[header.length..header.length + 2].copy_from_slice(&(name.len() as u16).to_le_bytes());
    bytes[header.length + 2..header.length + 4].copy_from_slice(&(extra.len() as u16).to_le_bytes());
    [&bytes, name, extra].concat()
}

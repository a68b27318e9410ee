//! Headers of files in a ZIP archive, and the numbers in them.

/// The most files of an archive; mail gateways stop there, too.
pub(super) const FILES: usize = 10_000;

/// The longest name of a file, in bytes. File systems take less.
pub(super) const LONGEST: usize = 1_024;

/// Where something stands in a header.
pub(super) struct Header {
    pub(super) mark: &'static [u8; 4],
    /// Its length without what varies.
    pub(super) fixed: usize,
    /// Where the length of the name stands; that of the extra fields is behind it.
    pub(super) length: usize,
}

pub(super) const LOCAL: Header = Header { mark: b"PK\x03\x04", fixed: 30, length: 26 };
pub(super) const CENTRAL: Header = Header { mark: b"PK\x01\x02", fixed: 46, length: 28 };

/// A number of two bytes.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes).into())
}

/// One of four.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}

/// One of eight.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u64::from_le_bytes(*bytes)).ok()
}

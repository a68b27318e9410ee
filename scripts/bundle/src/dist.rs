//! Files in and out: what lies in a folder, what is written to `web/dist/`, and how small it is over the wire.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::{Failure, Result};

/// Already compressed, so that a second time is for nothing.
const COMPRESSED: [&str; 11] = ["avif", "br", "gif", "gz", "jpeg", "jpg", "png", "webp", "woff", "woff2", "zip"];

/// A file of the bundle.
pub struct File {
    /// Its path below `web/dist/`, with slashes.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// When the browser needs it.
    pub need: Need,
}

/// When the browser needs a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Before it can show the first page.
    First,
    /// When a page is opened that is not in the first module.
    Later,
    /// Perhaps never.
    Never,
}

/// How large a file is as it stands and over the wire.
#[derive(Clone, Copy, Default)]
pub struct Sizes {
    /// As it stands.
    pub raw: usize,
    /// With gzip, or as it stands where there is no `.gz`.
    pub gzip: usize,
    /// With brotli, or as it stands where there is no `.br`.
    pub brotli: usize,
}

impl std::ops::AddAssign for Sizes {
    fn add_assign(&mut self, other: Self) {
        self.raw += other.raw;
        self.gzip += other.gzip;
        self.brotli += other.brotli;
    }
}

/// Every file below a folder, sorted, so that the same tree gives the same list.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::at(folder))? {
        let path = entry.map_err(Failure::at(folder))?.path();
        if path.is_dir() {
            found.extend(files_below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The path of `file` below `folder`, with slashes on every system.
pub fn slashed(folder: &Path, file: &Path) -> String {
    let below = file.strip_prefix(folder).unwrap_or(file);
    below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The first 16 hex digits of a content's SHA-256: enough to tell any two builds of one file apart.
pub fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A file's compressed siblings, where they are smaller, and how large each is. Nothing is written yet.
pub fn pack(file: &File, quality: i32) -> Result<(Vec<File>, Sizes)> {
    let raw = file.bytes.len();
    let mut sizes = Sizes { raw, gzip: raw, brotli: raw };
    let mut siblings = Vec::new();
    if !compressible(&file.name) {
        return Ok((siblings, sizes));
    }
    let (zipped, brotlied) = std::thread::scope(|scope| {
        let gzip = scope.spawn(|| gzip(&file.bytes));
        let brotli = brotli(&file.bytes, quality);
        (gzip.join(), brotli)
    });
    let failed = |error| Failure::new(format!("{}: {error}", file.name));
    let zipped = zipped.map_err(|_| Failure::new(format!("{}: gzip panicked", file.name)))?.map_err(failed)?;
    let brotlied = brotlied.map_err(failed)?;
    for (ending, bytes, size) in [("gz", zipped, &mut sizes.gzip), ("br", brotlied, &mut sizes.brotli)] {
        if bytes.len() < raw {
            *size = bytes.len();
            siblings.push(File { name: format!("{}.{ending}", file.name), bytes, need: Need::Never });
        }
    }
    Ok((siblings, sizes))
}

/// Removes what an earlier bundle left, or the server would embed it.
pub fn sweep(dist: &Path, kept: &BTreeSet<PathBuf>) -> Result<()> {
    for path in files_below(dist)? {
        if !kept.contains(&path) {
            fs::remove_file(&path).map_err(Failure::at(&path))?;
        }
    }
    Ok(())
}

/// Writes a file and notes its path; an unchanged one stays untouched, so that nothing is built again because of it.
pub fn write(dist: &Path, file: &File, kept: &mut BTreeSet<PathBuf>) -> Result<()> {
    let path = dist.join(&file.name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(Failure::at(parent))?;
    }
    let unchanged = fs::read(&path).is_ok_and(|present| present == file.bytes);
    if !unchanged {
        fs::write(&path, &file.bytes).map_err(Failure::at(&path))?;
    }
    kept.insert(path);
    Ok(())
}

/// The server writes a nonce into `index.html` for every request: a compressed one would have none.
fn compressible(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    name != "index.html" && !COMPRESSED.contains(&ending)
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(mut bytes: &[u8], quality: i32) -> std::io::Result<Vec<u8>> {
    let parameters = BrotliEncoderParams { quality, lgwin: 22, size_hint: bytes.len(), ..Default::default() };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut bytes, &mut out, &parameters)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{brotli, compressible, fingerprint, gzip};

    #[test]
    fn the_page_and_pictures_stay_as_they_are() {
        assert!(compressible("web-0123456789abcdef.wasm"));
        assert!(compressible("icons.svg"));
        assert!(!compressible("index.html"));
        assert!(!compressible("logo.png"));
    }

    #[test]
    fn compression_is_undone_by_the_browser() {
        let text = "a token through a program ".repeat(100);
        let mut out = Vec::new();
        brotli::BrotliDecompress(&mut brotli(text.as_bytes(), 9).unwrap().as_slice(), &mut out).unwrap();
        assert_eq!(out, text.as_bytes());
        let mut back = String::new();
        let zipped = gzip(text.as_bytes()).unwrap();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(zipped.as_slice()), &mut back).unwrap();
        assert_eq!(back, text);
    }

    #[test]
    fn names_follow_content() {
        assert_eq!(fingerprint(b"a").len(), 16);
        assert_ne!(fingerprint(b"a"), fingerprint(b"b"));
    }
}

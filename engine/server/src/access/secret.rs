//! Secrets: drawn here, kept by others as digests only, compared in constant time.

use std::fmt::Write;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

/// 256 random bits as 64 hex digits.
pub fn draw() -> String {
    hex(&draw_bytes())
}

/// 256 random bits.
pub fn draw_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes);
    bytes
}

/// What is stored of a secret. It is random, so that a slow hash would add nothing.
pub fn digest(secret: &str) -> store::Digest {
    Sha256::digest(secret.as_bytes()).into()
}

/// Whether two texts are equal, without telling by time where they differ.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// Bytes as hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Hex digits as bytes.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_there_and_back() {
        let bytes = draw_bytes();
        assert_eq!(unhex(&hex(&bytes)).as_deref(), Some(&bytes[..]));
        assert_eq!((unhex("0"), unhex("zz"), unhex("ä0")), (None, None, None));
        assert_ne!(draw(), draw());
    }
}

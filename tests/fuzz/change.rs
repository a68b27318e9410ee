//! Changes of an input by a chance that is the same in every run.

/// What breaks readers: ends of numbers, openings without an end, marks of the formats, letters of several bytes.
const PIECES: [&str; 32] = [
    "\0",
    "\r\n",
    "\n\n",
    "\t",
    "\"",
    "'",
    "`",
    "{{",
    "}}",
    "{%",
    "%}",
    "[",
    "]",
    "(",
    ")",
    "&",
    "*a",
    "!!",
    "|",
    "---\n",
    "99999999999999999999",
    "-0",
    "1e999",
    "0x",
    "\u{feff}",
    "\u{202e}",
    "ß",
    "𝕏",
    "\u{0}é",
    ": ",
    "- ",
    "\\u0000",
];

/// A source of changes.
pub(crate) struct Change(u64);

impl Change {
    /// One for each file, so that no file's changes depend on the others.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Below this; xorshift, which is chance enough.
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let from = self.below(length + 1);
        let most = (length - from).min(64);
        from..from + self.below(most + 1)
    }

    /// The input with one to four changes.
    pub(crate) fn change(&mut self, input: &[u8], all: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            match self.below(7) {
                0 if !bytes.is_empty() => {
                    let at = self.below(bytes.len());
                    bytes[at] ^= 1 << self.below(8);
                }
                1 => drop(bytes.drain(self.range(bytes.len()))),
                // Again and again: what recurses, recurses deeper.
                2 => {
                    let range = self.range(bytes.len());
                    let piece = bytes[range.clone()].repeat(1 << self.below(9));
                    bytes.splice(range, piece);
                }
                3 | 4 => {
                    let at = self.below(bytes.len() + 1);
                    let piece = PIECES[self.below(PIECES.len())].bytes();
                    bytes.splice(at..at, piece);
                }
                5 => {
                    let other = &all[self.below(all.len())];
                    let piece = other[self.range(other.len())].to_vec();
                    let at = self.below(bytes.len() + 1);
                    bytes.splice(at..at, piece);
                }
                _ => bytes.truncate(self.below(bytes.len() + 1)),
            }
        }
        bytes
    }
}

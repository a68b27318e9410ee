//! What a body of JSON weighs once it has been read. A value of two bytes, `0,`, becomes one of 32, and an object of four
//! a map with a node of its own, so bytes alone say little of the memory that a body will take.

/// What a value takes beside its text, in bytes.
const VALUE: usize = 32;
/// What an object takes beside its values.
const OBJECT: usize = 200;

/// Weighs a body as its parts come. It looks at structure alone: what is no JSON weighs whatever it weighs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scales {
    text: bool,
    escaped: bool,
}

impl Scales {
    /// What these further bytes weigh.
    pub(super) fn weigh(&mut self, bytes: &[u8]) -> usize {
        let mut weight = bytes.len();
        for byte in bytes {
            match (self.text, byte) {
                _ if self.escaped => self.escaped = false,
                (true, b'\\') => self.escaped = true,
                (_, b'"') => self.text = !self.text,
                (false, b',' | b'[' | b':') => weight += VALUE,
                (false, b'{') => weight += OBJECT,
                _ => {}
            }
        }
        weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_weigh_more_than_their_text() {
        for (body, extra) in [
            (r#""a,b:[{\",""#, 0),
            ("[1,2,3]", 3 * VALUE),
            (r#"{"a":1,"b":[]}"#, OBJECT + 4 * VALUE),
            ("[[[", 3 * VALUE),
        ] {
            // However it is cut.
            for cut in 0..body.len() {
                let mut scales = Scales::default();
                let (first, second) = body.as_bytes().split_at(cut);
                assert_eq!(scales.weigh(first) + scales.weigh(second), body.len() + extra, "{body} at {cut}");
            }
        }
    }
}

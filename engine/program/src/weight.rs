//! The memory that JSON takes once it is read. The length says little of it: a value of two bytes, `0,`, becomes one of
//! 72 bytes and a text of its own, a list has room for four values at once, and an object is a map with a table.

/// What a value takes beside its text, in bytes.
const VALUE: usize = 32;
/// What a list takes beside its values.
const LIST: usize = 320;
/// What an object takes beside its values.
const OBJECT: usize = 200;
/// Usual JSON weighs so many times its length, and takes twice as much.
const USUAL: usize = 8;

/// How much a text counts where texts are to be read: its length, or more where it is JSON that takes more memory than
/// usual JSON of that length.
pub fn weight(text: &str) -> usize {
    text.len().max(Scales::default().weigh(text.as_bytes()) / USUAL)
}

/// Weighs JSON as its parts come. It looks at structure alone: what is no JSON weighs whatever it weighs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scales {
    text: bool,
    escaped: bool,
}

impl Scales {
    /// What these further bytes weigh.
    pub fn weigh(&mut self, bytes: &[u8]) -> usize {
        let mut weight = bytes.len();
        for byte in bytes {
            match (self.text, byte) {
                _ if self.escaped => self.escaped = false,
                (true, b'\\') => self.escaped = true,
                (_, b'"') => self.text = !self.text,
                (false, b',' | b':') => weight += VALUE,
                (false, b'[') => weight += LIST,
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
            ("[1,2,3]", LIST + 2 * VALUE),
            (r#"{"a":1,"b":[]}"#, OBJECT + 3 * VALUE + LIST),
            ("[[[", 3 * LIST),
        ] {
            // However it is cut.
            for cut in 0..body.len() {
                let mut scales = Scales::default();
                let (first, second) = body.as_bytes().split_at(cut);
                assert_eq!(scales.weigh(first) + scales.weigh(second), body.len() + extra, "{body} at {cut}");
            }
        }
    }
    #[test]
    fn usual_json_counts_its_length_and_deep_one_more() {
        let usual = r#"{"sku":"A-123","name":"Blue shirt, long","quantity":1,"price":19.9}"#;
        assert_eq!(weight(usual), usual.len());
        assert_eq!(weight(&"x".repeat(1_000)), 1_000);
        let deep = "[[0]],".repeat(1_000);
        assert!(weight(&deep) > 10 * deep.len(), "{}", weight(&deep));
    }
}

//! Templates become texts.

use program::{Problem, Stream};

use crate::{Letter, RenderError};

/// The longest source of one part, in bytes.
pub const MAX_SOURCE: usize = 256 << 10;

/// The longest text that one part may become, in bytes.
pub const MAX_OUTPUT: usize = 1 << 20;

/// The texts of one stream version, compiled. Reusable from many threads.
pub struct Templates {}

/// The texts of one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line, no control characters.
    pub subject: String,
    /// What inboxes show behind the subject; may be empty.
    pub preheader: String,
    /// HTML part, without the preheader.
    pub html: String,
    /// Text part.
    pub text: String,
}

impl Templates {
    /// Compiles the texts; every part that cannot be compiled is one problem, with its line.
    pub fn compile(stream: &Stream) -> Result<Self, Vec<Problem>> {
        let _ = stream;
        todo!()
    }

    /// Writes the texts of one mail. The letter must be of the stream that was compiled.
    pub fn render(&self, letter: &Letter<'_>) -> Result<Rendered, RenderError> {
        let _ = letter;
        todo!()
    }
}

//! What is wrong with a stream, as a list.

use program::{Problem, Stream};

/// Checks a stream: sender, texts, limits. An empty list means that it can be sent.
pub fn check_stream(stream: &Stream) -> Vec<Problem> {
    let _ = stream;
    todo!()
}

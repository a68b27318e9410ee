//! Why a mail cannot be written.

use std::fmt;

use letter::Part;
use program::brief;
use serde::{Deserialize, Serialize};

/// Why a mail cannot be written. Trying again does not help: the stream or the data must change first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderError {
    /// Where.
    pub part: Part,
    /// Line of the template, from 1; 0 where there is none.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl RenderError {
    /// A fault that has no line.
    pub(crate) fn new(part: Part, message: impl Into<String>) -> Self {
        Self::at(part, 0, message)
    }

    /// A fault in a line. What is said of it may repeat the template.
    pub(crate) fn at(part: Part, line: usize, message: impl Into<String>) -> Self {
        Self { part, line, message: brief::message(message) }
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.part.name(), self.message),
            line => write!(f, "{}, line {line}: {}", self.part.name(), self.message),
        }
    }
}

impl std::error::Error for RenderError {}

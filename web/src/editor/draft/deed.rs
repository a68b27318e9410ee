//! Names of commands, for the undo button, and of refused commands.

use program::NodeId;

use crate::documents::history;

/// One step of undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A node was added: its kind's tag.
    Add(&'static str),
    /// Nodes were put elsewhere.
    Move(usize),
    /// An edge was drawn.
    Connect,
    /// An edge was cut.
    Disconnect,
    /// Nodes were taken out.
    Delete(usize),
    /// Nodes came from the clipboard.
    Paste(usize),
    /// Nodes were doubled.
    Duplicate(usize),
    /// Nodes were disabled.
    Disable(usize),
    /// Nodes were enabled.
    Enable(usize),
    /// A field of a node was changed. Strokes at one field are one step until it is left.
    Field {
        /// Which node.
        node: NodeId,
        /// Its kind's tag.
        kind: &'static str,
        /// Which field, or `title`.
        field: String,
        /// Whether the field was left.
        left: bool,
    },
    /// Title or description of the program.
    Head {
        /// Whether the field was left.
        left: bool,
    },
    /// A note was added, changed or removed.
    Note {
        /// Which.
        at: usize,
        /// Whether the field was left.
        left: bool,
    },
    /// Layout was unlocked, locked or tidied.
    Layout,
    /// A problem was mended: its code.
    Fix(String),
    /// The text was changed in the code view.
    Code {
        /// Whether the editor was left.
        left: bool,
    },
    /// An older version was taken up.
    Restore(u32),
    /// What this device had kept was taken up.
    Kept,
    /// Two drafts became one.
    Merge,
}

impl history::Deed for Deed {
    fn takes(&self, next: &Self) -> bool {
        let open = match self {
            Self::Field { left, .. } | Self::Head { left } | Self::Note { left, .. } | Self::Code { left } => !left,
            _ => false,
        };
        open && self == next
    }

    fn settle(&mut self) {
        if let Self::Field { left, .. } | Self::Head { left } | Self::Note { left, .. } | Self::Code { left } = self {
            *left = true;
        }
    }
}

/// Why a command changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The edge would lead in a circle.
    Circle,
    /// Nothing leads into an entry.
    IntoEntry,
    /// The node has no such port, or is not there any more.
    Gone,
    /// A node cannot be put behind itself.
    BehindItself,
    /// The clipboard holds no nodes.
    NothingToPaste,
    /// The value does not fit the field; the text says why.
    Value(String),
}

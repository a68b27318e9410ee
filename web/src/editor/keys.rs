//! PURE: every action of the canvas with its keys: one table for the keyboard and for the page that explains it.

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Walk along an edge, or to the neighbour in the row.
    Up,
    /// See [`Act::Up`].
    Down,
    /// See [`Act::Up`].
    Left,
    /// See [`Act::Up`].
    Right,
    /// To the first node.
    First,
    /// Into the inspector.
    Open,
    /// Into the inspector's title.
    Rename,
    /// Choose a node to add behind the current one.
    Add,
    /// Lead the current node's next free port to a node that is there.
    Connect,
    /// Cut the edge behind the current node.
    Disconnect,
    /// Move the node towards the entry, or up in free mode.
    MoveUp,
    /// Move the node away from the entry, or down in free mode.
    MoveDown,
    /// Move to the left, in free mode.
    MoveLeft,
    /// Move to the right, in free mode.
    MoveRight,
    /// Take out what is selected.
    Delete,
    /// Double what is selected.
    Duplicate,
    /// Disable or enable what is selected.
    Disable,
    /// Select everything.
    All,
    /// Select the node and what only follows from it.
    Branch,
    /// Add or take the current node from the selection.
    Toggle,
    /// Pin a note to the node.
    Note,
    /// Look for a node.
    Find,
    /// Take back.
    Undo,
    /// Do again.
    Redo,
    /// Lay out in free mode.
    Tidy,
    /// Larger.
    ZoomIn,
    /// Smaller.
    ZoomOut,
    /// Actual size.
    Actual,
    /// Everything in sight.
    Fit,
    /// Save now.
    Save,
    /// Explain the keys.
    Help,
    /// Let go of whatever is held or selected.
    Escape,
}

/// Which keys do what. `Ctrl` is Command on a Mac. Copy, cut and paste are the browser's own.
pub const KEYS: &[(&str, Act)] = &[
    ("ArrowUp", Act::Up),
    ("ArrowDown", Act::Down),
    ("ArrowLeft", Act::Left),
    ("ArrowRight", Act::Right),
    ("Home", Act::First),
    ("Enter", Act::Open),
    ("F2", Act::Rename),
    ("N", Act::Add),
    ("C", Act::Connect),
    ("X", Act::Disconnect),
    ("Alt+ArrowUp", Act::MoveUp),
    ("Alt+ArrowDown", Act::MoveDown),
    ("Alt+ArrowLeft", Act::MoveLeft),
    ("Alt+ArrowRight", Act::MoveRight),
    ("Delete", Act::Delete),
    ("Backspace", Act::Delete),
    ("Ctrl+D", Act::Duplicate),
    ("D", Act::Disable),
    ("Ctrl+A", Act::All),
    ("B", Act::Branch),
    ("Space", Act::Toggle),
    ("Shift+S", Act::Note),
    ("Ctrl+F", Act::Find),
    ("Ctrl+Z", Act::Undo),
    ("Ctrl+Shift+Z", Act::Redo),
    ("Ctrl+Y", Act::Redo),
    ("Alt+Shift+T", Act::Tidy),
    ("+", Act::ZoomIn),
    ("-", Act::ZoomOut),
    ("0", Act::Actual),
    ("1", Act::Fit),
    ("Ctrl+S", Act::Save),
    ("?", Act::Help),
    ("Escape", Act::Escape),
];

/// A key as the browser reports it.
#[derive(Clone, Debug, Default)]
pub struct Stroke {
    /// `KeyboardEvent.key`.
    pub key: String,
    /// Ctrl or Command.
    pub ctrl: bool,
    /// Alt or Option.
    pub alt: bool,
    /// Shift.
    pub shift: bool,
}

impl Stroke {
    /// What it does on the canvas.
    pub fn act(&self) -> Option<Act> {
        let key = match self.key.as_str() {
            " " => "Space".to_owned(),
            "=" => "+".to_owned(),
            key if key.chars().count() == 1 => key.to_uppercase(),
            key => key.to_owned(),
        };
        // Shift makes the letter of these keys; with a letter or a named key it counts.
        let counts = key.chars().count() > 1 || key.chars().all(char::is_alphabetic);
        let held = [(self.ctrl, "Ctrl"), (self.alt, "Alt"), (self.shift && counts, "Shift")];
        let mut parts: Vec<&str> = held.into_iter().filter(|(held, _)| *held).map(|(_, name)| name).collect();
        parts.push(&key);
        let name = parts.join("+");
        KEYS.iter().find(|(known, _)| *known == name).map(|(_, act)| *act)
    }
}

/// The first key of an action, for its tooltip.
pub fn key_of(act: Act) -> &'static str {
    KEYS.iter().find(|(_, known)| *known == act).map_or("", |(key, _)| key)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn stroke(key: &str, ctrl: bool, alt: bool, shift: bool) -> Option<Act> {
        Stroke { key: key.into(), ctrl, alt, shift }.act()
    }

    #[test]
    fn strokes_find_their_act() {
        assert_eq!(stroke("z", true, false, false), Some(Act::Undo));
        assert_eq!(stroke("Z", true, false, true), Some(Act::Redo));
        assert_eq!(stroke("n", false, false, false), Some(Act::Add));
        assert_eq!(stroke("N", false, false, true), None);
        assert_eq!(stroke("?", false, false, true), Some(Act::Help));
        assert_eq!(stroke("T", false, true, true), Some(Act::Tidy));
        assert_eq!(stroke("ArrowUp", false, true, false), Some(Act::MoveUp));
        assert_eq!(stroke("c", true, false, false), None, "copying is the browser's own");
    }

    #[test]
    fn no_key_does_two_things() {
        let keys: HashSet<_> = KEYS.iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), KEYS.len());
    }
}

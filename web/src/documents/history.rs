//! PURE: the history of edits of a document, for undo and redo.

/// A name for one step of undo.
pub trait Deed: Clone {
    /// Whether a like deed goes on with this one: both are one step then.
    fn takes(&self, next: &Self) -> bool;
    /// Ends a run of like deeds, so that the next one is a step of its own.
    fn settle(&mut self);
}

/// The deeds of a document, each with the state before it; after undo, the state behind it.
#[derive(Clone, Debug)]
pub struct History<S, D> {
    done: Vec<(D, S)>,
    undone: Vec<(D, S)>,
}

impl<S, D> Default for History<S, D> {
    fn default() -> Self {
        Self { done: Vec::new(), undone: Vec::new() }
    }
}

impl<S, D: Deed> History<S, D> {
    /// What [`History::undo`] would take back.
    pub fn undoable(&self) -> Option<&D> {
        self.done.last().map(|(deed, _)| deed)
    }

    /// What [`History::redo`] would do again.
    pub fn redoable(&self) -> Option<&D> {
        self.undone.last().map(|(deed, _)| deed)
    }

    /// Something was done to a document of this state. A deed that goes on with the last one becomes part of it.
    pub fn done(&mut self, deed: D, before: S) {
        let goes_on = self.undone.is_empty() && self.undoable().is_some_and(|last| last.takes(&deed));
        if !goes_on {
            self.done.push((deed, before));
        }
        self.undone.clear();
    }

    /// Takes the last deed back from a document of this state; gives the deed and the state before it.
    pub fn undo(&mut self, now: S) -> Option<(D, S)> {
        swap(&mut self.done, &mut self.undone, now)
    }

    /// Does the last deed again that was taken back.
    pub fn redo(&mut self, now: S) -> Option<(D, S)> {
        swap(&mut self.undone, &mut self.done, now)
    }

    /// Ends a run of like deeds.
    pub fn settle(&mut self) {
        if let Some((deed, _)) = self.done.last_mut() {
            deed.settle();
        }
    }
}

fn swap<S, D: Clone>(from: &mut Vec<(D, S)>, to: &mut Vec<(D, S)>, now: S) -> Option<(D, S)> {
    let (deed, state) = from.pop()?;
    to.push((deed.clone(), now));
    Some((deed, state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Typed {
        field: &'static str,
        left: bool,
    }

    impl Deed for Typed {
        fn takes(&self, next: &Self) -> bool {
            !self.left && self == next
        }

        fn settle(&mut self) {
            self.left = true;
        }
    }

    fn typed(field: &'static str) -> Typed {
        Typed { field, left: false }
    }

    #[test]
    fn strokes_at_one_field_are_one_step_until_it_is_left() {
        let mut history = History::default();
        history.done(typed("a"), 0);
        history.done(typed("a"), 1);
        history.done(typed("b"), 2);
        history.settle();
        history.done(typed("b"), 3);
        assert_eq!(history.undo(4).unwrap().1, 3);
        assert_eq!(history.undo(3).unwrap().1, 2);
        assert_eq!(history.undo(2).unwrap(), (typed("a"), 0));
        assert_eq!(history.undo(0), None);
        assert_eq!(history.redo(0).unwrap(), (typed("a"), 2));
        assert_eq!(history.redoable().unwrap().field, "b");
        history.done(typed("a"), 2);
        assert_eq!(
            (history.redoable(), history.done.len()),
            (None, 2),
            "what was undone is gone, and no stroke goes on"
        );
    }
}

//! PURE: the program being edited: commands, undo and redo, selection. No Leptos, no browser: tested on the host.
//!
//! Every command is one step of undo and has a [`Deed`] that names it. A command that cannot be done changes nothing
//! and says why. The checker judges what a command leaves behind; a draft may be wrong for as long as it likes.

mod clip;
mod deed;
mod edit;
mod free;
mod mend;
mod shape;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use program::{NodeId, Port, Program};

use crate::documents::history::History;

pub use deed::{Deed, Refusal};
#[cfg(target_arch = "wasm32")]
pub use free::GRID;

/// A free port, or the edge that leaves by it: a place where a node can be put.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Gap {
    /// The node that is left.
    pub from: NodeId,
    /// By which port.
    pub port: Port,
}

/// A program being edited.
#[derive(Clone, Debug)]
pub struct Draft {
    program: Arc<Program>,
    selection: Vec<NodeId>,
    history: History<State, Deed>,
}

/// What undo brings back: the program and what was selected.
type State = (Arc<Program>, Vec<NodeId>);

/// What a command gives.
pub type Done<T = ()> = Result<T, Refusal>;

impl Draft {
    /// Begins to edit a program.
    pub fn new(program: Program) -> Self {
        Self { program: Arc::new(program), selection: Vec::new(), history: History::default() }
    }

    /// The program as it is now.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The selected nodes; the last one is where the keyboard stands.
    pub fn selection(&self) -> &[NodeId] {
        &self.selection
    }

    /// The one selected node where the keyboard stands.
    pub fn current(&self) -> Option<&NodeId> {
        self.selection.last()
    }

    /// Selects exactly these; unknown ones are left out.
    pub fn select(&mut self, nodes: impl IntoIterator<Item = NodeId>) {
        self.selection.clear();
        for node in nodes {
            if self.program.nodes.contains_key(&node) && !self.selection.contains(&node) {
                self.selection.push(node);
            }
        }
    }

    /// Adds a node to the selection, or takes it out.
    pub fn toggle(&mut self, node: &NodeId) {
        match self.selection.iter().position(|known| known == node) {
            Some(at) => drop(self.selection.remove(at)),
            None if self.program.nodes.contains_key(node) => self.selection.push(node.clone()),
            None => {}
        }
    }

    /// Selects every node.
    pub fn select_all(&mut self) {
        self.selection = self.program.nodes.keys().cloned().collect();
    }

    /// Selects a node and all that only follows from it.
    pub fn select_branch(&mut self, node: &NodeId) {
        self.selection = shape::branch(&self.program, node);
        // The keyboard stays where it was.
        self.selection.retain(|known| known != node);
        self.selection.push(node.clone());
    }

    /// What [`Draft::undo`] would take back.
    pub fn undoable(&self) -> Option<&Deed> {
        self.history.undoable()
    }

    /// What [`Draft::redo`] would do again.
    pub fn redoable(&self) -> Option<&Deed> {
        self.history.redoable()
    }

    /// Takes the last deed back; says which.
    pub fn undo(&mut self) -> Option<Deed> {
        let back = self.history.undo(self.state());
        back.map(|back| self.take_up(back))
    }

    /// Does the last deed again that was taken back; says which.
    pub fn redo(&mut self) -> Option<Deed> {
        let again = self.history.redo(self.state());
        again.map(|again| self.take_up(again))
    }

    /// Ends a run of like deeds, so that the next one is a step of its own.
    pub fn settle(&mut self) {
        self.history.settle();
    }

    fn state(&self) -> State {
        (self.program.clone(), self.selection.clone())
    }

    fn take_up(&mut self, (deed, state): (Deed, State)) -> Deed {
        (self.program, self.selection) = state;
        deed
    }

    /// Makes a changed program the current one. A deed that goes on with the last one becomes part of it.
    fn commit(&mut self, deed: Deed, program: Program) {
        if program == *self.program {
            return;
        }
        self.history.done(deed, self.state());
        self.program = Arc::new(program);
        let known = &self.program.nodes;
        self.selection.retain(|node| known.contains_key(node));
    }
}

//! Free mode and notes: where each card stands.

use program::{Kind, Node, NodeId, Note, Places, Spot};

use super::{Deed, Done, Draft, Refusal, edit::add};

/// Cards stand on a grid of this size, unless Alt is held.
pub const GRID: i32 = 16;

impl Draft {
    /// Whether cards stand where people put them.
    pub fn is_free(&self) -> bool {
        self.program.places.is_some()
    }

    /// Unlocks the layout, with the cards where they are drawn now, or locks it: back to derived places.
    pub fn set_free(&mut self, drawn: Option<Places>) {
        let mut program = (*self.program).clone();
        program.places = drawn;
        self.commit(Deed::Layout, program);
    }

    /// Moves cards by so many pixels.
    pub fn move_by(&mut self, nodes: &[NodeId], dx: i32, dy: i32, snap: bool) {
        let mut program = (*self.program).clone();
        let Some(places) = &mut program.places else { return };
        let grid = |at: i32| if snap { (f64::from(at) / f64::from(GRID)).round() as i32 * GRID } else { at };
        for id in nodes {
            if let Some(spot) = places.get_mut(id) {
                *spot = Spot { x: grid(spot.x + dx), y: grid(spot.y + dy) };
            }
        }
        self.commit(Deed::Move(nodes.len()), program);
    }

    /// Adds a loose node at a place, in free mode.
    pub fn add_at(&mut self, kind: Kind, spot: Spot) -> Done<NodeId> {
        let deed = Deed::Add(kind.tag());
        let mut program = (*self.program).clone();
        let id = add(&mut program, Node::new(kind), None)?;
        if let Some(places) = &mut program.places {
            places.insert(id.clone(), spot);
        }
        self.commit(deed, program);
        self.select([id.clone()]);
        Ok(id)
    }

    /// Adds a note; says its number.
    pub fn add_note(&mut self, note: Note) -> usize {
        let mut program = (*self.program).clone();
        let at = program.notes.len();
        program.notes.push(note);
        self.commit(Deed::Note { at, left: true }, program);
        at
    }

    /// Changes a note; `None` removes it.
    pub fn set_note(&mut self, at: usize, note: Option<Note>) -> Done {
        let mut program = (*self.program).clone();
        let left = note.is_none();
        let known = program.notes.get_mut(at).ok_or(Refusal::Gone)?;
        match note {
            Some(note) => *known = note,
            None => drop(program.notes.remove(at)),
        }
        self.commit(Deed::Note { at, left }, program);
        Ok(())
    }
}

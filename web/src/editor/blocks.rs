//! PURE: a node with everything below it, as a contour of rows around the node's centre.

use super::place::CARD_WIDTH;

/// Between two cards of a row.
const SIDE_GAP: f64 = 40.0;
/// An edge that runs down between cards, with its label.
const LANE: f64 = 140.0;

/// What stands under one way out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Slot {
    /// The node that it leads to, and what is below that.
    Branch(usize),
    /// Only the edge: its node stands further down, or the run ends.
    Lane,
}

/// A contour: how far a block reaches to the left and right of its node's centre, row by row.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    rows: Vec<[f64; 2]>,
    /// Where edges leave the block downwards; other blocks must not grow below them.
    escape: Option<[f64; 2]>,
    /// Slots with the distance of their centre.
    pub(super) slots: Vec<(Slot, f64)>,
    /// Nodes where the branches meet, with the number of rows between.
    pub(super) joins: Vec<(usize, usize)>,
}

impl Block {
    /// A card, its slots side by side below it, its joins below those. The root has no card.
    pub(super) fn new(slots: &[Slot], joins: &[usize], blocks: &[Self], is_root: bool, escapes: bool) -> Self {
        let lane = Self { rows: vec![[-LANE / 2.0, LANE / 2.0]], escape: Some([0.0, 0.0]), ..Self::default() };
        let parts: Vec<&Self> = slots
            .iter()
            .map(|slot| match slot {
                Slot::Branch(child) => &blocks[*child],
                Slot::Lane => &lane,
            })
            .collect();
        let (offsets, mut below, mut escape) = spread(&parts);
        let mut placed = Vec::with_capacity(joins.len());
        for &join in joins {
            placed.push((join, below.len()));
            below.extend_from_slice(&blocks[join].rows);
            escape = blocks[join].escape;
        }
        if escapes {
            escape = Some([0.0, 0.0]);
        }
        let mut rows = Vec::with_capacity(below.len() + 1);
        if !is_root {
            rows.push([-CARD_WIDTH / 2.0, CARD_WIDTH / 2.0]);
        }
        rows.append(&mut below);
        Self { rows, escape, slots: slots.iter().copied().zip(offsets).collect(), joins: placed }
    }

    /// The contour of a row; below the block only its escaping edges count.
    fn row(&self, at: usize) -> Option<[f64; 2]> {
        self.rows.get(at).copied().or(self.escape)
    }
}

/// Puts blocks side by side, as close as their contours allow, and centres them: offsets, contour, escapes.
fn spread(parts: &[&Block]) -> (Vec<f64>, Vec<[f64; 2]>, Option<[f64; 2]>) {
    let depth = parts.iter().map(|part| part.rows.len()).max().unwrap_or(0);
    let mut offsets = Vec::with_capacity(parts.len());
    let mut contour: Vec<Option<[f64; 2]>> = vec![None; depth];
    for part in parts {
        let shift = contour.iter().enumerate().filter_map(|(at, so_far)| {
            let (so_far, next) = (so_far.as_ref()?, part.row(at)?);
            Some(so_far[1] + SIDE_GAP - next[0])
        });
        let shift = shift.fold(f64::NEG_INFINITY, f64::max);
        let shift = if shift.is_finite() { shift } else { 0.0 };
        for (at, so_far) in contour.iter_mut().enumerate() {
            if let Some([left, right]) = part.row(at) {
                let left = so_far.map_or(left + shift, |row| row[0].min(left + shift));
                *so_far = Some([left, right + shift]);
            }
        }
        offsets.push(shift);
    }
    let middle = match (offsets.first(), offsets.last()) {
        (Some(first), Some(last)) => f64::midpoint(*first, *last),
        _ => 0.0,
    };
    offsets.iter_mut().for_each(|offset| *offset -= middle);
    let rows = contour.into_iter().flatten().map(|[left, right]| [left - middle, right - middle]).collect();
    let escapes = parts.iter().zip(&offsets).filter_map(|(part, dx)| part.escape.map(|[l, r]| [l + dx, r + dx]));
    let escape = escapes.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
    (offsets, rows, escape)
}

//! What a node has seen today, in memory, within a budget of bytes. What does not fit is left out and counted.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use program::{ContactId, EventType, SeenRoom, SeenType, Shape, Violation, WorkspaceId};
use store::{Class, MOST_TYPES, NewEvent, Violations, Who};

use super::{Picked, names::Names};

/// What all of it may take. A type with thirty fields takes some 30 kB, so this is hundreds of types; whoever sends data as
/// names of fields fills whatever there is.
pub(super) const BUDGET: usize = 16 << 20;
/// The part of it for types, so that one is known, though without its fields, where others have taken the rest.
const TYPES: usize = 2 << 20;
/// Less than this has room for no field with a long path.
const LEAST: usize = 1 << 10;
/// What a type takes beside its name, its fields and its texts.
const TYPE: usize = 512;
/// Events of one type that a node looks at each day; they say how many have a field. Of those behind them it looks at each
/// tenth, for what is new.
pub(super) const SAMPLE: u64 = 200;
/// See [`SAMPLE`].
const EACH: u64 = 10;

/// All of it.
#[derive(Debug)]
pub(super) struct State {
    day: i64,
    /// Bytes for more types.
    types: usize,
    room: SeenRoom,
    workspaces: HashMap<WorkspaceId, Workspace>,
}

#[derive(Debug, Default)]
struct Workspace {
    types: HashMap<EventType, Kept>,
    names: HashMap<EventType, Names>,
    violations: Violations,
    /// Whether what former builds stored was looked at.
    filled: bool,
    /// Since when the database waits for its operator.
    refused: Option<Duration>,
}

#[derive(Debug, Default)]
struct Kept {
    /// What was seen today.
    today: SeenType,
    /// What of it is not written.
    news: SeenType,
    /// Events that came today.
    came: u64,
}

/// What is not written of a workspace.
#[derive(Debug)]
pub(super) struct Unwritten {
    pub(super) fields: BTreeMap<EventType, SeenType>,
    pub(super) violations: Violations,
    pub(super) filled: bool,
}

impl Unwritten {
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.violations.is_empty()
    }
}

/// What a look found.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Something is to be written soon.
    pub(super) is_news: bool,
    /// Events with fields that are left out.
    pub(super) beyond: u64,
    /// Some of them for want of memory.
    pub(super) is_full: bool,
}

impl Default for State {
    fn default() -> Self {
        Self { day: 0, types: TYPES, room: SeenRoom::of(BUDGET - TYPES), workspaces: HashMap::new() }
    }
}

fn takes(event: &EventType) -> usize {
    TYPE + event.as_str().len()
}

impl State {
    /// Which of these events are to be looked at; and how many are of types that have no room.
    pub(super) fn pick(&mut self, workspace: WorkspaceId, day: i64, events: &[NewEvent]) -> (Vec<Picked>, u64) {
        self.today(day);
        let of = self.workspaces.entry(workspace).or_default();
        let (mut picked, mut beyond) = (Vec::new(), 0);
        for (at, event) in events.iter().enumerate() {
            let has_room = of.types.len() < MOST_TYPES;
            let came = match of.types.get_mut(&event.event) {
                Some(kept) => {
                    kept.came += 1;
                    kept.came
                }
                None if has_room && takes(&event.event) <= self.types => {
                    self.types -= takes(&event.event);
                    of.types.insert(event.event.clone(), Kept { came: 1, ..Kept::default() });
                    1
                }
                None => {
                    beyond += 1;
                    continue;
                }
            };
            if came <= SAMPLE || came % EACH == 0 {
                picked.push((at, event.event.clone(), event.data.clone()));
            }
        }
        (picked, beyond)
    }

    /// Looks at events that were stored.
    pub(super) fn look(&mut self, workspace: WorkspaceId, looks: &[(&EventType, ContactId, Shape<'_>)]) -> Looked {
        let mut looked = Looked::default();
        let Some(of) = self.workspaces.get_mut(&workspace) else { return looked };
        for (event, contact, shape) in looks {
            let Some(kept) = of.types.get_mut(*event) else { continue };
            let before = kept.news.beyond;
            looked.is_news |= kept.today.look(*contact, shape, &mut kept.news, &mut self.room);
            looked.is_news |= kept.today.looked == SAMPLE;
            looked.beyond += kept.news.beyond - before;
            looked.is_full |= kept.news.beyond > before && self.room.fields < LEAST;
        }
        looked
    }

    /// Counts what stands against a contract; says how much has no room.
    pub(super) fn violated(
        &mut self,
        workspace: WorkspaceId,
        day: i64,
        (event, who): (&EventType, &Who),
        found: &[Violation],
    ) -> u64 {
        self.today(day);
        let of = self.workspaces.entry(workspace).or_default();
        let texts = &mut self.room.texts;
        let mut told = Vec::with_capacity(found.len());
        for violation in found {
            let shared = violation.above.is_none()
                || of.names.entry(event.clone()).or_default().is_shared(who, &violation.path, texts);
            told.push(if shared { violation.clone() } else { violation.nameless() });
        }
        // Two names that are nobody's business are one fault of this event.
        told.dedup();
        of.violations.add(event, &told, texts)
    }

    /// The workspaces of which something is not written.
    pub(super) fn open(&self) -> Vec<WorkspaceId> {
        let open = |of: &Workspace| !of.violations.is_empty() || of.types.values().any(|kept| kept.news.looked > 0);
        self.workspaces.iter().filter(|(_, of)| open(of)).map(|(workspace, _)| *workspace).collect()
    }

    /// Takes what is not written, to write it.
    pub(super) fn take(&mut self, workspace: WorkspaceId) -> Unwritten {
        let of = self.workspaces.entry(workspace).or_default();
        let open = of.types.iter_mut().filter(|(_, kept)| kept.news.looked > 0);
        let fields: BTreeMap<_, _> =
            open.map(|(event, kept)| (event.clone(), std::mem::take(&mut kept.news))).collect();
        let violations = std::mem::take(&mut of.violations);
        fields.values().for_each(|news| self.room.give(news.takes()));
        self.room.texts += violations.takes();
        Unwritten { fields, violations, filled: of.filled }
    }

    /// Keeps it for the next time, as far as there is room by now; says how much there is none for.
    pub(super) fn put_back(&mut self, workspace: WorkspaceId, unwritten: Unwritten) -> u64 {
        let of = self.workspaces.entry(workspace).or_default();
        let mut lost = 0;
        for (event, seen) in unwritten.fields {
            let name = if of.types.contains_key(&event) { 0 } else { takes(&event) };
            if name <= self.types && self.room.take(seen.takes()) {
                self.types -= name;
                // What came meanwhile may be the same, and then takes memory once.
                let news = &mut of.types.entry(event).or_default().news;
                let mut surplus = news.takes();
                surplus.give(seen.takes());
                news.add(&seen);
                surplus.take(news.takes());
                self.room.give(surplus);
            } else {
                lost += seen.looked;
            }
        }
        lost + of.violations.extend(unwritten.violations, &mut self.room.texts)
    }

    /// Gives up what is not written; it is seen anew when it comes again. Says how much that was.
    pub(super) fn forget(&mut self, workspace: WorkspaceId, unwritten: Unwritten) -> u64 {
        let of = self.workspaces.entry(workspace).or_default();
        let lost = unwritten.fields.values().map(|seen| seen.looked).sum();
        for event in unwritten.fields.keys() {
            of.types.remove(event);
        }
        self.count_anew();
        lost
    }

    /// What former builds stored was looked at.
    pub(super) fn filled(&mut self, workspace: WorkspaceId) {
        self.workspaces.entry(workspace).or_default().filled = true;
    }

    /// Since when the database waits for its operator, by what became of a write just now.
    pub(super) fn refused(&mut self, workspace: WorkspaceId, now: Duration, why: Option<Class>) -> Option<Duration> {
        let of = self.workspaces.entry(workspace).or_default();
        match why {
            Some(Class::Operator) => Some(*of.refused.get_or_insert(now)),
            // One that is away for a moment is as little mended as before.
            Some(Class::Soon) => None,
            _ => of.refused.take().and(None),
        }
    }

    /// What was seen on another day is not known any more, but for what is to be written.
    fn today(&mut self, day: i64) {
        if self.day == day {
            return;
        }
        self.day = day;
        for of in self.workspaces.values_mut() {
            of.types.retain(|_, kept| kept.news.looked > 0);
            of.names.clear();
            for kept in of.types.values_mut() {
                (kept.today, kept.came) = (SeenType::default(), 0);
            }
        }
        self.count_anew();
    }

    fn count_anew(&mut self) {
        (self.types, self.room) = self.left();
    }

    /// The room that there is, counted anew.
    fn left(&self) -> (usize, SeenRoom) {
        let (mut names, mut taken) = (0, SeenRoom::default());
        for of in self.workspaces.values() {
            for (event, kept) in &of.types {
                names += takes(event);
                taken.give(kept.today.takes());
                taken.give(kept.news.takes());
            }
            let texts = of.violations.takes() + of.names.values().map(Names::takes).sum::<usize>();
            taken.give(SeenRoom { fields: 0, texts });
        }
        let all = SeenRoom::of(BUDGET - TYPES);
        let (fields, texts) = (all.fields.saturating_sub(taken.fields), all.texts.saturating_sub(taken.texts));
        (TYPES.saturating_sub(names), SeenRoom { fields, texts })
    }
}

#[cfg(test)]
impl State {
    /// How much memory is taken, counted anew and as it was counted step by step.
    pub(super) fn taken(&self) -> (usize, usize) {
        let sum = |(types, room): (usize, SeenRoom)| BUDGET - types - room.fields - room.texts;
        (sum(self.left()), sum((self.types, self.room)))
    }

    /// How many events are not written of, and violations.
    pub(super) fn unwritten(&self, workspace: WorkspaceId) -> (u64, bool) {
        let of = &self.workspaces[&workspace];
        (of.types.values().map(|kept| kept.news.looked).sum(), !of.violations.is_empty())
    }
}

//! The actions of keys, tools and menu.

use leptos::prelude::*;
use program::{Kind, NodeId, Note, Spot};
use web_sys::KeyboardEvent;

use super::{
    draft::{Done, Draft, GRID, Gap},
    graph::Direction,
    keys::{Act, Stroke},
    palette::add_behind,
    place::CARD_WIDTH,
    stage::Stage,
};
use crate::{i18n::t_string, parts::focus::focus};

const ZOOM_STEP: f64 = 1.2;

/// The keys of an event, as the table of keys knows them.
pub fn stroke(event: &KeyboardEvent) -> Stroke {
    let ctrl = event.ctrl_key() || event.meta_key();
    Stroke { key: event.key(), ctrl, alt: event.alt_key(), shift: event.shift_key() }
}

/// Does it; false where the key is left to the browser.
pub fn act(stage: Stage, act: Act) -> bool {
    let editor = stage.editor;
    let current = editor.ask(|draft| draft.current().cloned());
    let here = || current.clone();
    let selected = || editor.ask(|draft| draft.selection().to_vec());
    match act {
        Act::Up => walk(stage, Direction::Up),
        Act::Down => walk(stage, Direction::Down),
        Act::Left => walk(stage, Direction::Left),
        Act::Right => walk(stage, Direction::Right),
        Act::First => first_node(stage).iter().for_each(|id| stage.go_to(id)),
        Act::Open => {
            editor.wide.set(here().is_some());
            return open(stage, ".side-panel h2");
        }
        Act::Rename => return open(stage, ".side-panel [data-field='title']"),
        Act::Add => match here() {
            Some(id) => add_behind(stage, &id),
            None if editor.ask(|draft| draft.program().nodes.is_empty()) => first(stage),
            None => stage.panels.adding.set(Some(None)),
        },
        Act::Connect => here().iter().for_each(|id| connect(stage, id)),
        Act::Disconnect => here().iter().for_each(|id| cut(stage, id)),
        Act::MoveUp => shift(stage, here(), true, (0, -GRID)),
        Act::MoveDown => shift(stage, here(), false, (0, GRID)),
        Act::MoveLeft => nudge(stage, (-GRID, 0)),
        Act::MoveRight => nudge(stage, (GRID, 0)),
        Act::Delete => on_selection(stage, &selected(), Draft::delete),
        Act::Duplicate => on_selection(stage, &selected(), Draft::duplicate),
        Act::Disable => on_selection(stage, &selected(), Draft::toggle_disabled),
        Act::All => editor.change(Draft::select_all),
        Act::Branch => here().iter().for_each(|id| editor.change(|draft| draft.select_branch(id))),
        Act::Toggle => return false,
        Act::Note => here().iter().for_each(|id| pin(stage, id)),
        Act::Find => stage.panels.finding.set(true),
        Act::Undo => after(stage, || editor.undo()),
        Act::Redo => after(stage, || editor.redo()),
        Act::Tidy => tidy(stage),
        Act::ZoomIn => stage.zoom(ZOOM_STEP),
        Act::ZoomOut => stage.zoom(1.0 / ZOOM_STEP),
        Act::Actual => stage.zoom(1.0 / stage.sight.view.get_untracked().zoom),
        Act::Fit => stage.fit(),
        Act::Save => stage.saving.update(|n| *n += 1),
        Act::Help => stage.panels.helping.set(true),
        Act::Escape => {
            stage.hand.hold.set(None);
            editor.wide.set(false);
            editor.select(None);
        }
    }
    true
}

fn walk(stage: Stage, direction: Direction) {
    let graph = stage.editor.graph.get_untracked().0;
    let from = stage.editor.ask(|draft| draft.current().and_then(|id| graph.find(id.as_str())));
    let to = match from {
        Some(from) => graph.step(from, direction),
        None => (!graph.nodes.is_empty()).then_some(0),
    };
    to.iter().for_each(|at| stage.go_to(&graph.nodes[*at].0));
}

fn first_node(stage: Stage) -> Option<NodeId> {
    stage.editor.graph.get_untracked().0.nodes.first().map(|(id, _)| id.clone())
}

fn open(stage: Stage, place: &str) -> bool {
    let is_open = stage.editor.ask(|draft| draft.current().is_some());
    if is_open {
        focus(place);
    }
    is_open
}

/// The first node of an empty program.
pub fn first(stage: Stage) {
    if stage.editor.run(|draft| draft.add(Kind::way_in(), None)).is_some() {
        stage.fit();
        stage.follow();
    }
}

fn on_selection(stage: Stage, nodes: &[NodeId], command: fn(&mut Draft, &[NodeId]) -> Done) {
    if !nodes.is_empty() && stage.editor.run(|draft| command(draft, nodes)).is_some() {
        stage.follow();
    }
}

fn after(stage: Stage, deed: impl FnOnce()) {
    deed();
    stage.follow();
}

fn shift(stage: Stage, node: Option<NodeId>, towards_entry: bool, by: (i32, i32)) {
    if stage.editor.ask(Draft::is_free) {
        nudge(stage, by);
    } else if let Some(id) = node
        && stage.editor.run(|draft| draft.shift(&id, towards_entry)).is_some()
    {
        stage.follow();
    }
}

fn nudge(stage: Stage, (dx, dy): (i32, i32)) {
    let nodes = stage.editor.ask(|draft| draft.selection().to_vec());
    stage.editor.change(|draft| draft.move_by(&nodes, dx, dy, true));
}

fn gap_of(stage: Stage, id: &NodeId) -> Option<Gap> {
    let graph = stage.editor.graph.get_untracked().0;
    graph.find(id.as_str()).and_then(|at| graph.gap_behind(at)).map(|opening| opening.gap.clone())
}

/// Offers the nodes at which the run may go on behind this one.
pub fn connect(stage: Stage, id: &NodeId) {
    if let Some(gap) = gap_of(stage, id) {
        stage.panels.connecting.set(true);
        stage.panels.adding.set(Some(Some(gap)));
    }
}

fn cut(stage: Stage, id: &NodeId) {
    let gap = stage.editor.ask(|draft| {
        let node = draft.program().nodes.get(id)?;
        let port = node.next.keys().next_back()?;
        Some(Gap { from: id.clone(), port: port.clone() })
    });
    gap.iter().for_each(|gap| stage.editor.run(|draft| draft.disconnect(gap)).unwrap_or_default());
}

/// Unlocks the layout with the cards where they are, or goes back to derived places.
pub fn toggle_free(stage: Stage) {
    let places = stage.editor.graph.get_untracked().0.places();
    let free = stage.editor.ask(Draft::is_free);
    stage.editor.change(|draft| draft.set_free((!free).then_some(places)));
    stage.fit();
}

fn tidy(stage: Stage) {
    let editor = stage.editor;
    if editor.ask(Draft::is_free) {
        let mut derived = (*editor.program.get_untracked().0).clone();
        derived.places = None;
        let places = super::graph::Graph::of(&derived).places();
        editor.change(|draft| draft.set_free(Some(places)));
    }
    stage.fit();
}

/// Pins an empty note to a node and begins to write it.
pub fn pin(stage: Stage, id: &NodeId) {
    let at = Spot { x: CARD_WIDTH as i32 + 24, y: -8 };
    let note = Note { text: String::new(), node: Some(id.clone()), at };
    let mut number = 0;
    stage.editor.change(|draft| number = draft.add_note(note));
    focus(format!("[data-note='{number}'] textarea"));
}

/// The text of what is selected, for the clipboard; cutting takes it out.
pub fn copied(stage: Stage, cut: bool) -> Option<String> {
    let nodes = stage.editor.ask(|draft| draft.selection().to_vec());
    if nodes.is_empty() {
        return None;
    }
    let text = stage.editor.ask(|draft| draft.copy(&nodes));
    let count = nodes.len() as u64;
    if cut {
        on_selection(stage, &nodes, Draft::delete);
    }
    stage.editor.said(|texts| t_string!(texts, editor.copied, n = count));
    Some(text)
}

/// Puts the clipboard's nodes behind the current one.
pub fn pasted(stage: Stage, text: &str) {
    let gap = stage.editor.ask(|draft| draft.current().cloned()).and_then(|id| gap_of(stage, &id));
    if stage.editor.run(|draft| draft.paste(text, gap.as_ref())).is_some() {
        stage.follow();
    }
}

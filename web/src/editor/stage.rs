//! What canvas, tools and palette share: the editor, the visible part, and what the pointer holds.

use std::collections::BTreeMap;

use leptos::{html, prelude::*};
use program::{Kind, NodeId, Program};

use super::{
    draft::Gap,
    graph::Graph,
    marks::{Marks, marks},
    place::{CARD_HEIGHT, CARD_WIDTH, Point},
    store::Editor,
    viewport::Viewport,
};
use crate::{documents::shared::Shared, parts::focus::focus};

/// Size of a card.
pub const CARD: (f64, f64) = (CARD_WIDTH, CARD_HEIGHT);
/// A card with the '+' below it, clear of the tools at the foot of the canvas.
const WITH_PLUS: (f64, f64) = (CARD_WIDTH, CARD_HEIGHT + 110.0);
/// A drop within this many pixels of a '+' goes there.
const NEAR: f64 = 90.0;

/// What the pointer holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Hold {
    /// Cards, picked up at this point of the drawing.
    Cards(Vec<NodeId>, Point),
    /// The loose end of an edge.
    Wire(Gap),
    /// A new node.
    New(Kind),
    /// The corner of a rectangle that selects.
    Marquee(Point),
}

/// The stage. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Stage {
    /// The program.
    pub editor: Editor,
    /// The canvas and what is seen on it.
    pub sight: Sight,
    /// The pointer.
    pub hand: Hand,
    /// What stands open above the canvas.
    pub panels: Panels,
    /// The live version, beside the draft.
    pub live: Live,
    /// Asks for a save now.
    pub saving: RwSignal<u32>,
    /// How many contacts of a test run stand where.
    pub testing: RwSignal<BTreeMap<String, u64>>,
}

/// The canvas and what is seen on it.
#[derive(Clone, Copy)]
pub struct Sight {
    /// The part of the drawing that is seen.
    pub view: RwSignal<Viewport>,
    /// What was seen when everything was brought into sight last.
    pub fitted: StoredValue<Option<Viewport>>,
    /// The canvas.
    pub canvas: NodeRef<html::Div>,
}

/// The pointer.
#[derive(Clone, Copy)]
pub struct Hand {
    /// What it holds.
    pub hold: RwSignal<Option<Hold>>,
    /// Where it is on the drawing, while it holds something.
    pub at: RwSignal<Point>,
}

/// What stands open above the canvas.
#[derive(Clone, Copy)]
pub struct Panels {
    /// For which gap the palette is open; inside, none is a loose node.
    pub adding: RwSignal<Option<Option<Gap>>>,
    /// Whether the palette offers only nodes that are there.
    pub connecting: RwSignal<bool>,
    /// Whether the search is open.
    pub finding: RwSignal<bool>,
    /// Whether the keys are explained.
    pub helping: RwSignal<bool>,
}

/// The live version, beside the draft.
#[derive(Clone, Copy)]
pub struct Live {
    /// Its program, if there is one.
    pub program: RwSignal<Option<Shared<Program>>>,
    /// Whether the draft differs from it, or there is none.
    pub changed: Memo<bool>,
    /// What became of each node since.
    pub marks: Memo<Marks>,
    /// Whether the cards show what differs from it.
    pub comparing: RwSignal<bool>,
}

impl Stage {
    /// An empty-handed stage.
    pub fn new(editor: Editor) -> Self {
        Self {
            editor,
            sight: Sight {
                view: RwSignal::new(Viewport::START),
                fitted: StoredValue::new(None),
                canvas: NodeRef::new(),
            },
            hand: Hand { hold: RwSignal::new(None), at: RwSignal::new(Point::default()) },
            panels: Panels {
                adding: RwSignal::new(None),
                connecting: RwSignal::new(false),
                finding: RwSignal::new(false),
                helping: RwSignal::new(false),
            },
            live: Live::beside(editor),
            saving: RwSignal::new(0),
            testing: RwSignal::new(BTreeMap::new()),
        }
    }

    /// Makes it known to everything below.
    pub fn provide(self) {
        provide_context(self);
    }

    /// From anywhere below.
    pub fn here() -> Self {
        expect_context()
    }

    /// Size of the canvas.
    pub fn size(self) -> (f64, f64) {
        let canvas = self.sight.canvas.get_untracked();
        canvas.map_or((800.0, 600.0), |canvas| (canvas.client_width().into(), canvas.client_height().into()))
    }

    /// Everything in sight.
    pub fn fit(self) {
        let graph = self.editor.graph.get_untracked().0;
        let view = fitted(&graph, self.size());
        self.sight.fitted.set_value(Some(view));
        self.sight.view.set(view);
    }

    /// The canvas has another size: everything stays in sight, unless the reader has turned to something.
    pub fn resized(self) {
        let (width, height) = self.size();
        if width == 0.0 || height == 0.0 {
            return;
        }
        if self.sight.fitted.get_value().is_none_or(|fitted| fitted == self.sight.view.get_untracked()) {
            self.fit();
        } else {
            // More of the drawing may be in sight now.
            self.sight.view.update(|_| ());
        }
    }

    /// Larger or smaller, about the middle.
    pub fn zoom(self, factor: f64) {
        let (width, height) = self.size();
        self.sight.view.update(|view| *view = view.zoom_at((width / 2.0, height / 2.0), factor));
    }

    /// A point of the window on the drawing.
    pub fn on_drawing(self, x: i32, y: i32) -> Point {
        let Some(canvas) = self.sight.canvas.get_untracked() else { return Point::default() };
        let bounds = canvas.get_bounding_client_rect();
        let view = self.sight.view.get_untracked();
        Point {
            x: (f64::from(x) - bounds.left() - view.x) / view.zoom,
            y: (f64::from(y) - bounds.top() - view.y) / view.zoom,
        }
    }

    /// Selects a node, brings it into sight and gives it the focus.
    pub fn go_to(self, node: &NodeId) {
        self.editor.select(Some(node.clone()));
        self.follow();
    }

    /// Brings a node into sight.
    pub fn show(self, node: &NodeId) {
        let graph = self.editor.graph.get_untracked().0;
        if let Some(at) = graph.find(node.as_str()) {
            let place = graph.layout.cards[at];
            self.sight.view.update(|view| *view = view.reveal(place, WITH_PLUS, self.size()));
        }
    }

    /// Gives the focus to the current node, which a command may just have made.
    pub fn follow(self) {
        let Some(node) = self.editor.ask(|draft| draft.current().cloned()) else { return };
        self.show(&node);
        focus(format!("[data-node='{node}']"));
    }

    /// The gap under the pointer, for what it holds.
    pub fn target(self) -> Option<Gap> {
        let own = match &*self.hand.hold.read() {
            Some(Hold::Cards(nodes, _)) if !self.editor.ask(super::draft::Draft::is_free) => nodes.clone(),
            Some(Hold::New(_)) => Vec::new(),
            _ => return None,
        };
        let at = self.hand.at.get();
        let graph = self.editor.graph.get().0;
        let distance = |point: Point| (point.x - at.x).hypot(point.y - at.y);
        let gaps = graph.gaps.iter().filter(|opening| !own.contains(&opening.gap.from));
        let near = gaps.filter(|opening| distance(opening.at) < NEAR);
        near.min_by(|a, b| distance(a.at).total_cmp(&distance(b.at))).map(|opening| opening.gap.clone())
    }

    /// How far the held cards have been carried.
    pub fn carried(self) -> Point {
        match &*self.hand.hold.read() {
            Some(Hold::Cards(_, from)) => {
                let at = self.hand.at.get();
                Point { x: at.x - from.x, y: at.y - from.y }
            }
            _ => Point::default(),
        }
    }
}

impl Live {
    fn beside(editor: Editor) -> Self {
        let program = RwSignal::new(None::<Shared<Program>>);
        let marks = Memo::new(move |_| {
            let live = program.get();
            marks(live.as_ref().map(|live| &*live.0), &editor.program.get().0)
        });
        let changed = Memo::new(move |_| program.get().is_none_or(|live| *live.0 != *editor.program.get().0));
        Self { program, changed, marks, comparing: RwSignal::new(false) }
    }
}

/// All of a drawing in a canvas; on a phone its top, because a whole program would be too small to read.
fn fitted(graph: &Graph, size: (f64, f64)) -> Viewport {
    let layout = &graph.layout;
    let fitted = Viewport::fit((layout.width.max(1.0), layout.height.max(1.0)), size);
    let fitted = fitted.pan(-layout.origin.x * fitted.zoom, -layout.origin.y * fitted.zoom);
    if fitted.zoom >= 0.7 || size.0 >= 600.0 {
        return fitted;
    }
    // Below the choices of view and time.
    Viewport { y: 112.0, ..fitted.zoom_at((size.0 / 2.0, 0.0), 0.75 / fitted.zoom) }
}

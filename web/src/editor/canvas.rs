//! The canvas: the drawing of a program in one world that pans and zooms. One tab stop; arrow keys walk the edges.

use std::{collections::HashMap, sync::Arc};

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, MouseEvent};

use super::{
    edge::{Batons, Labels, Lines},
    gestures::Gestures,
    graph::{Direction, Graph},
    layout::{CARD_HEIGHT, CARD_WIDTH},
    node_card::NodeCard,
    relay::Relay,
    viewport::Viewport,
};
use crate::{
    i18n::{t_string, use_i18n},
    parts::{focus::focus as focus_on, number::percent, say::say},
};

const CARD: (f64, f64) = (CARD_WIDTH, CARD_HEIGHT);
const ZOOM_STEP: f64 = 1.2;
/// From here on cards are drawn without their text.
const FAR: f64 = 0.4;

/// The drawing of a program.
#[component]
pub fn Canvas(
    /// The program.
    graph: Arc<Graph>,
    /// What moves on it.
    relay: Relay,
    /// Number of problems by node id.
    problems: HashMap<String, usize>,
    /// The node whose panel is open, by id.
    selected: RwSignal<Option<String>>,
) -> impl IntoView {
    let texts = use_i18n();
    let node = NodeRef::<html::Div>::new();
    let view = RwSignal::new(Viewport::START);
    let current = RwSignal::new(0_usize);
    let gestures = Gestures::new(view);
    let size = move || {
        node.get_untracked()
            .map_or((800.0, 600.0), |canvas| (canvas.client_width().into(), canvas.client_height().into()))
    };
    let drawing = (graph.layout.width, graph.layout.height);
    let fit = move || view.set(Viewport::fit(drawing, size()));
    // Once the canvas has a size.
    Effect::new(move |_| {
        if node.get().is_some() {
            request_animation_frame(move || {
                let fitted = Viewport::fit(drawing, size());
                // On a phone a whole program would be too small to read: start at its top instead.
                let readable = if fitted.zoom < 0.7 && size().0 < 600.0 {
                    fitted.zoom_at((size().0 / 2.0, 0.0), 0.75 / fitted.zoom)
                } else {
                    fitted
                };
                view.set(Viewport { y: fitted.y, ..readable });
            });
        }
    });
    let zoom = move |factor: f64| {
        let (width, height) = size();
        view.update(|view| *view = view.zoom_at((width / 2.0, height / 2.0), factor));
    };
    let actual = move || zoom(1.0 / view.get_untracked().zoom);

    let walked = graph.clone();
    let focus = move |at: usize| {
        current.set(at);
        let place = walked.layout.cards[at];
        view.update(|view| *view = view.reveal(place, CARD, size()));
        focus_on(format!("[data-node='{at}']"));
    };
    let keyed = graph.clone();
    let keydown = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let walk = |direction| keyed.step(current.get_untracked(), direction).into_iter().for_each(&focus);
        match event.key().as_str() {
            "ArrowUp" => walk(Direction::Up),
            "ArrowDown" => walk(Direction::Down),
            "ArrowLeft" => walk(Direction::Left),
            "ArrowRight" => walk(Direction::Right),
            "Home" => focus(0),
            "+" | "=" => zoom(ZOOM_STEP),
            "-" => zoom(1.0 / ZOOM_STEP),
            "0" => actual(),
            "1" => fit(),
            "Escape" => selected.set(None),
            _ => return,
        }
        event.prevent_default();
    };
    let clicked = graph.clone();
    let click = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if gestures.dragged() && event.detail() > 0 {
            return;
        }
        let card = target.and_then(|target| target.closest("[data-node]").ok().flatten());
        match card.and_then(|card| card.get_attribute("data-node")?.parse::<usize>().ok()) {
            Some(at) => {
                current.set(at);
                selected.set(clicked.nodes.get(at).map(|(id, _)| id.clone()));
                // By keyboard: reading goes on in the panel.
                if event.detail() == 0 {
                    focus_on(".side-panel h2");
                }
            }
            None => selected.set(None),
        }
    };

    // Only what is in sight, in steps; the card that has the focus stays.
    let seen = graph.clone();
    let visible = Memo::new(move |_| {
        let window = view.get().window(size());
        let current = current.get();
        let cards = seen.layout.cards.iter().enumerate();
        cards.filter(|(at, place)| *at == current || window.shows(**place, CARD)).map(|(at, _)| at).collect::<Vec<_>>()
    });
    let drawn = graph.clone();
    let card = move |at: usize| {
        let id = drawn.nodes[at].0.clone();
        let problems = problems.get(&id).copied().unwrap_or(0);
        let selected = Signal::derive(move || selected.read().as_ref() == Some(&id));
        let current = Signal::derive(move || current.get() == at);
        view! { <NodeCard graph=drawn.clone() at=at relay=relay problems=problems selected=selected current=current /> }
    };
    let moved = move |view: Viewport| format!("translate({}px, {}px) scale({})", view.x, view.y, view.zoom);
    let on_canvas = move || node.get_untracked().map(Element::from);
    view! {
        <div
            class="canvas"
            class:far=move || view.read().zoom < FAR
            class:dragging=gestures.active
            node_ref=node
            role="group"
            aria-label=say!(texts, program.graph)
            style:background-position=move || format!("{}px {}px", view.read().x, view.read().y)
            style:background-size=move || { let tile = 16.0 * view.read().zoom.max(0.5); format!("{tile}px {tile}px") }
            on:keydown=keydown
            on:click=click
            on:pointerdown=move |event| gestures.down(&event)
            on:pointermove=move |event| on_canvas().iter().for_each(|canvas| gestures.moved(&event, canvas))
            on:pointerup=move |event| gestures.up(&event)
            on:pointercancel=move |event| gestures.up(&event)
            on:pointerleave=move |event| gestures.up(&event)
            on:wheel=move |event| on_canvas().iter().for_each(|canvas| gestures.wheel(&event, canvas))
        >
            <div class="world" style:transform=move || moved(view.get())>
                <Lines graph=graph.clone() />
                <Batons graph=graph.clone() relay=relay />
                <Labels graph=graph.clone() relay=relay />
                <For each=move || visible.get() key=|at| *at children=card />
            </div>
        </div>
        <div class="tools">
            <button aria-label=say!(texts, program.zoom_out) title=move || format!("{} (−)", t_string!(texts, program.zoom_out)) on:click=move |_| zoom(1.0 / ZOOM_STEP)>"−"</button>
            <button class="num" aria-label=say!(texts, program.zoom_reset) title=move || format!("{} (0)", t_string!(texts, program.zoom_reset)) on:click=move |_| actual()>
                {say(move || percent(texts, view.read().zoom))}
            </button>
            <button aria-label=say!(texts, program.zoom_in) title=move || format!("{} (+)", t_string!(texts, program.zoom_in)) on:click=move |_| zoom(ZOOM_STEP)>"+"</button>
            <button title="1" on:click=move |_| fit()>{say(move || t_string!(texts, program.fit))}</button>
        </div>
    }
}

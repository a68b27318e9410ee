//! The canvas: the drawing of a program in one world that pans and zooms. One tab stop; arrow keys walk the edges.

use leptos::prelude::*;
use program::NodeId;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{ClipboardEvent, Element, EventTarget, KeyboardEvent, MouseEvent, PointerEvent, ResizeObserver};

use super::{
    acts,
    edge::{Batons, Carried, Gaps, Labels, Lines},
    gestures::Gestures,
    hand::Hand,
    node_card::NodeCard,
    notes::Notes,
    palette::Rail,
    relay::Relay,
    search::Search,
    stage::{CARD, Stage},
    tools::{Minimap, Tools},
    viewport::Viewport,
};
use crate::{i18n::use_i18n, parts::focus::focus as focus_on};

/// From here on cards are drawn without their text.
const FAR: f64 = 0.4;

/// The drawing of a program.
#[component]
pub fn Canvas(
    /// What moves on it.
    relay: Relay,
) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let (editor, view) = (stage.editor, stage.sight.view);
    let gestures = Gestures::new(view);
    let hand = Hand::new(stage);
    // Once the canvas has a size, and when it has another.
    stage.sight.fitted.set_value(None);
    let sized = SendWrapper::new(Closure::<dyn Fn()>::new(move || stage.resized()));
    let watcher = ResizeObserver::new(sized.as_ref().unchecked_ref()).ok().map(SendWrapper::new);
    let watching = StoredValue::new((watcher, sized));
    Effect::new(move |_| {
        if let Some(canvas) = stage.sight.canvas.get() {
            watching.with_value(|(watcher, _)| watcher.iter().for_each(|watcher| watcher.observe(&canvas)));
        }
    });
    on_cleanup(move || watching.with_value(|(watcher, _)| watcher.iter().for_each(|watcher| watcher.disconnect())));

    let keydown = move |event: KeyboardEvent| {
        let Some(act) = acts::stroke(&event).act() else { return };
        if acts::act(stage, act) {
            event.prevent_default();
        }
    };
    let click = move |event: MouseEvent| {
        if (gestures.dragged() || hand.dragged()) && event.detail() > 0 {
            // What was dragged by its link is not followed.
            event.prevent_default();
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(target) = target else { return };
        if matches!(target.closest(".plus, .note, a"), Ok(Some(_))) {
            return;
        }
        match node_of(event.target()) {
            Some(id) if event.shift_key() || event.ctrl_key() || event.meta_key() => {
                editor.change(|draft| draft.toggle(&id));
            }
            Some(id) => {
                if event.detail() == 2 {
                    editor.wide.set(true);
                    let stage = stage;
                    let shown = id.clone();
                    request_animation_frame(move || stage.show(&shown));
                }
                editor.select(Some(id));
                // By keyboard: reading goes on in the panel.
                if event.detail() == 0 {
                    focus_on(".side-panel h2");
                }
            }
            None => {
                editor.wide.set(false);
                editor.select(None);
            }
        }
    };
    let copy = move |event: ClipboardEvent, cut: bool| {
        if let Some(text) = acts::copied(stage, cut) {
            if let Some(data) = event.clipboard_data() {
                // A browser that does not let us write says so itself.
                let _ = data.set_data("text/plain", &text);
            }
            event.prevent_default();
        }
    };
    let paste = move |event: ClipboardEvent| {
        let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
        if let Some(text) = text {
            acts::pasted(stage, &text);
            event.prevent_default();
        }
    };

    // Only what is in sight, in steps; the card that has the focus stays.
    let window = Memo::new(move |_| view.get().window(stage.size()));
    let visible = Memo::new(move |_| {
        let (graph, window) = (editor.graph.get().0, window.get());
        let current = editor.current();
        let cards = graph.nodes.iter().zip(&graph.layout.cards);
        let seen = cards.filter(|((id, _), place)| Some(id) == current.as_ref() || window.shows(**place, CARD));
        seen.map(|((id, _), _)| id.clone()).collect::<Vec<_>>()
    });
    let card = move |id: NodeId| view! { <NodeCard id=id relay=relay /> };
    let moved = move |view: Viewport| format!("translate({}px, {}px) scale({})", view.x, view.y, view.zoom);
    let surface = move || stage.sight.canvas.get_untracked().map(Element::from);
    let down = move |event: PointerEvent| {
        if !hand.down(&event) {
            gestures.down(&event);
        }
    };
    let motion = move |event: PointerEvent| {
        surface().iter().for_each(|canvas| {
            hand.moved(&event, canvas);
            gestures.moved(&event, canvas);
        });
    };
    let up = move |event: PointerEvent| {
        hand.up(&event);
        gestures.up(&event);
    };
    let is_empty = move || editor.program.read().0.nodes.is_empty();
    view! {
        // The rail takes part: what is picked up there is put down on the canvas.
        <div class="desk" on:pointermove=motion on:pointerup=up on:pointercancel=move |event| { hand.drop_it(); gestures.up(&event) }>
            <Rail hand=hand />
            <div
                class="canvas"
                class:far=move || view.read().zoom < FAR
                class:dragging=gestures.active
                class:holding=move || stage.hand.hold.read().is_some()
                node_ref=stage.sight.canvas
                role="group"
                aria-label=say!(texts, program.graph)
                style:background-position=move || format!("{}px {}px", view.read().x, view.read().y)
                style:background-size=move || { let tile = 16.0 * view.read().zoom.max(0.5); format!("{tile}px {tile}px") }
                on:keydown=keydown
                on:focusin=move |event| node_of(event.target()).iter().for_each(|id| editor.arrive(id))
                on:click=click
                on:copy=move |event| copy(event, false)
                on:cut=move |event| copy(event, true)
                on:paste=paste
                on:pointerdown=down
                on:wheel=move |event| surface().iter().for_each(|canvas| gestures.wheel(&event, canvas))
            >
                <div class="world" style:transform=move || moved(view.get())>
                    <Lines window=window />
                    <Batons relay=relay />
                    <Labels relay=relay window=window />
                    <Gaps window=window />
                    <For each=move || visible.get() key=|id| id.clone() children=card />
                    <Notes />
                    <Carried />
                </div>
                <Show when=is_empty>
                    <div class="blank">
                        <h2>{say!(texts, editor.empty)}</h2>
                        <p>{say!(texts, editor.empty_lead)}</p>
                        <button class="primary" data-act="first" on:click=move |_| acts::first(stage)>{say!(texts, editor.empty_add)}</button>
                    </div>
                </Show>
            </div>
            <Search />
            <Tools />
            <Minimap />
        </div>
    }
}

/// The node whose card something belongs to.
fn node_of(target: Option<EventTarget>) -> Option<NodeId> {
    let card = target?.dyn_into::<Element>().ok()?.closest("[data-card]").ok()??;
    card.get_attribute("data-card")?.parse().ok()
}

//! The tools in the corner, the overview of large programs, and the page that explains the keys.

use leptos::{ev::MouseEvent, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::CanvasRenderingContext2d;

use super::{
    acts,
    keys::{Act, KEYS},
    place::{CARD_HEIGHT, CARD_WIDTH, Point},
    stage::Stage,
    words,
};
use crate::{
    format::number::percent,
    i18n::{t_string, use_i18n},
    parts::{dialog::Dialog, say::say},
};

/// Programs with fewer nodes fit the canvas and need no overview.
const MANY: usize = 40;
/// Size of the overview in pixels.
const MAP: (f64, f64) = (180.0, 120.0);

/// Zoom, layout and help.
#[component]
pub fn Tools() -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let button = move |act: Act, face: Signal<String>| {
        let name = say(move || words::act(texts, act));
        let title = say(move || format!("{} ({})", words::act(texts, act), super::keys::key_of(act)));
        view! { <button title=title on:click=move |_| { acts::act(stage, act); }><span class="hidden">{name}</span> " " {face}</button> }
    };
    let free = Memo::new(move |_| stage.editor.program.read().0.places.is_some());
    let lock = say(move || if free.get() { t_string!(texts, editor.locked) } else { t_string!(texts, editor.free) });
    view! {
        <div class="tools">
            {button(Act::ZoomOut, say(|| "−"))}
            {button(Act::Actual, say(move || percent(texts, stage.sight.view.read().zoom)))}
            {button(Act::ZoomIn, say(|| "+"))}
            {button(Act::Fit, say(move || t_string!(texts, program.fit)))}
            <button class="wide-only" aria-pressed=move || free.get().to_string() on:click=move |_| acts::toggle_free(stage)>{lock}</button>
            <Show when=move || free.get()>{button(Act::Tidy, say(move || t_string!(texts, editor.tidy)))}</Show>
            <span class="wide-only">{button(Act::Help, say(|| "?"))}</span>
        </div>
    }
}

/// The whole program in small, drawn on a bitmap: a thousand nodes are a thousand rectangles.
#[component]
pub fn Minimap() -> impl IntoView {
    let stage = Stage::here();
    let many = Memo::new(move |_| stage.editor.graph.read().0.nodes.len() > MANY);
    view! {
        <Show when=move || many.get()>
            <Map />
        </Show>
    }
}

#[component]
fn Map() -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let node = NodeRef::<html::Canvas>::new();
    let scale = move || {
        let graph = stage.editor.graph.get().0;
        let layout = &graph.layout;
        let zoom = (MAP.0 / layout.width.max(1.0)).min(MAP.1 / layout.height.max(1.0));
        (zoom, layout.origin)
    };
    Effect::new(move |_| {
        let Some(canvas) = node.get() else { return };
        let Some(brush) = canvas.get_context("2d").ok().flatten() else { return };
        let Ok(brush) = brush.dyn_into::<CanvasRenderingContext2d>() else { return };
        let (zoom, origin) = scale();
        let graph = stage.editor.graph.get().0;
        brush.clear_rect(0.0, 0.0, MAP.0, MAP.1);
        brush.set_fill_style_str("#8a9a97");
        for card in &graph.layout.cards {
            let (width, height) = ((CARD_WIDTH * zoom).max(1.5), (CARD_HEIGHT * zoom).max(1.5));
            brush.fill_rect((card.x - origin.x) * zoom, (card.y - origin.y) * zoom, width, height);
        }
    });
    // Left, top, width and height of what is seen.
    let frame = Memo::new(move |_| {
        let (zoom, origin) = scale();
        let (view, size) = (stage.sight.view.get(), stage.size());
        let at = |moved: f64, origin: f64| (-moved / view.zoom - origin) * zoom;
        let length = |room: f64| room / view.zoom * zoom;
        [at(view.x, origin.x), at(view.y, origin.y), length(size.0), length(size.1)].map(|edge| format!("{edge}px"))
    });
    let edge = move |number: usize| move || frame.read()[number].clone();
    let go = move |event: MouseEvent| {
        let (zoom, origin) = untrack(scale);
        let at = Point {
            x: f64::from(event.offset_x()) / zoom + origin.x,
            y: f64::from(event.offset_y()) / zoom + origin.y,
        };
        let size = stage.size();
        stage.sight.view.update(|view| {
            view.x = size.0 / 2.0 - at.x * view.zoom;
            view.y = size.1 / 2.0 - at.y * view.zoom;
        });
    };
    view! {
        <div class="minimap" role="img" aria-label=say!(texts, editor.minimap) title=say!(texts, editor.minimap)>
            <canvas node_ref=node width=MAP.0.to_string() height=MAP.1.to_string() on:click=go></canvas>
            <i style:left=edge(0) style:top=edge(1) style:width=edge(2) style:height=edge(3)></i>
        </div>
    }
}

/// Every action with its keys.
#[component]
pub fn KeyHelp() -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let row = move |(key, act): &'static (&'static str, Act)| {
        view! {
            <dt><kbd>{*key}</kbd></dt>
            <dd>{words::act(texts, *act)}</dd>
        }
    };
    let own = move |key: &'static str, words: &'static str| view! { <dt><kbd>{key}</kbd></dt> <dd>{words}</dd> };
    view! {
        <Dialog open=stage.panels.helping title=say!(texts, editor.keys)>
            <dl class="keys">
                {KEYS.iter().map(row).collect::<Vec<_>>()}
                {own("Ctrl+C", t_string!(texts, editor.copy))}
                {own("Ctrl+X", t_string!(texts, editor.cut))}
                {own("Ctrl+V", t_string!(texts, editor.paste))}
            </dl>
        </Dialog>
    }
}

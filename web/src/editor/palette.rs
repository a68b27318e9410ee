//! The palette: chooses the next node, by typing, by arrow keys, or by pointer.

use leptos::{html, prelude::*};
use program::{Kind, NodeId};
use web_sys::KeyboardEvent;

use super::{draft::Gap, stage::Stage};
use crate::{
    i18n::{t_string, use_i18n},
    parts::{
        dialog::Dialog,
        focus::focus,
        icon::{Glyph, Icon},
        say::say,
    },
    words,
};

/// Something to choose.
#[derive(Clone, Debug, PartialEq)]
enum Choice {
    /// A new node.
    Kind(Kind),
    /// A node that is there.
    Node(NodeId),
    /// Nothing: the run ends.
    End,
}

/// The dialog; open while the stage says for which gap.
#[component]
pub fn Palette() -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(stage.panels.adding.read().is_some()));
    Effect::new(move |was: Option<bool>| {
        let is = open.get();
        if was == Some(true) && !is {
            stage.panels.adding.set(None);
            stage.panels.connecting.set(false);
        }
        is
    });
    let title = say(move || match stage.panels.connecting.get() {
        true => t_string!(texts, editor.continue_at),
        false => t_string!(texts, editor.add),
    });
    view! {
        <Dialog open=open title=title>
            <Choices open=open />
        </Dialog>
    }
}

#[component]
fn Choices(open: RwSignal<bool>) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let editor = stage.editor;
    let input = NodeRef::<html::Input>::new();
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let gap = stage.panels.adding.get_untracked().flatten();
    let only_nodes = stage.panels.connecting.get_untracked();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            // Focus on an element that is there cannot fail.
            let _ = input.focus();
        }
    });

    let offered = offered(stage, gap.as_ref(), only_nodes);
    let offered = StoredValue::new(offered);
    let name = move |choice: &Choice| match choice {
        Choice::Kind(kind) => words::kind(texts, kind),
        Choice::End => t_string!(texts, editor.end_here).to_owned(),
        Choice::Node(id) => {
            let program = editor.program.get_untracked().0;
            program.nodes.get(id).map(|node| words::title(texts, node)).unwrap_or_default()
        }
    };
    let found = Memo::new(move |_| {
        let typed = typed.read().trim().to_lowercase();
        offered.with_value(|all| {
            all.iter().filter(|choice| name(choice).to_lowercase().contains(&typed)).cloned().collect::<Vec<_>>()
        })
    });
    let gap = StoredValue::new(gap);
    let choose = move |choice: Choice| {
        open.set(false);
        let gap = gap.get_value();
        match choice {
            Choice::Kind(kind) => {
                if editor.run(|draft| draft.add(kind, gap.as_ref())).is_some() {
                    stage.follow();
                }
            }
            Choice::Node(id) => {
                let done = gap.and_then(|gap| editor.run(|draft| draft.connect(&gap, &id)));
                done.into_iter().for_each(|()| stage.go_to(&id));
            }
            Choice::End => drop(gap.and_then(|gap| editor.run(|draft| draft.disconnect(&gap)))),
        }
    };
    let keydown = move |event: KeyboardEvent| {
        let last = found.read().len().saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1).min(last)),
            "ArrowUp" => at.update(|at| *at = at.saturating_sub(1)),
            "Enter" => {
                let chosen = found.read_untracked().get(at.get_untracked()).cloned();
                chosen.into_iter().for_each(choose);
            }
            _ => return,
        }
        event.prevent_default();
        focus_option(at.get_untracked());
    };
    let row = move |(number, choice): (usize, Choice)| {
        let (family, glyph, sort) = match &choice {
            Choice::Kind(kind) => (words::family(kind.as_kind().family()), Glyph::of(kind), "makes"),
            Choice::End => ("exit", Glyph::Halt, "leads"),
            Choice::Node(id) => {
                let program = editor.program.get_untracked().0;
                let kind = program.nodes.get(id).map(|node| &node.kind);
                let family = kind.map_or("exit", |kind| words::family(kind.as_kind().family()));
                (family, kind.map_or(Glyph::Flag, Glyph::of), "leads")
            }
        };
        let tag = match &choice {
            Choice::Kind(kind) => kind.tag().to_owned(),
            Choice::Node(id) => format!("node:{id}"),
            Choice::End => String::new(),
        };
        let words = name(&choice);
        view! {
            <li
                id=format!("choice-{number}")
                class=format!("k-{family} {sort}")
                data-choice=tag
                role="option"
                aria-selected=move || (at.get() == number).to_string()
                on:click=move |_| choose(choice.clone())
            >
                <span class="tint"><Icon glyph=glyph /></span>
                {words}
            </li>
        }
    };
    let rows = move || found.get().into_iter().enumerate().map(row).collect::<Vec<_>>();
    view! {
        <div class="palette">
            <label>
                <span class="hidden">{say!(texts, editor.find_kind)}</span>
                <input
                    node_ref=input
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="choices"
                    aria-activedescendant=move || format!("choice-{}", at.get())
                    placeholder=say!(texts, editor.find_kind)
                    autocomplete="off"
                    prop:value=typed
                    on:input=move |event| {
                        typed.set(event_target_value(&event));
                        at.set(0);
                    }
                    on:keydown=keydown
                />
            </label>
            <ul id="choices" role="listbox" aria-label=say!(texts, editor.kinds)>{rows}</ul>
            <Show when=move || found.read().is_empty()>
                <p class="small" role="status">{say!(texts, common.no_match)}</p>
            </Show>
        </div>
    }
}

/// A blank one of each kind, family by family.
fn kinds() -> Vec<Kind> {
    let mut kinds = Kind::blanks();
    kinds.sort_by_key(|kind| kind.as_kind().family());
    kinds
}

/// Kinds first; then, behind a gap, the nodes where the run may go on, and its end.
fn offered(stage: Stage, gap: Option<&Gap>, only_nodes: bool) -> Vec<Choice> {
    let mut offered = Vec::new();
    if !only_nodes {
        let kinds = kinds().into_iter().filter(|kind| gap.is_none() || !kind.is_entry());
        offered.extend(kinds.map(Choice::Kind));
    }
    let Some(gap) = gap else { return offered };
    let program = stage.editor.program.get_untracked().0;
    let now = program.nodes.get(&gap.from).and_then(|node| node.next.get(&gap.port));
    let may = |id: &&NodeId| Some(*id) != now && stage.editor.ask(|draft| draft.may_connect(gap, id).is_ok());
    offered.extend(program.nodes.keys().filter(may).cloned().map(Choice::Node));
    if now.is_some() {
        offered.push(Choice::End);
    }
    offered
}

fn focus_option(at: usize) {
    request_animation_frame(move || {
        if let Some(option) = document().get_element_by_id(&format!("choice-{at}")) {
            option.scroll_into_view_with_bool(false);
        }
    });
}

/// The kinds beside the canvas: a press adds behind the selected node, a drag puts it where the hand lets go.
#[component]
pub fn Rail(hand: super::hand::Hand) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let button = move |kind: Kind| {
        let family = words::family(kind.as_kind().family());
        let glyph = Glyph::of(&kind);
        let tag = kind.tag();
        let kind = StoredValue::new(kind);
        let add = move |_| {
            if hand.dragged() {
                return;
            }
            let editor = stage.editor;
            let graph = editor.graph.get_untracked().0;
            let is_entry = kind.with_value(Kind::is_entry);
            let behind = editor.ask(|draft| draft.current().and_then(|id| graph.find(id.as_str())));
            let gap =
                behind.filter(|_| !is_entry).and_then(|at| graph.gap_behind(at)).map(|opening| opening.gap.clone());
            if editor.run(|draft| draft.add(kind.get_value(), gap.as_ref())).is_some() {
                stage.follow();
            }
        };
        let name = move || kind.with_value(|kind| words::kind(texts, kind));
        view! {
            <button
                class=format!("k-{family}")
                data-kind=tag
                title=move || format!("{}: {}", t_string!(texts, editor.add), name())
                on:click=add
                on:pointerdown=move |event| hand.reach_new(kind.get_value(), &event)
            >
                <span class="tint"><Icon glyph=glyph /></span>
                <span>{name}</span>
            </button>
        }
    };
    let buttons: Vec<_> = kinds().into_iter().map(button).collect();
    view! { <div class="rail" role="toolbar" aria-orientation="vertical" aria-label=say!(texts, editor.kinds)>{buttons}</div> }
}

/// Opens the palette behind a node.
pub fn add_behind(stage: Stage, node: &NodeId) {
    let graph = stage.editor.graph.get_untracked().0;
    let gap = graph.find(node.as_str()).and_then(|at| graph.gap_behind(at)).map(|opening| opening.gap.clone());
    if gap.is_some() {
        stage.panels.adding.set(Some(gap));
        focus(".palette input");
    }
}

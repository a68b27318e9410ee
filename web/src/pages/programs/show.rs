//! /programs/:name: the graph with live counts, and the feed of what happens.

use std::{collections::HashMap, sync::Arc, time::Duration};

use api::programs::{NodeCount, ProgramDetail, ProgramState};
use leptos::{prelude::*, task::spawn_local};

use super::{
    feed::{Feed, News},
    findings::Findings,
    node_panel::NodePanel,
    pause::PauseButton,
    try_it::TryIt,
};
use crate::{
    address::fill,
    client,
    editor::{canvas::Canvas, graph::Graph, relay::Relay},
    i18n::{t_string, use_i18n},
    live,
    parts::{
        chip::Chip,
        head::Head,
        icon::{Glyph, Icon},
        load::{Load, loaded},
        number::number,
        say::say,
    },
    session::Me,
    words,
};

/// Between two looks at the counts while the feed brings news.
const CALM: Duration = Duration::from_secs(1);

/// One program.
#[component]
pub fn ProgramPage(name: String) -> impl IntoView {
    let path = fill(api::path::PROGRAM, &[&name]);
    let load = Load::<ProgramDetail>::new(move || path.clone());
    loaded(load, |detail| view! { <Program detail=detail /> })
}

#[component]
fn Program(detail: ProgramDetail) -> impl IntoView {
    let texts = use_i18n();
    let ProgramDetail { summary, program, problems } = detail;
    let graph = Arc::new(Graph::of(&program));
    let relay = Relay::new(&graph);
    let selected = RwSignal::new(None::<String>);
    let state = RwSignal::new(summary.state);
    let trying = RwSignal::new(false);
    let news = News::new();

    let refresh = counts(summary.name.clone(), relay);
    let followed = graph.clone();
    let connection = live::follow(&summary.name, move |item| {
        relay.pass(&followed, &item);
        news.add(item);
        refresh();
    });

    let mut at_node: HashMap<String, usize> = HashMap::new();
    for node in problems.iter().filter_map(|problem| problem.node.as_ref()) {
        *at_node.entry(node.to_string()).or_default() += 1;
    }
    let version = summary.version;
    let (title, about) = (summary.title.clone(), summary.description.clone());
    let chips = move || {
        view! {
            <Chip state=Signal::derive(move || words::program_state(texts, state.get(), version)) />
            <Warp />
        }
    };
    let panel_graph = graph.clone();
    let name = StoredValue::new(summary.name.clone());
    let side = move || match selected.get().and_then(|id| panel_graph.find(&id)) {
        Some(at) => {
            let graph = panel_graph.clone();
            view! { <NodePanel program=name.get_value() graph=graph at=at relay=relay news=news selected=selected /> }
                .into_any()
        }
        None => view! {
            <Feed graph=panel_graph.clone() news=news connection=connection trying=trying />
            <p class="about">{about.clone()}</p>
        }
        .into_any(),
    };
    view! {
        <div class="program">
            <Head
                title=Signal::derive(move || title.clone())
                crumb=Signal::derive(move || ("/programs".to_owned(), t_string!(texts, programs.title).to_owned()))
                chips=chips
            >
                <Show when=move || state.get() != ProgramState::Draft>
                    <PauseButton program=name.get_value() state=state inside=summary.inside />
                </Show>
                <button class="primary" on:click=move |_| trying.set(true)>
                    <Icon glyph=Glyph::Play />
                    {say!(texts, program.try_it)}
                </button>
            </Head>
            <section class="stage">
                <Canvas graph=graph relay=relay problems=at_node selected=selected />
                <Findings problems=problems selected=selected />
            </section>
            <aside class="side-panel">{side}</aside>
            <TryIt open=trying events=summary.entry_events.clone() />
        </div>
    }
}

/// On trial servers time runs faster: said where waits are seen.
#[component]
fn Warp() -> impl IntoView {
    let texts = use_i18n();
    let me = Me::here();
    let scale = Memo::new(move |_| me.session().map_or(1.0, |session| session.time_scale));
    let n = move || number(texts, scale.get() as u64);
    view! {
        <Show when=move || { scale.get() > 1.0 }>
            <span class="chip tone-time" title=move || t_string!(texts, program.warp_help, n = n())>
                {say(move || t_string!(texts, program.warp, n = n()))}
            </span>
        </Show>
    }
}

/// Fetches the counts now, and gives a function that asks for them again: at once after a calm time, once a second
/// in a busy one.
fn counts(name: String, relay: Relay) -> impl Fn() + Clone + 'static {
    let path = fill(api::path::PROGRAM_COUNTS, &[&name]);
    let planned = StoredValue::new(false);
    let fetch = move || {
        let path = path.clone();
        spawn_local(async move {
            // A count that did not come is no loss: the next news asks again.
            if let Ok(counts) = client::get::<Vec<NodeCount>>(&path).await {
                // The page may have been left.
                if planned.try_with_value(|_| ()).is_some() {
                    relay.set_counts(counts);
                }
            }
        });
    };
    fetch();
    move || {
        if planned.get_value() {
            return;
        }
        planned.set_value(true);
        let fetch = fetch.clone();
        let again = move || {
            if planned.try_set_value(false).is_none() {
                fetch();
            }
        };
        set_timeout(again, CALM);
    }
}

//! /programs/:name: the graph with live counts, and the feed of what happens.

use std::{sync::Arc, time::Duration};

use api::programs::{Checked, ProgramDetail, ProgramState};
use leptos::{ev, prelude::*, task::spawn_local};
use program::{Known, Program as File};

use super::{
    counted::{Counted, Legend, counts},
    feed::{Feed, News},
    findings::Findings,
    new::NewProgram,
    node_panel::NodePanel,
    pause::LifeButton,
    publish::PublishButton,
    try_it::TryIt,
};
use crate::{
    address::fill,
    client,
    documents::{
        conflict::ConflictDialog,
        desk::{self, Opened},
        saver::{Edited, Saver},
        shared::Shared,
        state::{SaveState, SaveStrip},
        versions::VersionsButton,
    },
    editor::{
        acts,
        canvas::Canvas,
        changes::Changes,
        code::Code,
        draft::{Deed, Draft},
        found::Found,
        keys::Act,
        outline::Outline,
        palette::Palette,
        relay::Relay,
        stage::Stage,
        store::Editor,
        tools::KeyHelp,
    },
    format::number::number,
    i18n::{t_string, use_i18n},
    live,
    parts::{
        chip::Chip,
        head::Head,
        icon::{Glyph, Icon},
        load::{Load, opened},
        say::say,
        toast::Toasts,
    },
    prefs,
    session::Me,
    words,
};

/// How the program is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Canvas,
    Outline,
    Code,
    Changes,
}

/// One program, with its draft.
#[component]
pub fn ProgramPage(name: String) -> impl IntoView {
    let path = fill(api::path::PROGRAM, &[&name]);
    let load = Load::<ProgramDetail>::new(move || path.clone());
    opened(load, move |detail| {
        let path = fill(api::path::PROGRAM_DRAFT, &[&name]);
        let draft = Load::<Opened<File>>::by(move || Box::pin(desk::open(path.clone())));
        opened(draft, move |draft| view! { <Program detail=detail.clone() draft=draft /> })
    })
}

#[component]
fn Program(detail: ProgramDetail, draft: Opened<File>) -> impl IntoView {
    let texts = use_i18n();
    let ProgramDetail { summary, program, .. } = detail;
    let editor = Editor::new((*draft.theirs.document.0).clone());
    let stage = Stage::new(editor);
    stage.provide();
    stage.live.program.set(summary.version.map(|_| Shared(Arc::new(program))));
    let edited = Edited {
        document: editor.program,
        unread: editor.unread,
        put: Callback::new(move |(program, why)| editor.put(program, why)),
    };
    let saver = Saver::new(edited, &draft, stage.saving.into());
    learn(&summary.name, editor, saver);
    let relay = Relay::new(prefs::span(), prefs::heat());
    let state = RwSignal::new(summary.state);
    let version = RwSignal::new(summary.version);
    let trying = RwSignal::new(false);
    let shown = RwSignal::new(View::Canvas);
    Effect::new(move |_| stage.live.comparing.set(shown.get() == View::Changes));
    let news = News::new();

    let refresh = counts(&summary.name, relay);
    let connection = live::follow(&summary.name, move |item| {
        relay.pass(&editor.graph.get_untracked().0, &item);
        news.add(item);
        refresh();
    });

    // What did not get there while the server was away goes when it is back.
    Effect::new(move |_| {
        if connection.get() == live::Connection::Open {
            saver.again();
        }
    });

    let title = Signal::derive(move || editor.program.read().0.title.clone());
    let on_unread = Callback::new(move |()| shown.set(View::Code));
    let chips = move || {
        view! {
            <Chip state=Signal::derive(move || words::program_state(texts, state.get(), version.get())) />
            <Warp />
            <SaveState saver on_unread />
        }
    };
    let on_live = Callback::new(move |now: Option<u32>| {
        version.set(now);
        // Publishing lets no held program go on.
        match (now, state.get_untracked()) {
            (None, _) => state.set(ProgramState::Draft),
            (Some(_), ProgramState::Draft) => state.set(ProgramState::Live),
            (Some(_), _) => {}
        }
        fetch_live(stage, now);
    });
    let name = StoredValue::new(summary.name.clone());
    let opened = Memo::new(move |_| editor.current());
    let side = move || match opened.get() {
        Some(id) => view! { <NodePanel program=name.get_value() id=id relay=relay news=news /> }.into_any(),
        None => view! {
            <Feed editor=editor news=news connection=connection trying=trying />
            <About editor=editor />
        }
        .into_any(),
    };
    view! {
        <div class="program" class:wide-panel=move || editor.wide.get() && opened.get().is_some()>
            <Head
                title=title
                crumb=Signal::derive(move || ("/programs".to_owned(), t_string!(texts, programs.title).to_owned()))
                chips=chips
            >
                <Show when=move || state.get() != ProgramState::Draft>
                    <LifeButton program=name.get_value() state=state inside=summary.inside />
                </Show>
                <History stage=stage />
                <VersionsButton
                    saver=saver
                    path=fill(api::path::PROGRAM_VERSIONS, &[&name.get_value()])
                    compare=fill(api::path::PROGRAM_COMPARE, &[&name.get_value()])
                    on_restore=restoring(stage, name.get_value())
                />
                <NewProgram of=name.get_value() />
                <button data-open="try-it" on:click=move |_| trying.set(true)>
                    <Icon glyph=Glyph::Play />
                    {say!(texts, program.try_it)}
                </button>
                <PublishButton program=name.get_value() saver=saver changed=stage.live.changed on_live=on_live />
            </Head>
            <SaveStrip saver on_unread />
            <ConflictDialog saver />
            <section class="stage">
                <div class="above">
                    <Show when=move || version.get().is_some()>
                        <Counted relay=relay />
                    </Show>
                    <Views shown=shown />
                </div>
                {move || match shown.get() {
                    View::Canvas => view! { <Canvas relay=relay /> }.into_any(),
                    View::Outline => view! { <Outline /> }.into_any(),
                    View::Code => view! { <div class="split"><Code /><Canvas relay=relay /></div> }.into_any(),
                    View::Changes => view! { <div class="split"><Changes /><Canvas relay=relay /></div> }.into_any(),
                }}
                <Legend relay=relay />
                <Findings />
                <Palette />
                <KeyHelp />
                <p class="hidden" role="status" aria-live="polite">{move || editor.spoken.get()}</p>
            </section>
            <aside class="side-panel" aria-label=say!(texts, editor.panel)>{side}</aside>
            <TryIt open=trying events=summary.entry_events.clone() saver=saver />
        </div>
    }
}

/// Takes an older version up as the draft; what was there is one step of undo away.
fn restoring(stage: Stage, program: String) -> Callback<u32> {
    let toasts = Toasts::here();
    let texts = use_i18n();
    Callback::new(move |version: u32| {
        let path = fill(api::path::PROGRAM_VERSION, &[&program, &version.to_string()]);
        spawn_local(async move {
            match client::get::<ProgramDetail>(&path).await {
                Ok(detail) => {
                    stage.editor.change(|draft| draft.replace(Deed::Restore(version), detail.program));
                    stage.fit();
                    // Where the keyboard stands, it can be taken back.
                    acts::act(stage, Act::First);
                    toasts.say(|| t_string!(texts, versions.restored, n = number(texts, version.into())));
                }
                Err(problem) => toasts.problem(texts, &problem),
            }
        });
    })
}

/// Asks what the installation knows, so that the checker can judge names, and after each save what only the server finds;
/// both again when the window is looked at again.
fn learn(name: &str, editor: Editor, saver: Saver<File>) {
    /// From a save to the question: whoever goes on typing saves again.
    const CALM: Duration = Duration::from_secs(1);
    let (known, found) = (fill(api::path::PROGRAM_KNOWN, &[name]), fill(api::path::PROGRAM_DRAFT_PROBLEMS, &[name]));
    let know = move || {
        let path = known.clone();
        spawn_local(async move {
            // Without it the checker says less; nothing else is lost.
            if let Ok(known) = client::get::<Known>(&path).await {
                let _ = editor.known.try_set(known);
            }
        });
    };
    let find = move || {
        let (path, of) = (found.clone(), saver.saved.get_untracked());
        spawn_local(async move {
            // The same here: what would be said then is said again when it is published.
            if let Ok(checked) = client::get::<Checked>(&path).await
                && saver.saved.try_get_untracked().is_some_and(|saved| saved == of)
            {
                let _ = editor.found.try_set(Found::new(of, checked.problems));
            }
        });
    };
    know();
    Effect::new({
        let find = find.clone();
        move |_| {
            let (of, find) = (saver.saved.get(), find.clone());
            let due = move || {
                if saver.saved.try_get_untracked().is_some_and(|saved| saved == of) {
                    find();
                }
            };
            set_timeout(due, CALM);
        }
    });
    // Who comes back may have made a stream or sent an event elsewhere.
    let listening = window_event_listener(ev::focus, move |_| {
        know();
        find();
    });
    on_cleanup(move || listening.remove());
}

/// Takes up the version that is live now as what changes are measured by.
fn fetch_live(stage: Stage, version: Option<u32>) {
    let Some(version) = version else {
        stage.live.program.set(None);
        return;
    };
    let name = stage.editor.program.get_untracked().0.name.clone();
    let path = fill(api::path::PROGRAM_VERSION, &[name.as_str(), &version.to_string()]);
    spawn_local(async move {
        if let Ok(detail) = client::get::<ProgramDetail>(&path).await {
            let _ = stage.live.program.try_set(Some(Shared(Arc::new(detail.program))));
        }
    });
}

/// Canvas, outline or code.
#[component]
fn Views(shown: RwSignal<View>) -> impl IntoView {
    let texts = use_i18n();
    let tab = move |view: View, words: Signal<String>| {
        view! {
            <button
                data-view=format!("{view:?}")
                aria-pressed=move || (shown.get() == view).to_string()
                on:click=move |_| shown.set(view)
            >
                {words}
            </button>
        }
    };
    view! {
        <div class="views" role="group" aria-label=say!(texts, editor.views)>
            {tab(View::Canvas, say!(texts, editor.view_canvas))}
            {tab(View::Outline, say!(texts, editor.view_outline))}
            {tab(View::Code, say!(texts, editor.view_code))}
            {tab(View::Changes, say!(texts, changes.title))}
        </div>
    }
}

/// Title and description of the program.
#[component]
fn About(editor: Editor) -> impl IntoView {
    let texts = use_i18n();
    let title = move || editor.program.read().0.title.clone();
    let about = move || editor.program.read().0.description.clone();
    let set = move |title: &str, about: &str| editor.change(|draft| draft.set_head(title, about));
    view! {
        <form class="about inspector" on:submit=|event| event.prevent_default() on:focusout=move |_| editor.change(Draft::settle)>
            <label>
                {say!(texts, field.title)}
                <input maxlength="120" prop:value=title on:input=move |event| set(&event_target_value(&event), &untrack(about)) />
            </label>
            <label>
                {say!(texts, editor.about)}
                <textarea rows="3" maxlength="1000" prop:value=about on:input=move |event| set(&untrack(title), &event_target_value(&event))></textarea>
            </label>
        </form>
    }
}

/// Undo and redo; their names say what.
#[component]
fn History(stage: Stage) -> impl IntoView {
    let texts = use_i18n();
    let editor = stage.editor;
    let undo = say(move || match editor.undoable() {
        Some(what) => t_string!(texts, deed.undo_what, what = what),
        None => t_string!(texts, deed.undo).to_owned(),
    });
    let redo = say(move || match editor.redoable() {
        Some(what) => t_string!(texts, deed.redo_what, what = what),
        None => t_string!(texts, deed.redo).to_owned(),
    });
    let button = move |act: Act, glyph: Glyph, name: Signal<String>, none: Signal<bool>| {
        let run = move |_| {
            acts::act(stage, act);
        };
        view! {
            <button class="icon-only" data-act=format!("{act:?}") aria-label=name title=name disabled=none on:click=run>
                <Icon glyph=glyph />
            </button>
        }
    };
    view! {
        {button(Act::Undo, Glyph::Undo, undo, Signal::derive(move || editor.undoable().is_none()))}
        {button(Act::Redo, Glyph::Redo, redo, Signal::derive(move || editor.redoable().is_none()))}
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

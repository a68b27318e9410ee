//! Publishing: what it changes, what happens to the contacts inside, and its undo.

use api::{
    problem::ProblemDetails,
    programs::{
        Choice, ChoiceName, NodeChange, NodeMove, PreviewPublish, Publish, PublishPreview, Published, UndoPublish,
        Undone,
    },
};
use leptos::{prelude::*, task::spawn_local};
use program::{Program, Severity};

use crate::{
    address::fill,
    client,
    documents::{saver::Saver, standing::Standing},
    editor::stage::Stage,
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{
        dialog::Dialog,
        icon::{Glyph, Icon},
        load::Skeleton,
        notice::problem_in,
        say::say,
        toast::Toasts,
    },
    prefs::Texts,
    words,
};

/// The button and its dialog; afterwards the way back.
#[component]
pub fn PublishButton(
    /// Name of the program.
    program: String,
    /// What has to be saved first.
    saver: Saver<Program>,
    /// Whether anything differs from the live version.
    changed: Memo<bool>,
    /// Told the new version, or the former one where publishing was undone.
    on_live: Callback<Option<u32>>,
) -> impl IntoView {
    let texts = use_i18n();
    let toasts = Toasts::here();
    let open = RwSignal::new(false);
    let done = RwSignal::new(None::<Published>);
    let name = StoredValue::new(program);
    let undo = move |_| {
        let Some(published) = done.get_untracked() else { return };
        let path = fill(api::path::PROGRAM_PUBLISH_UNDO, &[&name.get_value()]);
        spawn_local(async move {
            match client::post::<Undone>(&path, &UndoPublish { publication: published.publication }).await {
                Ok(undone) => {
                    done.set(None);
                    on_live.run(undone.version);
                    toasts.say(|| {
                        t_string!(texts, publish.undone, n = undone.back, gone_on = number(texts, undone.gone_on))
                    });
                }
                Err(problem) => toasts.problem(texts, &problem),
            }
        });
    };
    let after = move || {
        done.get().map(|published| {
            view! {
                <span class="chip tone-good" role="status">
                    {t_string!(texts, publish.done, n = number(texts, published.version.into()))}
                </span>
                <button data-act="undo-publish" on:click=undo>{say!(texts, publish.undo)}</button>
            }
        })
    };
    let editor = Stage::here().editor;
    let unread = Memo::new(move |_| editor.unread_at.read().values().sum::<usize>() as u64);
    view! {
        {after}
        <button class="primary" data-act="publish" disabled=move || !changed.get() on:click=move |_| open.set(true)>
            <Icon glyph=Glyph::Bolt />
            {say!(texts, publish.button)}
            <Show when=move || { unread.get() > 0 }>
                <span class="tally num" aria-hidden="true">{move || number(texts, unread.get())}</span>
                <span class="hidden">{say(move || t_string!(texts, editor.unread_fields, n = number(texts, unread.get())))}</span>
            </Show>
        </button>
        <Dialog open=open title=say!(texts, publish.title)>
            <Preview name=name.get_value() saver=saver open=open done=done on_live=on_live />
        </Dialog>
    }
}

/// Saves, asks what publishing would do, and shows it.
#[component]
fn Preview(
    name: String,
    saver: Saver<Program>,
    open: RwSignal<bool>,
    done: RwSignal<Option<Published>>,
    on_live: Callback<Option<u32>>,
) -> impl IntoView {
    let preview = RwSignal::new(None::<PublishPreview>);
    let problem = RwSignal::new(None::<ProblemDetails>);
    let path = fill(api::path::PROGRAM_PUBLISH_PREVIEW, &[&name]);
    spawn_local(async move {
        if !saver.saved_now().await {
            match saver.standing.try_get_untracked() {
                Some(Standing::Failed(refused)) => drop(problem.try_set(Some(*refused))),
                // Who else has saved asks for itself.
                _ => drop(open.try_set(false)),
            }
            return;
        }
        let revision = saver.revision.get_untracked();
        match client::post::<PublishPreview>(&path, &PreviewPublish { revision }).await {
            Ok(found) => drop(preview.try_set(Some(found))),
            Err(refused) => drop(problem.try_set(Some(*refused))),
        }
    });
    let name = StoredValue::new(name);
    view! {
        {problem_in(problem)}
        {move || match preview.get() {
            Some(preview) => view! { <Form name=name.get_value() saver=saver preview=preview open=open done=done on_live=on_live /> }.into_any(),
            None if problem.read().is_none() => view! { <Skeleton /> }.into_any(),
            None => ().into_any(),
        }}
    }
}

#[component]
fn Form(
    name: String,
    saver: Saver<Program>,
    preview: PublishPreview,
    open: RwSignal<bool>,
    done: RwSignal<Option<Published>>,
    on_live: Callback<Option<u32>>,
) -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let PublishPreview { problems, version, changes, inside } = preview;
    let blocked = problems.iter().any(|problem| problem.severity == Severity::Error);
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<ProblemDetails>));
    let stuck = changes.iter().map(|node| node.failed).sum::<u64>();
    let count = |change| changes.iter().filter(|node| node.change == change).count() as u64;
    use api::programs::Change as Is;
    let (added, changed, removed) = (count(Is::Added), count(Is::Changed), count(Is::Removed));
    let rows: Vec<Row> =
        changes.into_iter().filter(|node| node.tokens > 0 && node.choices.len() > 1).map(Row::new).collect();
    let rows = StoredValue::new(rows);
    let publish = move |_| {
        let moves = rows.with_value(|rows| rows.iter().filter_map(Row::chosen).collect());
        let request = Publish { revision: saver.revision.get_untracked(), moves };
        let path = fill(api::path::PROGRAM_PUBLISH, &[&name]);
        busy.set(true);
        spawn_local(async move {
            match client::post::<Published>(&path, &request).await {
                Ok(published) => {
                    saver.revision.set(published.revision);
                    on_live.run(Some(published.version));
                    done.set(Some(published));
                    open.set(false);
                }
                Err(refused) => {
                    let _ = problem.try_set(Some(*refused));
                    let _ = busy.try_set(false);
                }
            }
        });
    };
    let program = stage.editor.program.get_untracked().0;
    let found = problems.into_iter().map(|problem| {
        let tone = if problem.severity == Severity::Error { "tone-bad" } else { "tone-warn" };
        // What is wrong somewhere says at which step.
        let step = problem.node.as_ref().map(|id| {
            let name = words::title_of(texts, program.nodes.get(id), id.as_str());
            view! { <b data-step=id.to_string()>{name}</b> ": " }
        });
        view! { <li class=tone><span class="tint"><Icon glyph=Glyph::Halt /></span><span>{step} {words::finding(texts, &problem.message)}</span></li> }
    });
    let found: Vec<_> = found.collect();
    let choices: Vec<_> = rows.with_value(Clone::clone).into_iter().map(|row| row.view(texts, stage)).collect();
    let any = !choices.is_empty();
    view! {
        {problem_in(problem)}
        <p class="dialog-text">
            {say(move || t_string!(texts, publish.lead, version = number(texts, version.into()), added = number(texts, added), changed = number(texts, changed), removed = number(texts, removed)))}
        </p>
        <ul class="rows findings-list">{found}</ul>
        {(inside > 0).then(|| view! {
            <p class="dialog-text">{say(move || t_string!(texts, publish.inside, n = inside))}</p>
        })}
        {(stuck > 0).then(|| view! {
            <p class="dialog-text" data-stuck="true">{say(move || t_string!(texts, publish.stuck, n = stuck))}</p>
        })}
        {any.then(|| view! { <fieldset class="moves"><legend>{say!(texts, publish.moves)}</legend>{choices}</fieldset> })}
        <footer>
            <button on:click=move |_| open.set(false)>{say!(texts, common.cancel)}</button>
            <button class="primary" data-act="publish-now" disabled=move || blocked || busy.get() on:click=publish>
                {say(move || t_string!(texts, publish.now, version = number(texts, version.into())))}
            </button>
        </footer>
    }
}

/// A node where contacts stand, and what is chosen for them.
#[derive(Clone, Debug)]
struct Row {
    change: NodeChange,
    choice: RwSignal<ChoiceName>,
    to: RwSignal<String>,
}

impl Row {
    fn new(change: NodeChange) -> Self {
        let to = RwSignal::new(change.node.clone());
        Self { change, choice: RwSignal::new(ChoiceName::Stay), to }
    }

    fn chosen(&self) -> Option<NodeMove> {
        let choice = match self.choice.get_untracked() {
            ChoiceName::Stay => return None,
            ChoiceName::Move => Choice::Move { to: self.to.get_untracked() },
            ChoiceName::Retime => Choice::Retime,
            ChoiceName::Exit => Choice::Exit,
        };
        Some(NodeMove { node: self.change.node.clone(), choice })
    }

    fn view(self, texts: Texts, stage: Stage) -> impl IntoView {
        let Self { change, choice, to } = self;
        let now = stage.editor.program.get_untracked().0;
        let before = stage.live.program.get_untracked();
        let node = now.nodes.get(change.node.as_str()).or_else(|| before.as_ref()?.0.nodes.get(change.node.as_str()));
        let title = node.map_or_else(|| change.node.clone(), |node| words::title(texts, node));
        let options = change.choices.iter().map(|name| {
            let selected = choice.get_untracked() == *name;
            view! { <option value=choice_value(*name) selected=selected>{choice_words(texts, *name)}</option> }
        });
        let options: Vec<_> = options.collect();
        let choices = change.choices.clone();
        let choose = move |value: String| {
            if let Some(name) = choices.iter().find(|name| choice_value(**name) == value) {
                choice.set(*name);
            }
        };
        let listed = now.nodes.iter().map(|(id, node)| (id.to_string(), words::title(texts, node)));
        let targets = StoredValue::new(listed.collect::<Vec<_>>());
        if !now.nodes.contains_key(change.node.as_str()) {
            to.set(now.nodes.keys().next().map(ToString::to_string).unwrap_or_default());
        }
        let NodeChange { tokens, failed, .. } = change;
        let name = title.clone();
        let fate = say(move || match choice.get() {
            ChoiceName::Stay => t_string!(texts, publish.stuck_stay),
            ChoiceName::Exit => t_string!(texts, publish.stuck_exit),
            ChoiceName::Move | ChoiceName::Retime => t_string!(texts, publish.stuck_again),
        });
        let stuck = (failed > 0).then(|| {
            let words = say(move || t_string!(texts, publish.stuck_here, n = failed));
            view! { <p class="stuck" data-stuck-at=name.clone()><span class="chip tone-bad">{words}</span> <span class="small">{fate}</span></p> }
        });
        view! {
            <div class="move">
                <label>
                    <span><b>{title}</b> " " <span class="num quiet">{say(move || t_string!(texts, publish.stand, n = number(texts, tokens)))}</span></span>
                    <select data-move=change.node.clone() on:change=move |event| choose(event_target_value(&event))>{options}</select>
                </label>
                {stuck}
                <Show when=move || choice.get() == ChoiceName::Move>
                    <select data-move-to=name.clone() aria-label=say!(texts, publish.to) prop:value=to on:change=move |event| to.set(event_target_value(&event))>
                        {target_options(targets, to)}
                    </select>
                </Show>
            </div>
        }
    }
}

fn target_options(targets: StoredValue<Vec<(String, String)>>, to: RwSignal<String>) -> Vec<impl IntoView> {
    let option = |(id, title): (String, String)| {
        let chosen = to.get_untracked() == id;
        view! { <option value=id selected=chosen>{title}</option> }
    };
    targets.get_value().into_iter().map(option).collect()
}

/// The value of a choice in its list.
fn choice_value(choice: ChoiceName) -> &'static str {
    match choice {
        ChoiceName::Stay => "stay",
        ChoiceName::Move => "move",
        ChoiceName::Retime => "retime",
        ChoiceName::Exit => "exit",
    }
}

fn choice_words(texts: Texts, choice: ChoiceName) -> &'static str {
    match choice {
        ChoiceName::Stay => t_string!(texts, publish.stay),
        ChoiceName::Move => t_string!(texts, publish.take),
        ChoiceName::Retime => t_string!(texts, publish.retime),
        ChoiceName::Exit => t_string!(texts, publish.exit),
    }
}

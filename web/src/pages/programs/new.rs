//! A new program: empty, or a copy of another one.

use api::{
    documents::{DraftSaved, Duplicate},
    problem::ProblemDetails,
    programs::{Draft, SaveDraft},
};
use leptos::{prelude::*, task::spawn_local, web_sys::SubmitEvent};
use leptos_router::hooks::use_navigate;
use program::{Program, ProgramName};

use crate::{
    address::fill,
    client,
    i18n::{t_string, use_i18n},
    parts::{
        dialog::Dialog,
        icon::{Glyph, Icon},
        notice::problem_in,
    },
};

/// The button and its dialog.
#[component]
pub fn NewProgram(
    /// The program to be copied; none for an empty one.
    #[prop(optional)]
    of: Option<String>,
) -> impl IntoView {
    let texts = use_i18n();
    let open = RwSignal::new(false);
    let copies = of.is_some();
    let words = move || if copies { say!(texts, programs.duplicate) } else { say!(texts, programs.new) };
    let of = StoredValue::new(of);
    view! {
        <button
            class:primary=!copies
            data-act=if copies { "duplicate-program" } else { "new-program" }
            aria-label=words()
            title=words()
            on:click=move |_| open.set(true)
        >
            <Icon glyph=if copies { Glyph::Copy } else { Glyph::Plus } />
            <span class:wide=copies>{words()}</span>
        </button>
        <Dialog open=open title=words()>
            <Form of=of.get_value() />
        </Dialog>
    }
}

#[component]
fn Form(of: Option<String>) -> impl IntoView {
    let texts = use_i18n();
    let go = use_navigate();
    let title = RwSignal::new(String::new());
    let name = RwSignal::new(String::new());
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<ProblemDetails>));
    let own_name = RwSignal::new(false);
    let wrong = move || {
        let name = name.get();
        (!name.is_empty() && ProgramName::new(&name).is_err()).then(|| t_string!(texts, programs.name_rule))
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (title, name) = (title.get_untracked().trim().to_owned(), name.get_untracked());
        let Ok(id) = ProgramName::new(&name) else { return };
        let (go, of) = (go.clone(), of.clone());
        busy.set(true);
        spawn_local(async move {
            let made = match of {
                Some(of) => {
                    let path = fill(api::path::PROGRAM_DUPLICATE, &[&of]);
                    client::post::<Draft>(&path, &Duplicate { name: name.clone(), title }).await.map(drop)
                }
                None => {
                    let path = fill(api::path::PROGRAM_DRAFT, &[&name]);
                    let draft = SaveDraft { program: Program::empty(id, title), revision: 0 };
                    client::put::<DraftSaved>(&path, &draft).await.map(drop)
                }
            };
            match made {
                Ok(()) => go(&format!("/programs/{name}"), Default::default()),
                Err(refused) => {
                    let _ = problem.try_set(Some(*refused));
                    let _ = busy.try_set(false);
                }
            }
        });
    };
    let entitle = move |text: String| {
        if !own_name.get_untracked() {
            name.set(slug(&text));
        }
        title.set(text);
    };
    view! {
        <form on:submit=submit>
            {problem_in(problem)}
            <label>
                {say!(texts, programs.new_title)}
                <input required maxlength="120" autofocus data-field="title" prop:value=title on:input=move |event| entitle(event_target_value(&event)) />
            </label>
            <label>
                {say!(texts, programs.new_name)}
                <input
                    required
                    maxlength="64"
                    data-field="name"
                    prop:value=name
                    aria-invalid=move || wrong().is_some().to_string()
                    on:input=move |event| {
                        own_name.set(true);
                        name.set(event_target_value(&event));
                    }
                />
                <span class="help">{say!(texts, programs.new_name_help)}</span>
                <span class="error" role="status">{wrong}</span>
            </label>
            <footer>
                <button class="primary" disabled=move || busy.get() || wrong().is_some() || name.read().is_empty()>{say!(texts, programs.create)}</button>
            </footer>
        </form>
    }
}

/// A name for files out of a title.
fn slug(title: &str) -> String {
    let title = title.to_lowercase();
    let plain = title.chars().map(|c| match c {
        'ä' | 'à' | 'â' | 'á' => 'a',
        'ö' | 'ô' => 'o',
        'ü' | 'û' | 'ù' => 'u',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'ç' => 'c',
        'î' | 'ï' => 'i',
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    });
    let plain: String = plain.collect();
    let words = plain.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    words.chars().take(64).collect()
}

//! The state of a draft, for all editors.

use leptos::prelude::*;

use super::saver::{Document, Saver, Standing};
use crate::{
    i18n::{t_string, use_i18n},
    parts::{dialog::Dialog, say::say},
    words,
};

/// The state of the draft, beside the title, and the question where two editors met.
#[component]
pub fn SaveState<T: Document>(saver: Saver<T>) -> impl IntoView {
    let texts = use_i18n();
    let words = move || match &*saver.standing.read() {
        Standing::Saved => t_string!(texts, draft.saved).to_owned(),
        Standing::Changed => t_string!(texts, draft.changed).to_owned(),
        Standing::Saving => t_string!(texts, draft.saving).to_owned(),
        Standing::Failed(_) => t_string!(texts, draft.failed).to_owned(),
        Standing::Conflict(_) => t_string!(texts, draft.conflict).to_owned(),
    };
    let why = move || match &*saver.standing.read() {
        Standing::Failed(problem) => Some(words::refused(texts, problem).1),
        _ => None,
    };
    let bad = Memo::new(move |_| matches!(*saver.standing.read(), Standing::Failed(_) | Standing::Conflict(_)));
    let failed = Memo::new(move |_| matches!(*saver.standing.read(), Standing::Failed(_)));
    let meeting = RwSignal::new(false);
    Effect::new(move |_| meeting.set(matches!(*saver.standing.read(), Standing::Conflict(_))));
    let said = move || match &*saver.standing.read() {
        Standing::Conflict(said) => said.clone(),
        _ => String::new(),
    };
    let theirs = move |_| {
        // The page begins again with what the server has.
        let _ = location().reload();
    };
    view! {
        <span class="save-state" class:bad=bad role="status" title=why data-saved=move || (*saver.standing.read() == Standing::Saved).to_string()>
            {say(words)}
        </span>
        <Show when=move || failed.get()>
            <button class="small-button" on:click=move |_| saver.save()>{say!(texts, common.retry)}</button>
        </Show>
        <Dialog open=meeting title=say!(texts, draft.conflict)>
            <p class="dialog-text">{said}</p>
            <p class="dialog-text">{say!(texts, draft.conflict_lead)}</p>
            <footer>
                <button data-act="theirs" on:click=theirs>{say!(texts, draft.theirs)}</button>
                <button class="danger" data-act="mine" on:click=move |_| saver.overwrite()>{say!(texts, draft.mine)}</button>
            </footer>
        </Dialog>
    }
}

//! "Try it": simulate the draft in the browser, play it on past events, test it on test contacts, or send an event. It
//! stands beside the canvas, which shows where the simulation or the test is.

mod figures;
mod files;
mod history;
mod mail;
mod send;
mod simulate;
mod steps;
mod test_desk;
mod test_form;
mod test_run;
mod testers;

use leptos::prelude::*;
use program::Program;

use self::{history::History, send::SendEvent, simulate::Simulate, test_form::TestRun};
use crate::{documents::saver::Saver, i18n::use_i18n, parts::dialog::Dialog};

/// How it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Simulate,
    History,
    Test,
    Send,
}

/// The dialog.
#[component]
pub fn TryIt(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Event types that start the live program.
    events: Vec<String>,
    /// Has the draft on the server before it is tested there.
    saver: Saver<Program>,
) -> impl IntoView {
    let texts = use_i18n();
    let mode = RwSignal::new(Mode::Simulate);
    // It goes on while the dialog is closed.
    let run = RwSignal::new(None);
    let test = RwSignal::new(None);
    let tab = move |of: Mode, words: Signal<String>| {
        view! {
            <button
                type="button"
                role="tab"
                data-mode=format!("{of:?}")
                aria-selected=move || (mode.get() == of).to_string()
                on:click=move |_| mode.set(of)
            >
                {words}
            </button>
        }
    };
    view! {
        <Dialog open=open title=say!(texts, program.try_it) beside=true>
            <div class="tabs" role="tablist" aria-label=say!(texts, sim.modes)>
                {tab(Mode::Simulate, say!(texts, sim.simulate))}
                {tab(Mode::History, say!(texts, sim.history))}
                {tab(Mode::Test, say!(texts, tests.title))}
                {tab(Mode::Send, say!(texts, sim.send))}
            </div>
            {
                let events = events.clone();
                move || match mode.get() {
                    Mode::Simulate => view! { <Simulate /> }.into_any(),
                    Mode::History => view! { <History run=run /> }.into_any(),
                    Mode::Test => view! { <TestRun run=test saver=saver /> }.into_any(),
                    Mode::Send => view! { <SendEvent open=open events=events.clone() /> }.into_any(),
                }
            }
        </Dialog>
    }
}

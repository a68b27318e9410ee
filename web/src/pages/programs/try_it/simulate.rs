//! *Simulate*: what is to be played, and then its steps.

use api::Object;
use leptos::{prelude::*, web_sys::SubmitEvent};
use program::{EventType, Period, Time};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    send::{sample, take_up_latest},
    steps::Steps,
};
use crate::{
    editor::{stage::Stage, store::Editor},
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        json::pretty,
    },
    simulation::{self, Earlier, MOST_EARLIER, Played, Setup},
};

/// Events that the contact had before, as they are typed.
#[derive(Clone, Copy)]
struct Row {
    id: usize,
    event: RwSignal<String>,
    times: RwSignal<String>,
    within: RwSignal<String>,
}

impl Row {
    fn new(id: usize, event: &str, within: &str) -> Self {
        let text = |text: &str| RwSignal::new(text.to_owned());
        Self { id, event: text(event), times: text("0"), within: text(within) }
    }

    /// What it says; none where it cannot be read.
    fn read(self) -> Option<Earlier> {
        let event = EventType::new(self.event.read().trim()).ok()?;
        let times = self.times.read().trim().parse().ok().filter(|times| *times <= MOST_EARLIER)?;
        let within = self.within.read().parse::<Period>().ok()?;
        Some(Earlier { event, times, within })
    }
}

/// The form; when it was played, the steps in its place.
#[component]
pub fn Simulate() -> impl IntoView {
    let texts = use_i18n();
    let editor = Stage::here().editor;
    let events = entry_events(editor);
    let event = RwSignal::new(events.get_untracked().first().cloned().unwrap_or_default());
    let contact = json!({ "email": "ada@example.test", "first_name": "Ada", "opt_in": true });
    let (contact, data) = (RwSignal::new(pretty(&contact)), RwSignal::new(pretty(&sample())));
    take_up_latest(event, data);
    let counted = simulation::counted(&editor.program.get_untracked().0);
    let rows = counted.iter().enumerate();
    let rows = rows.map(|(id, (event, within))| Row::new(id, event.as_str(), &within.to_string()));
    let rows = RwSignal::new(rows.collect::<Vec<_>>());
    let played = RwSignal::new(None::<(Setup, Played)>);

    let setup = Memo::new(move |_| {
        let earlier: Option<Vec<_>> = rows.get().into_iter().map(Row::read).collect();
        Some(Setup {
            at: Time::UNIX_EPOCH,
            event: EventType::new(&event.read()).ok()?,
            contact: object(&contact.read()).ok()?,
            data: object(&data.read()).ok()?,
            earlier: earlier?,
            seed: Uuid::nil(),
        })
    });
    let play = move || {
        let Some(setup) = setup.get_untracked() else { return };
        // Other luck each time.
        let seed = Uuid::from_u128((js_sys::Math::random() * 2_f64.powi(53)) as u128);
        let setup = Setup { at: now(), seed, ..setup };
        let result = simulation::play(&editor.program.get_untracked().0, &setup);
        played.set(Some((setup, result)));
    };
    let submit = move |submitted: SubmitEvent| {
        submitted.prevent_default();
        play();
    };
    let add = move |_| {
        rows.update(|rows| {
            let id = rows.last().map_or(0, |row| row.id + 1);
            rows.push(Row::new(id, &event.get_untracked(), "365d"));
        });
    };
    let form = move || {
        let options = move || {
            let events = events.get().into_iter();
            events.map(|event| view! { <option value=event.clone()>{event.clone()}</option> }).collect::<Vec<_>>()
        };
        view! {
            <form class="simulate" on:submit=submit>
                <p class="dialog-text">{say!(texts, sim.lead)}</p>
                <Show when=move || events.read().is_empty()>
                    <p class="error" role="alert">{say!(texts, sim.no_entry)}</p>
                </Show>
                <label>
                    {say!(texts, trial.event)}
                    <select bind:value=event>{options}</select>
                </label>
                {json_field(say!(texts, sim.contact), "contact", contact)}
                {json_field(say!(texts, trial.data), "data", data)}
                <fieldset class="earlier">
                    <legend>{say!(texts, sim.earlier)}</legend>
                    <For each=move || rows.get() key=|row| row.id let:row>
                        <EarlierRow row=row rows=rows />
                    </For>
                    <button type="button" class="small-button" on:click=add>{say!(texts, sim.add)}</button>
                    <span class="error" role="status">
                        {move || rows.get().into_iter().any(|row| row.read().is_none()).then(|| t_string!(texts, sim.bad_earlier))}
                    </span>
                </fieldset>
                <footer>
                    <button class="primary" disabled=move || setup.read().is_none()>
                        <Icon glyph=Glyph::Play />
                        {say!(texts, sim.simulate)}
                    </button>
                </footer>
            </form>
        }
    };
    move || match played.get() {
        None => form().into_any(),
        Some((setup, result)) => view! {
            <Steps setup=setup played=result />
            <footer class="dialog-foot">
                <button on:click=move |_| played.set(None)>{say!(texts, sim.change)}</button>
                <button on:click=move |_| play()>{say!(texts, sim.again)}</button>
            </footer>
        }
        .into_any(),
    }
}

/// The event types that enter the draft, each once.
pub fn entry_events(editor: Editor) -> Memo<Vec<String>> {
    Memo::new(move |_| {
        let mut events: Vec<String> = editor.program.get().0.entry_events().map(ToString::to_string).collect();
        events.sort();
        events.dedup();
        events
    })
}

/// A JSON object to be typed, with what is wrong with it.
pub fn json_field(label: Signal<String>, name: &'static str, text: RwSignal<String>) -> impl IntoView {
    let texts = use_i18n();
    let wrong = move || object(&text.read()).err();
    view! {
        <label>
            {label}
            <textarea
                rows="6"
                spellcheck="false"
                class="code"
                data-field=name
                aria-invalid=move || wrong().is_some().to_string()
                bind:value=text
            ></textarea>
            <span class="error" role="status">
                {move || wrong().map(|why| t_string!(texts, trial.bad_json, why = why))}
            </span>
        </label>
    }
}

#[component]
fn EarlierRow(row: Row, rows: RwSignal<Vec<Row>>) -> impl IntoView {
    let texts = use_i18n();
    let remove = move |_| rows.update(|rows| rows.retain(|other| other.id != row.id));
    view! {
        <div class="earlier-row">
            <label>
                {say!(texts, sim.times)}
                <input class="num" inputmode="numeric" data-field="times" bind:value=row.times />
            </label>
            <label>{say!(texts, trial.event)} <input data-field="earlier" bind:value=row.event /></label>
            <label>{say!(texts, sim.within)} <input data-field="within" bind:value=row.within /></label>
            <button type="button" class="icon-only" aria-label=say!(texts, sim.remove) on:click=remove>
                <Icon glyph=Glyph::Close />
            </button>
        </div>
    }
}

/// The object that a text holds, or what is wrong with it.
pub fn object(text: &str) -> Result<Object, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("{ … }".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// The reader's time, from which the virtual one goes on.
fn now() -> Time {
    Time::from_timestamp_millis(js_sys::Date::now() as i64).unwrap_or_default()
}

//! One widget for each kind of input; label, help and errors around it are the same for all.

mod area;
mod changes;
mod choice;
mod date_time;
mod entry;
mod event;
mod expression;
mod form;
mod hours;
mod known;
mod number;
mod one;
mod period;
mod row;
mod row_menu;
mod row_value;
mod row_words;
mod rows;
mod stream;
mod suggested;
mod text;
mod unread;
mod weekdays;
mod weights;
mod zone;

use leptos::prelude::*;
use program::{Field, Input, NodeId, Period};
use serde_json::Value;

use super::{
    draft::Refusal,
    pair::{self, Tongue},
    stage::Stage,
    store::Editor,
};
use crate::{format::read::Unread, i18n::use_i18n, parts::say::say, prefs::Texts, words};

/// A field of a node: its value in the draft, and why what was typed does not fit.
#[derive(Clone, Copy)]
pub struct Slot {
    /// The program.
    pub editor: Editor,
    node: StoredValue<NodeId>,
    /// Tag of the node's kind.
    pub kind: &'static str,
    /// Which field.
    pub field: &'static Field,
    /// The value as the file has it.
    pub value: Memo<Value>,
    /// What was typed into its parts and cannot be read: the part, without the field's name, and the text.
    typed: Memo<Vec<(String, String)>>,
    /// The value when somebody came to the field.
    before: StoredValue<Value>,
    /// Why what was typed last was not taken.
    pub error: RwSignal<Option<String>>,
    texts: Texts,
}

impl Slot {
    fn new(texts: Texts, editor: Editor, node: NodeId, (kind, field): (&'static str, &'static Field)) -> Self {
        let node = StoredValue::new(node);
        let value = Memo::new(move |_| {
            let program = editor.program.get().0;
            let node = node.with_value(|node| program.nodes.get(node));
            node.and_then(|node| node.kind.field(field.name)).unwrap_or(Value::Null)
        });
        let typed = Memo::new(move |_| {
            let program = editor.program.get().0;
            let node = node.with_value(|node| program.nodes.get(node));
            let own = |(part, typed): (&String, &String)| {
                let rest = part.strip_prefix(field.name)?;
                let rest = if rest.is_empty() { rest } else { rest.strip_prefix('.')? };
                Some((rest.to_owned(), typed.clone()))
            };
            node.into_iter().flat_map(|node| &node.unread).filter_map(own).collect()
        });
        let before = StoredValue::new(value.get_untracked());
        Self { editor, node, kind, field, value, typed, before, error: RwSignal::new(None), texts }
    }

    /// The value as text; nothing where it is left out.
    pub fn text(self) -> String {
        match &*self.value.read() {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// In which language people type here.
    fn tongue(self) -> Tongue {
        let language = self.texts.language();
        let year = js_sys::Date::new_0().get_full_year().try_into().unwrap_or(2000);
        Tongue { language, year }
    }

    /// What was typed into a part and cannot be read.
    fn unread(self, part: &str) -> Option<String> {
        self.typed.read().iter().find(|(known, _)| known == part).map(|(_, typed)| typed.clone())
    }

    /// What a part shows of the value.
    fn shown(self, part: &str) -> String {
        pair::show_part(self.field.input, part, &self.value.read(), self.tongue().language)
    }

    /// The unit beside a length.
    fn unit(self, part: &str) -> String {
        let chosen =
            self.unread(&(part.to_owned() + ".unit")).or_else(|| self.unread("unit").filter(|_| part.is_empty()));
        chosen.unwrap_or_else(|| pair::unit_of(&self.value.read()).to_owned())
    }

    fn read(self, part: &str, text: &str) -> Result<Value, Unread> {
        untrack(|| {
            let now = self.value.get();
            pair::read_part(self.field.input, part, text, &now, &self.unit(part), self.tongue())
        })
    }

    /// Whether a text says what a part holds now.
    fn reads_as_stored(self, part: &str, text: &str) -> bool {
        self.read(part, text).is_ok_and(|read| read == *self.value.read())
    }

    /// Takes what is typed into a part. What cannot be read stays there as it is, and is an error of the draft.
    fn commit(self, part: &str, text: &str) {
        let is_blank = text.trim().is_empty();
        let open = matches!(self.field.input, Input::DateTime | Input::Event | Input::Stream);
        if is_blank && part.is_empty() && (open || !self.field.required) {
            return self.put(part, Value::Null, text);
        }
        match self.read(part, text) {
            Ok(value) => self.put(part, value, text),
            Err(_) => {
                self.error.set(None);
                self.keep(part, text, None);
            }
        }
    }

    /// Chooses a unit: the number stays as it is.
    fn set_unit(self, part: &str, unit: &str) {
        let text = untrack(|| self.unread(part).unwrap_or_else(|| self.shown(part)));
        let read = untrack(|| {
            let now = self.value.get();
            pair::read_part(self.field.input, part, &text, &now, unit, self.tongue())
        });
        let in_unit = |value: &Value| {
            let period: Period = value.as_str()?.parse().ok()?;
            Period::in_unit(period.millis(), unit).map(|period| period.to_string())
        };
        match read {
            // A number with several units keeps its length.
            Ok(value) => self.put(part, in_unit(&value).map_or(value, Value::from), &text),
            Err(_) => self.keep(part, &text, Some(unit)),
        }
    }

    fn put(self, part: &str, value: Value, text: &str) {
        let key = self.key(part);
        let done = self
            .node
            .with_value(|node| self.editor.try_run(|draft| draft.set_part(node, self.field.name, &key, value)));
        match done {
            Err(refused @ Refusal::Value(_)) => {
                self.keep(part, text, None);
                self.error.set(Some(crate::editor::words::refusal(self.texts, &refused)));
            }
            done => self.error.set(done.err().map(|refused| crate::editor::words::refusal(self.texts, &refused))),
        }
    }

    fn keep(self, part: &str, text: &str, unit: Option<&str>) {
        let key = self.key(part);
        let was = Some(self.before.get_value()).filter(|was| !was.is_null());
        let done =
            self.node.with_value(|node| self.editor.try_run(|draft| draft.set_unread(node, &key, text, unit, was)));
        if let Err(refused) = done {
            self.error.set(Some(crate::editor::words::refusal(self.texts, &refused)));
        }
    }

    fn key(self, part: &str) -> String {
        if part.is_empty() { self.field.name.to_owned() } else { format!("{}.{part}", self.field.name) }
    }

    /// Takes a value of the whole field; what was typed into its parts is gone.
    pub fn set(self, value: Value) {
        let done =
            self.node.with_value(|node| self.editor.try_run(|draft| draft.set_field(node, self.field.name, value)));
        self.error.set(done.err().map(|refusal| crate::editor::words::refusal(self.texts, &refusal)));
    }

    /// Takes rows once one is added at the end, or this one is gone; what was typed into the others stays.
    fn set_rows(self, value: Value, gone: Option<usize>) {
        let done = self
            .node
            .with_value(|node| self.editor.try_run(|draft| draft.set_rows(node, self.field.name, value, gone)));
        self.error.set(done.err().map(|refusal| crate::editor::words::refusal(self.texts, &refusal)));
    }

    /// A text; an empty one leaves an optional field out.
    pub fn set_text(self, text: &str) {
        let blank = text.trim().is_empty();
        let open = matches!(self.field.input, Input::DateTime | Input::Event | Input::Stream);
        let left_out = blank && (open || !self.field.required);
        self.put("", if left_out { Value::Null } else { Value::String(text.to_owned()) }, text);
    }

    /// What the checker finds in this field.
    fn problems(self) -> Vec<String> {
        let problems = self.editor.problems.get().0;
        let here = problems.iter().filter(|problem| {
            // What cannot be read is said with what was meant.
            problem.field.as_deref() == Some(self.field.name)
                && problem.code != "unread"
                && self.node.with_value(|node| problem.node.as_ref() == Some(node))
        });
        here.map(|problem| words::finding(self.texts, &problem.message)).collect()
    }

    /// Id of the widget in the page.
    pub fn id(self) -> String {
        format!("field-{}", self.field.name)
    }

    /// Id of its label, for widgets of several parts.
    pub fn label(self) -> String {
        format!("{}-label", self.id())
    }

    /// Id of the line that helps.
    pub fn help(self) -> String {
        format!("{}-help", self.id())
    }

    /// Whether anything is wrong, for `aria-invalid`.
    pub fn invalid(self) -> String {
        self.is_wrong().to_string()
    }

    fn is_wrong(self) -> bool {
        self.error.read().is_some() || !self.typed.read().is_empty() || !self.problems().is_empty()
    }
}

/// The field with everything around it.
#[component]
pub fn Widget(id: NodeId, kind: &'static str, field: &'static Field) -> impl IntoView {
    let texts = use_i18n();
    let slot = Slot::new(texts, Stage::here().editor, id, (kind, field));
    let widget = match field.input {
        Input::Text { max } => text::text(slot, max).into_any(),
        Input::Expression { .. } => expression::expression(slot).into_any(),
        Input::Period => period::period(slot).into_any(),
        Input::Event => event::event(slot).into_any(),
        Input::Stream => stream::stream(slot).into_any(),
        Input::Choice { options, or_period } => choice::choice(slot, options, or_period).into_any(),
        Input::Changes { most } => changes::changes(slot, most).into_any(),
        Input::DateTime => date_time::date_time(slot).into_any(),
        Input::Weekdays => weekdays::weekdays(slot).into_any(),
        Input::Hours => hours::hours(slot).into_any(),
        Input::Zone => zone::zone(slot).into_any(),
        Input::Weights { min, max } => weights::weights(slot, min, max).into_any(),
        Input::Number { .. } => number::number(slot).into_any(),
    };
    let wrong = move || slot.error.get().into_iter().chain(slot.problems()).collect::<Vec<_>>();
    let line = |words: String| view! { <li>{words}</li> };
    view! {
        <div class="field" on:focusin=move |_| slot.before.set_value(slot.value.get_untracked())>
            <label id=slot.label() for=slot.id()>{say(move || words::field(texts, kind, field).to_owned())}</label>
            {widget}
            <p class="help" id=slot.help()>{say(move || words::help(texts, kind, field).to_owned())}</p>
            {unread::unread(slot)}
            <div role="status">
                {move || {
                    let wrong = wrong();
                    (!wrong.is_empty()).then(|| {
                        view! { <ul class="error">{wrong.into_iter().map(line).collect::<Vec<_>>()}</ul> }
                    })
                }}
            </div>
        </div>
    }
}

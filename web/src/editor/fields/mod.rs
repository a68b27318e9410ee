//! One widget for each kind of input; label, help and errors around it are the same for all.

mod changes;
mod choice;
mod clauses;
mod date_time;
mod event;
mod expression;
mod hours;
mod number;
mod period;
mod stream;
mod suggested;
mod text;
mod weekdays;
mod weights;
mod zone;

use leptos::prelude::*;
use program::{Field, Input, NodeId};
use serde_json::Value;

use super::{stage::Stage, store::Editor};
use crate::{i18n::use_i18n, parts::say::say, prefs::Texts, words};

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
        Self { editor, node, kind, field, value, error: RwSignal::new(None), texts }
    }

    /// The value as text; nothing where it is left out.
    pub fn text(self) -> String {
        match &*self.value.read() {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// Takes a value, or says beside the field why not.
    pub fn set(self, value: Value) {
        let done =
            self.node.with_value(|node| self.editor.try_run(|draft| draft.set_field(node, self.field.name, value)));
        self.error.set(done.err().map(|refusal| crate::editor::words::refusal(self.texts, &refusal)));
    }

    /// A text; an empty one leaves an optional field out.
    pub fn set_text(self, text: &str) {
        let blank = text.trim().is_empty();
        let open = matches!(self.field.input, Input::DateTime | Input::Event | Input::Stream);
        let left_out = blank && (open || !self.field.required);
        self.set(if left_out { Value::Null } else { Value::String(text.to_owned()) });
    }

    /// What the checker finds in this field.
    fn problems(self) -> Vec<String> {
        let problems = self.editor.problems.get().0;
        let here = problems.iter().filter(|problem| {
            problem.field.as_deref() == Some(self.field.name)
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
        (self.error.read().is_some() || !self.problems().is_empty()).to_string()
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
        Input::Number { min, max } => number::number(slot, min, max).into_any(),
    };
    let wrong = move || slot.error.get().into_iter().chain(slot.problems()).collect::<Vec<_>>();
    let line = |words: String| view! { <li>{words}</li> };
    view! {
        <div class="field">
            <label id=slot.label() for=slot.id()>{say(move || words::field(texts, kind, field).to_owned())}</label>
            {widget}
            <p class="help" id=slot.help()>{say(move || words::help(texts, kind, field).to_owned())}</p>
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

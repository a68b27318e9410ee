//! A condition as a form: a row for each clause, with what was seen as suggestions. The text beside it stays the truth;
//! what it says beyond simple clauses is not shown here.

use leptos::prelude::*;
use program::{
    Clause, Clauses, CountFact, EventType, Expr, Input, KnownField, Looked, Period, Subject, Test, quoted, unquoted,
};

use super::Slot;
use crate::{
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
    prefs::Texts,
};

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Event,
    Contact,
    Count,
}

const ABOUT: [(&str, About); 3] = [("event", About::Event), ("contact", About::Contact), ("count", About::Count)];

/// A clause that is being written; it may be half done.
#[derive(Clone, Copy)]
struct Row {
    key: usize,
    about: RwSignal<About>,
    name: RwSignal<String>,
    within: RwSignal<String>,
    test: RwSignal<Test>,
    value: RwSignal<String>,
    /// Whether the value was a text when it was read: decides where nobody knows the field.
    text: bool,
}

impl Row {
    fn new(key: usize) -> Self {
        Self {
            key,
            about: RwSignal::new(About::Event),
            name: RwSignal::default(),
            within: RwSignal::new("365d".into()),
            test: RwSignal::new(Test::Is),
            value: RwSignal::default(),
            text: false,
        }
    }

    fn read(key: usize, clause: &Clause) -> Self {
        let row = Self { text: unquoted(&clause.value).is_some(), ..Self::new(key) };
        match &clause.what {
            Looked::Field(subject, path) => {
                row.about.set(if *subject == Subject::Event { About::Event } else { About::Contact });
                row.name.set(path.clone());
            }
            Looked::Count(fact) => {
                row.about.set(About::Count);
                row.name.set(fact.event.to_string());
                row.within.set(fact.within.to_string());
            }
        }
        row.test.set(clause.test);
        row.value.set(unquoted(&clause.value).unwrap_or_else(|| clause.value.clone()));
        row
    }

    /// The clause, if it is done.
    fn clause(self, slot: Slot) -> Option<Clause> {
        let (name, test) = (self.name.get_untracked(), self.test.get_untracked());
        let name = name.trim();
        let what = match self.about.get_untracked() {
            About::Event => Looked::Field(Subject::Event, name.to_owned()),
            About::Contact => Looked::Field(Subject::Contact, name.to_owned()),
            About::Count => {
                let (event, within) = (EventType::new(name).ok()?, self.within.get_untracked().parse::<Period>().ok()?);
                Looked::Count(CountFact { event, within })
            }
        };
        let value = if test.takes_value() { self.literal(slot, test)? } else { String::new() };
        Some(Clause { what, test, value }).filter(Clause::is_complete)
    }

    fn literal(self, slot: Slot, test: Test) -> Option<String> {
        let value = self.value.get_untracked();
        let bare = value.trim();
        if bare.is_empty() {
            return None;
        }
        let plain = bare.parse::<f64>().is_ok_and(f64::is_finite) || bare == "true" || bare == "false";
        let known = untrack(|| known(slot, self.about.get(), &self.name.read()));
        let text = match known {
            _ if test.of_text() => true,
            _ if self.about.get_untracked() == About::Count => false,
            Some(field) if field.kind == "string" => true,
            Some(field) if field.kind == "number" || field.kind == "bool" => !plain,
            _ => self.text || !plain,
        };
        Some(if text { quoted(&value) } else { bare.to_owned() })
    }
}

/// What was seen of a field.
fn known(slot: Slot, about: About, name: &str) -> Option<KnownField> {
    match about {
        About::Event => fields(slot).into_iter().find(|(path, _)| path == name).map(|(_, field)| field),
        About::Contact => slot.editor.known.read().attributes.get(name).cloned(),
        About::Count => None,
    }
}

/// Fields of the events that start the program.
pub(super) fn fields(slot: Slot) -> Vec<(String, KnownField)> {
    let known = slot.editor.known.read();
    let program = slot.editor.program.get().0;
    let events = program.entry_events().filter_map(|event| known.events.get(event));
    let fields = events.flat_map(|event| &event.fields).filter(|(path, _)| !path.contains('['));
    fields.map(|(path, field)| (path.clone(), field.clone())).collect()
}

/// Names that are offered.
fn offered(slot: Slot, about: About) -> Vec<String> {
    let known = slot.editor.known.read();
    let mut names: Vec<String> = match about {
        About::Event => fields(slot).into_iter().map(|(path, _)| path).collect(),
        About::Contact => known.attributes.keys().cloned().chain(["email".into(), "opt_in".into()]).collect(),
        About::Count => known.events.keys().map(ToString::to_string).collect(),
    };
    names.sort();
    names.dedup();
    names
}

pub(super) fn clauses(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let rows = RwSignal::new(Vec::<Row>::new());
    let any = RwSignal::new(false);
    let rich = RwSignal::new(false);
    let next = StoredValue::new(0_usize);
    let fresh = move || {
        next.update_value(|key| *key += 1);
        next.get_value()
    };
    // Rows outlive the look at the text that made them.
    let owner = Owner::current();
    let made = move |make: &dyn Fn() -> Row| owner.as_ref().map_or_else(make, |owner| owner.with(make));
    let made = StoredValue::new_local(made);
    // What this form wrote itself it does not read again: half-done rows would be lost.
    let written = StoredValue::new(None::<String>);
    Effect::new(move |_| {
        let text = slot.text();
        if written.get_value().as_ref() == Some(&text) {
            return;
        }
        written.set_value(Some(text.clone()));
        let read = if text.trim().is_empty() { Some(Clauses::default()) } else { Clauses::read(&Expr::new(&text)) };
        rich.set(read.is_none());
        let read = read.unwrap_or_default();
        any.set(read.any);
        let row = |clause| made.with_value(|made| made(&|| Row::read(fresh(), clause)));
        rows.set(read.list.iter().map(row).collect());
    });
    let write = move || {
        let list = rows.get_untracked().into_iter().filter_map(|row| row.clause(slot)).collect();
        let text = Clauses { any: any.get_untracked(), list }.write();
        if written.get_value().as_ref() != Some(&text) {
            written.set_value(Some(text.clone()));
            slot.set_text(&text);
        }
    };
    let write = Callback::new(move |()| write());
    let remove = Callback::new(move |key: usize| {
        rows.update(|rows| rows.retain(|row| row.key != key));
        write.run(());
    });
    let several = Memo::new(move |_| rows.read().len() > 1);
    view! {
        <Show when=move || rich.get()>
            <p class="small">{say!(texts, clause.rich)}</p>
        </Show>
        <Show when=move || !rich.get()>
            <div class="clauses" role="group" aria-label=say!(texts, clause.form)>
                <Show when=move || several.get()>
                    <select
                        aria-label=say!(texts, clause.how)
                        on:change=move |event| {
                            any.set(event_target_value(&event) == "any");
                            write.run(());
                        }
                    >
                        <option value="all" selected=move || !any.get()>{say!(texts, clause.all)}</option>
                        <option value="any" selected=move || any.get()>{say!(texts, clause.any)}</option>
                    </select>
                </Show>
                <For
                    each=move || rows.get()
                    key=|row| row.key
                    children=move |row| view! { <ClauseRow of=slot row=row write=write remove=remove /> }
                />
                <button type="button" class="small-button" data-act="add-clause" on:click=move |_| rows.update(|rows| rows.push(made.with_value(|made| made(&|| Row::new(fresh())))))>
                    <Icon glyph=Glyph::Plus />
                    {say!(texts, clause.add)}
                </button>
            </div>
        </Show>
    }
}

#[component]
fn ClauseRow(of: Slot, row: Row, write: Callback<()>, remove: Callback<usize>) -> impl IntoView {
    let texts = use_i18n();
    let slot = of;
    let Row { key, about, name, within, test, value, .. } = row;
    let history = matches!(slot.field.input, Input::Expression { scope } if scope.is_step());
    let subjects = ABOUT.into_iter().filter(move |(_, about)| history || *about == About::Event);
    let subject = move |(word, one): (&'static str, About)| {
        view! { <option value=word selected=move || about.get() == one>{say(move || about_words(texts, one))}</option> }
    };
    let tests = move || {
        let counted = about.get() == About::Count;
        let fits = move |one: &Test| !counted || (one.takes_value() && !one.of_text());
        let option = move |one: Test| {
            view! { <option value=format!("{one:?}") selected=move || test.get() == one>{say(move || test_words(texts, one))}</option> }
        };
        Test::ALL.into_iter().filter(fits).map(option).collect::<Vec<_>>()
    };
    let choose = move |event| {
        let word = event_target_value(&event);
        if let Some((_, one)) = ABOUT.into_iter().find(|(known, _)| *known == word) {
            about.set(one);
            name.set(String::new());
            if one == About::Count {
                test.set(Test::AtLeast);
            }
            write.run(());
        }
    };
    let compare = move |event| {
        let word = event_target_value(&event);
        if let Some(one) = Test::ALL.into_iter().find(|one| format!("{one:?}") == word) {
            test.set(one);
            write.run(());
        }
    };
    let typed = move |signal: RwSignal<String>| {
        move |event| {
            signal.set(event_target_value(&event));
            write.run(());
        }
    };
    let options =
        |words: Vec<String>| words.into_iter().map(|word| view! { <option value=word></option> }).collect::<Vec<_>>();
    // Only what became different is drawn again, though each stroke changes the program.
    let names = Memo::new(move |_| offered(slot, about.get()));
    let seen = move || known(slot, about.get(), &name.read()).map(|field| field.examples).unwrap_or_default();
    let values = Memo::new(move |_| seen());
    view! {
        <div class="clause" data-clause=key>
            <select aria-label=say!(texts, clause.about) data-field="about" on:change=choose>
                {subjects.map(subject).collect::<Vec<_>>()}
            </select>
            <input
                aria-label=say!(texts, clause.name)
                placeholder=say!(texts, clause.name)
                data-field="name"
                list=format!("names-{key}")
                spellcheck="false"
                prop:value=move || name.get()
                on:input=typed(name)
            />
            <datalist id=format!("names-{key}")>{move || options(names.get())}</datalist>
            <Show when=move || about.get() == About::Count>
                <input
                    aria-label=say!(texts, clause.within)
                    title=say!(texts, clause.within)
                    class="short"
                    data-field="within"
                    prop:value=move || within.get()
                    on:input=typed(within)
                />
            </Show>
            <select aria-label=say!(texts, clause.test) data-field="test" on:change=compare>{tests}</select>
            <Show when=move || test.get().takes_value()>
                <input
                    aria-label=say!(texts, clause.value)
                    placeholder=say!(texts, clause.value)
                    data-field="value"
                    list=format!("values-{key}")
                    prop:value=move || value.get()
                    on:input=typed(value)
                />
                <datalist id=format!("values-{key}")>{move || options(values.get())}</datalist>
            </Show>
            <button type="button" class="icon-only" aria-label=say!(texts, clause.remove) on:click=move |_| remove.run(key)>
                <Icon glyph=Glyph::Close />
            </button>
        </div>
    }
}

fn about_words(texts: Texts, about: About) -> &'static str {
    match about {
        About::Event => t_string!(texts, clause.event),
        About::Contact => t_string!(texts, clause.contact),
        About::Count => t_string!(texts, clause.count),
    }
}

fn test_words(texts: Texts, test: Test) -> &'static str {
    match test {
        Test::Is => t_string!(texts, clause.is),
        Test::IsNot => t_string!(texts, clause.is_not),
        Test::Less => t_string!(texts, clause.less),
        Test::AtMost => t_string!(texts, clause.at_most),
        Test::More => t_string!(texts, clause.more),
        Test::AtLeast => t_string!(texts, clause.at_least),
        Test::Contains => t_string!(texts, clause.contains),
        Test::Starts => t_string!(texts, clause.starts),
        Test::Ends => t_string!(texts, clause.ends),
        Test::Present => t_string!(texts, clause.present),
        Test::Absent => t_string!(texts, clause.absent),
    }
}

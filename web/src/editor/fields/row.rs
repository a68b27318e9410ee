//! One comparison of a condition: what is looked at, how it is compared, and with what. What is not filled in, or cannot
//! be read, is said below it.

use leptos::prelude::*;
use program::{Clause, EventType, Input, KnownField, Looked, Operand, Path, Period, Root, Row, Scope, Subject, Test};

use super::{
    entry::{Line, line},
    form::{Form, Place, full_path, path_of, seen_as},
    known::{fields, incoming},
    unread::{Expected, reason, why},
};
use crate::{
    format::read::{
        UNITS, length, show_length,
        value::{Holds, operand, root, root_words, show_operand, why_unread},
    },
    i18n::t_string,
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
    prefs::Texts,
    words,
};

/// A row, and where it stands.
#[derive(Clone, Copy)]
struct One {
    form: Form,
    place: StoredValue<Place>,
    index: usize,
    now: Memo<Option<Clause>>,
}

impl One {
    fn change(self, change: impl FnOnce(&mut Clause)) {
        let path = self.place.with_value(|place| place.path.clone());
        self.form.edit_row(&path, self.index, |row| {
            if let Row::Clause(clause) = row {
                change(clause);
            }
        });
    }

    fn ask<T: Default>(self, ask: impl FnOnce(&Clause) -> T) -> T {
        self.now.read().as_ref().map(ask).unwrap_or_default()
    }

    /// What was seen of what is looked at.
    fn known(self) -> Option<KnownField> {
        let now = self.now.read();
        let Looked::Field(path) = &now.as_ref()?.what else { return None };
        let (subject, name) = self.place.with_value(|place| seen_as(path, &place.items))?;
        let known = self.form.slot.editor.known.read();
        match subject {
            Subject::Contact => known.attributes.get(&name).cloned(),
            _ => fields(self.form.slot).into_iter().find(|(path, _)| *path == name).map(|(_, field)| field),
        }
    }

    fn holds(self) -> Holds {
        let (is_text, is_number) =
            self.ask(|clause| (clause.test.of_text(), matches!(clause.what, Looked::Count { .. } | Looked::Size(_))));
        match (is_text, is_number, self.known()) {
            (true, _, Some(field)) if field.kind == "list" => Holds::Anything,
            (true, ..) => Holds::Text,
            (_, true, _) => Holds::Number,
            (_, _, Some(field)) => Holds::of(&field.kind),
            // What is more or less is a number, unless a text is there already.
            (_, _, None) => {
                let ordered =
                    self.ask(|clause| clause.test.orders() && !matches!(clause.values.first(), Some(Operand::Text(_))));
                if ordered { Holds::Number } else { Holds::Anything }
            }
        }
    }

    fn name(self) -> String {
        self.ask(|clause| match &clause.what {
            Looked::Field(path) => path.words(),
            Looked::Size(path) => full_path(path),
            Looked::Count { event, .. } => event.clone(),
        })
    }

    fn with_name(self, text: &str) -> Option<Looked> {
        Some(match &self.now.read().as_ref()?.what {
            Looked::Field(path) => Looked::Field(Path::of(path.root.clone(), text)),
            Looked::Size(_) => Looked::Size(path_of(text)),
            Looked::Count { within, .. } => Looked::Count { event: text.trim().to_owned(), within: within.clone() },
        })
    }
}

/// What a row may be about, beside the fields of subjects and items.
const COUNT: &str = "count";
const SIZE: &str = "size";

pub(super) fn clause(form: Form, place: Place, index: usize) -> impl IntoView {
    let texts = form.texts;
    let path = place.path.clone();
    let now = Memo::new(move |_| match form.row(&path, index) {
        Some(Row::Clause(clause)) => Some(clause),
        _ => None,
    });
    let subjects = subjects(form, &place);
    let key = format!("{}-{index}", place.path.iter().map(ToString::to_string).collect::<Vec<_>>().join("-"));
    let one = One { form, place: StoredValue::new(place), index, now };
    let about = Memo::new(move |_| {
        one.ask(|clause| match &clause.what {
            Looked::Field(path) => root_words(&path.root).to_owned(),
            Looked::Size(_) => SIZE.to_owned(),
            Looked::Count { .. } => COUNT.to_owned(),
        })
    });
    let subject = move |name: String| {
        let (value, label) = (name.clone(), name.clone());
        view! { <option value=value selected=move || about.get() == name>{say(move || about_words(texts, &label))}</option> }
    };
    let choose = move |word: String| {
        one.change(|clause| {
            clause.what = match word.as_str() {
                COUNT => Looked::Count { event: String::new(), within: "365d".to_owned() },
                SIZE => Looked::Size(Path::of(Root::Subject(Subject::Event), "")),
                name => Looked::Field(Path::of(root(name).unwrap_or(Root::Subject(Subject::Event)), "")),
            };
            if !clause.test.fits(&clause.what) || matches!(clause.what, Looked::Count { .. }) {
                set_test(clause, Test::AtLeast);
            }
        })
    };
    let is_count = Memo::new(move |_| about.get() == COUNT);
    let test = Memo::new(move |_| now.read().as_ref().map_or(Test::Is, |clause| clause.test));
    let tests = move || {
        let fits = now
            .read()
            .as_ref()
            .map(|clause| Test::ALL.into_iter().filter(|test| test.fits(&clause.what)).collect::<Vec<_>>());
        let option = move |one: Test| {
            view! { <option value=format!("{one:?}") selected=move || test.get() == one>{say(move || test_words(texts, one))}</option> }
        };
        fits.unwrap_or_default().into_iter().map(option).collect::<Vec<_>>()
    };
    let fits = Memo::new(move |_| one.ask(|clause| Test::ALL.map(|test| test.fits(&clause.what)).to_vec()));
    let tests = move || {
        fits.track();
        untrack(tests)
    };
    let compare = move |word: String| {
        if let Some(test) = Test::ALL.into_iter().find(|one| format!("{one:?}") == word) {
            one.change(|clause| set_test(clause, test));
        }
    };
    let negated = Memo::new(move |_| one.ask(|clause| clause.not));
    let names = Memo::new(move |_| offered(one, &about.get()));
    let options =
        |words: Vec<String>| words.into_iter().map(|word| view! { <option value=word></option> }).collect::<Vec<_>>();
    let list = format!("names-{key}");
    let name = line(Line {
        name: "name".to_owned(),
        id: None,
        label: Some(say!(texts, clause.name)),
        example: Some(say!(texts, clause.name)),
        class: "c-field",
        list: Some(list.clone()),
        help: None,
        shown: Signal::derive(move || one.name()),
        same: Callback::new(move |text: String| {
            one.with_name(&text).is_some_and(|what| one.now.read().as_ref().is_some_and(|clause| clause.what == what))
        }),
        take: Callback::new(move |text: String| {
            if let Some(what) = untrack(|| one.with_name(&text)) {
                one.change(|clause| clause.what = what);
            }
        }),
        wrong: Signal::derive(move || one.ask(|clause| is_unnamed(&clause.what))),
    });
    let count = Memo::new(move |_| one.ask(|clause| clause.values.len()));
    let several = Memo::new(move |_| test.get().takes_several());
    let known = Memo::new(move |_| one.known().map(|field| field.examples).unwrap_or_default());
    let values = format!("values-{key}");
    let value_list = StoredValue::new(values.clone());
    view! {
        <div class="cparts">
            <select aria-label=say!(texts, clause.about) data-field="about" on:change=move |event| choose(event_target_value(&event))>
                {subjects.into_iter().map(subject).collect::<Vec<_>>()}
            </select>
            {name}
            <datalist id=list>{move || options(names.get())}</datalist>
            <button
                type="button"
                class="pill"
                data-act="not"
                aria-pressed=move || negated.get().to_string()
                on:click=move |_| one.change(|clause| clause.not = !clause.not)
            >
                {say!(texts, clause.not)}
            </button>
            <select aria-label=say!(texts, clause.test) data-field="test" on:change=move |event| compare(event_target_value(&event))>
                {tests}
            </select>
            <For each=move || 0..count.get() key=|at| *at children=move |at| value(one, at, value_list.get_value(), several) />
            <Show when=move || several.get()>
                <button
                    type="button"
                    class="icon-only"
                    data-act="add-value"
                    aria-label=say!(texts, clause.add_value)
                    on:click=move |_| one.change(|clause| clause.values.push(Operand::Missing(String::new())))
                >
                    <Icon glyph=Glyph::Plus />
                </button>
            </Show>
            <datalist id=values>{move || options(known.get())}</datalist>
            <Show when=move || is_count.get()>{within(one)}</Show>
        </div>
        {move || said(one)}
    }
}

/// One value; where there may be several, it can be taken out.
fn value(one: One, at: usize, list: String, several: Memo<bool>) -> impl IntoView {
    let texts = one.form.texts;
    let language = move || one.form.language();
    let now = move || one.ask(|clause| clause.values.get(at).cloned());
    let holds = Memo::new(move |_| one.holds());
    let input = line(Line {
        name: if at == 0 { "value".to_owned() } else { format!("value-{at}") },
        id: None,
        label: Some(say!(texts, clause.value)),
        example: Some(say!(texts, clause.value)),
        class: "",
        list: Some(list),
        help: None,
        shown: Signal::derive(move || {
            now().map(|value| show_operand(&value, holds.get(), language())).unwrap_or_default()
        }),
        same: Callback::new(move |text: String| now() == Some(operand(&text, holds.get(), language()))),
        take: Callback::new(move |text: String| {
            let read = untrack(|| operand(&text, holds.get(), language()));
            one.change(|clause| {
                if let Some(value) = clause.values.get_mut(at) {
                    *value = read;
                }
            });
        }),
        wrong: Signal::derive(move || matches!(now(), Some(Operand::Missing(_)))),
    });
    let remove = move |_| {
        one.change(|clause| {
            if clause.values.len() > 1 && at < clause.values.len() {
                clause.values.remove(at);
            }
        })
    };
    view! {
        {input}
        <Show when=move || several.get()>
            <button type="button" class="icon-only" aria-label=say!(texts, clause.less_value) on:click=remove>
                <Icon glyph=Glyph::Close />
            </button>
        </Show>
    }
}

/// In which time something is counted.
fn within(one: One) -> impl IntoView {
    let texts = one.form.texts;
    let language = move || one.form.language();
    let stored = move || {
        one.ask(|clause| match &clause.what {
            Looked::Count { within, .. } => within.clone(),
            _ => String::new(),
        })
    };
    let period = move || stored().parse::<Period>().ok();
    let unit = Memo::new(move |_| period().map_or("d", |period| period.unit().0));
    let put = move |within: String| {
        one.change(|clause| {
            if let Looked::Count { event, .. } = &clause.what {
                clause.what = Looked::Count { event: event.clone(), within };
            }
        })
    };
    let read = move |text: &str| {
        length(text, language(), unit.get()).map_or_else(|_| text.to_owned(), |period| period.to_string())
    };
    let option = move |(name, length): (&'static str, u64)| {
        let words =
            move || Period::from_millis(2 * length).map(|period| words::unit_name(texts, period)).unwrap_or_default();
        view! { <option value=name selected=move || unit.get() == name>{say(words)}</option> }
    };
    let choose = move |unit: String| {
        untrack(|| {
            let text = period().map_or_else(stored, |period| show_length(period, language()).0);
            let in_unit = |period: Period| Period::in_unit(period.millis(), &unit).unwrap_or(period).to_string();
            put(length(&text, language(), &unit).map_or(text, in_unit));
        })
    };
    view! {
        <span>{say!(texts, clause.within_last)}</span>
        {line(Line {
            name: "within".to_owned(),
            id: None,
            label: Some(say!(texts, clause.within)),
            example: None,
            class: "num-in short",
            list: None,
            help: None,
            shown: Signal::derive(move || period().map_or_else(stored, |period| show_length(period, language()).0)),
            same: Callback::new(move |text: String| read(&text) == stored()),
            take: Callback::new(move |text: String| put(untrack(|| read(&text)))),
            wrong: Signal::derive(move || period().is_none_or(|period| period.millis() == 0)),
        })}
        <select aria-label=say!(texts, editor.unit) data-field="within-unit" on:change=move |event| choose(event_target_value(&event))>
            {UNITS.into_iter().take(5).map(option).collect::<Vec<_>>()}
        </select>
    }
}

/// What is wrong with the row, each with what one click does about it.
fn said(one: One) -> Vec<AnyView> {
    let (texts, language) = (one.form.texts, one.form.language());
    let Some(clause) = one.now.get() else { return Vec::new() };
    let mut said = Vec::new();
    if is_unnamed(&clause.what) {
        let words = match clause.what {
            Looked::Count { .. } => t_string!(texts, clause.no_event),
            _ => t_string!(texts, clause.no_name),
        };
        said.push(view! { <p class="error">{words}</p> }.into_any());
    }
    if let Looked::Count { within, .. } = &clause.what
        && let Err(refused) = length(within, language, "d")
    {
        let words = why(texts, &refused, Expected::Length, within);
        let take = move |offer: &str| {
            let within = length(offer, language, "d").map_or_else(|_| offer.to_owned(), |period| period.to_string());
            one.change(|clause| {
                if let Looked::Count { event, .. } = &clause.what {
                    clause.what = Looked::Count { event: event.clone(), within };
                }
            });
        };
        said.push(reason(words, refused.offers, texts, take).into_any());
    }
    let holds = one.holds();
    for (at, value) in clause.values.iter().enumerate() {
        let Operand::Missing(typed) = value else { continue };
        let Some(refused) = why_unread(typed, holds, language) else { continue };
        let expected = if holds == Holds::Number { Expected::Number } else { Expected::Value };
        let words = why(texts, &refused, expected, typed);
        let take = move |offer: &str| {
            let read = operand(offer, untrack(|| one.holds()), language);
            one.change(|clause| {
                if let Some(value) = clause.values.get_mut(at) {
                    *value = read;
                }
            });
        };
        said.push(reason(words, refused.offers, texts, take).into_any());
    }
    said
}

fn is_unnamed(what: &Looked) -> bool {
    match what {
        Looked::Field(path) | Looked::Size(path) => path.is_missing(),
        Looked::Count { event, .. } => EventType::new(event).is_err(),
    }
}

/// Chooses a test; it has as many values as it takes.
fn set_test(clause: &mut Clause, test: Test) {
    clause.test = test;
    if !test.takes_value() {
        clause.values.clear();
    } else if clause.values.is_empty() {
        clause.values.push(Operand::Missing(String::new()));
    } else if !test.takes_several() {
        clause.values.truncate(1);
    }
}

/// What rows may be about here: items first, since they are the nearest.
fn subjects(form: Form, place: &Place) -> Vec<String> {
    let Input::Expression { scope } = form.slot.field.input else { return Vec::new() };
    let items = place.items.iter().rev().map(|(name, _)| name.clone());
    let of_step: &[&str] = if scope.is_step() { &["contact", "joined"] } else { &[] };
    let awaited: &[&str] = if scope == Scope::Incoming { &["incoming"] } else { &[] };
    let counted: &[&str] = if scope.is_step() { &[COUNT] } else { &[] };
    let known = awaited.iter().chain(&["event"]).chain(of_step).chain(&[SIZE]).chain(counted);
    items.chain(known.map(|name| (*name).to_owned())).collect()
}

/// Names that are offered.
fn offered(one: One, about: &str) -> Vec<String> {
    let slot = one.form.slot;
    let known = slot.editor.known.read();
    let paths = || fields(slot).into_iter().map(|(path, _)| path);
    let plain = |path: &String| !path.contains('[');
    let mut names: Vec<String> = match about {
        "event" => paths().filter(plain).collect(),
        "contact" => known.attributes.keys().cloned().chain(["email".into(), "opt_in".into()]).collect(),
        "incoming" => incoming(slot),
        COUNT => known.events.keys().map(ToString::to_string).collect(),
        SIZE => paths()
            .filter(|path| path.ends_with("[]"))
            .map(|path| format!("event.{}", path.trim_end_matches("[]")))
            .collect(),
        item => {
            let of = one.place.with_value(|place| {
                seen_as(&Path { root: Root::Item(item.to_owned()), steps: Vec::new() }, &place.items)
            });
            let prefix = of.map(|(_, list)| list + ".").unwrap_or_default();
            paths().filter_map(|path| path.strip_prefix(&prefix).map(str::to_owned)).filter(plain).collect()
        }
    };
    names.sort();
    names.dedup();
    names
}

fn about_words(texts: Texts, about: &str) -> String {
    match about {
        "event" => t_string!(texts, clause.event).to_owned(),
        "contact" => t_string!(texts, clause.contact).to_owned(),
        "incoming" => t_string!(texts, clause.incoming).to_owned(),
        "joined" => t_string!(texts, clause.joined).to_owned(),
        COUNT => t_string!(texts, clause.count).to_owned(),
        SIZE => t_string!(texts, clause.size).to_owned(),
        item => t_string!(texts, clause.item, name = item.to_owned()),
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
        Test::OneOf => t_string!(texts, clause.one_of),
        Test::NoneOf => t_string!(texts, clause.none_of),
        Test::Contains => t_string!(texts, clause.contains),
        Test::Starts => t_string!(texts, clause.starts),
        Test::Ends => t_string!(texts, clause.ends),
        Test::Present => t_string!(texts, clause.present),
        Test::Absent => t_string!(texts, clause.absent),
        Test::Holds => t_string!(texts, clause.holds),
    }
}

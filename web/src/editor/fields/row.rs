//! One comparison of a condition: what is looked at, how it is compared, and with what. What is not filled in, or cannot
//! be read, is said below it.

use leptos::prelude::*;
use program::{Looked, Operand, Path, Root, Row, Subject, Test};

use super::{
    entry::{Line, line},
    form::{Form, Place},
    one::{One, is_unnamed, set_test},
    row_value::{ago, said, value, within},
    row_words::{COUNT, SIZE, about_words, offered, subjects, test_words},
};
use crate::{
    format::read::value::{root, root_words},
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
};

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
    let is_long = Memo::new(move |_| test.get().takes_length());
    // A length of time has a line of its own.
    let places = move || 0..if is_long.get() { 0 } else { count.get() };
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
            <For each=places key=|at| *at children=move |at| value(one, at, value_list.get_value(), several) />
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
            <Show when=move || is_long.get()>{ago(one)}</Show>
            <Show when=move || is_count.get()>{within(one)}</Show>
        </div>
        {move || said(one)}
    }
}

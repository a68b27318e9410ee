//! A condition as rows. They are a picture of the text, made anew with each stroke; whatever is done to them is written
//! into the text at once, what is not filled in yet as well.

use leptos::{ev::KeyboardEvent, prelude::*};
use program::{Clause, Items, Join, Looked, Operand, Path, Root, Row, Rows, Subject, Test, Which};

use super::{
    form::{Form, Place, full_path, path_of},
    known::fields,
    row::clause,
    row_menu::{DEEPEST, row_menu, shift},
};
use crate::{
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
    prefs::Texts,
};

pub(super) fn rows(form: Form) -> impl IntoView {
    view! {
        <div class="clauses" role="group" aria-label=say!(form.texts, clause.form)>
            <Group form=form place=Place::default() />
        </div>
    }
}

/// Rows that go together.
#[component]
fn Group(form: Form, place: Place) -> AnyView {
    let texts = use_i18n();
    let at = StoredValue::new(place.clone());
    let path = move || at.with_value(|place| place.path.clone());
    let group = Memo::new(move |_| form.group(&path()));
    let count = Memo::new(move |_| group.read().as_ref().map_or(0, |group| group.list.len()));
    let join = Memo::new(move |_| group.read().as_ref().map_or(Join::All, |group| group.join));
    let option = move |(word, one): (&'static str, Join)| {
        view! { <option value=word selected=move || join.get() == one>{say(move || join_words(texts, one))}</option> }
    };
    let depth = place.path.len();
    let root = place.items.last().map_or(Root::Subject(Subject::Event), |(name, _)| Root::Item(name.clone()));
    let fresh = StoredValue::new(root);
    let add = move |row: Row| form.edit(&path(), |group| group.list.push(row));
    let blank = move || Row::Clause(Clause::blank(fresh.get_value()));
    let add_group = move |_| {
        let join = if join.get_untracked() == Join::Any { Join::All } else { Join::Any };
        add(Row::Group(Rows { join, list: vec![blank(), blank()] }));
    };
    let add_list = move |_| {
        let of = Path::of(Root::Subject(Subject::Event), "");
        let taken = at.with_value(|place| place.items.len());
        let name = if taken == 0 { "line".to_owned() } else { format!("line{}", taken + 1) };
        add(Row::Items(Items { which: Which::Any, of, name, rows: Rows::default() }));
    };
    let add_count = move |_| {
        let what = Looked::Count { event: String::new(), within: "365d".to_owned() };
        add(Row::Clause(Clause {
            not: false,
            what,
            test: Test::AtLeast,
            values: vec![Operand::Number("1".to_owned())],
        }));
    };
    let history = matches!(form.slot.field.input, program::Input::Expression { scope } if scope.is_step());
    let row = move |index: usize| view! { <OneRow form=form place=at.get_value() index=index /> };
    view! {
        <div class="cgroup">
            <Show when=move || { count.get() > 1 || !matches!(join.get(), Join::All) }>
                <p class="ctop">
                    <select
                        aria-label=say!(texts, clause.how)
                        data-field="join"
                        on:change=move |event| {
                            let word = event_target_value(&event);
                            if let Some((_, one)) = JOINS.into_iter().find(|(known, _)| *known == word) {
                                form.edit(&path(), |group| group.join = one);
                            }
                        }
                    >
                        {JOINS.into_iter().map(option).collect::<Vec<_>>()}
                    </select>
                </p>
            </Show>
            <ol>
                <For each=move || 0..count.get() key=|index| *index children=row />
            </ol>
            <p class="cadd">
                <button type="button" class="small-button" data-act="add-clause" on:click=move |_| add(blank())>
                    <Icon glyph=Glyph::Plus />
                    {say!(texts, clause.add)}
                </button>
                {(depth < DEEPEST).then(|| view! {
                    <button type="button" class="small-button" data-act="add-group" on:click=add_group>
                        <Icon glyph=Glyph::Plus />
                        {say!(texts, clause.add_group)}
                    </button>
                    <button type="button" class="small-button" data-act="add-list" on:click=add_list>
                        <Icon glyph=Glyph::Plus />
                        {say!(texts, clause.add_list)}
                    </button>
                })}
                {history.then(|| view! {
                    <button type="button" class="small-button" data-act="add-count" on:click=add_count>
                        <Icon glyph=Glyph::Plus />
                        {say!(texts, clause.add_count)}
                    </button>
                })}
            </p>
        </div>
    }
    .into_any()
}

/// What a row is, so that its form is made anew only when that changes.
#[derive(Clone, PartialEq)]
enum Shape {
    Clause,
    Group,
    /// With the list and the name of its items.
    Items(Path, String),
}

#[component]
fn OneRow(form: Form, place: Place, index: usize) -> AnyView {
    let texts = use_i18n();
    let at = StoredValue::new(place);
    let path = move || at.with_value(|place| place.path.clone());
    let row = Memo::new(move |_| form.row(&path(), index));
    let shape = Memo::new(move |_| {
        Some(match row.get()? {
            Row::Clause(_) => Shape::Clause,
            Row::Group(_) => Shape::Group,
            Row::Items(items) => Shape::Items(items.of, items.name),
        })
    });
    let wrong = Memo::new(move |_| match &*row.read() {
        Some(Row::Clause(clause)) => clause.missing() > 0,
        Some(Row::Items(items)) => items.of.is_missing(),
        _ => false,
    });
    let within = move || {
        let mut place = at.get_value();
        place.path.push(index);
        place
    };
    let body = move || match shape.get() {
        None => ().into_any(),
        Some(Shape::Clause) => clause(form, at.get_value(), index).into_any(),
        Some(Shape::Group) => view! { <Group form=form place=within() /> }.into_any(),
        Some(Shape::Items(of, name)) => {
            let mut place = within();
            place.items.push((name, of));
            view! {
                <div class="cgroup list">
                    {list_head(form, at.get_value(), index)}
                    <Group form=form place=place />
                </div>
            }
            .into_any()
        }
    };
    let remove = move |_| {
        form.edit(&path(), |group| {
            if index < group.list.len() {
                group.list.remove(index);
            }
        })
    };
    let keys = move |event: KeyboardEvent| {
        let to = match event.key().as_str() {
            "ArrowUp" if event.alt_key() => index.checked_sub(1),
            "ArrowDown" if event.alt_key() => Some(index + 1),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        form.edit(&path(), |group| shift(group, index, to));
    };
    view! {
        <li class="crow clause" class:wrong=move || wrong.get() data-clause=index.to_string() on:keydown=keys>
            <div class="cbody">{body}</div>
            {row_menu(form, at.get_value(), index)}
            <button type="button" class="icon-only" data-act="remove-clause" aria-label=say!(texts, clause.remove) on:click=remove>
                <Icon glyph=Glyph::Close />
            </button>
        </li>
    }
    .into_any()
}

/// Of how many items of which list.
fn list_head(form: Form, place: Place, index: usize) -> impl IntoView {
    let texts = form.texts;
    let at = StoredValue::new(place);
    let path = move || at.with_value(|place| place.path.clone());
    let items = Memo::new(move |_| match form.row(&path(), index) {
        Some(Row::Items(items)) => Some(items),
        _ => None,
    });
    let which = Memo::new(move |_| items.read().as_ref().map_or(Which::Any, |items| items.which));
    let shown = move || items.read().as_ref().map(|items| full_path(&items.of)).unwrap_or_default();
    let option = move |(word, one): (&'static str, Which)| {
        view! { <option value=word selected=move || which.get() == one>{say(move || which_words(texts, one))}</option> }
    };
    let change = move |change: &dyn Fn(&mut Items)| {
        form.edit_row(&path(), index, |row| {
            if let Row::Items(items) = row {
                change(items);
            }
        })
    };
    let lists = Memo::new(move |_| {
        let fields = fields(form.slot).into_iter();
        fields
            .filter(|(_, field)| field.kind == "list")
            .map(|(path, _)| format!("event.{}", path.trim_end_matches("[]")))
            .collect::<Vec<_>>()
    });
    let id = format!("lists-{}-{index}", at.with_value(|place| place.path.len()));
    view! {
        <p class="ctop">
            <select
                aria-label=say!(texts, clause.how)
                data-field="which"
                on:change=move |event| {
                    let word = event_target_value(&event);
                    if let Some((_, one)) = WHICH.into_iter().find(|(known, _)| *known == word) {
                        change(&|items| items.which = one);
                    }
                }
            >
                {WHICH.into_iter().map(option).collect::<Vec<_>>()}
            </select>
            <input
                class="c-field"
                data-field="list"
                list=id.clone()
                aria-label=say!(texts, clause.list)
                placeholder="event.lines"
                spellcheck="false"
                prop:value=shown
                on:change=move |event| {
                    let text = event_target_value(&event);
                    change(&|items| items.of = path_of(&text));
                }
            />
            <datalist id=id>
                {move || lists.get().into_iter().map(|name| view! { <option value=name></option> }).collect::<Vec<_>>()}
            </datalist>
            {say!(texts, clause.where_)}
        </p>
    }
}

const JOINS: [(&str, Join); 4] =
    [("all", Join::All), ("any", Join::Any), ("none", Join::None), ("not_all", Join::NotAll)];
const WHICH: [(&str, Which); 4] =
    [("any", Which::Any), ("every", Which::Every), ("no", Which::No), ("not_every", Which::NotEvery)];

fn join_words(texts: Texts, join: Join) -> &'static str {
    match join {
        Join::All => t_string!(texts, clause.all),
        Join::Any => t_string!(texts, clause.any),
        Join::None => t_string!(texts, clause.none),
        Join::NotAll => t_string!(texts, clause.not_all),
    }
}

fn which_words(texts: Texts, which: Which) -> &'static str {
    match which {
        Which::Any => t_string!(texts, clause.any_item),
        Which::Every => t_string!(texts, clause.every_item),
        Which::No => t_string!(texts, clause.no_item),
        Which::NotEvery => t_string!(texts, clause.not_every_item),
    }
}

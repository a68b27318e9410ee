//! /programs/:name/tokens: who is in a program, by step and state.

use api::{
    programs::ProgramDetail,
    tokens::{TokenState, TokenSummary},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    address::{fill, with_query},
    editor::lists::INSIDE,
    i18n::{t_string, use_i18n},
    parts::{
        chip::Chip,
        head::Head,
        icon::Glyph,
        list::List,
        load::Load,
        notice::Empty,
        number::number,
        say::say,
        table::{Row, column, table},
        time::{MaybeWhen, When},
    },
    prefs::Texts,
    words,
};

const STATES: [(&str, TokenState); 6] = [
    ("ready", TokenState::Ready),
    ("waiting", TokenState::Waiting),
    ("done", TokenState::Done),
    ("failed", TokenState::Failed),
    ("held", TokenState::Held),
    ("ejected", TokenState::Ejected),
];

/// The list.
#[component]
pub fn TokensPage(name: String) -> impl IntoView {
    let texts = use_i18n();
    let query = use_query_map();
    let node = RwSignal::new(query.read_untracked().get("node").unwrap_or_default());
    let state = RwSignal::new(query.read_untracked().get("state").unwrap_or_default());
    let path = fill(api::path::PROGRAM, &[&name]);
    let back = format!("/programs/{name}");
    let program = Load::<ProgramDetail>::new(move || path.clone());
    let of = name.clone();
    let list = List::<TokenSummary>::new(move || {
        let state = state.read();
        let (inside, state) = if *state == INSIDE { ("true", "") } else { ("", state.as_str()) };
        let filter = [("program", of.as_str()), ("node", &node.read()), ("state", state), ("inside", inside)];
        with_query(api::path::TOKENS, &filter)
    });
    let nodes = Memo::new(move |_| match program.answer.get() {
        Some(Ok(detail)) => {
            detail.program.nodes.iter().map(|(id, node)| (id.to_string(), words::title(texts, node))).collect()
        }
        _ => Vec::new(),
    });
    let title_of = move |id: &str| {
        nodes.with(|nodes| {
            nodes.iter().find(|(known, _)| known == id).map_or_else(|| id.to_owned(), |(_, title)| title.clone())
        })
    };
    let program_title = move || match program.answer.get() {
        Some(Ok(detail)) => detail.summary.title,
        _ => name.clone(),
    };
    let crumb = {
        let back = back.clone();
        Signal::derive(move || (back.clone(), program_title()))
    };
    let columns = vec![
        column("main", move || t_string!(texts, tokens.contact).to_owned()),
        column("", move || t_string!(texts, tokens.node).to_owned()),
        column("", move || t_string!(texts, tokens.state).to_owned()),
        column("wide", move || t_string!(texts, tokens.due).to_owned()),
        column("wide", move || t_string!(texts, tokens.entered).to_owned()),
        column("num wide", move || t_string!(texts, tokens.version).to_owned()),
    ];
    let options = move || {
        let option = |(id, title): (String, String)| view! { <option value=id.clone() selected=move || *node.read() == id>{title}</option> };
        nodes.get().into_iter().map(option).collect::<Vec<_>>()
    };
    let states = STATES.map(|(name, known)| {
        view! { <option value=name selected=move || *state.read() == name>{say(move || words::token_state(texts, known).1)}</option> }
    });
    view! {
        <Head title=say!(texts, tokens.title) crumb=crumb />
        <div class="page">
            <div class="filters">
                <select aria-label=say!(texts, tokens.node) on:change=move |event| node.set(event_target_value(&event))>
                    <option value="">{say!(texts, tokens.any_node)}</option>
                    {options}
                </select>
                <select aria-label=say!(texts, tokens.state) on:change=move |event| state.set(event_target_value(&event))>
                    <option value="">{say!(texts, tokens.any_state)}</option>
                    <option value=INSIDE selected=move || *state.read() == INSIDE>{say!(texts, tokens.inside)}</option>
                    {states}
                </select>
            </div>
            {table(list, columns, |token| (token.id, token.seq, token.state), move |token| row(texts, token, title_of), empty)}
        </div>
    }
}

fn row(texts: Texts, token: TokenSummary, title_of: impl Fn(&str) -> String + Send + 'static) -> Row {
    let TokenSummary { state, node, version, .. } = token;
    let error = token.error.map(|error| view! { <span class="sub bad">{error}</span> });
    Row {
        href: Some(format!("/contacts/{}", token.contact_id)),
        cells: vec![
            view! { <strong>{token.contact}</strong> {error} }.into_any(),
            (move || title_of(&node)).into_any(),
            view! { <Chip state=Signal::derive(move || words::token_state(texts, state)) /> }.into_any(),
            view! { <MaybeWhen at=token.due_at /> }.into_any(),
            view! { <When at=token.created_at /> }.into_any(),
            (move || number(texts, version.into())).into_any(),
        ],
    }
}

fn empty() -> AnyView {
    let texts = use_i18n();
    view! {
        <Empty
            glyph=Glyph::Person
            title=say!(texts, tokens.empty)
            lead=say!(texts, tokens.empty_lead)
        />
    }
    .into_any()
}

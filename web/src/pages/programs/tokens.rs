//! /programs/:name/tokens: who is in a program, by step and state.

use api::tokens::{TokenState, TokenSummary};
use leptos::prelude::*;

use super::listed::Listed;
use crate::{
    address::with_query,
    editor::lists::INSIDE,
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{
        chip::Chip,
        filter::Filter,
        head::Head,
        icon::Glyph,
        list::List,
        notice::Empty,
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
    let (by_node, by_state) = (Filter::new("node"), Filter::new("state"));
    let (node, state) = (by_node.value, by_state.value);
    let program = Listed::new(&name);
    let list = List::<TokenSummary>::new(move || {
        let state = state.read();
        let (inside, state) = if *state == INSIDE { ("true", "") } else { ("", state.as_str()) };
        let filter = [("program", name.as_str()), ("node", &node.read()), ("state", state), ("inside", inside)];
        with_query(api::path::TOKENS, &filter)
    });
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
        program.nodes.get().into_iter().map(option).collect::<Vec<_>>()
    };
    let states = STATES.map(|(name, known)| {
        view! { <option value=name selected=move || *state.read() == name>{say(move || words::token_state(texts, known).1)}</option> }
    });
    view! {
        <Head title=say!(texts, tokens.title) crumb=program.crumb />
        <div class="page">
            <div class="filters">
                <select aria-label=say!(texts, tokens.node) on:change=by_node.choose()>
                    <option value="">{say!(texts, tokens.any_node)}</option>
                    {options}
                </select>
                <select aria-label=say!(texts, tokens.state) on:change=by_state.choose()>
                    <option value="">{say!(texts, tokens.any_state)}</option>
                    <option value=INSIDE selected=move || *state.read() == INSIDE>{say!(texts, tokens.inside)}</option>
                    {states}
                </select>
            </div>
            {table(list, columns, |token| (token.id, token.seq, token.state), move |token| row(texts, token, program), empty)}
        </div>
    }
}

fn row(texts: Texts, token: TokenSummary, program: Listed) -> Row {
    let TokenSummary { state, node, version, .. } = token;
    let error = words::heard(token.error, token.why)
        .map(|error| view! { <span class="sub bad">{say(move || words::reason(texts, &error))}</span> });
    Row {
        href: Some(format!("/contacts/{}", token.contact_id)),
        cells: vec![
            view! { <strong>{token.contact}</strong> {error} }.into_any(),
            (move || program.title_of(&node)).into_any(),
            view! { <a href=format!("/tokens/{}", token.id)><Chip state=Signal::derive(move || words::token_state(texts, state)) /></a> }.into_any(),
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

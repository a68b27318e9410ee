//! /programs/:name/visits: which contacts passed a step in a period, or went on from it.

use api::tokens::Visit;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    counted::{choice, since},
    listed::Listed,
};
use crate::{
    address::{fill, with_query},
    i18n::{t_string, use_i18n},
    parts::{
        chip::Chip,
        head::Head,
        icon::Glyph,
        list::List,
        notice::Empty,
        table::{Row, column, table},
        time::When,
    },
    prefs::{self, Texts},
    span::Span,
    words,
};

/// The list.
#[component]
pub fn VisitsPage(name: String) -> impl IntoView {
    let texts = use_i18n();
    let query = use_query_map().get_untracked();
    let asked = |key: &str| query.get(key).unwrap_or_default();
    let (node, left, port) = (asked("node"), asked("left"), asked("port"));
    let span = RwSignal::new(query.get("span").map_or_else(prefs::span, |name| Span::by_name(&name)));
    let went = left == "true" || !port.is_empty();
    let program = Listed::new(&name);
    let path = fill(api::path::PROGRAM_VISITS, &[&name]);
    let (of, by) = (node.clone(), port.clone());
    let list = List::<Visit>::new(move || {
        let filter = [("node", of.as_str()), ("left", &left), ("port", &by), ("from", &since(span.get()))];
        with_query(&path, &filter)
    });
    let title = Signal::derive(move || {
        let node = program.title_of(&node);
        match (went, port.as_str()) {
            (false, _) => t_string!(texts, visits.came, node = node),
            (true, "" | "next") => t_string!(texts, visits.went, node = node),
            (true, port) => t_string!(texts, visits.went_by, node = node, port = words::port(texts, port)),
        }
    });
    let columns = vec![
        column("main", move || t_string!(texts, tokens.contact).to_owned()),
        column("", move || t_string!(texts, visits.at).to_owned()),
        column("wide", move || t_string!(texts, visits.now_at).to_owned()),
        column("", move || t_string!(texts, tokens.state).to_owned()),
    ];
    view! {
        <Head title=title crumb=program.crumb />
        <div class="page">
            <div class="filters">{choice(texts, span)}</div>
            {table(list, columns, |visit| (visit.at, visit.token.id, visit.token.state), move |visit| row(texts, visit, program), empty)}
        </div>
    }
}

fn row(texts: Texts, visit: Visit, program: Listed) -> Row {
    let Visit { at, token } = visit;
    let (state, node) = (token.state, token.node);
    Row {
        href: Some(format!("/contacts/{}", token.contact_id)),
        cells: vec![
            view! { <strong>{token.contact}</strong> }.into_any(),
            view! { <When at=at /> }.into_any(),
            (move || program.title_of(&node)).into_any(),
            view! { <Chip state=Signal::derive(move || words::token_state(texts, state)) /> }.into_any(),
        ],
    }
}

fn empty() -> AnyView {
    let texts = use_i18n();
    view! {
        <Empty glyph=Glyph::Person title=say!(texts, visits.empty) lead=say!(texts, visits.empty_lead) />
    }
    .into_any()
}

//! /programs: every program with its state and its numbers.

use api::programs::ProgramSummary;
use leptos::prelude::*;

use super::new::NewProgram;
use crate::{
    address::with_query,
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{
        chip::Chip,
        copy::CopyBox,
        filter::Filter,
        head::Head,
        icon::Glyph,
        list::List,
        notice::Empty,
        table::{Row, column, table},
        time::When,
    },
    prefs::Texts,
    words,
};

/// The list.
#[component]
pub fn ProgramsPage() -> impl IntoView {
    let texts = use_i18n();
    let filter = Filter::new("archived");
    let archived = Memo::new(move |_| *filter.value.read() == "true");
    let list = List::new(move || with_query(api::path::PROGRAMS, &[("archived", &archived.get().to_string())]));
    let columns = vec![
        column("main", move || t_string!(texts, programs.program).to_owned()),
        column("", move || t_string!(texts, programs.state).to_owned()),
        column("wide", move || t_string!(texts, programs.starts_with).to_owned()),
        column("num named", move || t_string!(texts, programs.inside).to_owned()),
        column("num wide", move || t_string!(texts, programs.entered).to_owned()),
        column("num wide", move || t_string!(texts, programs.stuck).to_owned()),
        column("wide", move || t_string!(texts, programs.changed).to_owned()),
    ];
    // A program whose numbers changed is drawn again.
    let key =
        |program: &ProgramSummary| (program.id, program.entered, program.inside, program.failed, program.updated_at);
    view! {
        <Head title=say!(texts, programs.title)>
            <NewProgram />
        </Head>
        <div class="page">
            <div class="filters">
                <select aria-label=say!(texts, programs.which) on:change=filter.choose()>
                    <option value="">{say!(texts, programs.in_use)}</option>
                    <option value="true" selected=move || archived.get()>{say!(texts, programs.archived)}</option>
                </select>
            </div>
            {table(list, columns, key, move |program| row(texts, program), move || empty(archived.get()))}
        </div>
    }
}

fn row(texts: Texts, program: ProgramSummary) -> Row {
    let ProgramSummary { state, version, entered, inside, failed, .. } = program;
    let events = program.entry_events.into_iter().map(|event| view! { <code class="token">{event}</code> });
    let events: Vec<_> = events.collect();
    let stuck = move || if failed > 0 { number(texts, failed) } else { "–".to_owned() };
    Row {
        href: Some(format!("/programs/{}", program.name)),
        cells: vec![
            view! { <strong>{program.title}</strong> <span class="sub">{program.description}</span> }.into_any(),
            view! { <Chip state=Signal::derive(move || words::program_state(texts, state, version)) /> }.into_any(),
            events.into_any(),
            (move || number(texts, inside)).into_any(),
            (move || number(texts, entered)).into_any(),
            view! { <span class:bad=move || { failed > 0 }>{stuck}</span> }.into_any(),
            view! { <When at=program.updated_at /> }.into_any(),
        ],
    }
}

fn empty(archived: bool) -> AnyView {
    let texts = use_i18n();
    if archived {
        return view! {
            <Empty glyph=Glyph::Graph title=say!(texts, programs.none_archived) lead=say!(texts, programs.none_archived_lead) />
        }
        .into_any();
    }
    let origin = location().origin().unwrap_or_default();
    let command = format!(
        "curl -X POST {origin}{} \\\n  -H 'Authorization: Bearer KEY' \\\n  -H 'Content-Type: application/yaml' \\\n  --data-binary @programs/order-follow-up/program.yaml",
        api::path::PROGRAMS
    );
    view! {
        <Empty
            glyph=Glyph::Graph
            title=say!(texts, programs.empty)
            lead=say!(texts, programs.empty_lead)
        >
            <CopyBox text=command />
        </Empty>
    }
    .into_any()
}

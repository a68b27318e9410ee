//! What came of a dry run: tables, with the draft's figures beside those of what was live.

use api::programs::{DryRunResult, Figures};
use leptos::prelude::*;

use crate::{
    editor::stage::Stage,
    format::number::{number, percent},
    format::time::exact,
    i18n::{t_string, use_i18n},
    past::{self, Line},
    prefs::Texts,
    words,
};

/// All tables.
#[component]
pub fn Result(result: DryRunResult) -> impl IntoView {
    let texts = use_i18n();
    let program = Stage::here().editor.program.get_untracked().0;
    let title = move |id: &str| {
        let node = program.nodes.iter().find(|(node, _)| node.as_str() == id);
        node.map_or_else(|| id.to_owned(), |(_, node)| words::title(texts, node))
    };
    let DryRunResult { from, to, events, left_out, draft, live, .. } = result;
    let mut nodes = past::by_node(&draft, &live);
    for line in &mut nodes {
        line.of = title(&line.of);
    }
    let ways = past::ways(&draft, &live).into_iter().map(|way| {
        let share = move |part: Option<(u64, f64)>| match part {
            Some((n, share)) => format!("{} · {}", number(texts, n), percent(texts, share)),
            None => "–".to_owned(),
        };
        let of = format!("{} · {}", title(&way.node), words::port(texts, &way.port));
        view! {
            <tr>
                <th scope="row">{of}</th>
                <td class="num">{move || share(way.draft)}</td>
                <td class="num">{move || share(way.live)}</td>
            </tr>
        }
    });
    let ways: Vec<_> = ways.collect();
    let close = draft.close_first.iter().map(|close| {
        let (first, second) = (close.first, close.second);
        view! {
            <li>
                <a href=format!("/contacts/{}", close.contact)>{say!(texts, sim.contact_link)}</a>
                " "
                <span class="num small">{move || format!("{} · {}", exact(texts, first), exact(texts, second))}</span>
            </li>
        }
    });
    let close: Vec<_> = close.collect();
    let said = move || t_string!(texts, sim.said, n = events, from = exact(texts, from), to = exact(texts, to));
    view! {
        <div class="dry">
            <p class="dialog-text" role="status">{said}</p>
            {(left_out > 0).then(|| view! { <p class="small">{say!(texts, sim.left_out, n = left_out)}</p> })}
            <table class="dry-table">
                <Head of=say!(texts, sim.figures) />
                <tbody>{totals(texts, &draft, &live)}</tbody>
            </table>
            <Bars of=say!(texts, sim.by_node) lines=nodes />
            <Bars of=say!(texts, sim.by_day) lines=past::by_day(&draft, &live) />
            {(!ways.is_empty()).then(|| view! {
                <table class="dry-table">
                    <Head of=say!(texts, sim.branches) />
                    <tbody>{ways}</tbody>
                </table>
            })}
            {(!close.is_empty()).then(|| view! {
                <h3>{say!(texts, sim.close_who)}</h3>
                <ul class="dry-close">{close}</ul>
            })}
            <p class="small">{say!(texts, sim.small_print)}</p>
        </div>
    }
}

#[component]
fn Head(of: Signal<String>) -> impl IntoView {
    let texts = use_i18n();
    view! {
        <thead>
            <tr>
                <th scope="col">{of}</th>
                <th scope="col" class="num">{say!(texts, sim.draft)}</th>
                <th scope="col" class="num">{say!(texts, sim.live)}</th>
            </tr>
        </thead>
    }
}

/// One of the figures.
type Read = fn(&Figures) -> u64;

fn totals(texts: Texts, draft: &Figures, live: &Figures) -> Vec<AnyView> {
    let rows: [(Signal<String>, Read); 8] = [
        (say!(texts, sim.entered), |figures| figures.entered),
        (say!(texts, sim.mails), |figures| figures.mails),
        (say!(texts, sim.contacts), |figures| figures.contacts),
        (say!(texts, sim.most), |figures| figures.most_per_contact),
        (say!(texts, sim.p99), |figures| figures.p99_per_contact),
        (say!(texts, sim.close), |figures| figures.close),
        (say!(texts, sim.peak), |figures| figures.peak),
        (say!(texts, sim.failed), |figures| figures.failed),
    ];
    let row = |(of, read): (Signal<String>, Read)| {
        let (draft, live) = (read(draft), read(live));
        view! {
            <tr>
                <th scope="row">{of}</th>
                <td class="num">{move || number(texts, draft)}</td>
                <td class="num">{move || number(texts, live)}</td>
            </tr>
        }
        .into_any()
    };
    rows.into_iter().map(row).collect()
}

#[component]
fn Bars(of: Signal<String>, lines: Vec<Line>) -> impl IntoView {
    let texts = use_i18n();
    let most = lines.iter().map(|line| line.draft.max(line.live)).max().unwrap_or_default();
    let cell = move |n: u64, class: &'static str| {
        view! {
            <td class="num">
                <span class=class style:width=format!("{}%", past::bar(n, most))></span>
                {move || number(texts, n)}
            </td>
        }
    };
    let rows: Vec<_> = lines
        .into_iter()
        .map(|line| view! { <tr><th scope="row">{line.of}</th> {cell(line.draft, "share")} {cell(line.live, "share was")}</tr> })
        .collect();
    (most > 0).then(|| view! { <table class="dry-table bars"><Head of=of /><tbody>{rows}</tbody></table> })
}

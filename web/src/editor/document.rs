//! A program as a document: how it is saved, and how two drafts of it are looked at side by side.

use api::{
    problem::DraftTag,
    programs::{Draft, SaveDraft},
};
use leptos::prelude::*;
use program::{Change, Program, check};

use super::{
    graph::Graph,
    marks::marks,
    place::{CARD_HEIGHT, CARD_WIDTH},
};
use crate::{
    documents::{conflict::Pictured, document::Document},
    i18n::t_string,
    prefs::Texts,
    words,
};

/// So many characters of a title fit on a card.
const TITLE: usize = 26;

impl Document for Program {
    type Save = SaveDraft;
    type Draft = Draft;

    fn save(&self, revision: u64) -> SaveDraft {
        SaveDraft { program: self.clone(), revision }
    }

    fn draft(draft: Draft) -> (Self, DraftTag) {
        let Draft { program, revision, saved_at, saved_by, .. } = draft;
        (program, DraftTag { revision, saved_at, saved_by })
    }

    fn file(&self) -> String {
        self.to_yaml()
    }
}

impl Pictured for Program {
    fn place(texts: Texts, path: &str, sides: &[&Self]) -> (String, String) {
        let mut names = path.split('/').skip(1);
        let own = t_string!(texts, programs.program).to_owned();
        match (names.next(), names.next()) {
            (Some("nodes"), Some(id)) => {
                let node = sides.iter().find_map(|side| side.nodes.get(id));
                let rest: Vec<_> = names.collect();
                (words::title_of(texts, node, id), words::place(texts, node, &rest))
            }
            (Some("places"), _) => (own, t_string!(texts, versions.places).to_owned()),
            (Some("notes"), _) => (own, t_string!(texts, versions.notes).to_owned()),
            (Some("name"), None) => (own, t_string!(texts, programs.new_name).to_owned()),
            (Some("title"), None) => (own, t_string!(texts, field.title).to_owned()),
            (Some("description"), None) => (own, t_string!(texts, editor.about).to_owned()),
            _ => (own, path.trim_start_matches('/').replace('/', " › ")),
        }
    }

    fn picture(&self, base: &Self, texts: Texts) -> AnyView {
        let graph = Graph::of(self);
        let marks = marks(Some(base), self);
        let cards = graph.nodes.iter().zip(&graph.layout.cards).map(|((id, node), at)| {
            let class = match marks.get(id) {
                Some(Change::Added) => "added",
                Some(Change::Changed) => "changed",
                _ => "",
            };
            let title: String = words::title(texts, node).chars().take(TITLE).collect();
            view! {
                <g class=class>
                    <rect x=at.x y=at.y width=CARD_WIDTH height=CARD_HEIGHT rx="10"></rect>
                    <text x=at.x + CARD_WIDTH / 2.0 y=at.y + CARD_HEIGHT / 2.0 + 6.0>{title}</text>
                </g>
            }
        });
        let cards: Vec<_> = cards.collect();
        let edges: Vec<_> = graph.layout.edges.iter().map(|edge| view! { <path d=edge.path()></path> }).collect();
        let layout = &graph.layout;
        let frame = format!(
            "{} {} {} {}",
            layout.origin.x - 4.0,
            layout.origin.y - 4.0,
            layout.width + 8.0,
            layout.height + 8.0
        );
        view! { <svg class="drawn" viewBox=frame role="img" aria-label=self.title.clone()>{edges} {cards}</svg> }
            .into_any()
    }

    fn errors(&self) -> usize {
        check(self).iter().filter(|problem| problem.severity == program::Severity::Error).count()
    }
}

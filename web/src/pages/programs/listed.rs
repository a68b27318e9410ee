//! The program whose contacts a page lists: the way back to it, and the titles of its nodes.

use api::programs::ProgramDetail;
use leptos::prelude::*;

use crate::{
    address::fill,
    i18n::use_i18n,
    parts::{head::Crumb, load::Load},
    words,
};

/// The program of a list.
#[derive(Clone, Copy)]
pub struct Listed {
    /// Its nodes in order, by id and title; none until they are known.
    pub nodes: Memo<Vec<(String, String)>>,
    /// The way back.
    pub crumb: Signal<Crumb>,
}

impl Listed {
    /// Begins to fetch it.
    pub fn new(name: &str) -> Self {
        let texts = use_i18n();
        let path = fill(api::path::PROGRAM, &[name]);
        let load = Load::<ProgramDetail>::new(move || path.clone());
        let nodes = Memo::new(move |_| match &*load.answer.read() {
            Some(Ok(detail)) => {
                let nodes = detail.program.nodes.iter();
                nodes.map(|(id, node)| (id.to_string(), words::title(texts, node))).collect()
            }
            _ => Vec::new(),
        });
        let name = name.to_owned();
        let crumb = Signal::derive(move || {
            let title = match &*load.answer.read() {
                Some(Ok(detail)) => detail.summary.title.clone(),
                _ => name.clone(),
            };
            (format!("/programs/{name}"), title)
        });
        Self { nodes, crumb }
    }

    /// The title of a node; its id where nobody knows it, as in another version.
    pub fn title_of(self, id: &str) -> String {
        self.nodes.with(|nodes| {
            let known = nodes.iter().find(|(known, _)| known == id);
            known.map_or_else(|| id.to_owned(), |(_, title)| title.clone())
        })
    }
}

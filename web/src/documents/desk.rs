//! The place of one page in the journal of this device, and the draft that the page begins with.

use std::sync::Arc;

use futures::lock::Mutex;
use send_wrapper::SendWrapper;

use super::{
    document::{Document, Theirs},
    journal::{Entry, Journal},
    kept::{self, Kept, Opening},
};
use crate::client::{self, Answer};

/// A draft as the server has it, with what this device kept of it.
#[derive(Clone, Debug)]
pub struct Opened<T> {
    /// Path of the calls that fetch it and save it.
    pub path: String,
    /// As the server has it.
    pub theirs: Theirs<T>,
    /// Where this page keeps its own.
    pub desk: Desk,
    found: Vec<(Entry, Kept<T>)>,
}

/// What a page begins with beside the draft of the server.
#[derive(Debug)]
pub struct Taken<T> {
    /// What was kept.
    pub kept: Kept<T>,
    /// How it stands beside the draft of the server.
    pub opening: Opening<T>,
}

/// Fetches a draft and looks for what this device kept of it.
pub async fn open<T: Document>(path: String) -> Answer<Opened<T>> {
    let theirs = Theirs::of(client::get::<T::Draft>(&path).await?);
    // Without a journal the page warns before it closes; that is all.
    let journal = Journal::open().await.ok();
    // Each page has an entry of its own, so that no page writes over what another one keeps.
    let key = format!("{path}\n{}", js_sys::Math::random());
    let mut found = Vec::new();
    if let Some(journal) = &journal {
        for entry in journal.find(&format!("{path}\n")).await.unwrap_or_default() {
            // What another build wrote in another way is left for that build.
            if let Ok(kept) = serde_json::from_str(&entry.1) {
                found.push((entry, kept));
            }
        }
    }
    let desk = Desk { journal: journal.map(SendWrapper::new), key, writing: Arc::default() };
    Ok(Opened { path, theirs, desk, found })
}

impl<T: Document> Opened<T> {
    /// What is taken up of what was kept, and the entries that are over with that.
    pub fn take(&self, who: &str) -> (Option<Taken<T>>, Vec<Entry>) {
        let kept: Vec<_> = self.found.iter().map(|(_, kept)| kept.clone()).collect();
        let (taken, spent) = kept::choose(&kept, &self.theirs, who);
        let taken = taken.map(|at| Taken { opening: kept[at].beside(&self.theirs), kept: kept[at].clone() });
        (taken, spent.into_iter().map(|at| self.found[at].0.clone()).collect())
    }
}

/// The place of one page in the journal.
#[derive(Clone, Debug)]
pub struct Desk {
    journal: Option<SendWrapper<Journal>>,
    key: String,
    /// One entry after the other.
    pub writing: Arc<Mutex<()>>,
}

impl Desk {
    /// Keeps this instead of what was kept, and lets spent entries of others go; says whether it is done. Whoever calls holds
    /// `writing`.
    pub async fn keep(&self, value: Option<&str>, spent: &[Entry]) -> bool {
        match &self.journal {
            Some(journal) => journal.write(&self.key, value, spent).await.is_ok(),
            None => false,
        }
    }
}

//! PURE: what is edited, whatever it is, and the draft that the server has of it.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use api::problem::DraftTag;
use serde::{Serialize, de::DeserializeOwned};

use super::shared::Shared;

/// What is edited.
pub trait Document: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What the call that saves it takes.
    type Save: Serialize;
    /// What the call that fetches its draft gives.
    type Draft: DeserializeOwned;

    /// This state of it, for a server that has that revision.
    fn save(&self, revision: u64) -> Self::Save;

    /// What a draft holds, and whose state it is.
    fn draft(draft: Self::Draft) -> (Self, DraftTag);

    /// As its file.
    fn file(&self) -> String;
}

/// Text that is not in the document because it cannot be read yet.
#[derive(Debug)]
pub struct Unread<T> {
    /// As it was typed.
    pub text: String,
    /// The document when it was begun.
    pub begun: Shared<T>,
}

impl<T> Clone for Unread<T> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), begun: self.begun.clone() }
    }
}

impl<T> PartialEq for Unread<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.begun == other.begun
    }
}

/// A draft as the server has it.
#[derive(Debug)]
pub struct Theirs<T> {
    /// What it holds.
    pub document: Shared<T>,
    /// Its revision, and who saved it when.
    pub tag: DraftTag,
}

impl<T> Clone for Theirs<T> {
    fn clone(&self) -> Self {
        Self { document: self.document.clone(), tag: self.tag.clone() }
    }
}

impl<T: Document> Theirs<T> {
    /// Reads the answer of the server.
    pub fn of(draft: T::Draft) -> Self {
        let (document, tag) = T::draft(draft);
        Self { document: Shared(Arc::new(document)), tag }
    }
}

/// Tells states of a document apart without keeping them. Like the text that is sent, it knows the order of what is in it.
pub fn print<T: Serialize>(document: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    // What cannot be written cannot be sent either.
    serde_json::to_string(document).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

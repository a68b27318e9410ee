//! PURE: what this device keeps of a draft until the server has it, and what becomes of it when the draft is opened again.

use serde::{Deserialize, Serialize};

use super::document::{Document, Theirs, print};

/// What one page keeps of a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept<T> {
    /// Mail address of whoever edited: nobody else's changes are taken up.
    pub who: String,
    /// When it was kept, in milliseconds since 1970.
    pub at: f64,
    /// The revision that was edited.
    pub revision: u64,
    /// What that revision held.
    pub base: T,
    /// What has become of it.
    pub mine: T,
    /// Text that is not in the draft because it cannot be read yet, and the document when it was begun.
    pub text: Option<(String, T)>,
    /// Prints of what was sent without an answer: the server may have taken it.
    pub sent: Vec<u64>,
}

/// How editing goes on with what was kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Opening<T> {
    /// The server has it.
    Stored,
    /// Nobody else has changed the draft since.
    GoesOn(T),
    /// Somebody else has.
    Meets,
}

impl<T: Document> Kept<T> {
    /// How it stands beside the draft that the server has now.
    pub fn beside(&self, theirs: &Theirs<T>) -> Opening<T> {
        let now = print(&*theirs.document.0);
        if print(&self.mine) == now || print(&self.mine) == print(&self.base) {
            Opening::Stored
        } else if self.revision == theirs.tag.revision || self.sent.contains(&now) {
            Opening::GoesOn(self.mine.clone())
        } else {
            Opening::Meets
        }
    }
}

/// The one of these that is taken up, by its place, and the places of those that say nothing more than the server knows, or than
/// that one. What else there is stays where it is for the next time.
pub fn choose<T: Document>(found: &[Kept<T>], theirs: &Theirs<T>, who: &str) -> (Option<usize>, Vec<usize>) {
    let own = || found.iter().enumerate().filter(|(_, kept)| kept.who == who);
    let says_more = |kept: &Kept<T>| kept.text.is_some() || kept.beside(theirs) != Opening::Stored;
    let newest = own().filter(|(_, kept)| says_more(kept)).max_by(|(_, a), (_, b)| a.at.total_cmp(&b.at));
    let same = |kept: &Kept<T>| newest.is_some_and(|(_, newest)| kept.mine == newest.mine && kept.text == newest.text);
    let spent = own().filter(|(_, kept)| !says_more(kept) || same(kept)).map(|(at, _)| at).collect();
    (newest.map(|(at, _)| at), spent)
}

#[cfg(test)]
mod tests {
    use api::problem::DraftTag;
    use serde_json::{Value, json};

    use super::*;

    impl Document for Value {
        type Save = Self;
        type Draft = (Self, DraftTag);

        fn save(&self, _: u64) -> Self {
            self.clone()
        }

        fn draft(draft: Self::Draft) -> (Self, DraftTag) {
            draft
        }

        fn file(&self) -> String {
            self.to_string()
        }
    }

    fn theirs(text: &str, revision: u64) -> Theirs<Value> {
        Theirs::of((json!(text), DraftTag { revision, saved_at: chrono::DateTime::UNIX_EPOCH, saved_by: None }))
    }

    fn kept(at: f64, revision: u64, base: &str, mine: &str) -> Kept<Value> {
        let (base, mine) = (json!(base), json!(mine));
        Kept { who: "me".into(), at, revision, base, mine, text: None, sent: vec![print(&json!("sent"))] }
    }

    #[test]
    fn what_was_kept_goes_on_unless_somebody_else_changed_the_draft() {
        let kept = kept(1.0, 7, "base", "mine");
        assert_eq!(kept.beside(&theirs("base", 7)), Opening::GoesOn(json!("mine")));
        assert_eq!(kept.beside(&theirs("mine", 8)), Opening::Stored, "the answer to the last save was lost");
        assert_eq!(kept.beside(&theirs("sent", 8)), Opening::GoesOn(json!("mine")), "that to an earlier one was lost");
        assert_eq!(kept.beside(&theirs("other", 8)), Opening::Meets);
    }

    #[test]
    fn the_newest_is_taken_up_and_nothing_of_somebody_else() {
        let mut found = vec![kept(1.0, 7, "base", "old"), kept(3.0, 7, "base", "new"), kept(2.0, 6, "a", "base")];
        found.push(Kept { who: "you".into(), ..kept(9.0, 7, "base", "yours") });
        found.push(kept(2.5, 7, "base", "new"));
        let (taken, spent) = choose(&found, &theirs("base", 7), "me");
        assert_eq!((taken, spent), (Some(1), vec![1, 2, 4]), "the older text stays");
        assert_eq!(choose(&found[2..3], &theirs("base", 7), "me"), (None, vec![0]));
    }

    #[test]
    fn text_that_cannot_be_read_is_taken_up_beside_a_draft_that_is_stored() {
        let found = [Kept { text: Some(("nodes: [".into(), json!("base"))), ..kept(1.0, 7, "base", "base") }];
        assert_eq!(choose(&found, &theirs("base", 7), "me"), (Some(0), vec![0]));
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let one = kept(1.0, 7, "base", "mine");
        assert_eq!(serde_json::from_str::<Kept<Value>>(&serde_json::to_string(&one).unwrap()).unwrap(), one);
    }
}

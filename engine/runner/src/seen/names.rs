//! Names of fields that no contract knows. A name that several contacts share says nothing about one of them. Any other
//! name may be somebody's address or number, and is shown to nobody but its sender.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use program::{MOST_FIELDS, SHARED};
use store::Who;

/// Names of a type that may turn out to be shared. More would be memory for what is not.
const CANDIDATES: usize = 50;
/// What one takes in memory beside its own bytes.
const NAME: usize = 128;

/// The names of one type.
#[derive(Debug, Default)]
pub(super) struct Names {
    shared: BTreeSet<String>,
    /// Names and whose they were, while too few share them.
    candidates: Vec<(String, Vec<u64>)>,
}

impl Names {
    /// Notes who sent a name, as far as there is room; whether enough share it.
    pub(super) fn is_shared(&mut self, who: &Who, path: &str, room: &mut usize) -> bool {
        if self.shared.contains(path) {
            return true;
        }
        let takes = |path: &str| NAME + path.len();
        let Some(at) = self.candidates.iter().position(|(known, _)| known == path) else {
            if self.candidates.len() == CANDIDATES {
                *room += takes(&self.candidates.remove(0).0);
            }
            if let Some(left) = room.checked_sub(takes(path)) {
                *room = left;
                self.candidates.push((path.to_owned(), vec![whose(who)]));
            }
            return false;
        };
        let all = &mut self.candidates[at].1;
        let whose = whose(who);
        if all.len() < SHARED && !all.contains(&whose) {
            all.push(whose);
        }
        if all.len() < SHARED || self.shared.len() >= MOST_FIELDS {
            return false;
        }
        let (path, _) = self.candidates.remove(at);
        self.shared.insert(path);
        true
    }

    /// How much memory they take.
    pub(super) fn takes(&self) -> usize {
        let names = self.candidates.iter().map(|(path, _)| path).chain(&self.shared);
        names.map(|path| NAME + path.len()).sum()
    }
}

/// A contact that nobody has looked up: of a refused event nobody knows more.
fn whose(who: &Who) -> u64 {
    let mut hash = DefaultHasher::new();
    match &who.external_id {
        Some(id) => id.hash(&mut hash),
        None => who.email.as_deref().map(str::to_lowercase).hash(&mut hash),
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_once_three_contacts_share_it() {
        let (mut names, mut room) = (Names::default(), 1 << 20);
        let mut shared = |who: &str, path: &str| {
            let who = Who { email: Some(who.into()), external_id: None };
            names.is_shared(&who, path, &mut room)
        };
        let told = ["ann@a.test", "ANN@a.test", "bob@a.test", "bob@a.test", "cy@a.test", "ann@a.test"];
        assert_eq!(told.map(|who| shared(who, "voucher")), [false, false, false, false, true, true]);
        for n in 0..200 {
            assert!(!shared(&format!("{n}@a.test"), &format!("+49 170 {n}")));
        }
        assert!(shared("dora@a.test", "voucher"), "it is known");
        assert_eq!(names.candidates.len(), CANDIDATES);
        assert_eq!(names.takes() + room, 1 << 20);
        let who = Who::default();
        assert!((0..9).all(|_| !names.is_shared(&who, "no room", &mut 5)));
    }
}

//! The events that Stafette itself reports.

use std::sync::LazyLock;

use crate::EventType;

/// What nodes bring about by the answers to their mails.
const EMITTED: [&str; 2] = ["loyalty.joined", "survey.answered"];
/// How the types begin that tell what became of a mail, and those that never come.
const OURS: [&str; 2] = ["mail.", "stafette."];

/// See [`EventType::facts`].
static FACTS: LazyLock<Option<EventType>> = LazyLock::new(|| EventType::new("stafette.facts").ok());

impl EventType {
    /// What tokens wait for that wait for a condition: anything that changes what is known of their contact. It is no event
    /// that comes, only what such waits are found by.
    pub fn facts() -> Option<&'static Self> {
        FACTS.as_ref()
    }

    /// Whether it is one of Stafette's own: always known, and reported by nobody else, because programs and figures
    /// take it for the truth.
    pub fn is_own(&self) -> bool {
        EMITTED.contains(&self.as_str()) || OURS.iter().any(|ours| self.as_str().starts_with(ours))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Kind;

    #[test]
    fn what_nodes_emit_is_our_own() {
        let emitted: BTreeSet<_> =
            Kind::blanks().into_iter().flat_map(|kind| kind.as_kind().emits()).copied().collect();
        assert_eq!(emitted, BTreeSet::from(EMITTED));
        for (name, own) in [
            ("survey.answered", true),
            ("mail.opened", true),
            ("survey.started", false),
            ("mail", false),
            ("stafette.facts", true),
        ] {
            assert_eq!(EventType::new(name).unwrap().is_own(), own, "{name}");
        }
    }
}

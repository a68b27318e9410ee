//! What the tokens of a batch may need, from where they stand to where they rest.

use std::collections::HashSet;

use program::{ContactId, CountFact, EventId, Needs, NodeId, TokenId, WorkspaceId};
use store::{DueToken, Wanted};

use super::Versions;

fn needs<'a>(token: &DueToken, versions: &'a Versions) -> Option<&'a Needs> {
    let plan = versions.get(&token.version)?.as_ref().ok()?;
    Some(plan.needs(&token.place.node))
}

/// What any of these tokens may need.
pub(super) fn wanted(tokens: &[DueToken], versions: &Versions) -> Wanted {
    let mut wanted = Wanted { events: events(tokens, versions), counts: counts(tokens, versions), ..Wanted::default() };
    for token in tokens {
        let Some(Ok(plan)) = versions.get(&token.version) else { continue };
        let needs = plan.needs(&token.place.node);
        if needs.edits {
            wanted.edits.insert(token.contact);
        }
        if needs.joined {
            wanted.joins.insert(token.id);
        }
        if plan.awaits(&token.place).is_some() {
            wanted.awaits.insert(token.id);
        }
    }
    wanted
}

/// The history counts that any of these tokens may need.
fn counts(tokens: &[DueToken], versions: &Versions) -> Vec<(ContactId, CountFact)> {
    let mut counts = HashSet::new();
    for token in tokens {
        let facts = needs(token, versions).into_iter().flat_map(|needs| &needs.counts);
        counts.extend(facts.map(|fact| (token.contact, fact.clone())));
    }
    counts.into_iter().collect()
}

/// The events whose payload any of these tokens may read.
fn events(tokens: &[DueToken], versions: &Versions) -> Vec<(WorkspaceId, EventId)> {
    let undecided =
        |token: &DueToken| matches!(versions.get(&token.version), Some(Ok(plan)) if plan.undecided(&token.place));
    let reads = |token: &&DueToken| needs(token, versions).is_some_and(|needs| needs.event) || undecided(token);
    tokens.iter().filter(reads).map(|token| (token.workspace, token.event)).collect()
}

/// The tokens that wait for the answer to a call, with their nodes.
pub(super) fn awaiting<'a>(
    tokens: &'a [DueToken],
    versions: &Versions,
) -> Vec<(WorkspaceId, TokenId, u32, &'a NodeId)> {
    let asks =
        |token: &&DueToken| matches!(versions.get(&token.version), Some(Ok(plan)) if plan.asks_answer(&token.place));
    tokens.iter().filter(asks).map(|token| (token.workspace, token.id, token.place.seq, &token.place.node)).collect()
}

/// The tokens at an entry that does not let every contact in again.
pub(super) fn asking(tokens: &[DueToken], versions: &Versions) -> Vec<TokenId> {
    let asks =
        |token: &&DueToken| matches!(versions.get(&token.version), Some(Ok(plan)) if plan.asks_entered(&token.place));
    tokens.iter().filter(asks).map(|token| token.id).collect()
}

//! Drafts, as whoever publishes or tries one needs them: the one that was seen, and without errors.

use program::{Finding, Problem, Program, Severity, WorkspaceId};
use store::{DocumentId, Draft, DraftHead, Store};

use crate::known::Looks;

/// Why a draft is not taken.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// Somebody else saved it.
    #[error("somebody else saved the draft; it has revision {} now", .0.revision)]
    Changed(DraftHead),
    /// It has errors; these.
    #[error("it has {} errors", .0.len())]
    Errors(Vec<Problem>),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The draft of this revision.
pub async fn seen<I: DocumentId>(
    store: &Store,
    workspace: WorkspaceId,
    id: I,
    revision: u64,
) -> Result<Draft<I::Document>, DraftError> {
    let draft = store.draft(workspace, id).await?;
    if draft.head.revision == revision { Ok(draft) } else { Err(DraftError::Changed(draft.head)) }
}

/// What the checker finds in the draft of a program, and that somebody else published since the draft began.
pub async fn problems(
    store: &Store,
    looks: &Looks,
    workspace: WorkspaceId,
    draft: &Draft<Program>,
) -> store::Result<Vec<Problem>> {
    let known = looks.known(store, workspace).await?;
    let mut problems = program::check_against(&draft.body, &known);
    if let Some(latest) = draft.latest.filter(|latest| draft.base != Some(*latest)) {
        let finding = match draft.base {
            Some(base) => Finding::Behind { latest, base },
            None => Finding::BehindNew { latest },
        };
        problems.push(Problem::warning("draft_behind", finding));
    }
    Ok(problems)
}

/// Refuses what has errors; gives back the warnings.
pub fn without_errors(problems: Vec<Problem>) -> Result<Vec<Problem>, DraftError> {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        problems.into_iter().partition(|problem| problem.severity == Severity::Error);
    if errors.is_empty() { Ok(warnings) } else { Err(DraftError::Errors(errors)) }
}

//! The mails and calls that runs ask for, and which calls are over before they begin.

use std::collections::{HashMap, HashSet};

use program::{StreamName, WorkspaceId};
use store::{Claim, DueToken, NewCall, NewCallState, Result, TokenWrite};

use super::{Advancer, Gone};
use crate::outbox::{self, Head, Heads};

impl Advancer {
    /// The streams that these runs use, read in the same transaction.
    pub(super) async fn heads(&self, claim: &mut Claim, tokens: &[DueToken], gone: &[Gone]) -> Result<Heads> {
        let mut names: HashMap<WorkspaceId, HashSet<StreamName>> = HashMap::new();
        for (token, Gone { run, .. }) in tokens.iter().zip(gone) {
            for (_, _, stream, _) in outbox::mails(run) {
                names.entry(token.workspace).or_default().insert(stream.clone());
            }
        }
        let mut heads = Heads::new();
        for (workspace, names) in names {
            let names: Vec<_> = names.into_iter().collect();
            for (name, stream) in claim.streams(workspace, &names).await? {
                let texts = self.plans.texts(workspace, stream.version).await?;
                let domain = outbox::domain(texts.as_ref().map_or("", |stream| &stream.from.email));
                heads.insert((workspace, name), Head { stream, domain });
            }
        }
        Ok(heads)
    }
}

/// Whether this step asked for calls and all of them are over already.
pub(super) fn is_over(calls: &[NewCall], seq: u32) -> bool {
    let mut of = calls.iter().filter(|call| call.seq == seq).peekable();
    of.peek().is_some() && of.all(|call| call.state != NewCallState::Queued)
}

/// Whether any call is to be made, and whether any call is over already, as those of test runs are.
pub(super) fn called(writes: &[TokenWrite]) -> (bool, bool) {
    let any = |queued: bool| {
        let mut calls = writes.iter().flat_map(|write| &write.calls);
        calls.any(|call| (call.state == NewCallState::Queued) == queued)
    };
    (any(true), any(false))
}

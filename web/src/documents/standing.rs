//! PURE: how things stand with a draft, what follows where the server does not take it, and when it is tried again.

use api::problem::ProblemDetails;

/// How things stand with the draft. All that the server has not is kept on this device meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// The server has it.
    Saved,
    /// It will be sent in a moment.
    Changed,
    /// It is on its way.
    Saving,
    /// The server did not take it.
    Failed(Box<ProblemDetails>),
    /// Somebody else saved another one, and nobody has decided yet.
    Conflict,
    /// The session is over.
    Out,
}

/// What a reader is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The server has everything.
    Saved,
    /// It takes a while.
    Saving,
    /// There is something that only this device has.
    Kept,
    /// There are two drafts.
    Conflict,
    /// The session is over.
    Out,
}

impl Standing {
    /// What is told of it; `slow` where a save takes longer than one notices, `unread` where there is text that is not in the
    /// draft yet.
    pub fn shown(&self, slow: bool, unread: bool) -> Shown {
        match self {
            Self::Conflict => Shown::Conflict,
            Self::Out => Shown::Out,
            Self::Failed(_) => Shown::Kept,
            Self::Changed | Self::Saving if slow => Shown::Saving,
            _ if unread => Shown::Kept,
            _ => Shown::Saved,
        }
    }

    /// Whether a change is sent soon after it was made. Otherwise something else must happen first.
    pub fn takes_changes(&self) -> bool {
        match self {
            Self::Saved | Self::Changed | Self::Saving => true,
            Self::Failed(problem) => !passes(problem),
            Self::Conflict | Self::Out => false,
        }
    }

    /// Whether it is tried again by itself.
    pub fn tries_again(&self) -> bool {
        matches!(self, Self::Failed(problem) if passes(problem))
    }
}

/// Whether trying again may help although nothing changed: nobody was reached, or a server had trouble.
fn passes(problem: &ProblemDetails) -> bool {
    matches!(problem.status, 0 | 408 | 429 | 500..)
}

/// What follows from an answer that is no success.
pub fn refused(problem: Box<ProblemDetails>) -> Standing {
    match problem.status {
        401 => Standing::Out,
        409 if problem.code == "draft_changed" => Standing::Conflict,
        _ => Standing::Failed(problem),
    }
}

/// Seconds until the next try, after so many that failed: 1, 2, 4 … 30.
pub fn pause(failed: u32) -> u32 {
    (1 << failed.clamp(1, 6) >> 1).min(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(status: u16, code: &str) -> Box<ProblemDetails> {
        let text = serde_json::json!({ "type": "", "title": "", "status": status, "code": code, "detail": "" });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn tries_come_later_and_later_up_to_half_a_minute() {
        let pauses: Vec<_> = [1, 2, 3, 4, 5, 6, 7, 1_000].into_iter().map(pause).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn what_follows_a_refusal() {
        assert_eq!(refused(problem(401, "unauthorized")), Standing::Out);
        assert_eq!(refused(problem(409, "draft_changed")), Standing::Conflict);
        for (status, again) in [(0, true), (503, true), (429, true), (409, false), (413, false), (422, false)] {
            let standing = refused(problem(status, "x"));
            assert_eq!((standing.tries_again(), standing.takes_changes()), (again, !again), "{status}");
            assert_eq!(standing.shown(false, false), Shown::Kept);
        }
    }

    #[test]
    fn text_that_cannot_be_read_is_never_called_saved() {
        for standing in [Standing::Saved, Standing::Changed, Standing::Saving] {
            assert_eq!(standing.shown(false, true), Shown::Kept);
            assert_eq!(standing.shown(false, false), Shown::Saved);
        }
        assert_eq!(Standing::Saving.shown(true, false), Shown::Saving);
        assert_eq!(Standing::Conflict.shown(false, true), Shown::Conflict);
    }
}

//! Points at which a crash test lets the process die: `STAFETTE_FAILPOINT=<point>[:N]` aborts at the N-th pass. A
//! release build has none of them.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

/// Where a process can be made to die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// Tokens are claimed, nothing is written.
    AfterClaim,
    /// All writes of a batch of tokens are ready.
    BeforeCommit,
    /// A batch of tokens is committed.
    AfterCommit,
    /// The server has taken sender and recipient; the mark is not set.
    BeforeMark,
    /// The mark is durable; nothing of the mail was sent.
    AfterMark,
    /// The server has answered; nobody here knows yet.
    AfterData,
    /// Settlements are ready to be written.
    BeforeSettle,
}

const NAMES: [(&str, Point); 7] = [
    ("after_claim", Point::AfterClaim),
    ("before_commit", Point::BeforeCommit),
    ("after_commit", Point::AfterCommit),
    ("before_mark", Point::BeforeMark),
    ("after_mark", Point::AfterMark),
    ("after_data", Point::AfterData),
    ("before_settle", Point::BeforeSettle),
];

#[derive(Debug)]
struct Armed {
    point: Point,
    left: AtomicU64,
}

/// Read once; `None` costs one load per pass.
static ARMED: OnceLock<Option<Armed>> = OnceLock::new();

/// Dies here, in a debug build, if this is the point and the number of passes is used up.
pub(crate) fn pass(point: Point) {
    if !cfg!(debug_assertions) {
        return;
    }
    let armed = ARMED.get_or_init(|| std::env::var("STAFETTE_FAILPOINT").ok().and_then(|text| parse(&text)));
    if let Some(armed) = armed
        && armed.point == point
        && armed.left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        tracing::error!(?point, "fail point reached");
        std::process::abort();
    }
}

fn parse(text: &str) -> Option<Armed> {
    let (name, passes) = text.split_once(':').unwrap_or((text, "1"));
    let (_, point) = NAMES.iter().find(|(known, _)| *known == name)?;
    Some(Armed { point: *point, left: AtomicU64::new(passes.parse().ok().filter(|n| *n > 0)?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_by_name() {
        let parsed = |text| parse(text).map(|armed| (armed.point, armed.left.into_inner()));
        assert_eq!(parsed("after_mark"), Some((Point::AfterMark, 1)));
        assert_eq!(parsed("before_settle:12"), Some((Point::BeforeSettle, 12)));
        for bad in ["", "after", "after_mark:0", "after_mark:x"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}

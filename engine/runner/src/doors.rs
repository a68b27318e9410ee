//! Decides which tokens may enter again. Tokens of one contact in one program are decided in the order of their ids, in
//! whichever batch they are. The simulator does the same.

use std::collections::HashMap;

use chrono::TimeDelta;
use program::{ContactId, End, Plan, ProgramId, Run, Time, TokenId};
use store::{DueToken, Entered};

/// A token whose turn has not come is claimed again after this time.
pub(crate) const LATER: TimeDelta = TimeDelta::seconds(1);

/// What is known of entries, for one batch.
pub(crate) struct Doors {
    known: HashMap<TokenId, Entered>,
    /// Contacts that entered within this batch, and when.
    now: HashMap<(ContactId, ProgramId), Time>,
}

impl Doors {
    pub(crate) fn new(known: HashMap<TokenId, Entered>) -> Self {
        Self { known, now: HashMap::new() }
    }

    /// When the contact entered before, or until when the token must wait for its turn. Known only of tokens at an
    /// entry that limits repeated entries.
    pub(crate) fn before(&self, token: &DueToken, now: Time) -> Result<Option<Time>, Time> {
        let Some(entered) = self.known.get(&token.id) else { return Ok(None) };
        match entered.ahead {
            Some(ahead) => Err(ahead.max(now + LATER)),
            None => Ok(entered.at.max(self.now.get(&(token.contact, token.program)).copied())),
        }
    }

    /// Remembers that a token entered, if it did.
    pub(crate) fn pass(&mut self, token: &DueToken, run: &Run, plan: &Plan) {
        if let Some(time) = run.entered(plan) {
            self.now.insert((token.contact, token.program), time);
        }
    }
}

/// The run of a token that takes no step, because it is not its turn.
pub(crate) fn put_off(token: &DueToken, until: Time) -> Run {
    Run { steps: Vec::new(), place: token.place.clone(), end: End::Waiting(until) }
}

#[cfg(test)]
mod tests {
    use program::{NodeId, Phase, Place};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn whose_turn_has_not_come_waits_for_it() {
        let token = DueToken {
            workspace: Uuid::nil().into(),
            id: Uuid::nil().into(),
            program: Uuid::nil().into(),
            version: Uuid::nil().into(),
            contact: Uuid::nil().into(),
            event: Uuid::nil().into(),
            place: Place { node: NodeId::new("in").unwrap(), phase: Phase::Arrived, seq: 0 },
            attempts: 0,
            due_at: Time::UNIX_EPOCH,
            arrived_at: None,
        };
        let at = |seconds| Time::UNIX_EPOCH + TimeDelta::seconds(seconds);
        for (ahead, expected) in [
            (None, Ok(Some(at(3)))),
            // Another claim has the token before it, or that token is due only then.
            (Some(at(0)), Err(at(11))),
            (Some(at(90)), Err(at(90))),
        ] {
            let doors = Doors::new([(token.id, Entered { at: Some(at(3)), ahead })].into());
            assert_eq!(doors.before(&token, at(10)), expected, "{ahead:?}");
        }
        assert_eq!(put_off(&token, at(11)).steps, []);
        let mut doors = Doors::new([(token.id, Entered { at: Some(at(3)), ahead: None })].into());
        doors.now.insert((token.contact, token.program), at(9));
        assert_eq!(doors.before(&token, at(10)), Ok(Some(at(9))));
    }
}

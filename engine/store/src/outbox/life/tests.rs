//! Every way back into the queue is bounded.

use std::time::Duration;

use uuid::Uuid;

use super::*;

fn life(tries: u64, hand_overs: u64, unknowns: u64, extra: u64) -> Life {
    Life {
        id: MessageId(Uuid::from_u128(7)),
        attempt: 1,
        workspace: WorkspaceId::DEFAULT,
        program: ProgramId(Uuid::from_u128(1)),
        class: StreamClass::Operational,
        since: Time::UNIX_EPOCH,
        tries,
        hand_overs,
        unknowns,
        extra,
        granted_at: Time::UNIX_EPOCH,
        handing: false,
        last: None,
        policy: UnknownOutcome::Resend,
        refusal: None,
    }
}

fn at(minutes: u64) -> Time {
    Time::UNIX_EPOCH + Duration::from_secs(minutes * 60)
}

/// Minutes until the next attempt, its flags, or why there is none.
fn next(life: &Life, blame: Blame, unknown: bool, minutes: u64) -> Result<(f64, i64), String> {
    match life.next(blame, unknown, &"451 busy".into(), at(minutes), &Bounds::default()) {
        Next::Again { due_at, flags } => {
            let due = due_at.unwrap_or(at(minutes));
            Ok(((due - at(minutes)).as_seconds_f64() / 60.0, flags))
        }
        Next::End { reason, .. } => Err(reason.to_string()),
    }
}

#[test]
fn pauses_grow_and_end() {
    for (tries, minutes) in [(0, 1.0), (1, 5.0), (5, 120.0), (60, 120.0), (u64::MAX - 1, 120.0)] {
        // What is unknown waits as long as what was refused.
        for unknown in [false, true] {
            let (pause, flags) = next(&life(tries, 1, 0, 0), Blame::Mail, unknown, 0).unwrap();
            assert!((minutes * 0.8..=minutes * 1.2).contains(&pause), "{tries}: {pause}");
            assert_eq!(flags, TRIED);
        }
    }
    let old = life(9, 9, 0, 0);
    assert!(next(&old, Blame::Mail, false, 44 * 60).is_ok());
    let expired = "expired after 48 h; the last reply: 451 busy";
    for blame in [Blame::Mail, Blame::House, Blame::Relay { again: None }] {
        assert_eq!(next(&old, blame, false, 48 * 60 + 1).unwrap_err(), expired, "{blame:?}");
    }
    let marketing = Life { class: StreamClass::Marketing, ..old };
    assert!(next(&marketing, Blame::Mail, false, 23 * 60).unwrap_err().starts_with("expired after 24 h"));
}

#[test]
fn hand_overs_are_bounded_for_a_whole_life() {
    assert!(next(&life(0, 39, 0, 0), Blame::Mail, false, 0).is_ok());
    assert!(next(&life(0, 40, 0, 0), Blame::Mail, false, 0).unwrap_err().starts_with("handed over 40 times"));
    assert!(next(&life(0, 2, 1, 0), Blame::Mail, true, 0).is_ok());
    assert!(next(&life(0, 3, 2, 0), Blame::Mail, true, 0).unwrap_err().starts_with("handed over 3 times without"));
}

/// As the store counts: a mark, then what follows it. How often it goes on, and what is left of what was granted.
fn to_the_end(mut one: Life, blame: Blame, unknown: bool) -> (u64, u64) {
    let mut attempts = 0;
    loop {
        attempts += 1;
        if one.handing {
            one.hand_overs += 1;
            one.extra = one.extra.saturating_sub(1);
        }
        let next = one.next(blame, unknown, &Reason::NONE, at(0), &Bounds::default());
        one.unknowns += u64::from(unknown);
        let (Next::Again { flags, .. } | Next::End { flags, .. }) = &next;
        one.extra -= u64::from(flags & SPENT != 0);
        if matches!(next, Next::End { .. }) {
            return (attempts, one.extra);
        }
    }
}

#[test]
fn a_replay_grants_three_more() {
    let granted = |life| Life { handing: true, ..life };
    for blame in [Blame::Mail, Blame::House, Blame::Relay { again: None }, Blame::Relay { again: Some(at(5)) }] {
        assert_eq!(to_the_end(granted(life(40, 40, 0, 3)), blame, false), (3, 0), "{blame:?}");
        assert_eq!(to_the_end(granted(life(3, 3, 3, 3)), blame, true), (3, 0), "{blame:?}");
    }
    // An attempt that ends before DATA is one, too.
    assert_eq!(to_the_end(Life { handing: false, ..granted(life(40, 40, 0, 3)) }, Blame::Mail, false), (3, 0));
}

#[test]
fn what_is_granted_is_not_granted_for_ever() {
    // Waiting uses nothing up, for as long as a mail of its class is tried.
    let waits = Life { granted_at: at(1_000), ..life(40, 40, 0, 1) };
    for blame in [Blame::House, Blame::Relay { again: None }] {
        assert_eq!(next(&waits, blame, false, 1_000 + 48 * 60), Ok((0.0, 0)));
        assert!(next(&waits, blame, false, 1_001 + 48 * 60).unwrap_err().starts_with("expired"));
    }
}

#[test]
fn what_is_not_the_mails_fault_is_no_try() {
    assert_eq!(next(&life(3, 0, 0, 0), Blame::House, false, 0), Ok((0.0, 0)));
    let often = Life { attempt: 1_000, ..life(0, 0, 0, 0) };
    let (pause, flags) = next(&often, Blame::House, false, 0).unwrap();
    assert!((0.5..=1.0).contains(&pause) && flags == 0, "{pause}");
    assert_eq!(next(&often, Blame::Relay { again: None }, false, 0), Ok((0.0, 0)));
    let parked = Blame::Relay { again: Some(at(5)) };
    assert_eq!(next(&often, parked, false, 0), Ok((5.0, PARKED)));
}

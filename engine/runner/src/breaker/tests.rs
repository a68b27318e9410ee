//! A relay's ups and downs, on a clock that is moved by hand.

use uuid::Uuid;

use super::*;

fn at(seconds: u64) -> Time {
    Time::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn tried(id: u128) -> Tried {
    Tried { id: MessageId(Uuid::from_u128(id)), tries: 0, due_at: at(0) }
}

fn refused(code: u16, text: &str) -> HandOver {
    HandOver::Refused { reason: format!("X: {code} {text}").into(), code: Some(code) }
}

fn taken() -> HandOver {
    HandOver::Accepted { reply: "250 ok".into() }
}

fn answer(breaker: &Breaker, seconds: u64, id: u128, stage: Stage, outcome: &HandOver) -> Verdict {
    breaker.answered(at(seconds), tried(id), stage, outcome, 0.5).0
}

#[test]
fn a_relay_that_is_away_is_looked_at_now_and_then() {
    let breaker = Breaker::new(8);
    assert_eq!(breaker.admits(at(0), None), Admits::Some(u32::MAX));
    let turn = breaker.unreached(at(0), Stage::Connect, &"refused".into(), 0.5);
    assert!(turn.changed && turn.tell.is_some());
    let mut looks = Vec::new();
    for second in 0..300 {
        match breaker.admits(at(second), None) {
            Admits::Probe => {
                looks.push(second);
                // Told once a minute, and only one is to look.
                assert!(matches!(breaker.admits(at(second), None), Admits::Some(1)));
                let turn = breaker.unreached(at(second), Stage::Connect, &"refused".into(), 0.5);
                assert_eq!(turn.tell.is_some(), second >= 60, "{second}");
            }
            Admits::Nothing(why) => assert_eq!((why.words, why.since), ("refused".into(), at(0))),
            Admits::Some(n) => panic!("{n}"),
        }
    }
    assert_eq!(looks, [2, 6, 14, 30, 62, 122, 182, 242]);
    assert_eq!(breaker.admits(at(302), None), Admits::Probe);
    assert!(breaker.reached().changed);
    // One connection, then two …
    let mut widths = Vec::new();
    for n in 0..100 {
        widths.push(breaker.lock().width);
        assert_eq!(answer(&breaker, 302, n, Stage::Body, &taken()), Verdict::Believe);
    }
    assert_eq!((widths[0], widths[19], widths[20], widths[40], widths[60], widths[99]), (1, 1, 2, 4, 8, 8));
    assert_eq!(breaker.seen(), None);
}

#[test]
fn a_wrong_password_is_not_tried_often() {
    let breaker = Breaker::new(8);
    breaker.unreached(at(0), Stage::LogIn, &"535 no".into(), 0.5);
    let mut tries = 0;
    for second in 0..3_600 {
        if breaker.admits(at(second), None) == Admits::Probe {
            tries += 1;
            breaker.unreached(at(second), Stage::LogIn, &"535 no".into(), 0.5);
        }
    }
    assert!((10..=16).contains(&tries), "{tries}");
    // Who mended it need not wait.
    assert!(matches!(breaker.admits(at(3_601), Some(at(100))), Admits::Nothing(_)), "an old wish");
    assert_eq!(breaker.admits(at(3_601), Some(at(3_601))), Admits::Probe);
    assert!(breaker.reached().changed);
}

#[test]
fn a_clock_that_is_set_back_does_not_put_a_look_off() {
    let breaker = Breaker::new(8);
    breaker.unreached(at(10_000), Stage::Connect, &"refused".into(), 0.5);
    assert_eq!(breaker.next_look(at(10_000)), Some(at(10_002)));
    assert_eq!(breaker.next_look(at(100)), Some(at(100)));
    assert_eq!(breaker.admits(at(100), None), Admits::Probe);
}

#[test]
fn who_mended_it_at_once_need_not_wait() {
    for chance in [0.0, 0.5, 1.0] {
        let breaker = Breaker::new(8);
        breaker.unreached(at(100), Stage::LogIn, &"535 no".into(), chance);
        assert!(
            matches!(breaker.admits(at(101), Some(at(100))), Admits::Nothing(_)),
            "{chance}: it was looked at since"
        );
        assert_eq!(breaker.admits(at(101), Some(at(101))), Admits::Probe, "{chance}");
        breaker.unreached(at(101), Stage::LogIn, &"535 no".into(), chance);
        assert!(matches!(breaker.admits(at(102), Some(at(101))), Admits::Nothing(_)), "{chance}: it counts once");
        assert_eq!(breaker.admits(at(102), Some(at(102))), Admits::Probe, "{chance}");
    }
}

#[test]
fn refusals_of_everything_open_it_and_none_dies() {
    let breaker = Breaker::new(8);
    let denied = refused(554, "5.7.1 Relay access denied");
    for id in 0..4 {
        assert_eq!(answer(&breaker, 1, id, Stage::Recipient, &denied), Verdict::Doubt);
        // The same message again is no further sign.
        assert_eq!(answer(&breaker, 1, id, Stage::Recipient, &denied), Verdict::Doubt);
    }
    assert!(matches!(answer(&breaker, 1, 4, Stage::Recipient, &denied), Verdict::Relay { again: Some(_) }));
    assert!(matches!(breaker.admits(at(2), None), Admits::Nothing(_)));
    // Those under way wait, too.
    assert!(matches!(answer(&breaker, 2, 5, Stage::Recipient, &denied), Verdict::Relay { .. }));
    assert_eq!(breaker.admits(at(20), None), Admits::Probe);
    assert!(!breaker.reached().changed, "a connection is no proof here");
    // Some are asked for, one after the other: the first ones may be bad themselves. Each of them waits for the next look.
    for id in 9..29 {
        assert_eq!(breaker.admits(at(20), None), Admits::Some(1));
        let verdict = answer(&breaker, 20, id, Stage::Recipient, &denied);
        assert!(matches!(verdict, Verdict::Relay { again: Some(again) } if again >= at(44)), "{verdict:?}");
    }
    assert!(matches!(breaker.admits(at(20), None), Admits::Nothing(_)));
    assert_eq!(breaker.admits(at(60), None), Admits::Probe);
    assert_eq!(answer(&breaker, 60, 7, Stage::Body, &taken()), Verdict::Believe);
    assert_eq!(breaker.open(), None);
}

/// One mail that waits alone is not tried more often because several might be.
#[test]
fn a_look_is_over_where_no_mail_is_left() {
    let (breaker, denied) = (Breaker::new(8), refused(554, "5.7.1 Relay access denied"));
    for id in 0..5 {
        answer(&breaker, 0, id, Stage::Recipient, &denied);
    }
    let mut looks = Vec::new();
    for second in 1..1_200 {
        if breaker.admits(at(second), None) == Admits::Probe {
            breaker.reached();
            assert_eq!(breaker.idle(at(second), 0.5), Turn::default(), "it was asked for nothing yet");
            answer(&breaker, second, 0, Stage::Recipient, &denied);
            assert!(breaker.idle(at(second), 0.5).changed && breaker.open().is_some());
            looks.push(second);
        }
    }
    assert_eq!(looks, [15, 45, 105, 225, 465, 765, 1_065]);
}

/// Mails that a relay turns away one by one, whatever it says to them, are no reason that others wait for long.
#[test]
fn some_mails_that_are_turned_away_do_not_stop_all_others() {
    let farewell = HandOver::Retry { reason: "RCPT: 421 no".into(), code: Some(421) };
    for words in [farewell, refused(554, "5.7.1 relay access denied"), refused(530, "5.7.0 log in")] {
        let breaker = Breaker::new(8);
        answer(&breaker, 0, 1_000, Stage::Body, &taken());
        // Thirty bad ones stand before all others, and come back again and again.
        let (mut due, mut sent, mut opened) = (vec![0; 30], 0, 0);
        for second in 1..300 {
            for _ in 0..100 {
                match breaker.admits(at(second), None) {
                    Admits::Nothing(_) => break,
                    Admits::Probe => drop(breaker.reached()),
                    Admits::Some(_) => {}
                }
                match due.iter().position(|due| *due <= second) {
                    None => {
                        answer(&breaker, second, 2_000 + u128::from(second), Stage::Body, &taken());
                        sent += 1;
                        break;
                    }
                    Some(bad) => {
                        let verdict = answer(&breaker, second, bad as u128, Stage::Recipient, &words);
                        due[bad] = second + if matches!(verdict, Verdict::Relay { .. }) { 10 } else { 60 };
                        opened += u32::from(breaker.open().is_some());
                    }
                }
            }
        }
        assert!(sent > 250, "{words:?}: {sent} in five minutes");
        assert!((1..=6).contains(&opened), "{words:?}: {opened}");
    }
}

#[test]
fn a_refusal_is_believed_where_the_relay_takes_others() {
    let breaker = Breaker::new(8);
    let spam = refused(554, "5.7.1 looks like spam");
    assert_eq!(answer(&breaker, 1, 1, Stage::Body, &spam), Verdict::Doubt);
    answer(&breaker, 30, 2, Stage::Body, &taken());
    let again = Tried { tries: 1, due_at: at(61), ..tried(1) };
    assert_eq!(breaker.answered(at(61), again, Stage::Body, &spam, 0.5).0, Verdict::Believe);
    // A recipient's own fault needs no proof.
    assert_eq!(answer(&breaker, 70, 3, Stage::Recipient, &refused(550, "5.1.1 nobody")), Verdict::Believe);
}

#[test]
fn a_sender_that_nobody_takes_opens_it_and_one_bad_sender_does_not() {
    let policy = refused(550, "5.7.1 sender not allowed");
    let breaker = Breaker::new(8);
    assert!(matches!(answer(&breaker, 1, 1, Stage::Sender, &policy), Verdict::Relay { .. }));
    assert_eq!(breaker.admits(at(20), None), Admits::Probe);
    // The next one's sender is taken: the first one was the trouble, not the relay.
    let later = HandOver::Retry { reason: "RCPT: 451 later".into(), code: Some(451) };
    assert_eq!(answer(&breaker, 20, 2, Stage::Recipient, &later), Verdict::Believe);
    assert_eq!(breaker.open(), None);
    answer(&breaker, 21, 3, Stage::Body, &taken());
    assert_eq!(answer(&breaker, 22, 4, Stage::Sender, &policy), Verdict::Doubt);
    assert_eq!(breaker.open(), None);
}

#[test]
fn what_a_relay_says_to_mails_is_not_over_when_it_lets_us_in() {
    for (stage, words) in [
        (Stage::Sender, refused(530, "5.7.0 Authentication required")),
        (Stage::Recipient, refused(504, "5.5.2 <x>: Helo command rejected: need fully-qualified hostname")),
    ] {
        let breaker = Breaker::new(8);
        assert!(matches!(answer(&breaker, 0, 0, stage, &words), Verdict::Relay { .. }));
        let mut tries = 0;
        for second in 1..3_600 {
            if breaker.admits(at(second), None) == Admits::Probe {
                assert_eq!(breaker.reached(), Turn::default());
                tries += 1;
                let (mut id, mut asked) = (u128::from(second) << 8, 0);
                while breaker.open().is_none() {
                    assert!(matches!(answer(&breaker, second, id, stage, &words), Verdict::Relay { .. }));
                    (id, asked) = (id + 1, asked + 1);
                }
                assert_eq!(asked, [20, 40, 80, 160][(tries - 1).min(3)]);
            }
            assert_eq!(breaker.seen().unwrap().1.unwrap().since, at(0));
        }
        assert!((10..=16).contains(&tries), "{tries}");
    }
}

#[test]
fn past_the_sender_a_refusal_is_still_no_proof() {
    let breaker = Breaker::new(8);
    answer(&breaker, 1, 1, Stage::Sender, &refused(550, "5.7.1 sender not allowed"));
    assert_eq!(breaker.admits(at(20), None), Admits::Probe);
    let denied = refused(554, "5.7.1 Relay access denied");
    let (verdict, turn) = breaker.answered(at(20), tried(2), Stage::Recipient, &denied, 0.5);
    assert_eq!((verdict, turn), (Verdict::Doubt, Turn::BACK));
}

#[test]
fn one_mail_that_wants_a_password_stops_no_others() {
    let breaker = Breaker::new(8);
    answer(&breaker, 1, 1, Stage::Body, &taken());
    let closed = refused(530, "5.7.0 Authentication required");
    assert_eq!(answer(&breaker, 2, 2, Stage::Recipient, &closed), Verdict::Doubt);
    assert_eq!(breaker.open(), None);
    // If it wants one from everybody, it is open all the same, and none dies of it.
    for id in 3..6 {
        assert_eq!(answer(&breaker, 3, id, Stage::Recipient, &closed), Verdict::Doubt);
    }
    assert!(matches!(answer(&breaker, 3, 6, Stage::Recipient, &closed), Verdict::Relay { .. }));
}

#[test]
fn one_hand_over_after_the_other_that_breaks_off() {
    let breaker = Breaker::new(8);
    let cut = HandOver::Unknown { reason: "cut".into() };
    for id in 0..5 {
        // What became of it is unknown all the same.
        assert_eq!(answer(&breaker, 1, id, Stage::Body, &cut), Verdict::Believe);
    }
    assert!(breaker.open().is_some());
}

#[tokio::test]
async fn too_many_connections_are_made_fewer() {
    let breaker = Breaker::new(8);
    answer(&breaker, 1, 1, Stage::Body, &taken());
    let (first, second) = (breaker.lane().await.unwrap(), breaker.lane().await.unwrap());
    breaker.unreached(at(2), Stage::Hello, &"421 too many connections".into(), 0.5);
    assert_eq!((breaker.open(), breaker.lock().width), (None, 4));
    drop(second);
    breaker.unreached(at(2), Stage::Hello, &"421 too many connections".into(), 0.5);
    assert!(breaker.open().is_some(), "not even one");
    assert!(breaker.lane().await.is_err());
    drop(first);
}

#[tokio::test]
async fn who_waits_for_a_lane_hears_that_there_will_be_none() {
    let breaker = std::sync::Arc::new(Breaker::new(1));
    let lane = breaker.lane().await.unwrap();
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let breaker = breaker.clone();
            tokio::spawn(async move { breaker.lane().await.is_err() })
        })
        .collect();
    tokio::task::yield_now().await;
    breaker.unreached(at(1), Stage::Connect, &"refused".into(), 0.5);
    for waiter in waiting {
        assert!(waiter.await.unwrap());
    }
    drop(lane);
}

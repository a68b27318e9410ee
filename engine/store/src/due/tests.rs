//! Which buckets a claim scans, in which order, and from where.

use std::time::Duration;

use super::*;

fn at(millis: u64) -> Time {
    Time::UNIX_EPOCH + Duration::from_millis(millis)
}

fn due() -> Due {
    Due::new(Dialect::Postgres)
}

fn order(look: &Look) -> Vec<usize> {
    look.parts.iter().map(|part| part.bucket).collect()
}

fn found(rows: &[(usize, i64)], full: bool) -> Found {
    Found { rows: Some(rows.to_vec()), full }
}

/// A node that owns the even buckets.
fn half() -> Own {
    std::array::from_fn(|bucket| bucket % 2 == 0)
}

#[test]
fn each_bucket_is_the_first_in_its_turn() {
    let due = due();
    let mut first: Vec<_> = (0..128).map(|_| order(&due.look(at(0)))[0]).collect();
    first.sort_unstable();
    first.dedup();
    assert!(first.len() >= 60, "{first:?}");
    let mut all = order(&due.look(at(0)));
    all.sort_unstable();
    assert_eq!(all, (0..64).collect::<Vec<_>>(), "one that is alone looks at all");
}

#[test]
fn on_sqlite_there_is_one_bucket() {
    let due = Due::new(Dialect::Sqlite);
    let look = due.look(at(0));
    assert_eq!(order(&look), [0]);
    let open = due.ended(&look, at(0), &found(&[(0, 0)], true));
    assert!(due.look(at(0)).parts[0].look.is_some(), "the one writer is waited for, and nothing is left out");
    drop(open);
}

#[test]
fn a_claim_begins_where_no_other_is_and_behind_its_rows() {
    let due = due();
    let look = due.look(at(9));
    let (one, other) = (look.parts[0].bucket, look.parts[1].bucket);
    let open = due.ended(&look, at(9), &found(&[(one, 3), (one, 7), (other, 5)], true));
    for _ in 0..64 {
        let next = due.look(at(9));
        let last: Vec<_> = next.parts[62..].iter().map(|part| (part.bucket, part.from)).collect();
        let expected = [(one, 7), (other, 5)];
        // Claims that scan all buckets alike begin at each bucket in its turn.
        if next.number.is_multiple_of(ALIKE) {
            let from = |bucket| next.parts.iter().find(|part| part.bucket == bucket).unwrap().from;
            assert_eq!((from(one), from(other)), (7, 5));
        } else {
            assert!(expected.iter().all(|part| last.contains(part)), "{last:?}");
        }
    }
    drop(open);
    assert!(due.look(at(9)).parts.iter().all(|part| part.look.is_some()), "it is over");
}

#[test]
fn others_buckets_are_looked_at_after_two_claims_in_vain() {
    let due = due();
    due.share(&half());
    let look = || due.look(at(0));
    assert!(order(&look()).iter().all(|bucket| bucket % 2 == 0));
    for _ in 0..DRY {
        let in_vain = look();
        assert_eq!(in_vain.parts.len(), 32);
        drop(due.ended(&in_vain, at(0), &found(&[], false)));
    }
    let all = due.look(at(0));
    assert_eq!(all.parts.len(), 64);
    assert!(order(&all)[..32].iter().all(|bucket| bucket % 2 == 0), "our own come first");
    drop(due.ended(&all, at(0), &found(&[(1, 0)], false)));
    assert_eq!(due.look(at(0)).parts.len(), 64, "there is still nothing for us");
    let all = due.look(at(0));
    drop(due.ended(&all, at(0), &found(&[(2, 0)], false)));
    assert_eq!(due.look(at(0)).parts.len(), 32);
}

#[test]
fn a_claim_that_failed_was_not_in_vain() {
    let due = due();
    due.share(&half());
    for _ in 0..4 {
        drop(due.ended(&due.look(at(0)), at(0), &Found::default()));
    }
    assert_eq!(due.look(at(0)).parts.len(), 32);
}

#[test]
fn nobody_starves_behind_an_owner_that_takes_nothing() {
    let due = due();
    due.share(&half());
    let mut first = Vec::new();
    // Our own buckets always have enough rows.
    for _ in 0..64 * ALIKE {
        let look = due.look(at(0));
        let bucket = look.parts[0].bucket;
        first.push(bucket);
        let ours = if bucket.is_multiple_of(2) { bucket } else { 0 };
        drop(due.ended(&look, at(0), &found(&[(bucket, 0), (ours, 0)], true)));
    }
    let others = first.iter().filter(|bucket| *bucket % 2 == 1).count();
    assert!((1..=64).contains(&others), "{others} of {} claims were for others", first.len());
    first.sort_unstable();
    first.dedup();
    assert_eq!(first.len(), 64, "each bucket has its turn");
}

#[test]
fn only_buckets_that_were_looked_at_are_known() {
    let due = due();
    let look = due.look(at(50_000));
    let (one, other) = (look.parts[0].bucket, look.parts[1].bucket);
    drop(due.ended(&look, at(50_000), &found(&[(one, 40_000)], true)));
    let look = due.look(at(50_000));
    let from = |bucket| look.parts.iter().find(|part| part.bucket == bucket).unwrap().from;
    assert_eq!(from(one), 39_900, "near, since it was full");
    assert_eq!(from(other), i64::MIN, "the claim was full before it came there");
    drop(due.ended(&look, at(50_000), &found(&[(other, 45_000)], false)));
    let look = due.look(at(50_000));
    let from = |bucket| look.parts.iter().find(|part| part.bucket == bucket).unwrap().from;
    assert_eq!((from(one), from(other)), (45_000, 40_000), "far, since it came to all");
}

//! Ownership is computed from the list of live nodes and stored nowhere. Each due row belongs to a bucket, and the
//! row's id says to which. Each bucket is owned by one node, so that concurrent claims do not read the same rows.

use uuid::Uuid;

use crate::Dialect;

/// Buckets of a queue on PostgreSQL; the migrations and statements say the same.
const BUCKETS: usize = 64;

/// Whether this node owns each bucket.
pub(crate) type Own = [bool; BUCKETS];

/// How many buckets a queue has. On SQLite one transaction writes at a time, so one is enough.
pub(crate) fn count(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Sqlite => 1,
        Dialect::Postgres => BUCKETS,
    }
}

/// The bucket of a row: the four milliseconds in which its id was made. Rows that were made together are claimed
/// together, and what the claim writes for them lies on neighbouring pages. Buckets by random bits of the id cost a
/// fifth more (`docs/scale.md`).
pub(crate) fn of(id: Uuid, count: usize) -> usize {
    usize::from(id.as_bytes()[5] >> 2) % count
}

/// The buckets that a node owns. The live node with the highest weight in a bucket owns it. So when a node goes, only
/// its own buckets change hands.
pub(crate) fn own(node: &str, others: &[String]) -> Own {
    std::array::from_fn(|bucket| {
        let ours = (weight(node, bucket), node);
        others.iter().all(|other| (weight(other, bucket), other.as_str()) <= ours)
    })
}

/// FNV-1a with a final mix: the same value in every build. The hash of the standard library may change.
fn weight(node: &str, bucket: usize) -> u64 {
    let bytes = node.bytes().chain((bucket as u64).to_le_bytes());
    let mut hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    for multiplier in [0xff51_afd7_ed55_8ccd_u64, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(multiplier);
    }
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(n: usize) -> Vec<String> {
        (0..n).map(|n| format!("0192f0c0-0000-7000-8000-{n:012}")).collect()
    }

    /// The owner of each bucket.
    fn owners(nodes: &[String]) -> Vec<&str> {
        let shares: Vec<_> = nodes.iter().map(|node| own(node, nodes)).collect();
        let owner = |bucket: usize| {
            let mut owners = nodes.iter().zip(&shares).filter(|(_, own)| own[bucket]);
            let (node, _) = owners.next().expect("a bucket is nobody's");
            assert!(owners.next().is_none(), "bucket {bucket} is two nodes'");
            node.as_str()
        };
        (0..BUCKETS).map(owner).collect()
    }

    #[test]
    fn one_node_has_all() {
        assert_eq!(own("alone", &[]), [true; BUCKETS]);
    }

    #[test]
    fn a_node_that_goes_leaves_its_own_buckets_and_no_others() {
        for n in 2..=8 {
            let nodes = nodes(n);
            let before = owners(&nodes);
            for gone in 0..n {
                let mut left = nodes.clone();
                left.remove(gone);
                for (bucket, (before, after)) in before.iter().zip(owners(&left)).enumerate() {
                    assert!(*before == after || *before == nodes[gone], "bucket {bucket} of {n} nodes changed hands");
                }
            }
        }
    }

    #[test]
    fn shares_are_near_even() {
        for n in 2..=8 {
            let nodes = nodes(n);
            let owners = owners(&nodes);
            let fair = BUCKETS / n;
            for node in &nodes {
                let share = owners.iter().filter(|owner| *owner == node).count();
                assert!((fair / 3..=fair * 2).contains(&share), "{share} of {BUCKETS} for one of {n}");
            }
        }
    }

    #[test]
    fn ids_of_one_moment_are_together_and_those_of_a_quarter_of_a_second_are_spread() {
        let made = |n: u64| uuid::Builder::from_unix_timestamp_millis(1_700_000_000_000 + n, &[0xff; 10]).into_uuid();
        let mut sizes = [0_u32; BUCKETS];
        (0..256).for_each(|n| sizes[of(made(n), BUCKETS)] += 1);
        assert_eq!(sizes, [4; BUCKETS]);
        assert_eq!(of(made(0), BUCKETS), of(made(3), BUCKETS));
        assert_eq!(of(made(0), 1), 0);
    }
}

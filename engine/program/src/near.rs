//! Finds the nearest known name, for "did you mean".

use crate::{Names, Suggestion};

/// The known name that was most likely meant: a slip or two away, less for short names.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given: Vec<char> = name.to_lowercase().chars().collect();
    let most = given.len().div_ceil(4).min(3);
    let near = known.into_iter().filter_map(|candidate| {
        // Each letter that one has more is a slip, so most names need no closer look.
        let length = candidate.chars().count();
        if candidate == name || length.abs_diff(given.len()) > most + 2 {
            return None;
        }
        let slips = slips(&given, &candidate.to_lowercase().chars().collect::<Vec<_>>(), most)?;
        Some((slips, candidate))
    });
    // The first of the nearest, so that the answer is always the same.
    near.min_by_key(|(slips, _)| *slips).map(|(_, candidate)| candidate)
}

/// What to say about a name that is not known: the one that was meant, or those that there are.
pub(crate) fn suggest<'a>(meant: Option<&str>, known: impl IntoIterator<Item = &'a str>) -> Suggestion {
    const SHOWN: usize = 5;
    match meant {
        Some(meant) => Suggestion::Meant(meant.into()),
        None => Suggestion::Known(Names::of(known, SHOWN)),
    }
}

/// How many letters must be put in, left out, changed or swapped with their neighbour; none where it is more than `most`.
fn slips(a: &[char], b: &[char], most: usize) -> Option<usize> {
    // What lies further from the diagonal than that is more slips already.
    let far = most + 1;
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).map(|n| n.min(far)).collect();
    for (i, left) in a.iter().enumerate() {
        let mut row = vec![far; b.len() + 1];
        row[0] = (i + 1).min(far);
        for j in i.saturating_sub(most)..b.len().min(i + most + 1) {
            let right = b[j];
            let changed = last[j] + usize::from(*left != right);
            let mut least = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *left == b[j - 1] && a[i - 1] == right {
                least = least.min(before[j - 1] + 1);
            }
            row[j + 1] = least.min(far);
        }
        // It never gets fewer from here on, but for a swap that began in the row before.
        if row.iter().chain(&last).all(|slips| *slips > most) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    Some(last[b.len()]).filter(|slips| *slips <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let known = ["order.placed", "order.returned", "visit", "a"];
        for (name, expected) in [
            ("ordr.placed", Some("order.placed")),
            ("order.palced", Some("order.placed")),
            ("Order.Placed", Some("order.placed")),
            ("order", None),
            ("vist", Some("visit")),
            ("completely.else", None),
            ("visit", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
        assert_eq!(suggest(None, ["a", "b"]), Suggestion::Known(Names { shown: "a, b".into(), more: 0 }));
    }
}

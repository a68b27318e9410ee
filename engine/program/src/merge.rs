//! Merges two documents that were made of the same one. The place of a change is a JSON pointer.
//!
//! What only one side changed is taken over. What both changed differently is asked, and never decided here.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::compare::below;

/// One of the two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The one on this side.
    Mine,
    /// The other one.
    Theirs,
}

/// Whose a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// Only this side changed the place.
    Only(Side),
    /// Both sides changed it, and not alike.
    Both,
}

/// A place that at least one side changed. A value is absent where the place is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Where, as a JSON pointer (RFC 6901), such as `/nodes/pay/timeout`.
    pub path: String,
    /// Who changed it.
    pub whose: Whose,
    /// As both sides found it.
    pub base: Option<Value>,
    /// As it is on this side.
    pub mine: Option<Value>,
    /// As it is on the other side.
    pub theirs: Option<Value>,
}

/// What two documents make together.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The document.
    pub value: Value,
    /// What differs from the common ancestor, but for what both sides changed alike.
    pub changes: Vec<Change>,
}

/// Merges two documents. `choose` is asked about each place that both changed differently. What is a map in all three is
/// merged entry by entry, all else as a whole; so is a map whose `kind` somebody changed, because its other entries belong to
/// the kind.
pub fn merge<T: Serialize>(
    base: &T,
    mine: &T,
    theirs: &T,
    choose: impl Fn(&str) -> Side,
) -> serde_json::Result<Merged> {
    let (base, mine, theirs) =
        (serde_json::to_value(base)?, serde_json::to_value(mine)?, serde_json::to_value(theirs)?);
    let mut merge = Merge { choose, changes: Vec::new() };
    let value = merge.place([Some(&base), Some(&mine), Some(&theirs)], String::new());
    Ok(Merged { value: value.unwrap_or_default(), changes: merge.changes })
}

struct Merge<F> {
    choose: F,
    changes: Vec<Change>,
}

impl<F: Fn(&str) -> Side> Merge<F> {
    fn place(&mut self, sides: [Option<&Value>; 3], path: String) -> Option<Value> {
        if let [Some(Value::Object(base)), Some(Value::Object(mine)), Some(Value::Object(theirs))] = sides
            && base.get("kind") == mine.get("kind")
            && base.get("kind") == theirs.get("kind")
        {
            return Some(self.entries([base, mine, theirs], &path).into());
        }
        let [base, mine, theirs] = sides;
        if mine == theirs {
            return mine.cloned();
        }
        let (whose, side) = if theirs == base {
            (Whose::Only(Side::Mine), Side::Mine)
        } else if mine == base {
            (Whose::Only(Side::Theirs), Side::Theirs)
        } else {
            (Whose::Both, (self.choose)(&path))
        };
        let [base, mine, theirs] = sides.map(Option::<&Value>::cloned);
        let taken = if side == Side::Mine { mine.clone() } else { theirs.clone() };
        self.changes.push(Change { path, whose, base, mine, theirs });
        taken
    }

    fn entries(&mut self, sides: [&Map<String, Value>; 3], path: &str) -> Map<String, Value> {
        let mut merged = Map::new();
        for name in order(sides) {
            if let Some(value) = self.place(sides.map(|side| side.get(name)), below(path, name)) {
                merged.insert(name.clone(), value);
            }
        }
        merged
    }
}

/// The names of all entries, in the order of the side that changed the order. What only the other side has stands behind what
/// it stands behind there.
fn order([base, mine, theirs]: [&Map<String, Value>; 3]) -> Vec<&String> {
    let kept = |of: &Map<String, Value>, other: &Map<String, Value>| {
        of.keys().filter(|name| other.contains_key(*name)).cloned().collect::<Vec<_>>()
    };
    let (first, second) = if kept(mine, base) == kept(base, mine) { (theirs, mine) } else { (mine, theirs) };
    let mut names: Vec<&String> = first.keys().collect();
    let mut at = 0;
    // What both took out is asked for, too, and is nowhere.
    for name in second.keys() {
        match names.iter().position(|known| *known == name) {
            Some(known) => at = known + 1,
            None => {
                names.insert(at, name);
                at += 1;
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{Difference, Program, compare};

    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![(0..3u8).prop_map(Value::from), "[xy]".prop_map(Value::from)];
        leaf.prop_recursive(3, 20, 4, |inner| {
            let map = prop::collection::btree_map("[abc]|kind", inner.clone(), 0..4);
            let map = map.prop_map(|entries| entries.into_iter().collect::<Map<_, _>>().into());
            prop_oneof![3 => map, 1 => prop::collection::vec(inner, 0..3).prop_map(Value::from)]
        })
    }

    /// A document and two edits of it: some of its entries are taken from other documents.
    fn edits() -> impl Strategy<Value = [Value; 3]> {
        let edited = (documents(), documents(), documents(), any::<[u8; 2]>());
        edited.prop_map(|(base, a, b, seeds)| [base.clone(), edit(&base, &a, seeds[0]), edit(&base, &b, seeds[1])])
    }

    fn edit(base: &Value, other: &Value, seed: u8) -> Value {
        let (Value::Object(base), Value::Object(other)) = (base, other) else {
            return if seed.is_multiple_of(3) { other.clone() } else { base.clone() };
        };
        let mut edited = base.clone();
        for (at, (name, value)) in other.iter().enumerate() {
            match (seed >> at) & 3 {
                0 => {}
                1 => drop(edited.shift_remove(name)),
                _ => {
                    let was = edited.get(name).cloned().unwrap_or_default();
                    edited.insert(name.clone(), edit(&was, value, seed.rotate_left(3)));
                }
            }
        }
        edited.into()
    }

    fn touches(a: &str, b: &str) -> bool {
        let within = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        within(a, b) || within(b, a)
    }

    fn merged([base, mine, theirs]: &[Value; 3], side: Side) -> Merged {
        merge(base, mine, theirs, |_| side).unwrap()
    }

    /// What only one side changed is in the document, or within a place that is asked.
    fn nothing_is_lost(own: &[Difference], others: &[Difference], merged: &Merged) -> Result<(), TestCaseError> {
        for one in own.iter().filter(|one| !others.iter().any(|other| touches(&one.path, &other.path))) {
            let asked = merged.changes.iter().any(|at| at.whose == Whose::Both && touches(&one.path, &at.path));
            let there = merged.value.pointer(&one.path) == one.to.as_ref();
            prop_assert!(there || asked, "{one:?} in {merged:?}");
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn what_only_one_side_changed_is_there_and_what_both_changed_is_asked(sides in edits()) {
            let [base, mine, theirs] = &sides;
            let (ours, others) = (compare(base, mine).unwrap(), compare(base, theirs).unwrap());
            for side in [Side::Mine, Side::Theirs] {
                let merged = merged(&sides, side);
                nothing_is_lost(&ours, &others, &merged)?;
                nothing_is_lost(&others, &ours, &merged)?;
                for asked in merged.changes.iter().filter(|at| at.whose == Whose::Both) {
                    let chosen = if side == Side::Mine { &asked.mine } else { &asked.theirs };
                    prop_assert_eq!(merged.value.pointer(&asked.path), chosen.as_ref());
                    prop_assert!(asked.mine != asked.theirs && asked.mine != asked.base && asked.theirs != asked.base);
                }
                for one in &ours {
                    for other in others.iter().filter(|other| touches(&one.path, &other.path)) {
                        let asked = merged.changes.iter().any(|at| {
                            at.whose == Whose::Both && touches(&at.path, &one.path) && touches(&at.path, &other.path)
                        });
                        let alike = mine.pointer(&one.path) == theirs.pointer(&one.path)
                            || mine.pointer(&other.path) == theirs.pointer(&other.path);
                        prop_assert!(asked || alike, "{one:?} {other:?} {merged:?}");
                    }
                }
            }
        }

        #[test]
        fn who_changed_nothing_takes_what_the_other_has([base, mine, theirs] in edits()) {
            for (sides, whole) in [
                ([base.clone(), mine.clone(), base.clone()], &mine),
                ([base.clone(), base.clone(), theirs.clone()], &theirs),
                ([base.clone(), mine.clone(), mine.clone()], &mine),
            ] {
                let merged = merged(&sides, Side::Theirs);
                prop_assert_eq!(&merged.value, whole);
                prop_assert!(merged.changes.iter().all(|at| at.whose != Whose::Both));
            }
        }

        #[test]
        fn the_sides_are_alike([base, mine, theirs] in edits()) {
            let there = merged(&[base.clone(), mine.clone(), theirs.clone()], Side::Mine);
            let back = merged(&[base, theirs, mine], Side::Theirs);
            prop_assert_eq!(there.value, back.value);
        }
    }

    #[test]
    fn nodes_are_merged_by_field() {
        let base = json!({ "title": "A", "nodes": {
            "a": { "kind": "wait", "duration": "2h", "next": "b" }, "b": { "kind": "exit" }, "c": { "kind": "exit" } } });
        let mut sides = [base.clone(), base.clone(), base];
        sides[1]["nodes"]["a"]["duration"] = json!("3h");
        sides[1]["nodes"]["new"] = json!({ "kind": "exit" });
        sides[1]["nodes"]["c"]["title"] = json!("Mine");
        sides[2]["nodes"]["a"]["duration"] = json!("6h");
        sides[2]["nodes"]["a"]["title"] = json!("Theirs");
        sides[2]["nodes"].as_object_mut().unwrap().shift_remove("c");
        let merged = merged(&sides, Side::Mine);
        let told: Vec<_> = merged.changes.iter().map(|at| (at.path.as_str(), at.whose)).collect();
        let only = Whose::Only;
        let expected = [
            ("/nodes/a/duration", Whose::Both),
            ("/nodes/a/title", only(Side::Theirs)),
            ("/nodes/c", Whose::Both),
            ("/nodes/new", only(Side::Mine)),
        ];
        assert_eq!(told.len(), expected.len(), "{told:?}");
        assert!(expected.iter().all(|one| told.contains(one)), "{told:?}");
        assert_eq!(
            merged.value["nodes"]["a"],
            json!({ "kind": "wait", "title": "Theirs", "duration": "3h", "next": "b" })
        );
    }

    #[test]
    fn a_node_of_another_kind_is_asked_as_a_whole() {
        let program = |node: &str| {
            Program::parse(&format!("stafette: 1\nname: t\ntitle: T\nnodes:\n  a: {{ {node} }}\n")).unwrap()
        };
        let (base, mine, theirs) =
            (program("kind: wait, duration: 2h"), program("kind: wait, duration: 3h"), program("kind: exit"));
        for (side, whole) in [(Side::Mine, &mine), (Side::Theirs, &theirs)] {
            let merged = merge(&base, &mine, &theirs, |_| side).unwrap();
            assert_eq!(merged.changes.len(), 1);
            assert_eq!(&serde_json::from_value::<Program>(merged.value).unwrap(), whole);
        }
    }

    #[test]
    fn entries_stand_where_they_stood() {
        let map =
            |names: &str| Value::Object(names.chars().map(|name| (name.to_string(), json!(1))).collect::<Map<_, _>>());
        for (base, mine, theirs, expected) in
            [("abc", "abXc", "aYbc", "aYbXc"), ("abc", "abc", "cba", "cba"), ("abc", "cba", "abcZ", "cZba")]
        {
            let merged = merged(&[map(base), map(mine), map(theirs)], Side::Mine);
            let names: String = merged.value.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(names, expected);
        }
    }
}

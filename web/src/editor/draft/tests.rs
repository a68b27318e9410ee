//! What commands do to a draft, and that undo takes it back.

use program::{Kind, NodeId, Port, Program, check, node};
use serde_json::json;

use super::*;

const STORY: &str = include_str!("../../../../programs/order-follow-up/program.yaml");

fn id(text: &str) -> NodeId {
    NodeId::new(text).unwrap()
}

fn gap(from: &str, port: Port) -> Gap {
    Gap { from: id(from), port }
}

fn wait() -> Kind {
    node::Wait::default().into()
}

fn story() -> Draft {
    Draft::new(Program::parse(STORY).unwrap())
}

/// The nodes as text: `a -> b, c`.
fn shape(draft: &Draft) -> String {
    let ways = |node: &program::Node| node.next.values().map(NodeId::as_str).collect::<Vec<_>>().join(",");
    let nodes = draft.program().nodes.iter().map(|(id, node)| format!("{id}>{}", ways(node)));
    nodes.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_node_goes_into_an_edge_and_out_again() {
    let mut draft = story();
    let before = draft.program().clone();
    let new = draft.add(wait(), Some(&gap("loyal", Port::YES))).unwrap();
    assert_eq!(new, id("wait"));
    assert_eq!(
        shape(&draft),
        "placed>confirmation confirmation>pause pause>loyal loyal>wait,survey wait>invite invite>done survey>done done>"
    );
    assert_eq!(draft.selection(), [id("wait")]);
    draft.delete(&[id("wait")]).unwrap();
    assert_eq!(*draft.program(), before);
    assert_eq!(draft.current(), Some(&id("invite")), "the selection moves on");
    assert_eq!(draft.undo(), Some(Deed::Delete(1)));
    assert_eq!(draft.undo(), Some(Deed::Add("wait")));
    assert_eq!((draft.undo(), draft.program()), (None, &before));
    assert_eq!(draft.redo(), Some(Deed::Add("wait")));
    assert_eq!(draft.undoable(), Some(&Deed::Add("wait")));
}

#[test]
fn nothing_leads_in_a_circle_or_into_an_entry() {
    let mut draft = story();
    let before = draft.program().clone();
    assert_eq!(draft.connect(&gap("survey", Port::NEXT), &id("pause")), Err(Refusal::Circle));
    assert_eq!(draft.connect(&gap("survey", Port::NEXT), &id("survey")), Err(Refusal::Circle));
    assert_eq!(draft.connect(&gap("survey", Port::NEXT), &id("placed")), Err(Refusal::IntoEntry));
    assert_eq!(draft.connect(&gap("survey", Port::YES), &id("done")), Err(Refusal::Gone));
    assert_eq!(draft.add(node::Entry::default().into(), Some(&gap("pause", Port::NEXT))), Err(Refusal::IntoEntry));
    assert_eq!(draft.move_to(&id("loyal"), &gap("survey", Port::NEXT)), Err(Refusal::Circle));
    assert_eq!((draft.program(), draft.undoable()), (&before, None));
}

#[test]
fn nodes_move_along_and_across() {
    let mut draft = story();
    draft.move_to(&id("pause"), &gap("loyal", Port::NO)).unwrap();
    let moved = "placed>confirmation confirmation>loyal loyal>invite,pause pause>survey invite>done survey>done done>";
    assert_eq!(shape(&draft), moved);
    draft.shift(&id("pause"), false).unwrap();
    assert!(shape(&draft).contains("loyal>invite,survey") && shape(&draft).contains("survey>pause pause>done"));
    draft.shift(&id("pause"), true).unwrap();
    assert_eq!(shape(&draft), moved);
    assert_eq!(draft.shift(&id("confirmation"), true), Err(Refusal::IntoEntry));
}

#[test]
fn what_is_copied_can_be_pasted_anywhere() {
    let mut draft = story();
    let text = draft.copy(&[id("pause"), id("loyal")]);
    let mut other = Draft::new(Program::parse("stafette: 1\nname: o\ntitle: O\nnodes:\n  in: { kind: entry, event: x, next: end }\n  end: { kind: exit }\n").unwrap());
    other.paste(&text, Some(&gap("in", Port::NEXT))).unwrap();
    assert_eq!(shape(&other), "in>pause pause>loyal loyal>end end>");
    other.paste(&text, Some(&gap("in", Port::NEXT))).unwrap();
    assert_eq!(shape(&other), "in>pause-2 pause-2>loyal-2 loyal-2>pause pause>loyal loyal>end end>");
    assert_eq!(other.selection(), [id("pause-2"), id("loyal-2")]);
    assert_eq!(other.paste("shopping list", None), Err(Refusal::NothingToPaste));
    draft.duplicate(&[id("pause")]).unwrap();
    assert!(shape(&draft).contains("pause>pause-2 pause-2>loyal"));
    assert_eq!(draft.undo(), Some(Deed::Duplicate(1)));
}

#[test]
fn strokes_at_one_field_are_one_step() {
    let mut draft = story();
    for value in ["3d", "36h", "12h"] {
        draft.set_field(&id("pause"), "duration", json!(value)).unwrap();
    }
    draft.settle();
    draft.set_field(&id("pause"), "duration", json!("1h")).unwrap();
    assert!(matches!(draft.set_field(&id("pause"), "duration", json!("soon")), Err(Refusal::Value(_))));
    let duration = |draft: &Draft| draft.program().nodes[&id("pause")].kind.field("duration");
    assert_eq!(duration(&draft), Some(json!("1h")));
    draft.undo();
    assert_eq!(duration(&draft), Some(json!("12h")));
    draft.undo();
    assert_eq!(duration(&draft), Some(json!("2d")));
    assert_eq!(draft.undoable(), None);
}

#[test]
fn a_branch_is_what_only_follows_from_it() {
    let mut draft = story();
    draft.select_branch(&id("loyal"));
    assert_eq!(draft.selection(), [id("invite"), id("survey"), id("done"), id("loyal")]);
    draft.select_branch(&id("invite"));
    assert_eq!(draft.selection(), [id("invite")], "survey leads to the exit, too");
}

#[test]
fn the_layout_can_be_unlocked_and_locked() {
    let mut draft = story();
    let places = draft.program().nodes.keys().map(|id| (id.clone(), program::Spot { x: 10, y: 20 })).collect();
    draft.set_free(Some(places));
    draft.move_by(&[id("pause")], 30, 0, true);
    let text = draft.program().to_yaml();
    assert_eq!(Program::parse(&text).as_ref(), Ok(&**draft.program()));
    assert_eq!(draft.program().places.as_ref().unwrap()[&id("pause")], program::Spot { x: 48, y: 16 });
    draft.set_free(None);
    assert_eq!(draft.program().to_yaml(), Program::parse(STORY).unwrap().to_yaml());
}

#[test]
fn fixes_take_their_problem_away() {
    for (nodes, code) in [
        ("  a: { kind: exit }", "no_entry"),
        ("  a: { kind: entry, event: x, next: b }", "unknown_node"),
        ("  a: { kind: entry, event: x, next: { yes: b } }\n  b: { kind: exit }", "unknown_port"),
        ("  a: { kind: entry, event: x, next: c }\n  c: { kind: condition, when: 'event.a > 1' }", "open_port"),
        ("  a: { kind: entry, event: x }\n  b: { kind: exit }", "unreachable"),
    ] {
        let text = format!("stafette: 1\nname: t\ntitle: T\nnodes:\n{nodes}\n");
        let mut draft = Draft::new(Program::parse(&text).unwrap());
        for _ in 0..4 {
            let found = check(draft.program());
            let Some(problem) = found.iter().find(|problem| problem.code == code) else { break };
            draft.fix(problem).unwrap();
        }
        assert!(check(draft.program()).iter().all(|problem| problem.code != code), "{code}: {}", shape(&draft));
        assert!(draft.undoable().is_some());
    }
}

#[test]
fn what_cannot_be_read_stays_until_the_field_is_set() {
    let mut draft = story();
    let pause = id("pause");
    let unread = |draft: &Draft| {
        let typed = draft.program().nodes[&id("pause")].unread.iter().map(|(part, typed)| format!("{part}={typed}"));
        typed.collect::<Vec<_>>().join(" ")
    };
    draft.set_unread(&pause, "duration", "2 fort", Some("h"), None).unwrap();
    draft.set_unread(&pause, "duration", "2 fortnights", None, None).unwrap();
    assert_eq!(unread(&draft), "duration=2 fortnights duration.unit=h");
    assert_eq!(draft.program().nodes[&pause].kind.field("duration"), Some(json!("2d")), "the field keeps its value");
    assert!(check(draft.program()).iter().any(|problem| problem.code == "unread"));
    let text = draft.program().to_yaml();
    assert_eq!(Program::parse(&text).unwrap(), **draft.program(), "a reload shows it");
    draft.set_part(&pause, "duration", "duration", json!("2m")).unwrap();
    draft.set_unread(&pause, "duration", "2 fortnights", Some("h"), Some(json!("2d"))).unwrap();
    assert_eq!(draft.program().nodes[&pause].kind.field("duration"), Some(json!("2d")), "nobody meant two minutes");
    draft.settle();
    draft.set_unread(&pause, "other.1", "x", None, None).unwrap();
    draft.set_part(&pause, "duration", "duration", json!("48h")).unwrap();
    assert_eq!(unread(&draft), "other.1=x");
    assert_eq!(draft.program().nodes[&pause].kind.field("duration"), Some(json!("48h")));
    draft.undo();
    draft.undo();
    assert_eq!(unread(&draft), "duration=2 fortnights duration.unit=h", "undo brings back what was typed");
    draft.undo();
    assert_eq!(unread(&draft), "");
}

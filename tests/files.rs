//! Files: what is written reads back equal; what is wrong is said with its line and field.

use std::path::Path;

use program::{Program, Rows, Stream, check, file};
use proptest::prelude::*;

use crate::random;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_program_reads_back_as_it_was_written(program in random::program()) {
        let yaml = program.to_yaml();
        prop_assert_eq!(&Program::parse(&yaml).map_err(|e| format!("{e}\n{yaml}")).unwrap(), &program);
        let json = serde_json::to_string_pretty(&program).unwrap();
        prop_assert_eq!(&Program::parse(&json).unwrap(), &program);
        prop_assert_eq!(&serde_json::from_str::<Program>(&json).unwrap(), &program);
    }

    #[test]
    fn a_random_program_has_no_errors(program in random::program()) {
        let errors: Vec<_> = check(&program).into_iter().filter(|p| p.severity == program::Severity::Error).collect();
        prop_assert!(errors.is_empty(), "{errors:?}");
    }

    #[test]
    fn texts_of_a_stream_survive(subject in "\\PC{1,60}", html in "(\\PC|\n){0,200}") {
        let mut stream = Stream::parse(STREAM).unwrap();
        (stream.subject, stream.html) = (subject, html);
        prop_assert_eq!(&Stream::parse(&stream.to_yaml()).map_err(|e| e.to_string()).unwrap(), &stream);
    }
}

const STREAM: &str = "
stafette: 1
name: welcome
title: Welcome
class: marketing
from: { email: shop@example.test }
subject: Hello
html: <p>Hello</p>
text: Hello
";

const HEAD: &str = "stafette: 1\nname: t\ntitle: T\nnodes:\n  in:\n    kind: entry\n    event: a\n    next: x\n  x:\n";

#[test]
fn a_mistake_has_its_line_and_field() {
    for (node, line, field, part) in [
        ("    kind: wiat\n    duration: 2d\n", 10, "nodes.x.kind", "kinds are call_webhook, condition"),
        ("    kind: wait\n    duration: 2 days ago\n", 11, "nodes.x.duration", "30m, 36h, 2d"),
        ("    kind: wait\n", 9, "nodes.x", "duration"),
        ("    kind: wait\n    durration: 2d\n", 11, "nodes.x.durration", "durration"),
        ("    duration: 2d\n", 9, "nodes.x", "no kind"),
        ("    kind: exit\n    next: [a]\n", 11, "nodes.x.next", ""),
        ("    kind: survey\n    question: a\n    scale: 300\n", 12, "nodes.x.scale", "300"),
        ("    kind: send_mail\n    stream: Not A Name\n", 11, "nodes.x.stream", "stream name"),
        ("    kind: exit\n  x: {kind: exit}\n", 11, "", ""),
        ("    kind: [exit\n", 0, "", ""),
    ] {
        let text = format!("{HEAD}{node}");
        let error = Program::parse(&text).expect_err(node);
        assert!(error.message.contains(part), "{node}: {error}");
        assert_eq!((error.line, error.field.as_str()), (if line == 0 { error.line } else { line }, field), "{error}");
        assert!(error.line > 0, "{error}");
    }
}

#[test]
fn a_newer_format_is_refused() {
    let error = Program::parse("stafette: 2\nname: t\ntitle: T\nnodes: {}\n").unwrap_err();
    assert_eq!((error.line, error.field.as_str()), (1, "stafette"), "{error}");
}

#[test]
fn a_problem_is_found_in_the_file() {
    let text = format!("{HEAD}    kind: condition\n    when: evnt.total > 1\n");
    let problem = check(&Program::parse(&text).unwrap()).remove(0);
    assert_eq!(problem.code, "expression");
    assert_eq!(file::locate(&text, &problem.path()), Some((11, 5)));
}

#[test]
fn yes_and_no_are_ports_not_truth_values() {
    let text = "stafette: 1\nname: t\ntitle: T\nnodes:\n  c: { kind: condition, when: 'true', next: { yes: a, no: a } }\n  \
                a: { kind: exit }\n";
    let program = Program::parse(text).unwrap();
    let ports: Vec<_> = program.nodes[0].next.keys().map(|port| port.as_str()).collect();
    assert_eq!(ports, ["yes", "no"]);
}

#[test]
fn every_condition_of_our_programs_opens_as_rows() {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs");
    let mut seen = 0;
    for folder in std::fs::read_dir(programs).unwrap() {
        let text = std::fs::read_to_string(folder.unwrap().path().join("program.yaml")).unwrap();
        for (id, node) in Program::parse(&text).unwrap().nodes {
            let asked = node.kind.as_kind().exprs().into_iter();
            for asked in asked.filter(|asked| matches!(asked.field, "when" | "filter")) {
                let rows = Rows::read(asked.expr.source());
                assert_eq!(rows.map(|rows| rows.write()).as_deref(), Ok(asked.expr.source()), "{id}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 4, "{seen} conditions");
}

//! Checks what stands in fields as it was typed: what cannot be read, and lengths of time that are none.

use super::findings::Findings;
use crate::{Finding, Input, Node, Period, Problem, Program, brief};

/// Code of the finding that a length of time is none.
pub(crate) const NO_TIME: &str = "no_time";

pub(super) fn check(program: &Program, problems: &mut Findings) {
    for (id, node) in &program.nodes {
        for (field, finding) in unread(node).chain(no_times(node)) {
            problems.push(Problem::error(code(&finding), finding).at(id).field(field));
        }
    }
}

fn code(finding: &Finding) -> &'static str {
    if matches!(finding, Finding::NoTime) { NO_TIME } else { "unread" }
}

/// One finding for each part of a field; a part that only says which unit was chosen is none.
fn unread(node: &Node) -> impl Iterator<Item = (&str, Finding)> {
    node.unread.iter().filter(|(part, _)| !part.ends_with(".unit")).map(|(part, typed)| {
        let finding = match typed.trim().is_empty() {
            true => Finding::Emptied,
            false => Finding::Unread { typed: brief::name(typed.as_str()) },
        };
        (part.split('.').next().unwrap_or(part), finding)
    })
}

/// A disabled node keeps nobody.
fn no_times(node: &Node) -> impl Iterator<Item = (&str, Finding)> {
    let fields = node.kind.as_kind().fields().iter().filter(|_| !node.disabled);
    let lengths = fields.filter(|field| matches!(field.input, Input::Period));
    let none = lengths.filter(|field| !node.unread.contains_key(field.name)).filter(|field| {
        let value = node.kind.field(field.name);
        value
            .as_ref()
            .and_then(|value| value.as_str()?.parse::<Period>().ok())
            .is_some_and(|period| period.millis() == 0)
    });
    none.map(|field| (field.name, Finding::NoTime))
}

#[cfg(test)]
mod tests {
    use crate::check::tests::{program, told};

    fn wait(fields: &str) -> Vec<String> {
        let entry = "  a: { kind: entry, event: order, again: never, next: w }\n";
        told(&program(&format!("{entry}  w: {{ kind: wait, {fields} }}")), None)
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_stays_in_the_draft() {
        let said = wait("duration: 2d, unread: { duration: 2 fortnights, duration.unit: h }");
        assert_eq!(
            said[0],
            "error[unread] nodes.w.duration: \"2 fortnights\" cannot be read, so this field still says what it said \
             before. Correct it. "
        );
        assert!(wait("duration: 2d, unread: { duration: '' }")[0].contains("Nothing stands here any more"));
        let text = "  w: { kind: wait, duration: 2d, unread: { duration: 2 fortnights } }";
        let program = program(text);
        assert_eq!(crate::Program::parse(&program.to_yaml()).unwrap(), program);
    }

    #[test]
    fn a_wait_of_no_time_is_an_error() {
        assert!(wait("duration: 0h")[0].starts_with("error[no_time] nodes.w.duration: This is no time at all."));
        assert!(wait("duration: 0h, disabled: true").iter().all(|said| !said.starts_with("error")));
    }
}

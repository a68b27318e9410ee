//! `docs/reference/nodes.md` tells of every kind of node what its contract tells: `UPDATE=1 cargo test -p tests reference`
//! writes it anew.

use std::{fmt::Write as _, fs, path::Path};

use program::{Input, Kind, NodeKind, Scope, node::Rest};

#[test]
fn the_reference_tells_what_the_contract_tells() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/nodes.md");
    let written = reference();
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &written).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, written, "{} is not true any more; UPDATE=1 writes it anew", path.display());
}

fn reference() -> String {
    let mut text = String::from(
        "# Kinds of nodes\n\nA node of a program file has a `kind`, the fields of that kind, and `next`: the node that each of \
         its ports\nleads to. `title` and `disabled` may stand at every node.\n",
    );
    for kind in Kind::blanks() {
        section(&mut text, &kind);
    }
    text
}

/// Writing to a text cannot fail.
fn section(text: &mut String, blank: &Kind) {
    let kind = blank.as_kind();
    let _ = writeln!(text, "\n## {}: `{}`\n", kind.title(), blank.tag());
    let ports: Vec<_> = kind.ports().iter().map(|port| format!("`{}`", port.as_str())).collect();
    let _ = match ports.as_slice() {
        [] => writeln!(text, "It has no way out."),
        [port] => writeln!(text, "Contacts leave by {port}."),
        ports => writeln!(text, "Contacts leave by {}.", ports.join(" or ")),
    };
    says(text, kind);
    if kind.fields().is_empty() {
        return;
    }
    text.push_str("\n| field | | what it takes | |\n|---|---|---|---|\n");
    for field in kind.fields() {
        let must = if field.required { "" } else { "may be left out" };
        let _ = writeln!(text, "| `{}` | {} | {} | {must} |", field.name, field.help, takes(field.input));
    }
}

fn says(text: &mut String, kind: &dyn NodeKind) {
    if kind.way_in().is_some() {
        text.push_str("Events start contacts here; no edge leads here.\n");
    }
    let rests = match kind.rest() {
        Some(Rest::For(_)) => "Each contact rests here for that long.\n",
        Some(Rest::UpTo(_)) => "Each contact rests here until what it waits for has come, or for that long at most.\n",
        Some(Rest::Answer) => "Contacts rest here until the call is over, 25 hours at most.\n",
        Some(Rest::Until(_) | Rest::Window) => {
            "Contacts rest here until that time; whoever comes then goes on at once.\n"
        }
        None => "",
    };
    text.push_str(rests);
    if !kind.emits().is_empty() {
        let _ = writeln!(text, "When a contact answers, it brings about the event `{}`.", kind.emits().join("`, `"));
    }
}

fn takes(input: Input) -> String {
    match input {
        Input::Text { max } => format!("a text of at most {max} characters"),
        Input::Expression { scope: Scope::Event } => "a condition (CEL) on `event`".into(),
        Input::Expression { scope: Scope::Step } => {
            "a condition (CEL) on `contact`, `event`, `joined` events and history".into()
        }
        Input::Expression { scope: Scope::Incoming } => {
            "a condition (CEL) on `incoming`, `contact`, `event`, `joined` events and history".into()
        }
        Input::Changes { most } => format!(
            "a list of at most {most} changes: `{{ change: set, attribute: tier, value: gold }}`; `change` is `set`, `add` or \
             `remove`; to `remove` without a `value` removes the attribute"
        ),
        Input::Period => "a length of time, such as `30m`, `36h` or `2d`".into(),
        Input::Event => "the type of an event".into(),
        Input::Stream => "the name of a mail stream".into(),
        Input::Choice { options, or_period } => {
            let options: Vec<_> = options.iter().map(|option| format!("`{option}`")).collect();
            let period = if or_period { ", or a length of time" } else { "" };
            format!("{}{period}", options.join(", "))
        }
        Input::DateTime => "a date and a time, such as `2026-12-01T08:00`".into(),
        Input::Weekdays => "a list of days, such as `[mon, tue]`".into(),
        Input::Hours => "a part of the day, such as `09:00-17:00`".into(),
        Input::Zone => "a time zone, such as `Europe/Berlin`".into(),
        Input::Weights { min, max } => format!("{min} to {max} whole numbers that are 100 together"),
        Input::Number { min, max } => format!("a whole number from {min} to {max}"),
    }
}

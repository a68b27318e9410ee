//! `stafette simulate`.

use std::{fmt::Write, fs, path::PathBuf, sync::Arc};

use clap::Args;
use program::{End, Plan, SimEvent, SimRun, Time, numbered, simulate};
use runner::{Press, press::Means};
use serde_json::Value;
use store::{Told, Who, tell_apart};
use uuid::Uuid;

use super::{Done, Failure, print, say};
use crate::{definitions, incoming};

/// Play events through a program in virtual time and print what happens to each contact, step by step.
///
/// Nothing is stored and no mail is sent; the program is carried by the very code that the server runs.
#[derive(Args)]
pub(super) struct Simulate {
    /// `program.yaml`, or the folder that it is in.
    path: PathBuf,
    /// Events as the API takes them: a YAML or JSON array, or one JSON object per line. `occurred_at` is the virtual
    /// time; an event without it happens when the one before it does.
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// End the simulation at this time, such as 2026-03-31T00:00:00Z. Default: when nothing is due any more.
    #[arg(long, value_name = "TIME")]
    until: Option<Time>,
    /// What chance is drawn from: another uuid sends contacts other ways where a program splits them.
    #[arg(long, value_name = "UUID", default_value_t = Uuid::nil())]
    seed: Uuid,
}

impl Simulate {
    pub(super) async fn run(self) -> Done {
        let press = Press::with(Means::Itself, 1);
        let definition = definitions::read(&self.path).map_err(|finding| Failure(finding.to_string()))?;
        for finding in definitions::check(&definition, &press).await?.iter().filter(|finding| finding.is_error) {
            say(&finding.to_string());
        }
        // Reading one file gives its program.
        let program = definition.program.ok_or_else(|| Failure("there is no program".into()))?.value;
        let plan = Plan::new(program).map_err(|errors| Failure(format!("the program has {} errors", errors.len())))?;
        let text =
            fs::read_to_string(&self.events).map_err(|error| Failure(format!("{}: {error}", self.events.display())))?;
        let events = events(&text).map_err(|why| Failure(format!("{}: {why}", self.events.display())))?;
        let runs = simulate(&plan, &events, self.until, numbered(self.seed));
        print(trace(&events, &runs).trim_end())
    }
}

/// Reads events in the API's form, as the server reads them.
fn events(text: &str) -> Result<Vec<SimEvent>, String> {
    let items = items(text)?;
    let (mut events, mut whose) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    let mut last: Option<Time> = None;
    for (at, item) in items.into_iter().enumerate() {
        let (event, who) = event(&item, last).map_err(|why| format!("event [{at}]: {why}"))?;
        last = Some(event.at);
        events.push(event);
        whose.push(who);
    }
    name(&mut events, &whose)?;
    Ok(events)
}

/// Says whose each event is: in the order of their time, by what the server goes by.
fn name(events: &mut [SimEvent], whose: &[Who]) -> Result<(), String> {
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|at| events[*at].at);
    let told = tell_apart(&order.iter().map(|at| whose[*at].clone()).collect::<Vec<_>>());
    // A contact is called as it is first met; no two are called alike.
    let mut names: Vec<String> = Vec::new();
    for (at, told) in order.into_iter().zip(told) {
        let two = || format!("event [{at}]: email and external_id belong to two different contacts; send one of them");
        let Told { contact, who } = told.ok_or_else(two)?;
        if names.len() <= contact {
            let mut name = who.external_id.as_ref().or(who.email.as_ref()).cloned().unwrap_or_default();
            while names.contains(&name) {
                name.push('\'');
            }
            names.push(name);
        }
        let event = &mut events[at];
        event.contact.clone_from(&names[contact]);
        // What conditions see of a contact: email and external id beside the attributes.
        let known = [("email", who.email), ("external_id", who.external_id)];
        let known = known.into_iter().filter_map(|(name, value)| Some((name.to_string(), Value::String(value?))));
        event.attributes.extend(known);
    }
    Ok(())
}

/// An array, one object, or one object per line.
fn items(text: &str) -> Result<Vec<Value>, String> {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    if lines().count() > 1 && lines().all(|line| line.trim_start().starts_with('{') && line.trim_end().ends_with('}')) {
        let parse = |(at, line)| serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1));
        return text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(parse).collect();
    }
    // As JSON where it is JSON: YAML does not say how its numbers were written.
    let json = serde_json::from_str(text);
    match json.or_else(|_| program::file::parse(text)).map_err(|error| error.to_string())? {
        Value::Array(items) => Ok(items),
        item @ Value::Object(_) => Ok(vec![item]),
        Value::Null => Ok(Vec::new()),
        _ => Err("write an array of events".into()),
    }
}

fn event(item: &Value, last: Option<Time>) -> Result<(SimEvent, Who), String> {
    let raw = serde_json::value::to_raw_value(item).map_err(|error| error.to_string())?;
    let event = incoming::read(&raw).map_err(|refusal| format!("{}: {}", refusal.field, refusal.detail))?;
    let mut attributes = event.attributes;
    attributes.extend(event.opt_in.map(|opt_in| ("opt_in".to_owned(), Value::Bool(opt_in))));
    let data = Arc::unwrap_or_clone(event.data);
    let at = event.occurred_at.or(last).ok_or("the first event needs occurred_at")?;
    Ok((SimEvent { at, event: event.event, contact: String::new(), attributes, data }, event.who))
}

/// The trace: one paragraph per token, one line per step.
pub(crate) fn trace(events: &[SimEvent], runs: &[SimRun]) -> String {
    let mut text = String::new();
    for run in runs {
        let event = &events[run.event];
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{} by {} [{}]", run.contact, event.event, run.event);
        for step in &run.steps {
            let _ = writeln!(text, "  {step}");
        }
        let _ = match &run.end {
            End::Waiting(until) | End::AwaitsAnswer(until) => {
                writeln!(text, "  waiting until {}", until.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
            }
            End::Finished => writeln!(text, "  finished"),
            End::Failed(why) => writeln!(text, "  failed: {why}"),
        };
        text.push('\n');
    }
    let _ = writeln!(text, "{} events, {} tokens", events.len(), runs.len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As on the server: addresses without regard to case, an external id that comes later, and both orders of time.
    #[test]
    fn contacts_are_told_apart_as_on_the_server() {
        let event = |contact: &str, day: u32| {
            format!("{{ type: a, contact: {contact}, occurred_at: '2026-03-0{day}T09:00:00Z' }}")
        };
        let names = |events: &[(&str, u32)]| {
            let text: Vec<_> = events.iter().map(|(contact, day)| event(contact, *day)).collect();
            let named = super::events(&format!("[{}]", text.join(", ")));
            named.map(|events| events.into_iter().map(|event| event.contact).collect::<Vec<_>>())
        };
        for (given, expected) in [
            (
                &[
                    ("{ email: anna@example.test }", 1),
                    ("{ email: Anna@Example.test }", 2),
                    ("{ email: anna@example.test, external_id: C1 }", 3),
                    ("{ external_id: C1 }", 4),
                ][..],
                &["anna@example.test"; 4][..],
            ),
            // What is known is known from its time on, wherever it stands in the file.
            (&[("{ external_id: C1 }", 2), ("{ email: a@example.test, external_id: C1 }", 1)], &["C1", "C1"]),
            (&[("{ external_id: C1 }", 1), ("{ external_id: c1 }", 2)], &["C1", "c1"]),
            // Two that happen to be called alike.
            (
                &[("{ external_id: a@example.test }", 1), ("{ email: a@example.test }", 2)],
                &["a@example.test", "a@example.test'"],
            ),
            // An address that somebody gave up is free.
            (
                &[
                    ("{ email: a@example.test, external_id: C1 }", 1),
                    ("{ email: b@example.test, external_id: C1 }", 2),
                    ("{ email: a@example.test }", 3),
                ],
                &["C1", "C1", "a@example.test"],
            ),
        ] {
            assert_eq!(names(given).unwrap(), expected, "{given:?}");
        }
        let two = [
            ("{ email: a@example.test }", 1),
            ("{ external_id: C1 }", 2),
            ("{ email: a@example.test, external_id: C1 }", 3),
        ];
        let why = names(&two).unwrap_err();
        assert!(why.contains("event [2]") && why.contains("two different contacts"), "{why}");
    }

    #[test]
    fn all_three_forms_are_read() {
        let one = r#"{"type":"a","contact":{"email":"a@b.example"},"occurred_at":"2026-03-01T09:00:00Z"}"#;
        let two = r#"{"type":"b","contact":{"external_id":"7","tier":"gold"}}"#;
        let yaml = "- type: a\n  contact: { email: a@b.example }\n  occurred_at: 2026-03-01T09:00:00Z\n\
                    - { type: b, contact: { external_id: '7', tier: gold } }\n";
        let array = events(&format!("[{one},\n{two}]")).unwrap();
        assert_eq!(array, events(&format!("{one}\n{two}\n")).unwrap());
        assert_eq!(array, events(yaml).unwrap());
        assert_eq!(array[1].at, array[0].at);
        assert_eq!(array[1].attributes.keys().collect::<Vec<_>>(), ["tier", "external_id"]);
        assert_eq!(events(one).unwrap().len(), 1);
        for bad in ["[1]", "7", "{", two, r#"[{"type":"a"}]"#] {
            assert!(events(bad).is_err(), "{bad}");
        }
    }
}

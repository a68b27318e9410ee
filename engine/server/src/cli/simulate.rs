//! `stafette simulate`.

use std::{fmt::Write, fs, path::PathBuf};

use clap::Args;
use program::{End, EventType, Object, Plan, SimEvent, SimRun, Time, numbered, simulate};
use runner::{Press, press::Means};
use serde_json::Value;
use uuid::Uuid;

use super::{Done, Failure, print, say};
use crate::definitions;

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
        let plan = Plan::new(definition.program.value)
            .map_err(|errors| Failure(format!("the program has {} errors", errors.len())))?;
        let text =
            fs::read_to_string(&self.events).map_err(|error| Failure(format!("{}: {error}", self.events.display())))?;
        let events = events(&text).map_err(|why| Failure(format!("{}: {why}", self.events.display())))?;
        let runs = simulate(&plan, &events, self.until, numbered(self.seed));
        print(trace(&events, &runs).trim_end())
    }
}

/// Reads events in the API's form.
fn events(text: &str) -> Result<Vec<SimEvent>, String> {
    let items = items(text)?;
    let mut events = Vec::with_capacity(items.len());
    let mut last: Option<Time> = None;
    for (at, item) in items.into_iter().enumerate() {
        let event = event(item, last).map_err(|why| format!("event [{at}]: {why}"))?;
        last = Some(event.at);
        events.push(event);
    }
    Ok(events)
}

/// An array, one object, or one object per line.
fn items(text: &str) -> Result<Vec<Value>, String> {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    if lines().count() > 1 && lines().all(|line| line.trim_start().starts_with('{') && line.trim_end().ends_with('}')) {
        let parse = |(at, line)| serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1));
        return text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(parse).collect();
    }
    match program::file::parse(text).map_err(|error| error.to_string())? {
        Value::Array(items) => Ok(items),
        item @ Value::Object(_) => Ok(vec![item]),
        Value::Null => Ok(Vec::new()),
        _ => Err("write an array of events".into()),
    }
}

fn event(item: Value, last: Option<Time>) -> Result<SimEvent, String> {
    let event: api::events::EventIn = serde_json::from_value(item).map_err(|error| error.to_string())?;
    let contact = event.contact.external_id.as_ref().or(event.contact.email.as_ref());
    let contact = contact.ok_or("give the contact's email or external_id")?.clone();
    // What conditions see of a contact: email and external id beside the attributes.
    let mut attributes: Object = event.contact.attributes;
    let known = [("email", event.contact.email), ("external_id", event.contact.external_id)];
    attributes.extend(known.into_iter().filter_map(|(name, value)| Some((name.to_string(), Value::String(value?)))));
    Ok(SimEvent {
        at: event.occurred_at.or(last).ok_or("the first event needs occurred_at")?,
        event: EventType::new(&event.kind).map_err(|error| error.to_string())?,
        contact,
        attributes,
        data: event.data,
    })
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
            End::Waiting(until) => {
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

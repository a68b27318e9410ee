//! One dry run: read the events, play them contact by contact, read what was done.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

use api::programs::{DryRunResult, Figures};
use chrono::TimeDelta;
use program::{ContactId, EventType, Object, Plan, Scales, SimEvent, Subject, Time, numbered, simulate_while};
use store::{PastEvent, Span, Store};

use super::{
    DryRunError, DryRuns, Progress, Task,
    figures::Tally,
    reads::{Fields, looks_back, types},
};
/// The most events of one dry run, history included; also the most mails that are read of the past.
const MOST_EVENTS: u32 = 200_000;
/// The most bytes that are kept of them.
const MOST_BYTES: usize = 64 << 20;
/// The most events of one contact: what conditions count is counted anew at each step.
const MOST_OF_ONE: usize = 5_000;
/// The most steps of one contact, some 40 MB of traces; one that takes more is left out.
const STEPS_OF_ONE: usize = 100_000;
/// The most steps of one dry run: a minute or so. A draft may let in many tokens with each event.
const MOST_STEPS: u64 = 20_000_000;
/// Events and mails are read so many at a time.
const PAGE: u32 = 2_000;
/// Contacts are read so many at a time: what is known of each may be half a megabyte of text.
const CONTACTS: usize = 16;
/// One contact whose events weigh more than this, once they are read, is left out.
const WEIGHT_OF_ONE: usize = 48 << 20;

/// Everything that one dry run needs.
pub(super) struct Player {
    task: Task,
    plan: Arc<Plan>,
    types: Vec<EventType>,
    span: Span,
    history_from: Time,
    progress: Arc<Progress>,
}

/// What is kept of an event: what the draft reads of it, as text, which takes a tenth of the memory.
struct Kept {
    at: Time,
    event: EventType,
    data: Box<str>,
}

impl Player {
    /// Counts what is to be read.
    pub(super) async fn new(
        store: &Store,
        task: Task,
        now: Time,
        progress: Arc<Progress>,
    ) -> Result<Self, DryRunError> {
        let plan = Plan::new(task.draft.clone());
        let plan = plan.map_err(|_| DryRunError::Broken("a draft without errors is no plan"))?;
        let types = types(plan.program());
        let span = Span { from: now - TimeDelta::days(task.days.into()), to: now };
        let count = |span, most| store.count_past_events(task.workspace, span, &types, most);
        let events = count(span, MOST_EVENTS + 1).await?;
        if events > u64::from(MOST_EVENTS) {
            return Err(DryRunError::TooManyEvents(MOST_EVENTS));
        }
        let left = MOST_EVENTS - u32::try_from(events).unwrap_or(MOST_EVENTS);
        let (mut back, mut history) = (looks_back(plan.program()), 0);
        while !back.is_zero() {
            history = count(Span { from: span.from - back, to: span.from }, left + 1).await?;
            if history <= u64::from(left) {
                break;
            }
            // Half as far, until it fits: the nearer past matters more.
            (back, history) = (if back > TimeDelta::hours(1) { back / 2 } else { TimeDelta::zero() }, 0);
        }
        // Each is read and played.
        progress.all.store(2 * (events + history), Ordering::Relaxed);
        let history_from = span.from - back;
        Ok(Self { task, plan: Arc::new(plan), types, span, history_from, progress })
    }

    /// Plays it. An error says what to do.
    pub(super) async fn play(self, runs: &DryRuns) -> Result<DryRunResult, String> {
        let (contacts, events, history) = self.read(runs).await?;
        let (tally, left_out) = self.simulate(runs, contacts).await?;
        let live = self.past(runs).await?;
        Ok(DryRunResult {
            from: self.span.from,
            to: self.span.to,
            events,
            history,
            history_from: self.history_from,
            left_out,
            draft: tally.figures(),
            live,
        })
    }

    fn go_on(&self, runs: &DryRuns) -> Result<(), String> {
        self.progress.go_on(runs.clock.passed())
    }

    /// The events by contact, each in order, and how many of them are of the days and before.
    async fn read(&self, runs: &DryRuns) -> Result<(HashMap<ContactId, Vec<Kept>>, u64, u64), String> {
        let fields = Fields::of(self.plan.program(), Subject::Event);
        let span = Span { from: self.history_from, to: self.span.to };
        let mut contacts: HashMap<ContactId, Vec<Kept>> = HashMap::new();
        let (mut events, mut history, mut kept, mut after) = (0, 0, 0, None);
        loop {
            self.go_on(runs)?;
            let _turn = runs.turn.lock().await;
            let page =
                runs.store.past_events(self.task.workspace, span, &self.types, after, PAGE).await.map_err(away)?;
            if page.is_empty() {
                return Ok((contacts, events, history));
            }
            let read = page.len();
            after = page.last().map(|event| event.id);
            for PastEvent { contact, event, mut data, received_at, .. } in page {
                *(if received_at < self.span.from { &mut history } else { &mut events }) += 1;
                fields.keep(&mut data);
                let data = text(&data)?;
                kept += data.len();
                contacts.entry(contact).or_insert_with(|| Vec::with_capacity(1)).push(Kept {
                    at: received_at,
                    event,
                    data,
                });
            }
            // Nothing comes in behind `to`, but rows of other committers may have come in before it.
            if kept > MOST_BYTES || events + history > 2 * u64::from(MOST_EVENTS) {
                return Err("The events carry too much of what the draft reads; take fewer days.".into());
            }
            self.progress.add(read);
        }
    }

    /// Contacts know nothing of each other, so they are played apart, and their traces forgotten at once.
    async fn simulate(&self, runs: &DryRuns, contacts: HashMap<ContactId, Vec<Kept>>) -> Result<(Tally, u64), String> {
        let (mut tally, mut left_out, mut steps) = (Tally::default(), 0, 0_u64);
        let mut contacts = contacts.into_iter();
        let fields = Fields::of(self.plan.program(), Subject::Contact);
        loop {
            self.go_on(runs)?;
            let _turn = runs.turn.lock().await;
            let chunk: Vec<_> = contacts.by_ref().take(CONTACTS).collect();
            if chunk.is_empty() {
                return Ok((tally, left_out));
            }
            let played = chunk.iter().map(|(_, events)| events.len()).sum();
            let ids: Vec<_> = chunk.iter().map(|(id, _)| *id).collect();
            let keep = |contact: store::Contact| {
                let mut known = runner::contact_object(&contact);
                fields.keep(&mut known);
                text(&known).map(|known| (contact.id, known))
            };
            let known = runs.store.contacts_by_id(self.task.workspace, &ids, keep).await.map_err(away)?;
            let mut known = known.into_iter().collect::<Result<HashMap<_, _>, _>>()?;
            let (plan, span, progress, clock) =
                (self.plan.clone(), self.span, self.progress.clone(), runs.clock.clone());
            let work = move || {
                for (id, events) in chunk {
                    if progress.go_on(clock.passed()).is_err() || steps > MOST_STEPS {
                        break;
                    }
                    if events.len() > MOST_OF_ONE || weight(&events) > WEIGHT_OF_ONE {
                        left_out += 1;
                        continue;
                    }
                    let contact = Contact { id, known: known.remove(&id).unwrap_or_else(|| "{}".into()), events };
                    let mut taken = 0;
                    let go_on = |n| {
                        taken = n;
                        n <= STEPS_OF_ONE && !progress.is_cancelled()
                    };
                    let mut told = Tally::default();
                    one(&plan, span, contact, &mut told, go_on)?;
                    steps += taken as u64;
                    if taken > STEPS_OF_ONE {
                        left_out += 1;
                    } else {
                        tally.add(told);
                    }
                }
                Ok::<_, String>((tally, left_out, steps))
            };
            let worked = tokio::task::spawn_blocking(work).await;
            (tally, left_out, steps) = worked.map_err(|error| format!("It broke down: {error}"))??;
            if steps > MOST_STEPS {
                return Err(format!(
                    "The draft takes more than {MOST_STEPS} steps with these events; take fewer days."
                ));
            }
            self.progress.add(played);
        }
    }

    /// What the program did in the same days.
    async fn past(&self, runs: &DryRuns) -> Result<Figures, String> {
        let (workspace, program) = (self.task.workspace, self.task.program);
        let row = runs.store.program(workspace, program).await.map_err(away)?;
        // Entries are told apart by the live version; a draft that was never published did nothing.
        let Some(version) = row.current else { return Ok(Figures::default()) };
        let live: program::Program = runs.store.version(workspace, version.id).await.map_err(away)?;
        let mut tally = Tally::default();
        for branch in runs.store.past_branches(workspace, program, self.span).await.map_err(away)? {
            tally.branch(&live, &branch.node, &branch.port, branch.n);
        }
        let (mut after, mut all) = (None, 0);
        loop {
            self.go_on(runs)?;
            let page = runs.store.past_mails(workspace, program, self.span, after, PAGE).await.map_err(away)?;
            for mail in &page {
                tally.mail(mail.contact, &mail.node, mail.at);
            }
            all += page.len();
            after = page.last().map(|mail| mail.id);
            if page.len() < PAGE as usize {
                return Ok(tally.figures());
            }
            if all > MOST_EVENTS as usize {
                return Err(format!("The program sent more than {MOST_EVENTS} mails in these days; take fewer."));
            }
        }
    }
}

fn away(error: store::Error) -> String {
    format!("The database did not answer: {error}. Try again.")
}

/// Somebody, what is known of them, and what happened to them.
struct Contact {
    id: ContactId,
    known: Box<str>,
    events: Vec<Kept>,
}

/// What these weigh once they are read.
fn weight(events: &[Kept]) -> usize {
    events.iter().map(|event| Scales::default().weigh(event.data.as_bytes())).sum()
}

fn text(object: &Object) -> Result<Box<str>, String> {
    serde_json::to_string(object).map(Into::into).map_err(|error| error.to_string())
}

fn object(text: &str) -> Result<Object, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// One contact's events through the draft, as long as `go_on` says so of the steps taken.
fn one(
    plan: &Plan,
    span: Span,
    contact: Contact,
    tally: &mut Tally,
    go_on: impl FnMut(usize) -> bool,
) -> Result<(), String> {
    let Contact { id, known, events } = contact;
    let event = |Kept { at, event, data }| {
        let (contact, attributes) = (String::new(), Object::new());
        object(&data).map(|data| SimEvent { at, event, contact, attributes, data })
    };
    let mut events = events.into_iter().map(event).collect::<Result<Vec<_>, _>>()?;
    // Attributes stay known, so once is enough. They are those of today: nobody keeps what they were.
    if let Some(first) = events.first_mut() {
        first.attributes = object(&known)?;
    }
    for run in simulate_while(plan, &events, Some(span.to), numbered(id.uuid()), go_on) {
        // Earlier ones are there for what they let others know.
        if events[run.event].at >= span.from {
            tally.run(plan.program(), id, &run);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::reads::tests::draft, *};

    #[test]
    fn history_is_known_and_not_counted() {
        let plan = Plan::new(draft()).unwrap();
        let at = |day: i64| Time::UNIX_EPOCH + TimeDelta::days(day);
        let event = |day, name: &str| Kept {
            at: at(day),
            event: EventType::new(name).unwrap(),
            data: r#"{"total":11}"#.into(),
        };
        let id = ContactId(uuid::Uuid::nil());
        let figures = |events: Vec<Kept>| {
            let mut tally = Tally::default();
            let contact = Contact { id, known: "{}".into(), events };
            one(&plan, Span { from: at(100), to: at(200) }, contact, &mut tally, |_| true).unwrap();
            let figures = tally.figures();
            (figures.entered, figures.mails)
        };
        assert_eq!(figures(vec![event(99, "page.seen"), event(99, "page.seen"), event(101, "order.placed")]), (1, 1));
        assert_eq!(figures(vec![event(90, "page.seen"), event(99, "page.seen"), event(101, "order.placed")]), (1, 0));
        // Entered before, though that is not counted itself.
        assert_eq!(figures(vec![event(99, "order.placed"), event(101, "order.placed")]), (0, 0));
        assert_eq!(figures(vec![event(60, "order.placed"), event(101, "order.placed")]), (1, 0));
    }
}

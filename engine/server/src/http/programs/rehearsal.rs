//! Writes the mails of a program before anybody gets one: each for the newest events by which contacts came, and where none
//! came yet, for one that carries nothing.
//!
//! A mail that no event leads to is an error, one that some lead to is a warning. While nothing came yet, a mail that lacks
//! fields of the event is no fault: nobody knows which there will be.

use std::collections::BTreeMap;

use api::streams::PreviewMail;
use program::{
    EventId, EventType, Finding, Object, Problem, Program, Sender, Severity, Stream, StreamName, WorkspaceId,
};
use runner::contact_object;
use serde_json::Value;
use store::{Error, EventFilter, Paging};

use crate::{
    App,
    http::{error::ApiResult, streams::preview::write},
};

/// The newest events of each type that mails are written for.
const EVENTS: u32 = 5;
/// Mails of one rehearsal.
const MAILS: usize = 200;

/// What a mail is written from.
struct Case {
    contact: Object,
    event: Object,
}

/// What becomes of the mails of a program.
pub(super) async fn rehearse(app: &App, workspace: WorkspaceId, program: &Program) -> ApiResult<Vec<Problem>> {
    let mut hall = Hall { app, workspace, cases: BTreeMap::new(), streams: BTreeMap::new() };
    let (mut problems, mut left) = (Vec::new(), MAILS);
    for sender in program::senders(program) {
        if left == 0 {
            problems.push(Problem::warning("mails_not_tried", Finding::MailsNotTried { most: MAILS }).at(sender.node));
            break;
        }
        problems.extend(hall.node(&sender, &mut left).await?);
    }
    Ok(problems)
}

/// What is read once for all nodes.
struct Hall<'a> {
    app: &'a App,
    workspace: WorkspaceId,
    cases: BTreeMap<EventType, Vec<Case>>,
    streams: BTreeMap<StreamName, Option<Stream>>,
}

impl Hall<'_> {
    async fn node(&mut self, sender: &Sender<'_>, left: &mut usize) -> ApiResult<Option<Problem>> {
        // That there is no such stream is said by the checker.
        let Some(stream) = self.stream(&sender.stream).await? else { return Ok(None) };
        let mut joined = Object::new();
        for (name, event) in &sender.joined {
            let newest = self.cases(event).await?.first().map_or_else(Object::new, |case| case.event.clone());
            joined.insert((*name).to_owned(), Value::Object(newest));
        }
        let mut cases = Vec::new();
        for event in &sender.events {
            let of = self.cases(event).await?.iter();
            cases.extend(of.map(|case| (case.contact.clone(), case.event.clone())));
        }
        cases.truncate(*left);
        let (all, mut failed, mut first) = (cases.len(), 0, None);
        if cases.is_empty() {
            cases.push((Object::from_iter([("email".to_owned(), "ann@example.com".into())]), Object::new()));
        }
        for (contact, event) in cases {
            *left = left.saturating_sub(1);
            let form = PreviewMail { contact, event, joined: joined.clone(), purpose: sender.purpose.clone() };
            if let Some(error) = self.fails(&stream, &form).await? {
                failed += 1;
                first.get_or_insert(error);
            }
        }
        let Some(error) = first else { return Ok(None) };
        let (stream, error) = (sender.stream.clone(), brief(&error));
        let problem = match all {
            0 if !needs_other(&error) => return Ok(None),
            0 => Problem::error("mail_fails", Finding::MailNeedsOther { stream, error }),
            all if failed == all => Problem::error("mail_fails", Finding::MailFails { stream, all, error }),
            all => Problem::warning("mail_fails", Finding::MailMayFail { stream, failed, all, error }),
        };
        Ok(Some(problem.at(sender.node).field("stream")))
    }

    /// Why this mail cannot be written, if so.
    async fn fails(&self, stream: &Stream, form: &PreviewMail) -> ApiResult<Option<String>> {
        let written = write(self.app, stream.clone(), form).await?;
        let error = written.problems.into_iter().find(|problem| problem.severity == Severity::Error);
        Ok(error.map(|problem| problem.message))
    }

    async fn stream(&mut self, name: &StreamName) -> ApiResult<Option<Stream>> {
        if !self.streams.contains_key(name) {
            let stream = match self.app.store.stream(self.workspace, name).await {
                Ok((_, stream)) => Some(stream),
                Err(Error::NotFound { .. }) => None,
                Err(error) => return Err(error.into()),
            };
            self.streams.insert(name.clone(), stream);
        }
        Ok(self.streams[name].clone())
    }

    /// The newest events of a type, with their contacts as these are now.
    async fn cases(&mut self, event: &EventType) -> ApiResult<&[Case]> {
        if !self.cases.contains_key(event) {
            let (filter, paging) =
                (EventFilter { event: Some(event.clone()), contact: None }, Paging { after: None, limit: EVENTS });
            let mut cases = Vec::new();
            for event in self.app.store.events(self.workspace, &filter, &paging).await?.items {
                match self.case(event.id).await {
                    Ok(case) => cases.push(case),
                    // Erased since.
                    Err(Error::NotFound { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            self.cases.insert(event.clone(), cases);
        }
        Ok(&self.cases[event])
    }

    /// An event as a whole: a list leaves out what it brings.
    async fn case(&self, id: EventId) -> store::Result<Case> {
        let event = self.app.store.event(self.workspace, id).await?;
        let contact = self.app.store.contact(self.workspace, event.contact).await?;
        Ok(Case { contact: contact_object(&contact), event: event.data })
    }
}

/// Whether a mail lacks what no event brings: it is made for another kind of node.
fn needs_other(error: &str) -> bool {
    letter::OF_NODES.iter().any(|name| error.contains(&format!("`{name}` is undefined")))
}

/// As much of an error as a line in a list holds.
fn brief(error: &str) -> String {
    const MOST: usize = 300;
    match error.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &error[..at]),
        None => error.to_owned(),
    }
}

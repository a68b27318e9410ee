//! Writes the mails of a program before anybody gets one: each for the newest events by which contacts came, and where none
//! came yet, for one that carries nothing.
//!
//! A mail that no event leads to is an error, one that some lead to is a warning. While nothing came yet, a mail that lacks
//! fields of the event is no fault: nobody knows which there will be.

use std::collections::BTreeMap;

use api::streams::PreviewMail;
use program::{
    EventId, EventType, Finding, Fix, Object, Problem, Program, Sender, Severity, Stream, StreamName, WorkspaceId,
};
use runner::contact_object;
use serde_json::Value;
use store::{Error, EventFilter, Paging, Store};

use crate::proofs::Proofs;

/// The newest events of each type that mails are written for.
const EVENTS: u32 = 5;
/// Mails of one rehearsal.
const MAILS: usize = 200;
/// Streams tried in place of one whose mail cannot be written.
const OTHERS: usize = 10;

/// Why mails could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// What renders them is gone.
    #[error("{0}")]
    Press(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
}

type Result<T, E = RehearsalError> = std::result::Result<T, E>;

/// What a mail is written from.
struct Case {
    contact: Object,
    event: Object,
}

/// Where mails are tried.
pub struct Rehearsal<'a> {
    store: &'a Store,
    proofs: Proofs<'a>,
    workspace: WorkspaceId,
    /// The newest events of each type that was asked for.
    cases: BTreeMap<EventType, Vec<Case>>,
    /// Those that were asked for; none where there is no such stream.
    streams: BTreeMap<StreamName, Option<Stream>>,
    /// The newest ones, once one is sought in place of another.
    newest: Option<Vec<Stream>>,
    /// How many more mails are tried.
    left: usize,
}

impl<'a> Rehearsal<'a> {
    /// With these streams instead of those that are stored under their names.
    pub fn new(
        store: &'a Store,
        proofs: Proofs<'a>,
        workspace: WorkspaceId,
        streams: impl IntoIterator<Item = Stream>,
    ) -> Self {
        let streams = streams.into_iter().map(|stream| (stream.name.clone(), Some(stream))).collect();
        Self { store, proofs, workspace, cases: BTreeMap::new(), streams, newest: None, left: MAILS }
    }

    /// What becomes of the mails of a program.
    pub async fn of(&mut self, program: &Program) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        for sender in program::senders(program) {
            if self.left == 0 {
                problems
                    .push(Problem::warning("mails_not_tried", Finding::MailsNotTried { most: MAILS }).at(sender.node));
                break;
            }
            problems.extend(self.node(&sender).await?);
        }
        Ok(problems)
    }

    async fn node(&mut self, sender: &Sender<'_>) -> Result<Option<Problem>> {
        // That there is no such stream is said by the checker.
        let Some(stream) = self.stream(&sender.stream).await? else { return Ok(None) };
        let forms = self.forms(sender).await?;
        let nobody = || PreviewMail {
            contact: Object::from_iter([("email".to_owned(), "ann@example.com".into())]),
            purpose: sender.purpose.clone(),
            ..PreviewMail::default()
        };
        let (all, mut failed, mut first) = (forms.len(), 0, None);
        let forms = if forms.is_empty() { vec![nobody()] } else { forms };
        for form in &forms {
            if let Some(error) = self.fails(&stream, form).await? {
                failed += 1;
                first.get_or_insert(error);
            }
        }
        let Some(error) = first else { return Ok(None) };
        let name = stream.name.clone();
        let problem = match all {
            0 if !needs_other(&error) => return Ok(None),
            0 => Problem::error("mail_fails", Finding::MailNeedsOther { stream: name, error }),
            all if failed == all => Problem::error("mail_fails", Finding::MailFails { stream: name, all, error }),
            all => {
                let finding = Finding::MailMayFail { failed, all, stream: name, error };
                return Ok(Some(Problem::warning("mail_fails", finding).at(sender.node).field("stream")));
            }
        };
        let instead = self.instead(&stream, &forms, all > 0).await?;
        let fix = instead.map(|other| Fix::Set { field: "stream".into(), value: other.to_string().into() });
        Ok(Some(Problem { fix, ..problem }.at(sender.node).field("stream")))
    }

    /// What a mail of this node is written from; nothing where no such event came yet.
    async fn forms(&mut self, sender: &Sender<'_>) -> Result<Vec<PreviewMail>> {
        let mut joined = Object::new();
        for (name, event) in &sender.joined {
            let newest = self.cases(event).await?.first().map_or_else(Object::new, |case| case.event.clone());
            joined.insert((*name).to_owned(), Value::Object(newest));
        }
        let mut forms = Vec::new();
        for event in &sender.events {
            let form = |case: &Case| PreviewMail {
                contact: case.contact.clone(),
                event: case.event.clone(),
                joined: joined.clone(),
                purpose: sender.purpose.clone(),
            };
            forms.extend(self.cases(event).await?.iter().map(form));
        }
        forms.truncate(self.left);
        Ok(forms)
    }

    /// Why this mail cannot be written, if so.
    async fn fails(&mut self, stream: &Stream, form: &PreviewMail) -> Result<Option<String>> {
        self.left = self.left.saturating_sub(1);
        let written = self.proofs.write(stream.clone(), form).await.map_err(RehearsalError::Press)?;
        let error = written.problems.into_iter().find(|problem| problem.severity == Severity::Error);
        Ok(error.map(|problem| problem.message))
    }

    /// A stream of the same class whose mails can all be written, or that lacks nothing but an event while there is none.
    async fn instead(&mut self, of: &Stream, forms: &[PreviewMail], came: bool) -> Result<Option<StreamName>> {
        if self.newest.is_none() {
            self.newest = Some(self.store.newest_streams(self.workspace, |stream| stream).await?);
        }
        let others = self.newest.iter().flatten().filter(|other| other.class == of.class && other.name != of.name);
        'stream: for other in others.take(OTHERS).cloned().collect::<Vec<_>>() {
            for form in forms {
                let error = self.fails(&other, form).await?;
                if self.left == 0 || error.is_some_and(|error| came || needs_other(&error)) {
                    continue 'stream;
                }
            }
            return Ok(Some(other.name));
        }
        Ok(None)
    }

    async fn stream(&mut self, name: &StreamName) -> Result<Option<Stream>> {
        if !self.streams.contains_key(name) {
            let stream = match self.store.stream(self.workspace, name).await {
                Ok((_, stream)) => Some(stream),
                Err(Error::NotFound { .. }) => None,
                Err(error) => return Err(error.into()),
            };
            self.streams.insert(name.clone(), stream);
        }
        Ok(self.streams[name].clone())
    }

    /// The newest events of a type, with their contacts as these are now.
    async fn cases(&mut self, event: &EventType) -> Result<&[Case]> {
        if !self.cases.contains_key(event) {
            let filter = EventFilter { event: Some(event.clone()), contact: None };
            let paging = Paging { after: None, limit: EVENTS };
            let mut cases = Vec::new();
            for event in self.store.events(self.workspace, &filter, &paging).await?.items {
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
        let event = self.store.event(self.workspace, id).await?;
        let contact = self.store.contact(self.workspace, event.contact).await?;
        Ok(Case { contact: contact_object(&contact), event: event.data })
    }
}

/// Whether a mail lacks what no event brings: it is made for another kind of node.
fn needs_other(error: &str) -> bool {
    letter::OF_NODES.iter().any(|name| error.contains(&format!("`{name}` is undefined")))
}

//! Test runs: the real runner tries a program, each in a workspace of its own. Code that asks for one workspace (lists,
//! counts, feeds, routing) never meets another one's data. Code that works for all workspaces (advance, dispatch) works
//! there, too.

use std::{collections::BTreeSet, sync::Arc};

use api::programs::StartTestRun;
use program::{ContactId, EventType, Object, Program, VersionId, WorkspaceId};
use runner::{Clock, Incoming, Ingest, IngestError};
use store::{Contact, NewAttachment, NewTestRun, ProgramSummary, Store, Who};
use uuid::Uuid;

use crate::{
    drafts::{self, DraftError},
    incoming::{Refusal, Rules, attachment},
    known::Looks,
    names::Names,
};

/// The most contacts of one run.
pub const MOST_CONTACTS: usize = 10;
/// How many runs of a program are kept; the oldest goes when another one begins.
const MOST_KEPT: usize = 5;

/// Why none is started.
#[derive(Debug, thiserror::Error)]
pub enum TestRunError {
    /// What is asked for is wrong, field by field.
    #[error("{} fields are wrong", .0.len())]
    Fields(Vec<Refusal>),
    /// The program was never published, and no draft is named.
    #[error("the program was never published; name the revision of its draft to try that")]
    NeverPublished,
    /// The draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// Its event is not taken.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The event cannot be written.
    #[error("the event cannot be written: {0}")]
    Event(#[from] serde_json::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl TestRunError {
    fn field(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Fields(vec![Refusal::new(field, code, detail)])
    }
}

/// What starts test runs.
pub struct TestRuns<'a> {
    /// The database.
    pub store: &'a Store,
    /// Time and ids.
    pub clock: &'a Clock,
    /// Takes the event in.
    pub ingest: &'a Ingest,
    /// What drafts are checked against.
    pub looks: &'a Looks,
    /// Versions that were read a moment ago.
    pub names: &'a Names,
    /// What is taken of an event.
    pub rules: Rules,
}

impl TestRuns<'_> {
    /// Starts one of the program in the name of somebody: all that is asked for is checked before anything is made.
    pub async fn start(
        &self,
        (workspace, row): (WorkspaceId, &ProgramSummary),
        author: Option<&str>,
        form: StartTestRun,
    ) -> Result<store::TestRun, TestRunError> {
        let contacts = self.contacts(workspace, &form.contacts).await?;
        let (body, number) = self.body(workspace, row, form.revision).await?;
        let event = entry(&body, &form.event.kind)?;
        let refused = |refusal: Refusal| {
            TestRunError::Fields(vec![Refusal { field: format!("event.{}", refusal.field), ..refusal }])
        };
        let payload = serde_json::to_string(&form.event.data)?;
        self.rules.fits(payload.len()).map_err(refused)?;
        let files = form.event.attachments.into_iter().map(Into::into).collect();
        let attachments = attachment::decode(files, self.rules.executable).map_err(refused)?;
        let run = store::TestRun {
            id: WorkspaceId::test_run(self.clock.uuid()),
            program: row.id,
            revision: form.revision,
            event,
            data: form.event.data,
            started_at: self.clock.now(),
            started_by: author.map(str::to_owned),
        };
        let ids: Vec<_> = contacts.iter().map(|contact| contact.id).collect();
        let version = (VersionId(self.clock.uuid()), number);
        let new = NewTestRun { run: &run, body: &body, version, contacts: &ids };
        self.store.start_test_run(workspace, &new).await?;
        // One payload and one set of files for all of them.
        let data = Arc::new(run.data.clone());
        let event = |contact| event_of(&run, contact, (data.clone(), attachments.clone()));
        let events = contacts.into_iter().map(event).collect();
        if let Err(error) = self.ingest.submit(run.id, events).await {
            self.store.clear_test_run(run.id).await?;
            return Err(error.into());
        }
        for old in self.store.test_runs(workspace, row.id).await?.into_iter().skip(MOST_KEPT) {
            self.store.clear_test_run(old.id).await?;
        }
        Ok(run)
    }

    /// The contacts, each of them a test contact.
    async fn contacts(&self, workspace: WorkspaceId, ids: &[Uuid]) -> Result<Vec<Contact>, TestRunError> {
        if !(1..=MOST_CONTACTS).contains(&ids.len()) || ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
            let detail = format!("name 1 to {MOST_CONTACTS} contacts, each once");
            return Err(TestRunError::field("contacts", "contacts", detail));
        }
        let (mut found, mut wrong) = (Vec::new(), Vec::new());
        for (at, id) in ids.iter().enumerate() {
            match self.store.contact(workspace, ContactId(*id)).await {
                Ok(contact) if contact.test => found.push(contact),
                Ok(_) => {
                    let detail = "this is no test contact, so no test may be sent to it; mark it on its page first, or \
                                  with PUT …/test";
                    wrong.push(Refusal::new(format!("contacts[{at}]"), "not_a_test_contact", detail));
                }
                Err(store::Error::NotFound { .. }) => {
                    let detail = format!("there is no contact {id}; take one from the list of contacts");
                    wrong.push(Refusal::new(format!("contacts[{at}]"), "unknown_contact", detail));
                }
                Err(error) => return Err(error.into()),
            }
        }
        if wrong.is_empty() { Ok(found) } else { Err(TestRunError::Fields(wrong)) }
    }

    /// What is tried, as good as if it were to be published, and the number that it has or would get.
    async fn body(
        &self,
        workspace: WorkspaceId,
        row: &ProgramSummary,
        revision: Option<u64>,
    ) -> Result<(Program, u32), TestRunError> {
        let Some(revision) = revision else {
            let live = row.current.as_ref().ok_or(TestRunError::NeverPublished)?;
            let body = self.names.body(self.store, workspace, live.id).await?;
            return Ok(((*body).clone(), live.number));
        };
        let draft = drafts::seen(self.store, workspace, row.id, revision).await?;
        drafts::without_errors(drafts::problems(self.store, self.looks, workspace, &draft).await?)?;
        let number = match &row.current {
            Some(live) if !draft.changed => live.number,
            _ => draft.latest.unwrap_or_default() + 1,
        };
        Ok((draft.body, number))
    }
}

/// The event's type, if it enters.
fn entry(body: &Program, kind: &str) -> Result<EventType, TestRunError> {
    body.entry_events().find(|event| event.as_str() == kind).cloned().ok_or_else(|| {
        let all: BTreeSet<_> = body.entry_events().map(EventType::as_str).collect();
        let all = all.into_iter().collect::<Vec<_>>().join(", ");
        TestRunError::field("event.type", "no_entry", format!("nothing enters by it; take one of: {all}"))
    })
}

/// The event of one contact, in the words of its copy.
fn event_of(
    run: &store::TestRun,
    contact: Contact,
    (data, attachments): (Arc<Object>, Vec<NewAttachment>),
) -> Incoming {
    Incoming {
        who: Who { email: contact.email, external_id: contact.external_id },
        attributes: Object::new(),
        opt_in: None,
        event: run.event.clone(),
        data,
        occurred_at: None,
        key: None,
        attachments,
    }
}

//! Test runs: a program tried by the real runner, each in a workspace of its own. Whatever asks for one workspace, as
//! lists, counts, feeds and the routing do, never meets another one's; what works for all, as advance and dispatch do,
//! does its work there, too.

use std::{collections::BTreeSet, sync::Arc};

use api::programs::{StartTestRun, TestRun, TestRunSummary};
use program::{ContactId, EventType, Object, Program, VersionId, WorkspaceId};
use runner::Incoming;
use store::{Contact, ContactFilter, NewAttachment, NewTestRun, Paging, ProgramSummary, TokenFilter, Who};
use uuid::Uuid;

use crate::{
    app::App,
    http::{
        auth::Caller,
        contacts::list::contact,
        error::{ApiError, ApiResult, field},
        events::{
            attachment,
            incoming::{self, Refusal},
        },
        names,
        programs::{check::without_errors, draft::seen, preview::problems},
        tokens,
    },
};

/// The most contacts of one run.
const MOST_CONTACTS: usize = 10;
/// The most tokens that are told of one run.
const MOST_TOKENS: u32 = 50;
/// How many runs of a program are kept; the oldest goes when another one begins.
const MOST_KEPT: usize = 5;

/// Starts one: all that is asked for is checked before anything is made.
pub async fn start(app: &App, caller: &Caller, row: &ProgramSummary, form: StartTestRun) -> ApiResult<store::TestRun> {
    let workspace = caller.workspace;
    let contacts = contacts(app, workspace, &form.contacts).await?;
    let (body, number) = body(app, workspace, row, form.revision).await?;
    let event = entry(&body, &form.event.kind)?;
    let refused =
        |refusal: Refusal| ApiError::invalid(format!("event.{}", refusal.field), refusal.code, refusal.detail);
    let payload = serde_json::to_string(&form.event.data).map_err(|error| ApiError::Internal(error.to_string()))?;
    let rules = incoming::Rules::from(&app.config.ingest);
    rules.fits(payload.len()).map_err(refused)?;
    let files = form.event.attachments.into_iter().map(Into::into).collect();
    let attachments = attachment::decode(files, rules.executable).map_err(refused)?;
    let run = store::TestRun {
        id: WorkspaceId::test_run(app.clock.uuid()),
        program: row.id,
        revision: form.revision,
        event,
        data: form.event.data,
        started_at: app.clock.now(),
        started_by: caller.author().map(str::to_owned),
    };
    let ids: Vec<_> = contacts.iter().map(|contact| contact.id).collect();
    let version = (VersionId(app.clock.uuid()), number);
    let new = NewTestRun { run: &run, body: &body, version, contacts: &ids };
    app.store.start_test_run(workspace, &new).await?;
    // One payload and one set of files for all of them.
    let data = Arc::new(run.data.clone());
    let event = |contact| event_of(&run, contact, (data.clone(), attachments.clone()));
    let events = contacts.into_iter().map(event).collect();
    if let Err(error) = app.ingest.submit(run.id, events).await {
        app.store.clear_test_run(run.id).await?;
        return Err(error.into());
    }
    for old in app.store.test_runs(workspace, row.id).await?.into_iter().skip(MOST_KEPT) {
        app.store.clear_test_run(old.id).await?;
    }
    Ok(run)
}

/// The run of a path.
pub async fn find(app: &App, workspace: WorkspaceId, program: &str, run: Uuid) -> ApiResult<store::TestRun> {
    let row = names::find(app, workspace, program).await?;
    Ok(app.store.test_run(workspace, row.id, WorkspaceId(run)).await?)
}

/// A run as it travels, with all that happened in it.
pub async fn shown(app: &App, run: store::TestRun) -> ApiResult<TestRun> {
    let all = |limit| Paging { after: None, limit };
    let people = app.store.contacts(run.id, &ContactFilter::default(), &all(MOST_CONTACTS as u32)).await?;
    let mut tokens = Vec::new();
    for token in app.store.tokens(run.id, &TokenFilter::default(), &all(MOST_TOKENS)).await?.items {
        tokens.push(tokens::get::detail(app, run.id, token).await?);
    }
    tokens.reverse();
    Ok(TestRun { contacts: people.items.into_iter().map(contact).collect(), tokens, summary: summary(run) })
}

/// A run in a list.
pub fn summary(run: store::TestRun) -> TestRunSummary {
    let store::TestRun { id, revision, event, data, started_at, started_by, .. } = run;
    TestRunSummary { id: id.uuid(), revision, event: event.to_string(), data, started_at, started_by }
}

/// The contacts, each of them a test contact.
async fn contacts(app: &App, workspace: WorkspaceId, ids: &[Uuid]) -> ApiResult<Vec<Contact>> {
    if !(1..=MOST_CONTACTS).contains(&ids.len()) || ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
        let detail = format!("name 1 to {MOST_CONTACTS} contacts, each once");
        return Err(ApiError::invalid("contacts", "contacts", detail));
    }
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for (at, id) in ids.iter().enumerate() {
        match app.store.contact(workspace, ContactId(*id)).await {
            Ok(contact) if contact.test => found.push(contact),
            Ok(_) => {
                let detail = "this is no test contact, so no test may be sent to it; mark it on its page first, or with \
                              PUT …/test";
                wrong.push(field(format!("contacts[{at}]"), "not_a_test_contact", detail));
            }
            Err(store::Error::NotFound { .. }) => {
                let detail = format!("there is no contact {id}; take one from the list of contacts");
                wrong.push(field(format!("contacts[{at}]"), "unknown_contact", detail));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(ApiError::Invalid(wrong)) }
}

/// What is tried, as good as if it were to be published, and the number that it has or would get.
async fn body(
    app: &App,
    workspace: WorkspaceId,
    row: &ProgramSummary,
    revision: Option<u64>,
) -> ApiResult<(Program, u32)> {
    let Some(revision) = revision else {
        let live = row.current.as_ref().ok_or_else(|| {
            ApiError::Conflict("the program was never published; name the revision of its draft to try that".into())
        })?;
        return Ok(((*names::body(app, workspace, live.id).await?).clone(), live.number));
    };
    let draft = seen(app, workspace, row.id, revision).await?;
    without_errors(problems(app, workspace, &draft).await?)?;
    let number = match &row.current {
        Some(live) if !draft.changed => live.number,
        _ => draft.latest.unwrap_or_default() + 1,
    };
    Ok((draft.body, number))
}

/// The event's type, if it enters.
fn entry(body: &Program, kind: &str) -> ApiResult<EventType> {
    body.entry_events().find(|event| event.as_str() == kind).cloned().ok_or_else(|| {
        let all: BTreeSet<_> = body.entry_events().map(EventType::as_str).collect();
        let all = all.into_iter().collect::<Vec<_>>().join(", ");
        ApiError::invalid("event.type", "no_entry", format!("nothing enters by it; take one of: {all}"))
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

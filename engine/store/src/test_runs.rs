//! Test runs: the real runner tries a program in a workspace of its own. That workspace holds copies of what the
//! program needs, so nothing else can be reached from it. It is deleted as a whole.

use std::collections::{BTreeMap, BTreeSet};

use program::{
    Action, ContactId, EventType, MessageId, Object, Program, ProgramId, Reason, Time, TokenId, TraceStep, VersionId,
    WorkspaceId,
};

use crate::{
    Act, Error, Result, Store,
    args::Args,
    awaits::{self, Follows},
    db::{Tx, whole},
    documents::{Made, json},
    programs::{Current, make_current},
    row::Row,
    sql::{self, Statement},
    trace::insert_trace,
};

/// The most events of the past that are copied into a run.
const MOST_HISTORY: i64 = 10_000;
/// The most runs in a list.
const MOST_LISTED: i64 = 100;

/// A test run.
#[derive(Clone, Debug, PartialEq)]
pub struct TestRun {
    /// The workspace that it runs in: its tokens, messages and contacts are there.
    pub id: WorkspaceId,
    /// Which program is tried; it has the same id in the run.
    pub program: ProgramId,
    /// Revision of the draft; none for the live version.
    pub revision: Option<u64>,
    /// What was sent.
    pub event: EventType,
    /// Its payload.
    pub data: Object,
    /// When.
    pub started_at: Time,
    /// By whom, if that is known.
    pub started_by: Option<String>,
}

/// A test run about to begin.
#[derive(Clone, Copy, Debug)]
pub struct NewTestRun<'a> {
    /// What is kept of it.
    pub run: &'a TestRun,
    /// What is tried, without errors.
    pub body: &'a Program,
    /// Id and number of the version that it is in the run.
    pub version: (VersionId, u32),
    /// Whom it may send to: test contacts, each once.
    pub contacts: &'a [ContactId],
}

impl Store {
    /// Makes the run's workspace: the program as its only one, live; the streams that it sends through, the contacts,
    /// and as much of their history as its conditions count. The event is then the caller's to ingest there. A
    /// contact that is no test contact gives `Error::Invalid`, and nothing is made.
    pub async fn start_test_run(&self, workspace: WorkspaceId, new: &NewTestRun<'_>) -> Result<()> {
        whole!(self.db, |tx| make(tx, workspace, new).await)
    }

    /// The runs of a program, newest first.
    pub async fn test_runs(&self, workspace: WorkspaceId, program: ProgramId) -> Result<Vec<TestRun>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid()).int(MOST_LISTED);
        self.db.fetch(&sql::test_run_list, args).await?.iter().map(read).collect()
    }

    /// One run of a program.
    pub async fn test_run(&self, workspace: WorkspaceId, program: ProgramId, id: WorkspaceId) -> Result<TestRun> {
        let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid()).uuid(program.uuid());
        let rows = self.db.fetch(&sql::test_run_get, args).await?;
        read(rows.first().ok_or(Error::NotFound { what: "test run" })?)
    }

    /// The run in which a message was made, if it was one of this workspace's.
    pub async fn test_run_of(&self, workspace: WorkspaceId, message: MessageId) -> Result<Option<WorkspaceId>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(message.uuid());
        let rows = self.db.fetch(&sql::test_run_of_message, args).await?;
        rows.first().map(|row| row.read("test_run").id("id")).transpose()
    }

    /// Ends the waits of these tokens now; says how many there were. Whoever does not wait stays as it is. An event that came
    /// before still joins the token that waited for it.
    pub async fn skip_waits(&self, run: WorkspaceId, tokens: &[TokenId], now: Time) -> Result<u64> {
        must_be_test(run)?;
        whole!(self.db, |tx| {
            let args = Args::new()
                .time(now)
                .uuids(tokens.iter().map(|_| run.uuid()))
                .uuids(tokens.iter().map(|token| token.uuid()));
            let mut steps = Vec::new();
            for row in tx.fetch(&sql::test_run_skip, args).await? {
                let mut row = row.read("token");
                let (token, seq, node) = (row.id("id")?, row.number("seq")?, row.name("node")?);
                let action = Action::Waiting { until: now };
                steps.push((
                    token,
                    TraceStep { seq, at: now, node, action, reason: Reason::WaitSkipped, effects: Vec::new() },
                ));
            }
            let follows = |(token, step): &(TokenId, TraceStep)| {
                let seq = i64::from(step.seq);
                Follows { token: token.uuid(), seen: seq - 1, seq }
            };
            awaits::end(tx, run, &steps.iter().map(follows).collect::<Vec<_>>(), now).await?;
            let written: Vec<_> = steps.iter().map(|(token, step)| (run, *token, step)).collect();
            insert_trace(tx, &written).await?;
            Ok(steps.len() as u64)
        })
    }

    /// Deletes a run and all that is in it. What is being handed over at this moment may still go out.
    pub async fn clear_test_run(&self, run: WorkspaceId) -> Result<()> {
        must_be_test(run)?;
        whole!(self.db, |tx| {
            for statement in CLEAR {
                tx.execute(statement, Args::new().uuid(run.uuid())).await?;
            }
            Ok(())
        })
    }

    /// Runs that began before this time, in milliseconds.
    pub(crate) async fn test_runs_before(&self, millis: i64, limit: i64) -> Result<Vec<WorkspaceId>> {
        let rows = self.db.fetch(&sql::test_run_old, Args::new().int(millis).int(limit)).await?;
        rows.iter().map(|row| row.read("test_run").id("id")).collect()
    }
}

/// Tokens and messages first: whoever holds one of them writes the rest, and is waited for.
static CLEAR: [&Statement; 24] = [
    &sql::test_run_drop_token,
    &sql::test_run_drop_awaiting,
    &sql::test_run_drop_candidate,
    &sql::test_run_drop_joined,
    &sql::test_run_drop_waking,
    &sql::test_run_drop_crowd,
    &sql::test_run_drop_crowd_event,
    &sql::test_run_drop_participation,
    &sql::test_run_drop_message,
    &sql::test_run_drop_call,
    &sql::test_run_drop_trace,
    &sql::test_run_drop_inbox_mail,
    &sql::test_run_drop_node_count,
    &sql::test_run_drop_attachment,
    &sql::test_run_drop_piece,
    &sql::test_run_drop_event,
    &sql::test_run_drop_contact,
    &sql::test_run_drop_event_type,
    &sql::test_run_drop_stream_version,
    &sql::test_run_drop_stream,
    &sql::test_run_drop_program_version,
    &sql::test_run_drop_program,
    &sql::test_run_delete,
    &sql::workspace_delete,
];

/// Against the one mistake that could not be undone.
fn must_be_test(run: WorkspaceId) -> Result<()> {
    if run.is_test_run() { Ok(()) } else { Err(Error::NotFound { what: "test run" }) }
}

async fn make(tx: &mut Tx, workspace: WorkspaceId, new: &NewTestRun<'_>) -> Result<()> {
    let NewTestRun { run, body, version: (version, number), .. } = *new;
    must_be_test(run.id)?;
    let args = Args::new().uuid(run.id.uuid()).text(format!("test of {}", body.name));
    tx.execute(&sql::workspace_insert, args).await?;
    insert(tx, workspace, run).await?;
    copy(tx, workspace, new).await?;
    let act = Act { workspace: run.id, author: run.started_by.as_deref(), now: run.started_at };
    Made { document: run.program, id: version, number, act }.begin(tx, body).await?;
    make_current(tx, run.id, run.started_at, Current { id: run.program, version, program: body }).await
}

async fn insert(tx: &mut Tx, workspace: WorkspaceId, run: &TestRun) -> Result<()> {
    let revision = run.revision.map(i64::try_from).transpose();
    let revision = revision.map_err(|error| Error::Invalid { field: "revision", why: error.to_string() })?;
    let args = Args::new()
        .uuid(workspace.uuid())
        .uuid(run.id.uuid())
        .uuid(run.program.uuid())
        .int(revision)
        .text(run.event.to_string())
        .text(json(&run.data)?)
        .time(run.started_at)
        .text(run.started_by.clone());
    tx.execute(&sql::test_run_insert, args).await.map(drop)
}

/// Streams, contacts, history.
async fn copy(tx: &mut Tx, workspace: WorkspaceId, new: &NewTestRun<'_>) -> Result<()> {
    let head = || Args::new().uuid(workspace.uuid()).uuid(new.run.id.uuid());
    let kinds = || new.body.nodes.values().map(|node| node.kind.as_kind());
    let streams: BTreeSet<String> = kinds().filter_map(|kind| kind.stream()).map(ToString::to_string).collect();
    for statement in [&sql::test_run_stream, &sql::test_run_stream_version] {
        tx.execute(statement, head().texts(streams.iter().cloned())).await?;
    }
    let args = head().uuids(new.contacts.iter().map(|contact| contact.uuid()));
    if tx.execute(&sql::test_run_contact, args).await? != new.contacts.len() as u64 {
        let why = "only test contacts can be sent a test; mark them as such first".into();
        return Err(Error::Invalid { field: "contacts", why });
    }
    // Each type once, as far back as any condition looks.
    let mut counted: BTreeMap<&EventType, Time> = BTreeMap::new();
    for fact in new.body.nodes.values().flat_map(|node| node.kind.counts()) {
        let after = new.run.started_at - fact.within.delta();
        counted.entry(&fact.event).and_modify(|first| *first = after.min(*first)).or_insert(after);
    }
    let looks = || new.contacts.iter().flat_map(|contact| counted.iter().map(move |look| (contact, look)));
    let args = head()
        .int(MOST_HISTORY)
        .uuids(looks().map(|(contact, _)| contact.uuid()))
        .texts(looks().map(|(_, (event, _))| event.to_string()))
        .ints(looks().map(|(_, (_, after))| after.timestamp_millis()));
    tx.execute(&sql::test_run_event, args).await.map(drop)
}

fn read(row: &Row) -> Result<TestRun> {
    let mut row = row.read("test_run");
    Ok(TestRun {
        id: row.id("id")?,
        program: row.id("program")?,
        revision: row
            .get::<Option<i64>>("revision")?
            .map(|revision| u64::try_from(revision).map_err(|error| row.corrupt("revision", error)))
            .transpose()?,
        event: row.name("type")?,
        data: row.json("data")?,
        started_at: row.time("started_at")?,
        started_by: row.opt_text("started_by")?,
    })
}

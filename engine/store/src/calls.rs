//! Calls of other people's servers: lease, settle.
//!
//! ```text
//! queued -> leased -> answered | queued (retry) | failed
//! leased -> held -> queued | skipped, while and after the program is paused or stopped
//! queued -> failed, when nobody leased it for as long as calls are tried
//! (while an operator holds the queue all stay queued, see queues.rs)
//! failed -> queued, by an operator's replay
//! answered may be the first state too: a test run calls nobody
//! ```
//!
//! This is the lane of calls, beside the lane of mail. A call has no mark, because the receiver recognises a second try
//! by its id. So a call whose outcome is unknown is tried again. When a call is over, its token becomes due in the same
//! transaction.

use std::collections::{BTreeMap, HashMap};

use program::{CallId, ContactId, EventId, NodeId, ProgramId, Reason, Time, TokenId, VersionId, WorkspaceId};

use crate::{
    Page, Paging, Result, Store,
    args::{self, Args},
    db::Tx,
    page::{self, Cursor},
    row::Row,
    sql,
    words::{Word as _, words},
};

mod change;
mod lease;
mod settle;

pub(crate) use change::go_on;
pub use lease::{DueHosts, LeasedCall};
pub use settle::{CallEnd, SettleCall};

/// One call of somebody's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its id; `webhook-id` of each try.
    pub id: CallId,
    /// The token that asked for it.
    pub token: TokenId,
    /// The step that asked for it.
    pub seq: u32,
    /// Which of the step's effects it is.
    pub n: u32,
    /// In which program.
    pub program: ProgramId,
    /// At which node.
    pub node: NodeId,
    /// The contact.
    pub contact: ContactId,
    /// The event that started the token.
    pub event: EventId,
    /// The URL. It may hold a secret.
    pub url: String,
    /// The body.
    pub body: String,
    /// Its state.
    pub state: CallStatus,
    /// Status code of the last answer.
    pub status: Option<u16>,
    /// The beginning of the last answer.
    pub answer: Option<String>,
    /// The reason of its state.
    pub reason: Option<Reason>,
    /// Attempts so far.
    pub attempt: u32,
    /// Attempts that failed because of the other side, since the call was last queued anew.
    pub tries: u32,
    /// While queued: not before this.
    pub due_at: Time,
    /// When it was queued first.
    pub queued_at: Time,
    /// When it came to a final state.
    pub settled_at: Option<Time>,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallStatus {
    /// Queued.
    Queued,
    /// A node is making it.
    Leased,
    /// The server took it.
    Answered,
    /// The server did not take it, or not in time; a dead letter.
    Failed,
    /// Set aside, because its program is paused or stopped.
    Held,
    /// Given up: held by a pause for too long.
    Skipped,
}

words! {
    CallStatus: Queued "queued", Leased "leased", Answered "answered", Failed "failed", Held "held", Skipped "skipped";
}

/// A call for the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCall {
    /// Its id.
    pub id: CallId,
    /// The token that asks for it.
    pub token: TokenId,
    /// The step that asks for it.
    pub seq: u32,
    /// Which of the step's effects it is.
    pub n: u32,
    /// In which program.
    pub program: ProgramId,
    /// In which version.
    pub version: VersionId,
    /// At which node.
    pub node: NodeId,
    /// About whom.
    pub contact: ContactId,
    /// The event that started the token.
    pub event: EventId,
    /// Whose server.
    pub url: String,
    /// Its host, with the port.
    pub host: String,
    /// What is sent.
    pub body: String,
    /// How it starts.
    pub state: NewCallState,
    /// Not before this.
    pub due_at: Time,
}

/// How a call starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewCallState {
    /// To be made.
    Queued,
    /// Not made, and counted as answered: in a test run.
    Counted {
        /// Why.
        reason: Reason,
    },
    /// Cannot be made; a dead letter.
    Failed {
        /// Why.
        reason: Reason,
    },
}

/// The result of all calls of a step together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallAnswer {
    /// The server took it.
    Answered {
        /// Status code.
        status: u16,
    },
    /// The server did not take it.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// It is not over.
    Open {
        /// Since when it is tried.
        since: Time,
    },
}

/// Which calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// In this state.
    pub status: Option<CallStatus>,
    /// Of this program.
    pub program: Option<ProgramId>,
    /// That this node asked for.
    pub node: Option<NodeId>,
    /// That this token asked for; its program and node are not looked at, then.
    pub token: Option<TokenId>,
}

impl Store {
    /// Calls.
    pub async fn calls(&self, workspace: WorkspaceId, filter: &CallFilter, paging: &Paging) -> Result<Page<Call>> {
        let head = Args::new().uuid(workspace.uuid()).uuid(paging.before()?).int(paging.fetch());
        let state = filter.status.map(|state| state.word().to_owned());
        let rows = match filter.token {
            Some(token) => self.db.fetch_list(&sql::call_list_of_token, head.uuid(token.uuid()).text(state)).await?,
            None => {
                let program = filter.program.map(|program| program.uuid());
                let node = filter.node.as_ref().map(ToString::to_string);
                self.db.fetch_list(&sql::call_list, head.text(state).uuid(program).text(node)).await?
            }
        };
        page::collect(&rows, paging, read, |call| Cursor::Id(call.id.uuid()))
    }
}

fn read(row: &Row) -> Result<Call> {
    let mut row = row.read("call");
    let call = Call {
        id: row.id("id")?,
        token: row.id("token")?,
        seq: row.number("seq")?,
        n: 0,
        program: row.id("program")?,
        node: row.name("node")?,
        contact: row.id("contact")?,
        event: row.id("event")?,
        url: row.text("url")?,
        body: row.text("body")?,
        state: row.word("state")?,
        status: status(row.get("status")?),
        answer: row.opt_text("answer")?,
        reason: row.opt_reason("reason")?,
        attempt: row.number("attempt")?,
        tries: row.number("tries")?,
        due_at: row.time("due_at")?,
        queued_at: row.time("queued_at")?,
        settled_at: row.opt_time("settled_at")?,
    };
    Ok(Call { n: row.number("n")?, ..call })
}

/// Every stored status code is a small number, so this loses nothing.
fn status(code: Option<i64>) -> Option<u16> {
    code.and_then(|code| u16::try_from(code).ok())
}

/// Puts calls into the outbox.
pub(crate) async fn insert(tx: &mut Tx, now: Time, calls: &[(WorkspaceId, &NewCall)]) -> Result<()> {
    if calls.is_empty() {
        return Ok(());
    }
    let state = |call: &NewCall| match call.state {
        NewCallState::Queued => CallStatus::Queued,
        NewCallState::Counted { .. } => CallStatus::Answered,
        NewCallState::Failed { .. } => CallStatus::Failed,
    };
    let reason = |call: &NewCall| match &call.state {
        NewCallState::Queued => None,
        NewCallState::Counted { reason } | NewCallState::Failed { reason } => Some(args::reason(reason)),
    };
    let status = |call: &NewCall| matches!(call.state, NewCallState::Counted { .. }).then_some(200_i64);
    let settled_at = |call: &NewCall| (call.state != NewCallState::Queued).then(|| now.timestamp_millis());
    let args = Args::new()
        .time(now)
        .uuids(calls.iter().map(|(workspace, _)| workspace.uuid()))
        .uuids(calls.iter().map(|(_, call)| call.id.uuid()))
        .uuids(calls.iter().map(|(_, call)| call.token.uuid()))
        .ints(calls.iter().map(|(_, call)| i64::from(call.seq)))
        .ints(calls.iter().map(|(_, call)| i64::from(call.n)))
        .uuids(calls.iter().map(|(_, call)| call.program.uuid()))
        .uuids(calls.iter().map(|(_, call)| call.version.uuid()))
        .texts(calls.iter().map(|(_, call)| call.node.to_string()))
        .uuids(calls.iter().map(|(_, call)| call.contact.uuid()))
        .uuids(calls.iter().map(|(_, call)| call.event.uuid()))
        .texts(calls.iter().map(|(_, call)| call.url.clone()))
        .texts(calls.iter().map(|(_, call)| call.host.clone()))
        .texts(calls.iter().map(|(_, call)| call.body.clone()))
        .texts(calls.iter().map(|(_, call)| state(call).word().to_owned()))
        .ints(calls.iter().map(|(_, call)| status(call)))
        .texts(calls.iter().map(|(_, call)| reason(call)))
        .ints(calls.iter().map(|(_, call)| call.due_at.timestamp_millis()))
        .ints(calls.iter().map(|(_, call)| settled_at(call)));
    tx.execute(&sql::call_insert, args).await.map(drop)
}

/// The results of the calls that these tokens wait for, each by its node and its number of steps. A token without calls
/// is absent.
///
/// THE rule for several calls of a step: they are answered when all are over, and failed if one failed. The result
/// shown is the first of its sort, in the order of the effects.
pub(crate) async fn answers(
    tx: &mut Tx,
    waiting: &[(WorkspaceId, TokenId, u32, &NodeId)],
) -> Result<HashMap<TokenId, CallAnswer>> {
    let mut last: HashMap<TokenId, (u32, BTreeMap<u32, CallAnswer>)> = HashMap::with_capacity(waiting.len());
    if waiting.is_empty() {
        return Ok(HashMap::new());
    }
    let args = Args::new()
        .uuids(waiting.iter().map(|(workspace, ..)| workspace.uuid()))
        .uuids(waiting.iter().map(|(_, token, ..)| token.uuid()))
        .ints(waiting.iter().map(|(_, _, seq, _)| i64::from(*seq)))
        .texts(waiting.iter().map(|(.., node)| node.to_string()));
    for row in tx.fetch(&sql::call_answer, args).await? {
        let mut row = row.read("call");
        let (token, seq, n) = (row.id("token")?, row.number("seq")?, row.number("n")?);
        let state: CallStatus = row.word("state")?;
        let status = status(row.get("status")?);
        let reason = row.opt_reason("reason")?.unwrap_or(Reason::NONE);
        let answer = match state {
            CallStatus::Answered => CallAnswer::Answered { status: status.unwrap_or(200) },
            CallStatus::Failed | CallStatus::Skipped => CallAnswer::Failed { reason },
            CallStatus::Queued | CallStatus::Leased | CallStatus::Held => {
                CallAnswer::Open { since: row.time("resumed_at")? }
            }
        };
        let (known, answers) = last.entry(token).or_default();
        if *known < seq {
            (*known, *answers) = (seq, BTreeMap::new());
        }
        if *known == seq {
            answers.insert(n, answer);
        }
    }
    Ok(last.into_iter().filter_map(|(token, (_, answers))| Some((token, together(answers)?))).collect())
}

/// The answer of a step's calls, in the order of its effects.
fn together(answers: BTreeMap<u32, CallAnswer>) -> Option<CallAnswer> {
    let rank = |answer: &CallAnswer| match answer {
        CallAnswer::Open { .. } => 0,
        CallAnswer::Failed { .. } => 1,
        CallAnswer::Answered { .. } => 2,
    };
    answers.into_values().min_by_key(rank)
}

//! Tokens and their trace, as people read them.

use program::{
    Action, ContactId, Effect, EventId, NodeId, Port, ProgramId, Reason, Time, TokenId, TraceStep, VersionId,
    WorkspaceId,
};

use crate::{
    Error, Page, Paging, Result, Store,
    args::{self, Args},
    db::Tx,
    page::{self, Cursor},
    row::{Reader, Row},
    sql,
    words::{Word as _, words},
};

/// One contact's place in one program version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// In which program.
    pub program: ProgramId,
    /// In which version.
    pub version: VersionId,
    /// Whose.
    pub contact: ContactId,
    /// The event that started it.
    pub event: EventId,
    /// At which node it stands, or stood last.
    pub node: NodeId,
    /// Steps taken so far.
    pub seq: u32,
    /// What it does.
    pub status: TokenStatus,
    /// When it is stepped next, if it is `Ready`; when it would have been, if it is `Held` or `Ejected`.
    pub due_at: Option<Time>,
    /// How often it was put off since it last moved.
    pub attempts: u32,
    /// Why it failed.
    pub error: Option<Reason>,
    /// When it started.
    pub created_at: Time,
    /// When it was last written.
    pub updated_at: Time,
}

/// What a token does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenStatus {
    /// Waits for its time, or for its turn.
    Ready,
    /// Its run is over.
    Done,
    /// A dead letter.
    Failed,
    /// Fell due while its program was paused.
    Held,
    /// Taken out when its program was stopped.
    Ejected,
}

words! {
    TokenStatus: Ready "ready", Done "done", Failed "failed", Held "held", Ejected "ejected";
}

/// Which tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFilter {
    /// In this state.
    pub status: Option<TokenStatus>,
    /// Inside of its program, and neither stuck nor taken out: ready or held. As if no state were given, then.
    pub inside: bool,
    /// In this program.
    pub program: Option<ProgramId>,
    /// At this node.
    pub node: Option<NodeId>,
    /// Of this contact.
    pub contact: Option<ContactId>,
    /// Due by a time or after it; none of those that are done or failed, then.
    pub due: Option<Due>,
}

/// When a ready token is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// By then.
    By(Time),
    /// Later.
    After(Time),
}

impl Store {
    /// Tokens.
    pub async fn tokens(&self, workspace: WorkspaceId, filter: &TokenFilter, paging: &Paging) -> Result<Page<Token>> {
        let (program, node) = (filter.program.map(|program| program.uuid()), filter.node.as_ref());
        let node = node.map(|node| node.to_string());
        let head = Args::new().uuid(workspace.uuid()).uuid(paging.before()?).int(paging.fetch());
        let word = |status: Option<TokenStatus>| match filter.inside {
            true => Some("inside".to_owned()),
            false => status.map(|status| status.word().to_owned()),
        };
        let rows = match (filter.contact, filter.due, filter.status) {
            (Some(contact), due, status) => {
                let status = due.map(|_| TokenStatus::Ready).or(status);
                let (by, after) = match due {
                    Some(Due::By(time)) => (Some(time.timestamp_millis()), None),
                    Some(Due::After(time)) => (None, Some(time.timestamp_millis())),
                    None => (None, None),
                };
                let args = head.text(word(status)).uuid(program).text(node);
                let args = args.uuid(contact.uuid()).int(by).int(after);
                self.db.fetch_list(&sql::token_list_of_contact, args).await?
            }
            (None, Some(Due::By(time)), _) => {
                self.db.fetch_list(&sql::token_list_due, head.time(time).uuid(program).text(node)).await?
            }
            (None, Some(Due::After(time)), _) => {
                self.db.fetch_list(&sql::token_list_waiting, head.time(time).uuid(program).text(node)).await?
            }
            (None, None, Some(TokenStatus::Failed)) if !filter.inside => {
                self.db.fetch_list(&sql::token_list_failed, head.uuid(program).text(node)).await?
            }
            (None, None, status) => {
                let args = head.text(word(status)).uuid(program).text(node);
                self.db.fetch_list(&sql::token_list, args).await?
            }
        };
        page::collect(&rows, paging, read, |token| Cursor::Id(token.id.uuid()))
    }

    /// One token.
    pub async fn token(&self, workspace: WorkspaceId, id: TokenId) -> Result<Token> {
        let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid());
        let rows = self.db.fetch(&sql::token_get, args).await?;
        read(rows.first().ok_or(Error::NotFound { what: "token" })?)
    }

    /// The steps of a token, first step first. A program has no cycle, so they are few.
    pub async fn trace(&self, workspace: WorkspaceId, token: TokenId) -> Result<Vec<TraceStep>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(token.uuid());
        let rows = self.db.fetch(&sql::trace_get, args).await?;
        rows.iter().map(|row| step(&mut row.read("trace").from("seq"))).collect()
    }
}

pub(crate) fn read(row: &Row) -> Result<Token> {
    let mut row = row.read("token");
    let mut token = Token {
        id: row.id("id")?,
        program: row.id("program")?,
        version: row.id("version")?,
        contact: row.id("contact")?,
        event: row.id("event")?,
        node: row.name("node")?,
        seq: row.number("seq")?,
        status: row.word("state")?,
        due_at: Some(row.time("due_at")?),
        attempts: row.number("attempts")?,
        error: row.opt_reason("error")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    };
    if matches!(token.status, TokenStatus::Done | TokenStatus::Failed) {
        token.due_at = None;
    }
    Ok(token)
}

/// A step, from `seq` on.
pub(crate) fn step(row: &mut Reader<'_>) -> Result<TraceStep> {
    let seq = row.number("seq")?;
    let at = row.time("at")?;
    let node = row.name("node")?;
    let action = row.text("action")?;
    let detail = row.opt_text("detail")?;
    let action = match (action.as_str(), detail) {
        ("passed", Some(port)) => Action::Passed { port: Port::new(port) },
        ("waiting", Some(until)) => {
            let until = until.parse().ok().and_then(Time::from_timestamp_millis);
            Action::Waiting { until: until.ok_or_else(|| row.corrupt("detail", "this is no time"))? }
        }
        ("moved", Some(to)) => {
            let to = NodeId::new(&to).map_err(|error| row.corrupt("detail", error))?;
            Action::Moved { to }
        }
        ("finished", None) => Action::Finished,
        ("failed", Some(error)) => Action::Failed { error: Reason::stored(&error) },
        (other, _) => return Err(row.corrupt("action", format!("\"{other}\" does not fit its detail"))),
    };
    let reason = Reason::stored(&row.text("reason")?);
    Ok(TraceStep { seq, at, node, action, reason, effects: effects(row)? })
}

/// Writes steps that were taken.
pub(crate) async fn insert_trace(tx: &mut Tx, steps: &[(WorkspaceId, TokenId, &TraceStep)]) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let mut effects = Vec::with_capacity(steps.len());
    for (.., step) in steps {
        effects.push(written(&step.effects)?);
    }
    let action = |step: &TraceStep| match step.action {
        Action::Passed { .. } => "passed",
        Action::Waiting { .. } => "waiting",
        Action::Moved { .. } => "moved",
        Action::Finished => "finished",
        Action::Failed { .. } => "failed",
    };
    let detail = |step: &TraceStep| match &step.action {
        Action::Passed { port } => Some(port.to_string()),
        Action::Waiting { until } => Some(until.timestamp_millis().to_string()),
        Action::Moved { to } => Some(to.to_string()),
        Action::Finished => None,
        Action::Failed { error } => Some(args::reason(error)),
    };
    let args = Args::new()
        .uuids(steps.iter().map(|(workspace, ..)| workspace.uuid()))
        .uuids(steps.iter().map(|(_, token, _)| token.uuid()))
        .ints(steps.iter().map(|(.., step)| i64::from(step.seq)))
        .ints(steps.iter().map(|(.., step)| step.at.timestamp_millis()))
        .texts(steps.iter().map(|(.., step)| step.node.to_string()))
        .texts(steps.iter().map(|(.., step)| action(step).to_owned()))
        .texts(steps.iter().map(|(.., step)| detail(step)))
        .texts(steps.iter().map(|(.., step)| args::reason(&step.reason)))
        .texts(effects);
    tx.execute(&sql::trace_insert, args).await.map(drop)
}

/// One effect is written as it is, so nodes of the former build read it; several are a list.
fn written(effects: &[Effect]) -> Result<Option<String>> {
    let text = match effects {
        [] => return Ok(None),
        [effect] => serde_json::to_string(effect),
        effects => serde_json::to_string(effects),
    };
    text.map(Some).map_err(|error| Error::Invalid { field: "effect", why: error.to_string() })
}

fn effects(row: &mut Reader<'_>) -> Result<Vec<Effect>> {
    let Some(text) = row.opt_text("effect")? else { return Ok(Vec::new()) };
    let read = match text.starts_with('[') {
        true => serde_json::from_str(&text),
        false => serde_json::from_str(&text).map(|effect| vec![effect]),
    };
    read.map_err(|error| row.corrupt("effect", error))
}

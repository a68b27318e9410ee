//! Which contacts passed a node, and when: read from the trace, newest first.

use std::ops::Range;

use program::{NodeId, Port, ProgramId, Time, WorkspaceId};
use uuid::Uuid;

use crate::{
    Page, Paging, Result, Store, Token,
    args::Args,
    page::{self, Cursor},
    row::Row,
    sql, trace,
};

/// Steps that one look reads.
const LOOK: i64 = 5_000;
/// Looks of one page: where nobody came by for long, it is empty and the next one goes on.
const MAX_LOOKS: u32 = 10;

/// Which visits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitFilter {
    /// In this program.
    pub program: ProgramId,
    /// At this node.
    pub node: NodeId,
    /// Who came, or who went on.
    pub passage: Passage,
    /// When.
    pub time: Range<Time>,
}

/// What a token did at a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It came, and has taken a step there by now.
    Entered,
    /// It left, by whichever way.
    Left,
    /// It left by this port.
    LeftBy(Port),
}

/// A token that came by.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// When it came or left.
    pub at: Time,
    /// The token as it is now.
    pub token: Token,
    seq: u32,
}

/// A step's place in the trace, by time.
type Key = (i64, Uuid, i64);

impl Store {
    /// Who came by, newest first. A page may be short, even empty, while there is more: what it reads is bounded.
    pub async fn visits(&self, workspace: WorkspaceId, filter: &VisitFilter, paging: &Paging) -> Result<Page<Visit>> {
        let first = filter.time.start.timestamp_millis();
        let mut before = match &paging.after {
            Some(after) => key(after).ok_or_else(page::foreign)?,
            None => (filter.time.end.timestamp_millis(), Uuid::nil(), 0),
        };
        let mut looks = 0;
        loop {
            looks += 1;
            let (page, end) = self.look(workspace, filter, first, before, paging).await?;
            match end {
                Some(end) if page.items.is_empty() && looks < MAX_LOOKS => before = end,
                // A page that holds all that was found goes on where the look ended.
                end => return Ok(Page { next: page.next.or_else(|| end.map(text)), ..page }),
            }
        }
    }

    /// What is found among the next steps, and where they end; nowhere if they were the last.
    async fn look(
        &self,
        workspace: WorkspaceId,
        filter: &VisitFilter,
        first: i64,
        before: Key,
        paging: &Paging,
    ) -> Result<(Page<Visit>, Option<Key>)> {
        let head =
            |first: i64| Args::new().uuid(workspace.uuid()).int(first).int(before.0).uuid(before.1).int(before.2);
        let rows = self.db.fetch(&sql::visit_end, head(first).int(LOOK - 1)).await?;
        let end = rows.first().map(last).transpose()?;
        let (at, token, seq) = end.unwrap_or((first, Uuid::nil(), 0));
        let (passage, port) = match &filter.passage {
            Passage::Entered => ("entered", None),
            Passage::Left => ("left", None),
            Passage::LeftBy(port) => ("port", Some(port.to_string())),
        };
        let args = head(at).uuid(token).int(seq).text(filter.node.to_string()).uuid(filter.program.uuid());
        let args = args.text(passage.to_owned()).text(port).int(paging.fetch());
        let rows = self.db.fetch_list(&sql::visit_list, args).await?;
        let cursor = |visit: &Visit| {
            Cursor::Text(text((visit.at.timestamp_millis(), visit.token.id.uuid(), i64::from(visit.seq))))
        };
        Ok((page::collect(&rows, paging, read, cursor)?, end))
    }
}

fn last(row: &Row) -> Result<Key> {
    let mut row = row.read("trace");
    Ok((row.int("at")?, row.get("token")?, row.int("seq")?))
}

fn read(row: &Row) -> Result<Visit> {
    let token = trace::read(row)?;
    let mut row = row.read("trace").from("at");
    Ok(Visit { at: row.time("at")?, token, seq: row.number("seq")? })
}

fn text((at, token, seq): Key) -> String {
    format!("{at}.{}.{seq}", token.as_simple())
}

fn key(text: &str) -> Option<Key> {
    let mut parts = text.split('.');
    let key = (parts.next()?.parse().ok()?, Uuid::parse_str(parts.next()?).ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(key)
}

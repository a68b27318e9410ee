//! Raw batched writes for `stafette bench`: the same rows in the same batches, without the logic, so
//! that a figure of the engine is a ratio to what the database can do.

use program::{
    ContactId, EventId, EventType, MessageId, NodeId, Object, ProgramId, Time, TokenId, VersionId, WorkspaceId,
};

use std::collections::HashMap;

use program::{Action, Purpose, StreamClass, StreamName, TraceStep};

use crate::{
    Error, MessageState, NewMessage, Result, Store,
    args::Args,
    sql,
    tokens::{due, write},
};

/// An event, its contact and its token, ready to be written.
#[derive(Clone, Debug)]
pub struct RawEvent {
    /// The event.
    pub id: EventId,
    /// Whose; not looked up.
    pub contact: ContactId,
    /// What happened.
    pub event: EventType,
    /// The payload.
    pub data: Object,
    /// The caller's own id of it.
    pub key: String,
    /// The token, if it starts one.
    pub token: Option<(TokenId, ProgramId, VersionId, NodeId)>,
}

impl Store {
    /// The database's own settings that decide what a commit costs, as name and value.
    pub async fn durability(&self) -> Result<Vec<(String, String)>> {
        // In a transaction, so that on SQLite it is the writer that answers.
        let mut tx = self.db.begin().await?;
        let rows = tx.fetch(&sql::durability, Args::new()).await?;
        tx.rollback().await?;
        rows.iter()
            .map(|row| {
                let mut row = row.read("durability");
                Ok((row.text("name")?, row.text("value")?))
            })
            .collect()
    }

    /// Writes events and tokens in one transaction; says how many events were new.
    pub async fn raw_ingest(&self, workspace: WorkspaceId, now: Time, events: &[RawEvent]) -> Result<u64> {
        let mut data = Vec::with_capacity(events.len());
        for event in events {
            let text = serde_json::to_string(&event.data);
            data.push(text.map_err(|error| Error::Invalid { field: "data", why: error.to_string() })?);
        }
        let head = || Args::new().uuid(workspace.uuid()).time(now);
        let mut tx = self.db.begin().await?;
        let args = head()
            .uuids(events.iter().map(|event| event.id.uuid()))
            .uuids(events.iter().map(|event| event.contact.uuid()))
            .texts(events.iter().map(|event| event.event.as_str().to_owned()))
            .texts(events.iter().map(|event| event.key.clone()))
            .texts(data)
            .ints(events.iter().map(|_| now.timestamp_millis()));
        let new = tx.fetch(&sql::event_insert, args).await?.len() as u64;
        let tokens: Vec<_> =
            events.iter().filter_map(|event| event.token.as_ref().map(|token| (event, token))).collect();
        if !tokens.is_empty() {
            let args = head()
                .uuids(tokens.iter().map(|(_, token)| token.0.uuid()))
                .uuids(tokens.iter().map(|(_, token)| token.1.uuid()))
                .uuids(tokens.iter().map(|(_, token)| token.2.uuid()))
                .uuids(tokens.iter().map(|(event, _)| event.contact.uuid()))
                .uuids(tokens.iter().map(|(event, _)| event.id.uuid()))
                .texts(tokens.iter().map(|(_, token)| token.3.to_string()));
            tx.execute(&sql::token_insert, args).await?;
        }
        tx.commit().await?;
        Ok(new)
    }

    /// Selects at most `limit` due tokens, finishes them with one step and one message each, in one
    /// transaction; says how many.
    pub async fn raw_advance(&self, now: Time, limit: u32, id: &(dyn Fn() -> MessageId + Sync)) -> Result<u64> {
        let stream = StreamName::new("raw").map_err(|error| Error::Database(error.to_string()))?;
        let mut tx = self.db.begin().await?;
        let args = Args::new().time(now).int(i64::from(limit));
        let tokens = tx.fetch(&sql::token_claim, args).await?.iter().map(due).collect::<Result<Vec<_>>>()?;
        if tokens.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }
        let args = Args::new()
            .time(now)
            .uuids(tokens.iter().map(|token| token.workspace.uuid()))
            .uuids(tokens.iter().map(|token| token.id.uuid()))
            .ints(tokens.iter().map(|token| i64::from(token.place.seq)))
            .texts(tokens.iter().map(|token| token.place.node.to_string()))
            .texts(tokens.iter().map(|_| "arrived".to_owned()))
            .ints(tokens.iter().map(|token| i64::from(token.place.seq) + 1))
            .texts(tokens.iter().map(|_| "done".to_owned()))
            .ints(tokens.iter().map(|_| now.timestamp_millis()))
            .ints(tokens.iter().map(|_| 0))
            .texts(tokens.iter().map(|_| None::<String>));
        tx.execute(&sql::token_update, args).await?;
        let steps: HashMap<TokenId, TraceStep> = tokens
            .iter()
            .map(|token| {
                let (node, seq) = (token.place.node.clone(), token.place.seq + 1);
                (
                    token.id,
                    TraceStep { seq, at: now, node, action: Action::Finished, reason: String::new(), effect: None },
                )
            })
            .collect();
        let rows: Vec<_> =
            tokens.iter().filter_map(|token| Some((token.workspace, token.id, steps.get(&token.id)?))).collect();
        write::insert_trace(&mut tx, &rows).await?;
        let messages: Vec<_> = tokens
            .iter()
            .map(|token| NewMessage {
                id: id(),
                token: token.id,
                seq: token.place.seq + 1,
                program: token.program,
                version: token.version,
                node: token.place.node.clone(),
                stream: stream.clone(),
                stream_version: Some(token.version),
                class: StreamClass::Operational,
                contact: token.contact,
                event: token.event,
                recipient: "raw@example.com".into(),
                message_id: format!("{}@example.com", token.id),
                purpose: Purpose::Mail,
                state: MessageState::Queued,
                due_at: now,
            })
            .collect();
        let rows: Vec<_> = tokens.iter().zip(&messages).map(|(token, message)| (token.workspace, message)).collect();
        write::insert_messages(&mut tx, now, &rows).await?;
        tx.commit().await?;
        Ok(tokens.len() as u64)
    }
}

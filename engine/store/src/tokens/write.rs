//! The writes of an advance: three sets of rows, and the counters.

use std::collections::HashMap;

use program::{Action, Phase, Time, TokenId, TraceStep, WorkspaceId};
use serde::Serialize;

use super::{DueToken, MessageState, NewMessage, TokenState, TokenWrite};
use crate::{
    Error, MessageStatus, Result, TokenStatus,
    args::{self, Args},
    calls,
    counts::Counts,
    db::Tx,
    sql,
    trace::insert_trace,
    words::Word as _,
};

/// A write, with its token as claimed.
type Pair<'a> = (&'a DueToken, &'a TokenWrite);

/// A stay shorter than this counts as the way through a node, in milliseconds.
const NOTICED: i64 = 1_000;

/// Adds what is to be counted. The caller writes the counters last.
pub(super) async fn write(tx: &mut Tx, now: Time, tokens: &[DueToken], writes: Vec<TokenWrite>) -> Result<Counts> {
    let claimed: HashMap<TokenId, &DueToken> = tokens.iter().map(|token| (token.id, token)).collect();
    let mut pairs: Vec<Pair<'_>> = Vec::with_capacity(writes.len());
    for write in &writes {
        let token = claimed.get(&write.token).ok_or_else(|| not_claimed(write.token))?;
        pairs.push((token, write));
    }
    if pairs.is_empty() {
        return Ok(Counts::default());
    }
    pairs.sort_unstable_by_key(|(token, _)| (token.workspace, token.id));
    update(tx, now, &pairs).await?;
    let steps: Vec<_> = pairs
        .iter()
        .flat_map(|(token, write)| write.steps.iter().map(|step| (token.workspace, token.id, step)))
        .collect();
    insert_trace(tx, &steps).await?;
    let messages: Vec<_> = pairs
        .iter()
        .flat_map(|(token, write)| write.messages.iter().map(|message| (token.workspace, message)))
        .collect();
    insert_messages(tx, now, &messages).await?;
    let calls: Vec<_> =
        pairs.iter().flat_map(|(token, write)| write.calls.iter().map(|call| (token.workspace, call))).collect();
    calls::insert(tx, now, &calls).await?;
    Ok(count(&pairs, now))
}

fn not_claimed(token: TokenId) -> Error {
    Error::Conflict { what: "token", why: format!("{token} is not part of this claim") }
}

async fn update(tx: &mut Tx, now: Time, pairs: &[Pair<'_>]) -> Result<()> {
    let state = |write: &TokenWrite| match write.state {
        TokenState::Ready { .. } | TokenState::Resting { .. } => TokenStatus::Ready,
        TokenState::Done => TokenStatus::Done,
        TokenState::Failed { .. } => TokenStatus::Failed,
    };
    let due_at = |write: &TokenWrite| match write.state {
        TokenState::Ready { due_at } | TokenState::Resting { due_at } => due_at.timestamp_millis(),
        TokenState::Done | TokenState::Failed { .. } => now.timestamp_millis(),
    };
    let attempts = |token: &DueToken, write: &TokenWrite| match write.state {
        TokenState::Ready { .. } if write.steps.is_empty() => i64::from(token.attempts) + 1,
        TokenState::Resting { .. } => i64::from(token.attempts),
        _ => 0,
    };
    let error = |write: &TokenWrite| match &write.state {
        TokenState::Failed { error } => Some(args::reason(error)),
        _ => None,
    };
    let args = Args::new()
        .time(now)
        .uuids(pairs.iter().map(|(token, _)| token.workspace.uuid()))
        .uuids(pairs.iter().map(|(token, _)| token.id.uuid()))
        .ints(pairs.iter().map(|(_, write)| i64::from(write.seen_seq)))
        .texts(pairs.iter().map(|(_, write)| write.place.node.to_string()))
        .texts(pairs.iter().map(|(_, write)| write.place.phase.word().to_owned()))
        .ints(pairs.iter().map(|(_, write)| i64::from(write.place.seq)))
        .texts(pairs.iter().map(|(_, write)| state(write).word().to_owned()))
        .ints(pairs.iter().map(|(_, write)| due_at(write)))
        .ints(pairs.iter().map(|(token, write)| attempts(token, write)))
        .texts(pairs.iter().map(|(_, write)| error(write)));
    let written = tx.execute(&sql::token_update, args).await?;
    if written != pairs.len() as u64 {
        let why =
            format!("{} of {} tokens have moved since they were claimed", pairs.len() as u64 - written, pairs.len());
        return Err(Error::Conflict { what: "token", why });
    }
    Ok(())
}

pub(crate) async fn insert_messages(tx: &mut Tx, now: Time, messages: &[(WorkspaceId, &NewMessage)]) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let (mut purposes, mut joined) = (Vec::with_capacity(messages.len()), Vec::with_capacity(messages.len()));
    for (_, message) in messages {
        if message.state == MessageState::Queued && message.stream_version.is_none() {
            let why = "a message without a version of its stream cannot be queued".into();
            return Err(Error::Invalid { field: "stream_version", why });
        }
        purposes.push(json(&message.purpose)?);
        joined.push(if message.joined.is_empty() { None } else { Some(json(&message.joined)?) });
    }
    let state = |message: &NewMessage| match message.state {
        MessageState::Queued => MessageStatus::Queued,
        MessageState::Blocked { .. } => MessageStatus::Blocked,
        MessageState::Failed { .. } => MessageStatus::Failed,
    };
    let reason = |message: &NewMessage| match &message.state {
        MessageState::Queued => None,
        MessageState::Blocked { reason } | MessageState::Failed { reason } => Some(args::reason(reason)),
    };
    let settled_at = |message: &NewMessage| (message.state != MessageState::Queued).then(|| now.timestamp_millis());
    let args = Args::new()
        .time(now)
        .uuids(messages.iter().map(|(workspace, _)| workspace.uuid()))
        .uuids(messages.iter().map(|(_, message)| message.id.uuid()))
        .uuids(messages.iter().map(|(_, message)| message.token.uuid()))
        .ints(messages.iter().map(|(_, message)| i64::from(message.seq)))
        .uuids(messages.iter().map(|(_, message)| message.program.uuid()))
        .uuids(messages.iter().map(|(_, message)| message.version.uuid()))
        .texts(messages.iter().map(|(_, message)| message.node.to_string()))
        .texts(messages.iter().map(|(_, message)| message.stream.to_string()))
        .uuids(messages.iter().map(|(_, message)| message.stream_version.map(|version| version.uuid())))
        .texts(messages.iter().map(|(_, message)| message.class.word().to_owned()))
        .uuids(messages.iter().map(|(_, message)| message.contact.uuid()))
        .uuids(messages.iter().map(|(_, message)| message.event.uuid()))
        .texts(messages.iter().map(|(_, message)| message.recipient.clone()))
        .texts(messages.iter().map(|(_, message)| message.message_id.clone()))
        .texts(purposes)
        .texts(messages.iter().map(|(_, message)| state(message).word().to_owned()))
        .texts(messages.iter().map(|(_, message)| reason(message)))
        .ints(messages.iter().map(|(_, message)| message.due_at.timestamp_millis()))
        .ints(messages.iter().map(|(_, message)| settled_at(message)))
        .texts(joined)
        .ints(messages.iter().map(|(_, message)| i64::from(message.n)));
    tx.execute(&sql::message_insert, args).await.map(drop)
}

/// The node that a token enters: that of the step after a passed one, or the place where it rests.
fn count(pairs: &[Pair<'_>], now: Time) -> Counts {
    let mut counts = Counts::default();
    for (token, write) in pairs {
        if let Some(rest) = rest(token, write, now) {
            let node = &token.place.node;
            counts.add(token.workspace, token.program, node, "rested", 1);
            counts.add(token.workspace, token.program, node, "dwelt", rest);
        }
        let mut add = |node, what: &str| counts.add(token.workspace, token.program, node, what, 1);
        for (at, step) in write.steps.iter().enumerate() {
            match &step.action {
                Action::Passed { port } => {
                    add(&step.node, &format!("passed:{port}"));
                    if let Some(next) = write.steps.get(at + 1) {
                        add(&next.node, "entered");
                    }
                }
                Action::Finished => add(&step.node, "finished"),
                // A publication moves tokens and counts them itself. A run never does.
                Action::Moved { .. } | Action::Waiting { .. } | Action::Failed { .. } => {}
            }
        }
        // A batch that stops between two nodes leaves the token at the next one, not entered yet.
        let passed = matches!(write.steps.last().map(|step| &step.action), Some(Action::Passed { .. }));
        if passed && write.state != TokenState::Done {
            add(&write.place.node, "entered");
        }
        if matches!(write.state, TokenState::Failed { .. }) {
            add(&write.place.node, "failed");
        }
        for message in &write.messages {
            if matches!(message.state, MessageState::Blocked { .. }) {
                add(&message.node, "blocked");
            }
        }
    }
    counts
}

/// How long a token rested at the node that it leaves, in milliseconds. It rested if it waited, or if something kept it
/// for a time that people notice. The way through a node does not count.
fn rest(token: &DueToken, write: &TokenWrite, now: Time) -> Option<i64> {
    let leaves = |step: &TraceStep| {
        step.node == token.place.node && matches!(step.action, Action::Passed { .. } | Action::Finished)
    };
    let rest = (now - token.arrived_at?).num_milliseconds().max(0);
    let rested = token.place.phase == Phase::Due || rest >= NOTICED;
    (rested && write.steps.iter().any(leaves)).then_some(rest)
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Invalid { field: "effect", why: error.to_string() })
}

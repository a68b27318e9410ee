//! The live feed: server-sent events. One poller per process asks the store, and only while somebody listens.

use std::{
    collections::{HashSet, VecDeque},
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use api::live::FeedItem;
use axum::{
    Extension,
    extract::State,
    response::{
        IntoResponse, Sse,
        sse::{Event, KeepAlive},
    },
};
use chrono::TimeDelta;
use program::{Action, Time, WorkspaceId};
use runner::Topic;
use serde::Deserialize;
use store::FeedKind;
use tokio_stream::{StreamExt, wrappers::BroadcastStream};
use uuid::Uuid;

use super::{
    callers::Pass,
    error::{ApiError, ApiResult},
    extract::Query,
    messages::list::{said, state},
    names::{self, Contacts},
    tally::One,
};
use crate::{App, access::Caller};

/// How long the poller rests between two looks, at least and at most. Wake-ups of this node end a rest early.
const REST: (Duration, Duration) = (Duration::from_millis(250), Duration::from_millis(500));
/// How often who listens is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How far each look goes back, since other nodes may commit earlier times late.
const OVERLAP: TimeDelta = TimeDelta::seconds(2);
/// How far the feed may fall behind before it leaves things out.
const BEHIND: TimeDelta = TimeDelta::seconds(10);
/// Steps, and as many messages, per look.
const LIMIT: u32 = 500;

/// Counts one more who listens, if there is room.
fn enter(app: &App, pass: Pass) -> ApiResult<One<Pass>> {
    let (most, each) = app.config.http.listeners();
    app.live.listeners.enter(pass, |n, all| {
        if n >= each {
            let detail = format!("This session or key has {n} live feeds open already. Close one of them.");
            return Err(ApiError::TooMany(detail));
        }
        if all.values().sum::<usize>() >= most {
            return Err(ApiError::Crowded(format!("There are {most} listeners already. Try again later."), 30));
        }
        Ok(())
    })
}

/// Ends once the pass is no longer good: at once where it was lost at this node, after a look of every few seconds where
/// it expired or was lost elsewhere. A database that is away takes nobody's pass.
async fn lost(app: App, pass: Pass) {
    let mut losses = app.callers.losses();
    loop {
        tokio::select! {
            _ = losses.changed() => {}
            () = app.clock.pause(LOOK) => {}
        }
        match pass.is_good(&app.store, app.clock.now()).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::debug!(?error, "who listens could not be looked at"),
        }
    }
}

/// What to listen to.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only what happens in the program of this name.
    program: Option<String>,
}

/// A stream of server-sent events, each with the name `item` and one thing that happened as JSON. Begins now; what
/// happened before is in the lists. The stream ends when the key is revoked, the session ends or the server stops: within
/// five seconds. An event `lagged` says that the client was too slow and missed so many items.
#[utoipa::path(get, path = api::path::LIVE, tag = "live", params(Filter),
    responses((status = 200, body = FeedItem, content_type = "text/event-stream"),
        (status = 404, description = "No such program."),
        (status = 429, description = "`too_many`: this session or key listens as often as it may."),
        (status = 503, description = "`crowded`: so many listen that no other fits.")))]
pub async fn get_live(
    State(app): State<App>,
    caller: Caller,
    Extension(pass): Extension<Pass>,
    Query(filter): Query<Filter>,
) -> ApiResult<impl IntoResponse> {
    let listener = enter(&app, pass)?;
    let program = names::wanted(&app, caller.workspace, filter.program.as_deref()).await?;
    let program = program.map(|program| program.name.to_string());
    let receiver = app.live.listen(|| poll(app.clone(), caller.workspace)).await;
    let items = BroadcastStream::new(receiver).filter_map(move |item| match item {
        Ok(item) if program.as_deref().is_none_or(|program| program == of(&item)) => {
            Some(Event::default().event("item").json_data(&*item).unwrap_or_else(|_| Event::default().comment("")))
        }
        Ok(_) => None,
        Err(tokio_stream::wrappers::errors::BroadcastStreamRecvError::Lagged(n)) => {
            Some(Event::default().event("lagged").data(n.to_string()))
        }
    });
    let end = tokio_stream::wrappers::WatchStream::new(app.live.end());
    let open = tokio_stream::once(Event::default().comment("open"));
    // One stream of items and of the sign to end, cut at that sign.
    let all = open.chain(items).map(Some).merge(end.filter_map(|end| end.then_some(None)));
    let all = all.merge(Ending(Box::pin(lost(app.clone(), pass))));
    let all = all.map(move |event| {
        // Counted as long as the stream lives.
        let _listens = &listener;
        event
    });
    let stream = all.take_while(Option::is_some).filter_map(|event| event.map(Ok::<_, Infallible>));
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    Ok(([("x-accel-buffering", "no"), ("cache-control", "no-store")], Sse::new(stream).keep_alive(keep_alive)))
}

/// A future as a stream that says `None` once, at its end.
struct Ending(Pin<Box<dyn Future<Output = ()> + Send>>);

impl tokio_stream::Stream for Ending {
    type Item = Option<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll(cx).map(|()| Some(None))
    }
}

fn of(item: &FeedItem) -> &str {
    match item {
        FeedItem::Step { program, .. } | FeedItem::Message { program, .. } => program,
    }
}

/// Asks the store as long as somebody listens.
async fn poll(app: App, workspace: WorkspaceId) {
    let mut changes = app.wake.listen(Topic::Changes);
    let mut seen = Seen::default();
    let begin = app.clock.now();
    // The store gives what is later: what happens in this very millisecond belongs to it.
    let mut since = begin - TimeDelta::milliseconds(1);
    while app.live.is_heard() {
        match look(&app, workspace, since, begin, &mut seen).await {
            Ok(Looked { newest: Some(newest), full: true }) => {
                // More happens than one look holds. Go on behind it, and let go of what is no longer live.
                since = newest.max(app.clock.now() - BEHIND);
                continue;
            }
            Ok(Looked { newest: Some(newest), full: false }) => since = since.max(newest - OVERLAP),
            Ok(Looked { newest: None, .. }) => {}
            Err(error) => tracing::debug!(?error, "the live feed could not be read"),
        }
        app.clock.pause(REST.0).await;
        tokio::select! {
            () = changes.woken() => {}
            () = app.clock.pause(REST.1 - REST.0) => {}
        }
    }
}

/// What was sent already, in the order in which it was: the newest few thousand.
#[derive(Default)]
struct Seen(HashSet<(Uuid, i64)>, VecDeque<(Uuid, i64)>);

impl Seen {
    fn is_new(&mut self, key: (Uuid, i64)) -> bool {
        const MOST: usize = 20_000;
        if !self.0.insert(key) {
            return false;
        }
        self.1.push_back(key);
        if self.1.len() > MOST
            && let Some(old) = self.1.pop_front()
        {
            self.0.remove(&old);
        }
        true
    }
}

/// What one look saw: the newest time, and whether there was more than it holds.
struct Looked {
    newest: Option<Time>,
    full: bool,
}

async fn look(app: &App, workspace: WorkspaceId, since: Time, begin: Time, seen: &mut Seen) -> ApiResult<Looked> {
    let mut contacts = Contacts::default();
    let items = app.store.feed(workspace, since, LIMIT).await?;
    let (steps, messages): (Vec<_>, Vec<_>) =
        items.iter().map(|item| (item.at, matches!(item.kind, FeedKind::Step(_)))).partition(|(_, step)| *step);
    let lists = [steps, messages].map(|list| (list.len() >= LIMIT as usize, list.last().map(|(at, _)| *at)));
    // Where a list was cut, what follows its end was not seen yet, whatever the other list says.
    let cut = lists.iter().filter(|(full, _)| *full).filter_map(|(_, last)| *last).min();
    let newest = cut.or(lists.iter().filter_map(|(_, last)| *last).max());
    for item in items {
        let key = match &item.kind {
            FeedKind::Step(step) => (item.token.uuid(), i64::from(step.seq)),
            FeedKind::Message { id, .. } => (id.uuid(), item.at.timestamp_millis()),
        };
        if item.at >= begin && seen.is_new(key) {
            app.live.tell(convert(app, workspace, &mut contacts, item).await?);
        }
    }
    Ok(Looked { newest, full: cut.is_some() })
}

async fn convert(
    app: &App,
    workspace: WorkspaceId,
    contacts: &mut Contacts,
    item: store::FeedItem,
) -> ApiResult<FeedItem> {
    let program = names::program(app, workspace, item.program).await?;
    let at = item.at;
    match item.kind {
        FeedKind::Step(step) => {
            let (action, port) = match &step.action {
                Action::Passed { port } => ("passed", Some(port.as_str().to_string())),
                Action::Waiting { .. } => ("waiting", None),
                Action::Moved { .. } => ("moved", None),
                Action::Finished => ("finished", None),
                Action::Failed { .. } => ("failed", None),
            };
            let to = match &step.action {
                Action::Passed { port } => {
                    let token = app.store.token(workspace, item.token).await?;
                    let program = names::body(app, workspace, token.version).await?;
                    program.nodes.get(&step.node).and_then(|node| node.next.get(port)).map(ToString::to_string)
                }
                Action::Moved { to } => Some(to.to_string()),
                _ => None,
            };
            let why = match step.action {
                Action::Failed { error } => error,
                _ => step.reason,
            };
            let (reason, why) = why.told();
            Ok(FeedItem::Step {
                at,
                program,
                token_id: item.token.uuid(),
                seq: step.seq,
                contact_id: item.contact.uuid(),
                contact: contacts.name(app, workspace, item.contact).await?,
                node: step.node.to_string(),
                action: action.into(),
                port,
                to,
                reason,
                why,
            })
        }
        FeedKind::Message { id, node, status } => {
            let message = app.store.message(workspace, id).await?;
            let (reason, why) = said(message.reply, message.reason);
            Ok(FeedItem::Message {
                at,
                program,
                id: id.uuid(),
                node: node.to_string(),
                recipient: message.recipient,
                subject: message.subject,
                state: state(status),
                reason,
                why,
            })
        }
    }
}

//! Marks and settlements of all messages of a node, many to a transaction.
//!
//! Entries that queue up during one commit go into the next one. The queue is in order. So when the mark of a
//! connection's next message is stored, the settlement of its last message is stored, too. A node never has more
//! messages between mark and settlement than connections.

use std::{future::Future, sync::Arc};

use program::{MessageId, Reason};
use store::{MessageStatus, Settle, Settlement, Store};
use tokio::sync::oneshot;

use crate::{
    Clock, Topic, Wake,
    failpoint::{self, Point},
    gather::{Gather, until_taken},
    told::Told,
};

/// Gives marks and settlements to the one task that writes them. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Settler(Gather<Entry>);

#[derive(Debug)]
enum Entry {
    Mark { id: MessageId, attempt: u32, done: oneshot::Sender<bool> },
    Settle { settle: Settle, done: oneshot::Sender<Option<MessageStatus>> },
    Flush(oneshot::Sender<()>),
}

struct Writer {
    store: Store,
    clock: Clock,
    told: Told,
    wake: Wake,
}

/// The most that the store takes in one call.
const MAX_BATCH: usize = 1_000;

impl Settler {
    /// Starts the task; it ends when the last handle is dropped.
    pub(crate) fn start(store: Store, told: Told, wake: Wake) -> Self {
        let writer = Arc::new(Writer { store, clock: told.clock().clone(), told, wake });
        Self(Gather::start(MAX_BATCH, move |entries| {
            let writer = writer.clone();
            async move { writer.write(entries).await }
        }))
    }

    /// Sets the durable mark of this attempt. False: it was refused, and the message must not be sent.
    pub(crate) async fn mark(&self, id: MessageId, attempt: u32) -> bool {
        let (done, marked) = oneshot::channel();
        self.0.send(Entry::Mark { id, attempt, done }) && marked.await.unwrap_or(false)
    }

    /// Queues a settlement at once. The returned future waits until it is stored, and gives the new state of the
    /// message. None: it was fenced off.
    pub(crate) fn settle(&self, settle: Settle) -> impl Future<Output = Option<MessageStatus>> + use<> {
        let (done, settled) = oneshot::channel();
        let queued = self.0.send(Entry::Settle { settle, done });
        async move { if queued { settled.await.unwrap_or_default() } else { None } }
    }

    /// Waits until everything that was queued before is stored.
    pub(crate) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.0.send(Entry::Flush(done)) {
            // An error means that the task is gone, so there is nothing to wait for.
            let _ = flushed.await;
        }
    }
}

impl Writer {
    async fn write(&self, entries: Vec<Entry>) {
        let (mut marks, mut marking) = (Vec::new(), Vec::new());
        let (mut settles, mut settling, mut flushes) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries {
            match entry {
                Entry::Mark { id, attempt, done } => {
                    marks.push((id, attempt));
                    marking.push(((id, attempt), done));
                }
                Entry::Settle { settle, done } => {
                    settling.push(((settle.id, settle.attempt), done));
                    settles.push(settle);
                }
                Entry::Flush(done) => flushes.push(done),
            }
        }
        if !marking.is_empty() || !settling.is_empty() {
            let settled = self.commit(&marks, settles).await;
            // The caller may be gone. What is written stays written.
            for (mark, done) in marking {
                let _ = done.send(settled.marked.contains(&mark));
            }
            for (settle, done) in settling {
                let _ = done.send(settled.settled.get(&settle).copied());
            }
            self.wake.wake(Topic::Changes);
        }
        for done in flushes {
            // The caller may be gone.
            let _ = done.send(());
        }
    }

    /// Writes one transaction, and retries until the database takes it, because the result of a hand-over must be
    /// stored. A mark that comes too late is refused by its fence.
    async fn commit(&self, marks: &[(MessageId, u32)], settles: Vec<Settle>) -> store::Settled {
        let settled = until_taken(&self.told, "messages cannot be settled, trying again", || {
            if !settles.is_empty() {
                failpoint::pass(Point::BeforeSettle);
            }
            self.store.settle(self.clock.now(), marks, &settles)
        });
        match settled.await {
            Ok(settled) => settled,
            Err(error) => {
                tracing::error!(%error, "messages cannot be settled together, trying one by one");
                self.one_by_one(marks, settles).await
            }
        }
    }

    /// Writes each message alone, so that one that cannot be settled does not delay the others.
    async fn one_by_one(&self, marks: &[(MessageId, u32)], settles: Vec<Settle>) -> store::Settled {
        let mut all = store::Settled::default();
        let now = self.clock.now();
        for mark in marks {
            match self.store.settle(now, &[*mark], &[]).await {
                Ok(one) => all.marked.extend(one.marked),
                Err(error) => tracing::error!(%error, message = %mark.0, "a message cannot be marked"),
            }
        }
        for settle in settles {
            let (id, attempt) = (settle.id, settle.attempt);
            let mut result = self.store.settle(now, &[], &[settle]).await;
            if let Err(error) = &result {
                tracing::error!(%error, message = %id, "a message cannot be settled");
                let reason = Reason::Unsettled { error: error.to_string() };
                let outcome = Settlement::Failed { reason };
                result = self.store.settle(now, &[], &[Settle { id, attempt, outcome }]).await;
            }
            all.settled.extend(result.unwrap_or_default().settled);
        }
        all
    }
}

//! The live feed inside the process: its listeners, and what they hear.

use std::sync::Arc;

use api::live::FeedItem;
use tokio::{
    sync::{Mutex, broadcast, watch},
    task::JoinHandle,
};

use super::{callers::Pass, tally::Tally};

/// How far one who listens may be behind before something is missed.
const BEHIND: usize = 2_048;

/// Who listens to what happens in the default workspace.
pub struct Feed {
    items: broadcast::Sender<Arc<FeedItem>>,
    end: watch::Sender<bool>,
    poller: Mutex<Option<JoinHandle<()>>>,
    /// Who listens, and how often.
    pub(super) listeners: Tally<Pass>,
}

impl Default for Feed {
    fn default() -> Self {
        let (items, _) = broadcast::channel(BEHIND);
        Self { items, end: watch::Sender::new(false), poller: Default::default(), listeners: Tally::default() }
    }
}

impl Feed {
    /// Ends all streams: the server is going down.
    pub fn close(&self) {
        self.end.send_replace(true);
    }

    /// What happens from now on. Where nobody asks for it yet, that begins.
    pub(super) async fn listen<P>(&self, poll: impl FnOnce() -> P + Send) -> broadcast::Receiver<Arc<FeedItem>>
    where
        P: Future<Output = ()> + Send + 'static,
    {
        let mut poller = self.poller.lock().await;
        let receiver = self.items.subscribe();
        if poller.as_ref().is_none_or(JoinHandle::is_finished) {
            *poller = Some(tokio::spawn(poll()));
        }
        receiver
    }

    /// Whether somebody listens.
    pub(super) fn is_heard(&self) -> bool {
        self.items.receiver_count() > 0 && !*self.end.borrow()
    }

    pub(super) fn tell(&self, item: FeedItem) {
        // Nobody listening any more is no fault.
        let _ = self.items.send(Arc::new(item));
    }

    /// Turns true at the end.
    pub(super) fn end(&self) -> watch::Receiver<bool> {
        self.end.subscribe()
    }
}

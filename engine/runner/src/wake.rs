//! Wake-ups: hints that there is work. The database is the truth and is polled as well, so a lost hint costs time and
//! never work.

use std::sync::Arc;

use program::{PerClass, StreamClass};
use tokio::sync::watch;

/// Wakes workers of this node, and tells watchers about changes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Wake(Arc<Topics>);

/// The topic of a wake-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A token is due.
    Tokens,
    /// A message of this class is queued.
    Messages(StreamClass),
    /// A call is queued, or there is room for one.
    Calls,
    /// A message's outcome is unknown, so its stream's policy has to be applied.
    Rescue,
    /// Something that people watch has changed.
    Changes,
    /// A value of the whole installation has changed, such as its address.
    Installation,
}

/// Receives the wake-ups of one topic. A wake-up that comes while nobody waits is kept.
#[derive(Clone, Debug)]
pub struct Listener(watch::Receiver<u64>);

#[derive(Debug, Default)]
struct Topics {
    tokens: watch::Sender<u64>,
    messages: PerClass<watch::Sender<u64>>,
    calls: watch::Sender<u64>,
    rescue: watch::Sender<u64>,
    changes: watch::Sender<u64>,
    installation: watch::Sender<u64>,
    /// Hints for other nodes, as bits of [`Topic::bit`].
    outward: watch::Sender<u32>,
}

impl Wake {
    /// A new set of topics.
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// Tokens are due now.
    pub fn tokens(&self) {
        self.wake(Topic::Tokens);
    }

    /// Messages of this class are queued.
    pub fn messages(&self, class: StreamClass) {
        self.wake(Topic::Messages(class));
    }

    /// Messages of any class are queued.
    pub fn all_messages(&self) {
        StreamClass::ALL.into_iter().for_each(|class| self.messages(class));
    }

    /// Wakes the listeners of this topic, here and, by a hint, on other nodes.
    pub fn wake(&self, topic: Topic) {
        self.wake_here(topic);
        self.0.outward.send_if_modified(|topics| {
            let before = *topics;
            *topics |= topic.bit();
            *topics != before
        });
    }

    /// Listens to this topic from now on.
    pub fn listen(&self, topic: Topic) -> Listener {
        Listener(self.0.sender(topic).subscribe())
    }

    /// Waits for topics to tell other nodes about, and returns them as bits. For one caller.
    pub(crate) async fn outward(&self) -> u32 {
        let mut topics = self.0.outward.subscribe();
        // The sender lives as long as `self`, so there is no error.
        let _ = topics.wait_for(|topics| *topics != 0).await;
        self.0.outward.send_replace(0)
    }

    /// Takes a hint of another node: it wakes listeners here and is not passed on.
    pub(crate) fn inward(&self, topics: u32) {
        for topic in Topic::ALL.into_iter().filter(|topic| topics & topic.bit() != 0) {
            self.wake_here(topic);
        }
    }

    /// Wakes listeners on this node.
    pub(crate) fn wake_here(&self, topic: Topic) {
        self.0.sender(topic).send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl Default for Wake {
    fn default() -> Self {
        Self::new()
    }
}

impl Listener {
    /// Returns at the next wake-up, or at once if there was one since the last call.
    pub async fn woken(&mut self) {
        // The sender is dropped when the engine is gone. Then nothing will ever wake again.
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Topics {
    fn sender(&self, topic: Topic) -> &watch::Sender<u64> {
        match topic {
            Topic::Tokens => &self.tokens,
            Topic::Messages(class) => &self.messages[class],
            Topic::Calls => &self.calls,
            Topic::Rescue => &self.rescue,
            Topic::Changes => &self.changes,
            Topic::Installation => &self.installation,
        }
    }
}

impl Topic {
    const ALL: [Self; 7] = [
        Self::Tokens,
        Self::Messages(StreamClass::Operational),
        Self::Messages(StreamClass::Marketing),
        Self::Calls,
        Self::Rescue,
        Self::Changes,
        Self::Installation,
    ];

    /// Its bit in a hint; 0 for topics that concern this node alone.
    fn bit(self) -> u32 {
        match self {
            Self::Tokens => 1,
            Self::Messages(StreamClass::Operational) => 2,
            Self::Messages(StreamClass::Marketing) => 4,
            Self::Rescue => 0,
            Self::Changes => 8,
            Self::Installation => 16,
            Self::Calls => 32,
        }
    }
}

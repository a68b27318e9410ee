//! The queues of the outbox, two of mail and one of calls: what waits in them, whether an operator holds them, and what
//! nodes report of their relays and hosts.

use program::{Reason, StreamClass, Time};

use crate::{
    Result, Store,
    args::{self, Args},
    lane::{CALLS, Lane, MAIL},
    sql,
    words::Word,
};

/// The most rows of one statement, which bounds what it locks.
const BATCH: u64 = 1_000;
/// The most rows that are counted.
const MOST: i64 = 100_000;

/// Which queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueName {
    /// Messages of a class.
    Mail(StreamClass),
    /// Calls of other people's servers.
    Calls,
}

impl Word for QueueName {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Mail(StreamClass::Operational), "operational"),
        (Self::Mail(StreamClass::Marketing), "marketing"),
        (Self::Calls, "calls"),
    ];
}

impl From<StreamClass> for QueueName {
    fn from(class: StreamClass) -> Self {
        Self::Mail(class)
    }
}

impl QueueName {
    fn lane(self) -> &'static Lane {
        match self {
            Self::Mail(_) => &MAIL,
            Self::Calls => &CALLS,
        }
    }

    /// The first parameter of the statements of its lane.
    fn args(self) -> Args {
        Args::new().text(self.word().to_owned())
    }
}

/// A queue and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: QueueName,
    /// Since when an operator holds it; none if it is not held.
    pub held_at: Option<Time>,
    /// When an operator last flushed it.
    pub flushed_at: Option<Time>,
    /// Messages or calls that are queued, 100,000 at most.
    pub waiting: u64,
    /// Those of them whose last try failed.
    pub put_off: u64,
    /// Since when the oldest of them waits. Only those that are due or whose last try failed count.
    pub oldest: Option<Time>,
}

/// What a node reports of a relay, or of a called host, that does not work normally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelaySeen {
    /// The queue that leads to it: one relay per node for each class of mail, any number of hosts for calls.
    pub queue: QueueName,
    /// The node's boot id.
    pub node: String,
    /// Host and port.
    pub server: String,
    /// `open`: nothing is handed over to it. `half_open`: it is tried carefully. A host has times instead.
    pub state: String,
    /// Its reply, or what broke.
    pub cause: Reason,
    /// Since when.
    pub since: Time,
    /// When it is tried next, if nothing is handed over to it.
    pub next: Option<Time>,
}

impl Store {
    /// All queues.
    pub async fn queues(&self, now: Time) -> Result<Vec<Queue>> {
        let mut queues = Vec::new();
        for (name, held_at, flushed_at) in self.orders().await? {
            let rows = self.db.fetch(name.lane().waiting, name.args().int(MOST)).await?;
            let (waiting, put_off) = match rows.first() {
                Some(row) => {
                    let mut row = row.read("outbox");
                    (row.number("waiting")?, row.number("put_off")?)
                }
                None => (0, 0),
            };
            let oldest = match name {
                QueueName::Mail(class) => self.oldest_message(class, now).await?,
                QueueName::Calls => self.oldest_call().await?,
            };
            queues.push(Queue { name, held_at, flushed_at, waiting, put_off, oldest });
        }
        Ok(queues)
    }

    /// Since when an operator holds this queue, and when it was last flushed.
    pub async fn queue_orders(&self, name: impl Into<QueueName>) -> Result<(Option<Time>, Option<Time>)> {
        let name = name.into();
        let orders = self.orders().await?.into_iter().find(|(known, ..)| *known == name);
        Ok(orders.map_or((None, None), |(_, held_at, flushed_at)| (held_at, flushed_at)))
    }

    async fn orders(&self) -> Result<Vec<(QueueName, Option<Time>, Option<Time>)>> {
        let mut orders = Vec::new();
        for row in self.db.fetch(&sql::queue_list, Args::new()).await? {
            let mut row = row.read("queue");
            orders.push((row.word("class")?, row.opt_time("held_at")?, row.opt_time("flushed_at")?));
        }
        Ok(orders)
    }

    /// Since when the oldest queued message waits that is due or whose last try failed.
    pub async fn oldest_message(&self, class: StreamClass, now: Time) -> Result<Option<Time>> {
        let rows = self.db.fetch(&sql::queue_oldest, QueueName::Mail(class).args().time(now)).await?;
        rows.first().map_or(Ok(None), |row| row.read("message").opt_time("at"))
    }

    /// Holds a queue on all nodes. Nothing of it is sent until it is released. What is being sent is finished.
    pub async fn hold_queue(&self, name: impl Into<QueueName>, now: Time) -> Result<()> {
        self.set_held(name.into(), true, now).await
    }

    /// Releases a held queue.
    pub async fn release_queue(&self, name: impl Into<QueueName>, now: Time) -> Result<()> {
        let name = name.into();
        self.set_held(name, false, now).await?;
        self.look_anew(name);
        Ok(())
    }

    async fn set_held(&self, name: QueueName, held: bool, now: Time) -> Result<()> {
        self.db.execute(name.lane().set_held, name.args().bool(held).time(now)).await.map(drop)
    }

    /// Makes everything due at once whose last try failed, and has relays and hosts that were given up tried again.
    /// Returns how many messages or calls.
    pub async fn flush_queue(&self, name: impl Into<QueueName>, now: Time) -> Result<u64> {
        let name = name.into();
        self.db.execute(name.lane().flushed, name.args().time(now)).await?;
        let flushed = match name {
            QueueName::Mail(_) => self.in_batches(&sql::queue_flush, || name.args()).await?,
            QueueName::Calls => self.in_batches(&sql::call_flush, Args::new).await?,
        };
        self.look_anew(name);
        Ok(flushed)
    }

    /// Something may be due before what was found last. For calls no such place is stored.
    fn look_anew(&self, name: QueueName) {
        if let QueueName::Mail(class) = name {
            self.dues.messages[class].reset();
        }
    }

    /// A relay answers again. Messages that waited only for it are due as before; returns how many.
    pub async fn relay_is_back(&self, class: StreamClass) -> Result<u64> {
        let name = QueueName::Mail(class);
        let back = self.in_batches(&sql::queue_relay_back, || name.args()).await?;
        self.look_anew(name);
        Ok(back)
    }

    async fn in_batches(&self, statement: &'static sql::Statement, args: impl Fn() -> Args) -> Result<u64> {
        let mut all = 0;
        loop {
            let some = self.db.execute(statement, args().int(BATCH.cast_signed())).await?;
            all += some;
            if some < BATCH {
                return Ok(all);
            }
        }
    }

    /// Ends messages that are too old, while nothing of their queue is sent; returns how many.
    pub async fn expire_messages(&self, class: StreamClass, last: Reason, now: Time) -> Result<u64> {
        let max_age = self.bounds.of(class);
        let reason = self.bounds.expired(class, last).to_stored();
        let mut all = 0;
        loop {
            let args = QueueName::Mail(class).args().time(now - max_age).time(now);
            let args = args.text(reason.clone()).int(BATCH.cast_signed());
            let some = self.db.execute(&sql::queue_expire, args).await?;
            all += some;
            if some < BATCH {
                return Ok(all);
            }
        }
    }

    /// Stores what this node sees of a relay, or of a called host.
    pub async fn relay_seen(&self, seen: &RelaySeen) -> Result<()> {
        let RelaySeen { queue, node, server, state, cause, since, next } = seen.clone();
        let (statement, args) = match queue {
            QueueName::Mail(_) => {
                let args = Args::new().text(node).text(queue.word().to_owned()).text(server).text(state);
                (&sql::relay_put, args.text(args::reason(&cause)))
            }
            QueueName::Calls => (&sql::call_host_put, Args::new().text(node).text(server).text(args::reason(&cause))),
        };
        let args = args.time(since).int(next.map(|next| next.timestamp_millis()));
        self.db.execute(statement, args).await.map(drop)
    }

    /// Stores that this relay works normally for this node again.
    pub async fn relay_well(&self, node: &str, class: StreamClass) -> Result<()> {
        let args = Args::new().text(node.to_owned()).text(class.word().to_owned());
        self.db.execute(&sql::relay_clear, args).await.map(drop)
    }

    /// The same for a called host.
    pub async fn host_well(&self, node: &str, host: &str) -> Result<()> {
        let args = Args::new().text(node.to_owned()).text(host.to_owned());
        self.db.execute(&sql::call_host_clear, args).await.map(drop)
    }

    /// What living nodes report of relays and called hosts that do not work normally; 500 at most.
    pub async fn relays_seen(&self, now: Time) -> Result<Vec<RelaySeen>> {
        let mut seen = Vec::new();
        for row in self.db.fetch(&sql::relay_list, Args::new().time(self.lease_time(now)).time(now)).await? {
            let mut row = row.read("relay");
            seen.push(RelaySeen {
                queue: row.word("class")?,
                node: row.text("node")?,
                server: row.text("server")?,
                state: row.text("state")?,
                cause: Reason::stored(&row.text("cause")?),
                since: row.time("since")?,
                next: row.opt_time("next_at")?,
            });
        }
        Ok(seen)
    }

    /// A value of the whole installation, such as its public address.
    pub async fn installation(&self, name: &str) -> Result<Option<String>> {
        let rows = self.db.fetch(&sql::installation_get, Args::new().text(name.to_owned())).await?;
        rows.first().map(|row| row.read("installation").text("value")).transpose()
    }

    /// Sets it for all nodes.
    pub async fn set_installation(&self, name: &str, value: &str) -> Result<()> {
        let args = Args::new().text(name.to_owned()).text(value.to_owned());
        self.db.execute(&sql::installation_put, args).await.map(drop)
    }
}

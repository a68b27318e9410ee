//! The two queues of messages, operational and marketing: what waits in them, what an operator says of them, and what
//! nodes see of the relays that they lead to.

use program::{Reason, StreamClass, Time};

use crate::{
    Result, Store,
    args::{self, Args},
    sql,
    words::Word as _,
};

/// Messages of one statement: what it locks is bounded.
const BATCH: u64 = 1_000;
/// Nobody needs to know how many more wait.
const MOST: i64 = 100_000;

/// A queue and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Messages of this class.
    pub class: StreamClass,
    /// Since when an operator holds it; none: it is not held.
    pub held_at: Option<Time>,
    /// When all that waits was last said to be tried at once.
    pub flushed_at: Option<Time>,
    /// Messages that are queued, 100,000 at most.
    pub waiting: u64,
    /// Those of them that were tried in vain.
    pub put_off: u64,
    /// Since when the oldest of them waits that is due or was tried in vain.
    pub oldest: Option<Time>,
}

/// What a node sees of a relay that is not all well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelaySeen {
    /// Whose messages it takes.
    pub class: StreamClass,
    /// The node's boot id.
    pub node: String,
    /// Host and port.
    pub server: String,
    /// `open`: nothing is handed over to it. `half_open`: it is tried carefully.
    pub state: String,
    /// Its words, or what broke.
    pub cause: Reason,
    /// Since when.
    pub since: Time,
    /// When it is looked at next, while nothing is handed over to it.
    pub next: Option<Time>,
}

impl Store {
    /// Both queues.
    pub async fn queues(&self, now: Time) -> Result<Vec<Queue>> {
        let mut queues = Vec::new();
        for row in self.db.fetch(&sql::queue_list, Args::new()).await? {
            let mut row = row.read("queue");
            let class: StreamClass = row.word("class")?;
            let (held_at, flushed_at) = (row.opt_time("held_at")?, row.opt_time("flushed_at")?);
            let rows = self.db.fetch(&sql::queue_waiting, class_of(class).int(MOST)).await?;
            let (waiting, put_off) = match rows.first() {
                Some(row) => {
                    let mut row = row.read("message");
                    (row.number("waiting")?, row.number("put_off")?)
                }
                None => (0, 0),
            };
            let oldest = self.oldest_message(class, now).await?;
            queues.push(Queue { class, held_at, flushed_at, waiting, put_off, oldest });
        }
        Ok(queues)
    }

    /// Whether an operator holds this queue, and when it was last flushed.
    pub async fn queue_orders(&self, class: StreamClass) -> Result<(Option<Time>, Option<Time>)> {
        for row in self.db.fetch(&sql::queue_list, Args::new()).await? {
            let mut row = row.read("queue");
            if row.word::<StreamClass>("class")? == class {
                return Ok((row.opt_time("held_at")?, row.opt_time("flushed_at")?));
            }
        }
        Ok((None, None))
    }

    /// Since when the oldest queued message waits that is due or was tried in vain.
    pub async fn oldest_message(&self, class: StreamClass, now: Time) -> Result<Option<Time>> {
        let rows = self.db.fetch(&sql::queue_oldest, class_of(class).time(now)).await?;
        rows.first().map_or(Ok(None), |row| row.read("message").opt_time("at"))
    }

    /// Holds a queue, on all nodes: nothing of it is handed over until it is let go. What is being handed over is.
    pub async fn hold_queue(&self, class: StreamClass, now: Time) -> Result<()> {
        self.db.execute(&sql::queue_set_held, class_of(class).bool(true).time(now)).await.map(drop)
    }

    /// Lets a held queue go.
    pub async fn release_queue(&self, class: StreamClass, now: Time) -> Result<()> {
        self.db.execute(&sql::queue_set_held, class_of(class).bool(false).time(now)).await?;
        self.dues.messages[class].reset();
        Ok(())
    }

    /// Has all that was tried in vain tried at once, and relays that are given up looked at; says how many messages.
    pub async fn flush_queue(&self, class: StreamClass, now: Time) -> Result<u64> {
        self.db.execute(&sql::queue_flushed, class_of(class).time(now)).await?;
        let flushed = self.in_batches(&sql::queue_flush, class).await?;
        self.dues.messages[class].reset();
        Ok(flushed)
    }

    /// A relay answers again: what waited for it alone is due as it was before. Says how many.
    pub async fn relay_is_back(&self, class: StreamClass) -> Result<u64> {
        let back = self.in_batches(&sql::queue_relay_back, class).await?;
        self.dues.messages[class].reset();
        Ok(back)
    }

    async fn in_batches(&self, statement: &'static sql::Statement, class: StreamClass) -> Result<u64> {
        let mut all = 0;
        loop {
            let some = self.db.execute(statement, class_of(class).int(BATCH.cast_signed())).await?;
            all += some;
            if some < BATCH {
                return Ok(all);
            }
        }
    }

    /// Ends what waited in a queue for longer than it may, while nothing of it is handed over; says how many.
    pub async fn expire_messages(&self, class: StreamClass, last: Reason, now: Time) -> Result<u64> {
        let max_age = self.bounds.of(class);
        let reason = self.bounds.expired(class, last).to_stored();
        let mut all = 0;
        loop {
            let args = class_of(class).time(now - max_age).time(now).text(reason.clone()).int(BATCH.cast_signed());
            let some = self.db.execute(&sql::queue_expire, args).await?;
            all += some;
            if some < BATCH {
                return Ok(all);
            }
        }
    }

    /// Says what this node sees of a relay.
    pub async fn relay_seen(&self, seen: &RelaySeen) -> Result<()> {
        let RelaySeen { class, node, server, state, cause, since, next } = seen.clone();
        let args = Args::new().text(node).text(class.word().to_owned()).text(server).text(state);
        let args = args.text(args::reason(&cause)).time(since);
        let args = args.int(next.map(|next| next.timestamp_millis()));
        self.db.execute(&sql::relay_put, args).await.map(drop)
    }

    /// Says that this node sees nothing amiss with a relay any more.
    pub async fn relay_well(&self, node: &str, class: StreamClass) -> Result<()> {
        let args = Args::new().text(node.to_owned()).text(class.word().to_owned());
        self.db.execute(&sql::relay_clear, args).await.map(drop)
    }

    /// What living nodes see of their relays, as far as not all is well.
    pub async fn relays_seen(&self, now: Time) -> Result<Vec<RelaySeen>> {
        let mut seen = Vec::new();
        for row in self.db.fetch(&sql::relay_list, Args::new().time(self.lease_time(now))).await? {
            let mut row = row.read("relay");
            seen.push(RelaySeen {
                class: row.word("class")?,
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

    /// Something that holds for the installation as a whole, such as the address under which it is reached.
    pub async fn installation(&self, name: &str) -> Result<Option<String>> {
        let rows = self.db.fetch(&sql::installation_get, Args::new().text(name.to_owned())).await?;
        rows.first().map(|row| row.read("installation").text("value")).transpose()
    }

    /// Says it, to all nodes.
    pub async fn set_installation(&self, name: &str, value: &str) -> Result<()> {
        let args = Args::new().text(name.to_owned()).text(value.to_owned());
        self.db.execute(&sql::installation_put, args).await.map(drop)
    }
}

fn class_of(class: StreamClass) -> Args {
    Args::new().text(class.word().to_owned())
}

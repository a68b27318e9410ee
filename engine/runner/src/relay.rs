//! Carries wake-ups from node to node, on PostgreSQL. They are hints: polling goes on below them.

use std::time::Duration;

use store::Store;

use crate::{Clock, Wake, told::Told};

/// At least this long between two hints of a node: each takes a lock of the whole database for a moment.
const GATHER: Duration = Duration::from_millis(50);
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// Sends this node's wake-ups to the others and hears theirs, until it is dropped.
pub(crate) async fn run(store: Store, told: Told, wake: Wake, node: String) {
    tokio::join!(send(&store, told.clock(), &wake, &node), hear(&store, &told, &wake, &node));
}

async fn send(store: &Store, clock: &Clock, wake: &Wake, node: &str) {
    loop {
        let topics = wake.outward().await;
        if let Err(error) = store.notify(&format!("{node} {topics}")).await {
            tracing::debug!(%error, "a hint is lost; polling makes up for it");
        }
        clock.pause(GATHER).await;
    }
}

async fn hear(store: &Store, told: &Told, wake: &Wake, node: &str) {
    loop {
        match store.listen().await {
            Ok(Some(mut hints)) => loop {
                match hints.next().await {
                    Ok(Some(hint)) => match parse(&hint) {
                        Some((from, topics)) if from != node => wake.inward(topics),
                        _ => {}
                    },
                    // Something may have been missed: look after all of it.
                    Ok(None) => wake.inward(u32::MAX),
                    Err(error) => {
                        told.warn("hints of other nodes are not heard, listening again", &error);
                        break;
                    }
                }
            },
            Ok(None) => return,
            Err(error) => told.warn("hints of other nodes are not heard, trying again", &error),
        }
        told.clock().pause(AFTER_ERROR).await;
    }
}

fn parse(hint: &str) -> Option<(&str, u32)> {
    let (from, topics) = hint.split_once(' ')?;
    Some((from, topics.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use program::StreamClass;

    use super::*;
    use crate::Topic;

    #[tokio::test]
    async fn topics_travel_as_one_hint() {
        let (here, there) = (Wake::new(), Wake::new());
        let mut tokens = there.listen(Topic::Tokens);
        let mut marketing = there.listen(Topic::Messages(StreamClass::Marketing));
        let mut operational = there.listen(Topic::Messages(StreamClass::Operational));
        here.tokens();
        here.messages(StreamClass::Marketing);
        here.wake(Topic::Rescue);
        let hint = format!("node-1 {}", here.outward().await);
        let (from, topics) = parse(&hint).unwrap();
        assert_eq!((from, topics), ("node-1", 5));
        there.inward(topics);
        tokens.woken().await;
        marketing.woken().await;
        let silent = tokio::time::timeout(Duration::ZERO, operational.woken()).await;
        assert!(silent.is_err());
        assert_eq!(parse("nonsense"), None);
    }
}

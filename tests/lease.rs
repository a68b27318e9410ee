//! A lease goes by the database's clock, or on SQLite by one that nobody sets: a node whose own is set meanwhile hands over
//! what it leased.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, OnceLock},
    thread,
};

use chrono::TimeDelta;
use mail::Transport;
use program::{Program, Stream, StreamClass};
use runner::ManualClock;
use serde_json::json;
use store::{Dialect, MessageFilter, MessageStatus, Paging};

use crate::world::{Place, WORKSPACE, World};

const STREAM: &str = "stafette: 1\nname: hello\ntitle: T\nclass: operational\nfrom: { email: shop@example.test }\n\
                      subject: Hello\nhtml: <p>Hello</p>\ntext: Hello\n";
const PROGRAM: &str = "stafette: 1\nname: one-mail\ntitle: T\nnodes:\n  come: { kind: entry, event: go, next: mail }\n  \
                       mail: { kind: send_mail, stream: hello }\n";

/// A relay that sets the node's clock while it is asked about the recipient.
fn relay(hands: Arc<OnceLock<ManualClock>>, by: TimeDelta) -> Transport {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that hangs up ends its talk, and nothing else.
            let _ = talk(stream.unwrap(), &hands, by);
        }
    });
    Transport::parse(&format!("smtp://127.0.0.1:{port}?tls=none&connections=1")).unwrap()
}

fn talk(stream: TcpStream, hands: &OnceLock<ManualClock>, by: TimeDelta) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let mut out = stream;
    out.write_all(b"220 relay\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        match line.get(..4).unwrap_or_default() {
            "RCPT" => hands.get().unwrap().advance(by),
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").for_each(drop);
            }
            _ => {}
        }
        out.write_all(b"250 ok\r\n")?;
    }
    Ok(())
}

async fn a_clock_that_is_set_ends_no_lease(place: (Place, String), by: TimeDelta) {
    let hands = Arc::new(OnceLock::new());
    let start = "2026-03-01T09:00:00Z".parse().unwrap();
    let world = World::through(place, start, relay(hands.clone(), by)).await;
    hands.set(world.hands.clone()).unwrap();
    world.stream(&Stream::parse(STREAM).unwrap()).await;
    world.publish(&Program::parse(PROGRAM).unwrap()).await;
    // As a node does whose clock is the machine's.
    world.store.use_database_clock(start);
    let own = world.store.database_time().await.unwrap();
    assert_eq!(own.is_some(), world.store.dialect() == Dialect::Postgres);
    let contact = json!({ "email": "ida@example.test" });
    world.event("go", contact.as_object().unwrap(), &program::Object::new()).await;
    world.advance().await;
    let done = world.engine.dispatcher.dispatch_once(StreamClass::Operational, 10).await.unwrap();
    assert_eq!((done.leased, done.sent), (1, 1), "{done:?}");
    let messages = world.store.messages(WORKSPACE, &MessageFilter::default(), &Paging::default()).await.unwrap().items;
    assert_eq!(messages.iter().map(|message| message.status).collect::<Vec<_>>(), [MessageStatus::Sent]);
    assert_eq!(world.clock.now() - start, by, "the clock was set");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_ends_no_lease_on_sqlite() {
    for hours in [1, -1] {
        a_clock_that_is_set_ends_no_lease(Place::sqlite().await, TimeDelta::hours(hours)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_ends_no_lease_on_postgres() {
    for hours in [1, -1] {
        a_clock_that_is_set_ends_no_lease(Place::postgres("lease").await, TimeDelta::hours(hours)).await;
    }
}

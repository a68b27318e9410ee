//! A relay that takes nothing for days: mail waits for it without being tried in vain, ends with its time and the relay's
//! words, and what comes after the relay is mended goes.

use chrono::TimeDelta;
use mail::{SmtpConfig, Transport};
use program::{Program, Stream, StreamClass};
use store::{Message, MessageFilter, MessageStatus, Paging};
use tokio::runtime::Runtime;

use crate::{
    attack::smtp::{Doorman, Mood},
    world::{Place, WORKSPACE, World},
};

const PROGRAM: &str = "stafette: 1\nname: both\ntitle: B\nnodes:\n  \
    come: { kind: entry, event: go, again: always, next: hello }\n  \
    hello: { kind: send_mail, stream: hello, next: news }\n  news: { kind: send_mail, stream: news }\n";
/// What has to be mended by people is looked at every five minutes at most, give or take a fifth, a little more often at
/// first; and both classes look.
const LOOKS_AN_HOUR: usize = 2 * 60 / 4 + 10;

async fn messages(world: &World, class: StreamClass) -> Vec<Message> {
    let all = Paging { after: None, limit: 200 };
    let messages = world.store.messages(WORKSPACE, &MessageFilter::default(), &all).await.unwrap().items;
    messages.into_iter().filter(|message| message.class == class).collect()
}

async fn go(world: &World, who: &str) {
    let mut event = runner::Incoming {
        who: store::Who { email: Some(format!("{who}@example.test")), external_id: None },
        attributes: program::Object::new(),
        opt_in: Some(true),
        event: "go".parse().unwrap(),
        data: Default::default(),
        occurred_at: None,
        key: None,
        attachments: Vec::new(),
    };
    event.key = Some(who.into());
    world.engine.ingest.submit(WORKSPACE, vec![event]).await.unwrap();
    world.engine.work_off().await.unwrap();
}

async fn mail_waits_for_its_relay(place: (Place, String), mut door: Doorman, words: &str) {
    let transport = Transport::smtp(SmtpConfig::parse(&door.url()).unwrap()).unwrap();
    let world = World::through(place, "2026-03-01T09:00:00Z".parse().unwrap(), transport).await;
    world.engine.enter().await.unwrap();
    for (name, class) in [("hello", "operational"), ("news", "marketing")] {
        let stream = format!(
            "stafette: 1\nname: {name}\ntitle: T\nclass: {class}\nfrom: {{ email: shop@example.test }}\n\
             subject: Hello\nhtml: <p>Hello</p>\ntext: Hello\n"
        );
        world.stream(&Stream::parse(&stream).unwrap()).await;
    }
    world.publish(&Program::parse(PROGRAM).unwrap()).await;
    let classes = [(StreamClass::Operational, 48), (StreamClass::Marketing, 24)];
    let begin = world.clock.now();
    for who in ["ada", "ben", "cyd"] {
        go(&world, who).await;
    }
    // Two hours, from look to look.
    let (mut turns, end) = (0, begin + TimeDelta::hours(2));
    while let Some(next) = world.engine.dispatcher.relays().into_iter().filter_map(|relay| relay.next).min()
        && next < end
    {
        turns += 1;
        assert!(turns <= 2 * LOOKS_AN_HOUR, "it is looked at again and again: {turns} times until {next}");
        // The clock counts whole milliseconds.
        world.hands.set(next + TimeDelta::milliseconds(1));
        world.engine.work_off().await.unwrap();
    }
    let looks = door.connections();
    assert!((20..=2 * LOOKS_AN_HOUR).contains(&looks), "{looks} looks in two hours");
    for (class, _) in classes {
        for message in messages(&world, class).await {
            assert_eq!((message.status, message.hand_overs), (MessageStatus::Queued, 0), "{message:?}");
        }
    }
    // One that comes later has its own time.
    world.hands.set(begin + TimeDelta::hours(24));
    go(&world, "dan").await;
    let seen = door.connections();
    for hour in 25..=73 {
        world.hands.set(begin + TimeDelta::hours(hour) + TimeDelta::seconds(1));
        // What is too old goes with the turn after the look.
        for _ in 0..3 {
            world.engine.work_off().await.unwrap();
        }
        for (class, hours) in classes {
            let over = messages(&world, class).await.into_iter().filter(|it| it.status == MessageStatus::Failed);
            let over: Vec<_> = over.map(|dead| dead.reason.unwrap()).collect();
            let expected = if hour >= 24 + hours {
                4
            } else if hour >= hours {
                3
            } else {
                0
            };
            assert_eq!(over.len(), expected, "{class:?} after {hour} hours: {over:?}");
            for reason in over {
                let expected = format!("expired after {hours} h; the last reply: ");
                assert!(reason.to_string().starts_with(&expected) && reason.to_string().contains(words), "{reason}");
            }
        }
    }
    assert!(door.connections() - seen <= 2 * 49 * 2, "{} looks in 49 hours", door.connections() - seen);
    let letters = world.store.dead_letters(WORKSPACE, &store::DeadLetterFilter::default(), &Paging::default()).await;
    assert_eq!(letters.unwrap().items.len(), 8);

    door.mend();
    world.hands.advance(TimeDelta::minutes(10));
    go(&world, "eve").await;
    world.hands.advance(TimeDelta::minutes(10));
    world.engine.work_off().await.unwrap();
    assert_eq!(door.taken(), ["eve@example.test"; 2]);
    world.end().await;
}

#[test]
fn mail_waits_for_days_and_no_longer_on_sqlite() {
    let door = Doorman::new(Mood::Helo);
    Runtime::new().unwrap().block_on(async {
        mail_waits_for_its_relay(Place::sqlite().await, door, "504 5.5.2 need a full name").await;
    });
}

#[test]
fn mail_waits_for_days_and_no_longer_on_postgres() {
    let door = Doorman::new(Mood::Auth);
    Runtime::new().unwrap().block_on(async {
        let place = Place::postgres("shut_for_days").await;
        mail_waits_for_its_relay(place, door, "535 5.7.8 wrong password").await;
    });
}

//! A relay with fifty ways to misbehave after every verb, in front of an engine, on both databases. Whatever it does: nobody
//! is handed a mail more often than the bounds allow, mail of others goes out, every mail that did not go has its reason in
//! words, and the memory of all of that is bounded.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

#[path = "../../../mail/tests/acts/mod.rs"]
mod acts;
mod relay;
mod world;

use std::{rc::Rc, time::Duration};

use mail::{SmtpConfig, Transport};
use store::{Bounds, Message, MessageStatus};
use tokio::{
    sync::Semaphore,
    task::{JoinSet, LocalSet},
};

use crate::{
    acts::{ACTS, Act},
    relay::{Relay, Verb},
    world::{Databases, Ways, World},
};

const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../mail/tests/keys/ca.pem");
/// Longest time that anything may take where nobody is slow on purpose.
const PATIENCE: Duration = Duration::from_secs(300);
/// Mails that go another way.
const ELSEWHERE: usize = 5;
/// Worlds at once.
const ABREAST: usize = 6;
/// Kilobytes that this process may ever have, relays and databases of all worlds included.
const MEMORY: u64 = 150_000;

/// How a relay misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// It does something, so that nobody has to wait for it.
    Loud,
    /// It says nothing, or not enough: the transport's patience ends, which is short here. So this relay owes nobody
    /// anything: how it treats mails hangs on how fast this machine is.
    Silent,
}

impl Manner {
    fn acts(self) -> Vec<(&'static str, Act)> {
        ACTS.iter().filter(|(_, act)| act.is_silent() == (self == Self::Silent)).copied().collect()
    }
}

fn bad_way(verb: Verb, manner: Manner, port: u16) -> Transport {
    let url = match verb {
        Verb::StartTls => format!("smtp://localhost:{port}?tls=required&ca={CA}&connections=4&messages=1"),
        Verb::Auth => format!("smtp://ada:secret@127.0.0.1:{port}?connections=4&messages=1"),
        Verb::Rset => format!("smtp://127.0.0.1:{port}?connections=2"),
        Verb::Mail | Verb::Rcpt | Verb::Data | Verb::Body => format!("smtp://127.0.0.1:{port}?connections=4"),
        _ => format!("smtp://127.0.0.1:{port}?connections=4&messages=1"),
    };
    let mut config = SmtpConfig::parse(&url).unwrap();
    let patience = if manner == Manner::Silent { Duration::from_millis(300) } else { PATIENCE };
    let limits = &mut config.limits;
    (limits.connect, limits.command, limits.data) = (patience, patience, patience);
    Transport::smtp(config).unwrap()
}

fn good_way(port: u16) -> Transport {
    let mut config = SmtpConfig::parse(&format!("smtp://127.0.0.1:{port}?connections=2")).unwrap();
    let limits = &mut config.limits;
    (limits.connect, limits.command, limits.data) = (PATIENCE, PATIENCE, PATIENCE);
    Transport::smtp(config).unwrap()
}

/// A relay that misbehaves after one verb, and mails for it.
struct Case {
    verb: Verb,
    manner: Manner,
    acts: Vec<(&'static str, Act)>,
    bad: Relay,
    good: Relay,
    world: World,
}

impl Case {
    async fn new(databases: &Databases, verb: Verb, manner: Manner) -> Self {
        let acts = manner.acts();
        // On a connection each way twice; then it works, if anybody can tell.
        let most = (verb.is_of_the_connection() && manner == Manner::Loud).then_some(2 * acts.len());
        let (bad, good) = (Relay::start(verb, acts.clone(), most).await, Relay::good().await);
        let ways = Ways { operational: bad_way(verb, manner, bad.port), marketing: good_way(good.port) };
        let hours = |n: u64| Duration::from_secs(n * 3_600);
        let operational = if manner == Manner::Silent { hours(2) } else { hours(48) };
        let bounds = Bounds { operational, ..Bounds::default() };
        let name = format!("{verb:?}_{manner:?}").to_lowercase();
        let world = World::new(databases, &name, ways, bounds).await;
        Self { verb, manner, acts, bad, good, world }
    }

    /// Puts mails into the outbox: for each way one that is treated badly, and one that is not.
    async fn fill(&self) {
        let shop = || "shop@example.test".to_owned();
        let mut streams = vec![("news".to_owned(), "marketing", shop()), ("hello".to_owned(), "operational", shop())];
        let mut mails = Vec::new();
        for n in 0..self.acts.len() {
            let (bad, good) = (format!("bad{n}@example.test"), format!("good{n}@example.test"));
            match self.verb {
                Verb::Mail => {
                    streams.push((format!("bad{n}"), "operational", bad.clone()));
                    mails.extend([(format!("bad{n}"), bad), ("hello".into(), good)]);
                }
                Verb::Rcpt | Verb::Data | Verb::Body => mails.extend([bad, good].map(|to| ("hello".into(), to))),
                Verb::Rset => {
                    mails.extend(["later", "later-"].map(|to| ("hello".into(), format!("{to}{n}@example.test"))));
                }
                _ => mails.push(("hello".into(), good)),
            }
        }
        mails.extend((0..ELSEWHERE).map(|n| ("news".to_owned(), format!("else{n}@example.test"))));
        self.world.streams(&streams).await;
        self.world.mails(mails).await;
    }

    async fn play(self, databases: &Databases) {
        self.fill().await;
        self.world.engine.work_off().await.unwrap();
        for n in 0..ELSEWHERE {
            let given = self.good.given(&format!("else{n}@example.test"));
            assert_eq!(given, 1, "mail of another relay, while this one misbehaves after {:?}", self.verb);
        }
        match self.manner {
            Manner::Loud => self.world.live(150).await,
            Manner::Silent => self.world.live(15).await,
        }
        if self.verb == Verb::Quit {
            let all = tokio::time::timeout(PATIENCE, self.bad.until_spoiled(self.acts.len())).await;
            all.expect("it is told goodbye after each mail");
        }
        // How far one came whose patience is short hangs on how fast this machine is.
        let least = if self.manner == Manner::Loud { self.acts.len() } else { 1 };
        assert!(self.bad.spoiled() >= least, "{:?} {:?}: {}", self.verb, self.manner, self.bad.spoiled());
        self.world.outlive().await;
        for message in self.world.messages().await {
            self.judge(&message);
        }
        self.world.end(databases).await;
    }

    fn judge(&self, message: &Message) {
        let to = &message.recipient;
        let (begun, given) = (self.bad.begun(to), self.bad.given(to));
        let act = to.strip_prefix("bad").and_then(|rest| rest.split_once('@')?.0.parse::<usize>().ok());
        let act = act.map(|n| self.acts[n].0);
        let case = format!("{act:?} after {:?}: begun {begun}, given {given}, {message:?}", self.verb);
        assert!(begun <= 40 && message.hand_overs <= 40 && message.unknowns <= 3, "{case}");
        assert!(given <= begun && begun <= message.hand_overs as usize + self.good.begun(to), "{case}");
        if message.unknowns == message.hand_overs {
            assert!(given <= 3, "{case}");
        }
        match message.status {
            MessageStatus::Sent => assert!(message.reply.is_some(), "{case}"),
            MessageStatus::Failed => {
                let why = message.reason.as_ref().map(|why| why.to_string()).unwrap_or_default();
                let mut words = why.split(' ').filter(|word| word.len() > 1 && word.chars().all(char::is_alphabetic));
                assert!(words.next().is_some() && !why.contains(char::is_control), "{case}");
                assert!((8..=1_700).contains(&why.len()), "{case}");
            }
            _ => panic!("{case}"),
        }
        if to.starts_with("else") {
            assert_eq!((message.status, self.good.given(to)), (MessageStatus::Sent, 1), "{case}");
        }
        if self.manner == Manner::Silent {
            return;
        }
        // Whoever has not got to the mail's end does not get it twice.
        assert!(self.verb == Verb::Body || given <= 1, "{case}");
        if to.starts_with("good") {
            assert_eq!((message.status, given), (MessageStatus::Sent, 1), "{case}");
        }
    }
}

async fn all(databases: Databases) {
    assert!(ACTS.len() >= 50);
    let databases = Rc::new(databases);
    // Those who wait need no turn.
    let turns = [Manner::Silent, Manner::Loud].map(|manner| (manner, Rc::new(Semaphore::new(ABREAST))));
    let mut cases = JoinSet::new();
    for verb in Verb::ALL {
        for (manner, turns) in &turns {
            let (databases, manner, turns) = (databases.clone(), *manner, turns.clone());
            cases.spawn_local(async move {
                let _turn = turns.acquire().await.unwrap();
                Case::new(&databases, verb, manner).await.play(&databases).await;
            });
        }
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
    Rc::into_inner(databases).unwrap().end().await;
    // All of them together, floods of gigabytes among them.
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    let kilobytes: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kilobytes < MEMORY, "{peak}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_relay_does_is_bounded_on_sqlite() {
    LocalSet::new().run_until(async { all(Databases::sqlite().await).await }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_relay_does_is_bounded_on_postgres() {
    LocalSet::new().run_until(async { all(Databases::postgres().await).await }).await;
}

//! A mail server that answers as it is told.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use mail::Transport;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use crate::world::Shared;

/// What it does with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Accept,
    /// 451 after the mail.
    Later,
    /// 550 at RCPT.
    Refuse,
    /// Takes the mail and closes without a word.
    Drop,
}

/// What it answers to the mails of `bad0@`, `bad1@` …: the verb that it spoils, and what it says there; then it hangs up.
pub(crate) const BAD: &[(&str, &[u8])] = &[
    ("body", b""),
    ("body", b"25"),
    ("body", b"250 o"),
    ("body", b"250-one\r\n"),
    ("body", b"garbage\r\n"),
    ("body", b"\xff\xfe\xfd\r\n"),
    ("body", b"\0\0\0\r\n"),
    ("body", b"354 go on\r\n"),
    ("body", b"250-yes\r\n550 no\r\n"),
    ("body", b"250 \xff\xfe\r\n"),
    ("body", b"421 4.3.2 going down\r\n"),
    ("body", b"451 \xff\xfe later\r\n"),
    ("body", b"452 4.3.1 no room\r\n"),
    ("body", b"550 \xff\xfe never\r\n"),
    ("body", b"554 5.7.1 looks like spam\r\n"),
    ("data", b""),
    ("data", b"250 ok\r\n"),
    ("data", b"354 go on\r\n250 2.0.0 taken\r\n"),
    ("data", b"451 4.3.0 not now\r\n"),
    ("data", b"554 5.5.1 no valid recipients\r\n"),
    ("rcpt", b""),
    ("rcpt", b"nonsense\r\n"),
    ("rcpt", b"421 4.7.0 too many\r\n"),
    ("rcpt", b"450 4.2.0 greylisted\r\n"),
    ("rcpt", b"550 nobody\r\n"),
    ("rcpt", b"554 5.7.1 relay access denied\r\n"),
];

/// How it treats everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As the script says.
    #[default]
    Good,
    /// Nobody is greeted.
    Closed,
    /// No sender is taken.
    NoSender,
    /// No recipient is taken.
    NoRelay,
    /// Everybody is asked for a password, when they name their sender.
    NoPassword,
    /// Nobody's name is good enough, as Postfix says it to a recipient.
    NoName,
}

/// How many mails are under way at once, from MAIL until the answer.
#[derive(Default)]
struct Crowd {
    under_way: usize,
    answered: usize,
    /// At each MAIL: how many mails had been answered, and how many were under way with this one.
    seen: Vec<(usize, usize)>,
    /// So many are answered together, by how many had come before; none: each as it comes.
    together: Option<fn(usize) -> usize>,
    came: usize,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Crowd {
    fn enter(&mut self) {
        self.under_way += 1;
        self.seen.push((self.answered, self.under_way));
    }

    /// What to wait for before the answer.
    fn come(&mut self) -> oneshot::Receiver<()> {
        let (go_on, gone_on) = oneshot::channel();
        self.waiting.push(go_on);
        let wanted = self.together.map_or(1, |together| together(self.came));
        self.came += 1;
        if self.waiting.len() >= wanted {
            for go_on in self.waiting.drain(..) {
                // Who has hung up meanwhile does not wait.
                let _ = go_on.send(());
            }
        }
        gone_on
    }

    fn leave(&mut self) {
        self.under_way -= 1;
        self.answered += 1;
    }
}

/// A server on a port of its own. Mails beyond the script are accepted.
pub(crate) struct FakeRelay {
    pub(crate) transport: Transport,
    script: Shared<VecDeque<Act>>,
    mails: Shared<Vec<String>>,
    mood: Shared<Mood>,
    crowd: Shared<Crowd>,
    pub(crate) connections: Arc<AtomicUsize>,
}

impl FakeRelay {
    pub(crate) async fn start(script: &[Act]) -> Self {
        Self::wide(4, script).await
    }

    /// The same with so many connections.
    pub(crate) async fn wide(width: usize, script: &[Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let script: Shared<VecDeque<Act>> = Arc::new(std::sync::Mutex::new(script.iter().copied().collect()));
        let mails: Shared<Vec<String>> = Shared::default();
        let (mood, connections) = (Shared::<Mood>::default(), Arc::<AtomicUsize>::default());
        let crowd: Shared<Crowd> = Shared::default();
        let (acts, seen, now, count) = (script.clone(), mails.clone(), mood.clone(), connections.clone());
        let together = crowd.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, acts.clone(), seen.clone(), now.clone(), together.clone()));
            }
        });
        let url = format!("smtp://127.0.0.1:{port}?tls=none&connections={width}");
        Self { transport: Transport::parse(&url).unwrap(), script, mails, mood, crowd, connections }
    }

    pub(crate) fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// From now on a mail is answered when so many have come, by how many had come before it.
    pub(crate) fn answers_together(&self, together: fn(usize) -> usize) {
        *self.crowd.lock().unwrap() = Crowd { together: Some(together), ..Crowd::default() };
    }

    /// At each MAIL since then: how many mails had been answered, and how many were under way with this one.
    pub(crate) fn crowd(&self) -> Vec<(usize, usize)> {
        self.crowd.lock().unwrap().seen.clone()
    }

    pub(crate) fn then(&self, act: Act) {
        self.script.lock().unwrap().push_back(act);
    }

    /// The Message-IDs of all mails that came in, whatever was answered.
    pub(crate) fn message_ids(&self) -> Vec<String> {
        let header = |mail: &String| {
            let line = mail.lines().find(|line| line.to_ascii_lowercase().starts_with("message-id:")).unwrap();
            line["message-id:".len()..].trim().to_owned()
        };
        self.mails.lock().unwrap().iter().map(header).collect()
    }
}

async fn serve(
    stream: TcpStream,
    script: Shared<VecDeque<Act>>,
    mails: Shared<Vec<String>>,
    mood: Shared<Mood>,
    crowd: Shared<Crowd>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut act, mut bad) = (Act::Accept, None);
    let is = |other: Mood| *mood.lock().unwrap() == other;
    if is(Mood::Closed) {
        return stream.write_all(b"554 5.3.2 closed\r\n").await;
    }
    stream.write_all(b"220 fake\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or("").to_ascii_uppercase();
        if verb == "RCPT" {
            let number = line.split_once("<bad").and_then(|(_, rest)| rest.split_once('@'));
            bad = number.and_then(|(number, _)| BAD.get(number.parse::<usize>().ok()?)).copied();
        }
        if let Some((at, bytes)) = bad
            && (verb == "RCPT" && at == "rcpt" || verb == "DATA" && at == "data")
        {
            return stream.write_all(bytes).await;
        }
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-fake\r\n250 8BITMIME\r\n",
            "MAIL" if is(Mood::NoSender) => b"550 5.7.1 not from you\r\n",
            "MAIL" if is(Mood::NoPassword) => {
                b"530 5.7.0 authentication required
"
            }
            "MAIL" => {
                crowd.lock().unwrap().enter();
                b"250 ok
"
            }
            "RCPT" if is(Mood::NoName) => {
                b"504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname
"
            }
            "RCPT" if is(Mood::NoRelay) => b"554 5.7.1 relay access denied\r\n",
            "RCPT" => {
                act = script.lock().unwrap().pop_front().unwrap_or(Act::Accept);
                if act == Act::Refuse { b"550 5.1.1 nobody here\r\n" } else { b"250 ok\r\n" }
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut mail).await? == 0 {
                        return Ok(());
                    }
                }
                mails.lock().unwrap().push(mail);
                if let Some((_, bytes)) = bad {
                    return stream.write_all(bytes).await;
                }
                let gone_on = crowd.lock().unwrap().come();
                // The other end is kept until it says so.
                let _ = gone_on.await;
                crowd.lock().unwrap().leave();
                match act {
                    Act::Drop => return Ok(()),
                    Act::Later => b"451 4.3.0 busy\r\n",
                    _ => b"250 2.0.0 queued\r\n",
                }
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await?;
    }
}

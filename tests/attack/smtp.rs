//! A mail server that turns everybody away in one of the ways there are, until it is mended.

use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use tokio::net::TcpSocket;

/// How it treats everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Nobody is at home.
    Away,
    /// Its encryption is none.
    Tls,
    /// Nobody's password is right.
    Auth,
    /// Nobody's name is good enough.
    Helo,
    /// It talks without end: at the first connection from the greeting on, at the second from EHLO on, and so on.
    Floods,
}

/// The server, on a port of its own.
pub(crate) struct Doorman {
    pub(crate) mood: Mood,
    port: u16,
    /// Where nobody listens yet.
    away: Option<TcpSocket>,
    shared: Arc<Shared>,
}

/// What it hears.
#[derive(Default)]
struct Shared {
    mended: AtomicBool,
    connections: AtomicUsize,
    names: Mutex<Vec<String>>,
    /// Whose mails it took.
    taken: Mutex<Vec<String>>,
    /// The mails that it was given, each with its recipient.
    given: Mutex<Vec<(String, String)>>,
}

impl Doorman {
    pub(crate) fn new(mood: Mood) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let port = socket.local_addr().unwrap().port();
        let mut doorman = Self { mood, port, away: Some(socket), shared: Arc::default() };
        if mood != Mood::Away {
            doorman.listen();
        }
        doorman
    }

    /// One that takes everything.
    pub(crate) fn good() -> Self {
        let doorman = Self::new(Mood::Helo);
        doorman.shared.mended.store(true, Ordering::SeqCst);
        doorman
    }

    fn listen(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let socket = self.away.take().unwrap();
        let listener: TcpListener = runtime.block_on(async { socket.listen(64).unwrap().into_std().unwrap() });
        listener.set_nonblocking(false).unwrap();
        let (mood, shared) = (self.mood, self.shared.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = shared.clone();
                let number = shared.connections.fetch_add(1, Ordering::SeqCst);
                // A client that hangs up ends its talk, and nothing else.
                thread::spawn(move || shared.talk(stream.unwrap(), mood, number));
            }
        });
    }

    /// From now on it takes everything.
    pub(crate) fn mend(&mut self) {
        self.shared.mended.store(true, Ordering::SeqCst);
        if self.away.is_some() {
            self.listen();
        }
    }

    /// Where it is, with what it asks for.
    pub(crate) fn url(&self) -> String {
        let login = if self.mood == Mood::Auth { "ada:secret@" } else { "" };
        let tls = if self.mood == Mood::Tls { "opportunistic" } else { "none" };
        format!("smtp://{login}127.0.0.1:{}?tls={tls}", self.port)
    }

    /// How often somebody came.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Under which names.
    pub(crate) fn names(&self) -> Vec<String> {
        self.shared.names.lock().unwrap().clone()
    }

    /// Whose mails it took.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.shared.taken.lock().unwrap().clone()
    }

    /// Whose mails it was given, whatever it said.
    pub(crate) fn given(&self) -> Vec<String> {
        self.letters().into_iter().map(|(to, _)| to).collect()
    }

    /// The mails that it was given, each with its recipient.
    pub(crate) fn letters(&self) -> Vec<(String, String)> {
        self.shared.given.lock().unwrap().clone()
    }
}

impl Shared {
    fn talk(&self, stream: TcpStream, mood: Mood, number: usize) -> std::io::Result<()> {
        let bad = |other: Mood| mood == other && !self.mended.load(Ordering::SeqCst);
        let floods = |stage: usize| bad(Mood::Floods) && number % 6 == stage;
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let mut out = stream;
        if floods(0) {
            return flood(out);
        }
        out.write_all(b"220 doorman\r\n")?;
        let mut to = String::new();
        while let Some(line) = lines.next().transpose()? {
            let verb = line.get(..4).unwrap_or_default();
            let stage = ["EHLO", "MAIL", "RCPT", "DATA"].iter().position(|known| *known == verb);
            if stage.is_some_and(|stage| floods(stage + 1)) {
                return flood(out);
            }
            let reply: &[u8] = match verb {
                "EHLO" => {
                    self.names.lock().unwrap().push(line["EHLO ".len()..].to_owned());
                    match mood {
                        _ if bad(Mood::Helo) => b"504 5.5.2 need a full name\r\n",
                        _ if bad(Mood::Tls) => b"250-doorman\r\n250 STARTTLS\r\n",
                        Mood::Auth => b"250-doorman\r\n250 AUTH PLAIN\r\n",
                        _ => b"250-doorman\r\n250 PIPELINING\r\n",
                    }
                }
                "STAR" => {
                    out.write_all(b"220 go\r\n")?;
                    // Once the other end has begun.
                    let _ = lines.next();
                    return out.write_all(b"no encryption is this\r\n");
                }
                "AUTH" if bad(Mood::Auth) => b"535 5.7.8 wrong password\r\n",
                "AUTH" => b"235 2.7.0 welcome\r\n",
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    b"250 ok\r\n"
                }
                "DATA" => {
                    out.write_all(b"354 go on\r\n")?;
                    let letter = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".");
                    let letter = letter.flat_map(|line| [line, "\r\n".into()]).collect();
                    self.given.lock().unwrap().push((to.clone(), letter));
                    if floods(5) {
                        return flood(out);
                    }
                    self.taken.lock().unwrap().push(to.clone());
                    b"250 2.0.0 taken\r\n"
                }
                _ => b"250 ok\r\n",
            };
            out.write_all(reply)?;
        }
        Ok(())
    }
}

/// Lines without end, until the other end hangs up.
fn flood(mut out: TcpStream) -> std::io::Result<()> {
    let lines = b"250-and more\r\n".repeat(4_000);
    loop {
        out.write_all(&lines)?;
    }
}

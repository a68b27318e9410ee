//! A relay that misbehaves after one of its verbs, in each of its ways, and keeps count of what it was given.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

use crate::acts::Act;

/// When it misbehaves: instead of its reply to this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Body,
    Rset,
    Quit,
}

impl Verb {
    pub(crate) const ALL: [Self; 10] = [
        Self::Greeting,
        Self::Ehlo,
        Self::StartTls,
        Self::Auth,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::Body,
        Self::Rset,
        Self::Quit,
    ];

    /// Before any mail: it treats all mails alike.
    pub(crate) fn is_of_the_connection(self) -> bool {
        matches!(self, Self::Greeting | Self::Ehlo | Self::StartTls | Self::Auth)
    }

    /// It misbehaves with some mails, those of `bad0@`, `bad1@` …; otherwise one way after the other.
    pub(crate) fn is_of_a_mail(self) -> bool {
        matches!(self, Self::Mail | Self::Rcpt | Self::Data | Self::Body)
    }
}

/// Everything that is asked of it.
pub(crate) struct Relay {
    pub(crate) port: u16,
    pub(crate) heard: Arc<Heard>,
}

/// What it does, and what was said to it.
pub(crate) struct Heard {
    verb: Verb,
    acts: Vec<(&'static str, Act)>,
    /// Then it is a good one; none: it never is.
    most: Option<usize>,
    connections: AtomicUsize,
    spoiled: AtomicUsize,
    spoils: Notify,
    /// How often DATA was begun, by recipient.
    begun: Mutex<HashMap<String, usize>>,
    /// Recipients that it put off once.
    put_off: Mutex<HashMap<String, usize>>,
    /// How many whole mails it was given, by recipient.
    given: Mutex<HashMap<String, usize>>,
}

impl Relay {
    /// One that misbehaves after this verb, so many times at most.
    pub(crate) async fn start(verb: Verb, acts: Vec<(&'static str, Act)>, most: Option<usize>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Heard {
            verb,
            acts,
            most,
            connections: AtomicUsize::default(),
            spoiled: AtomicUsize::default(),
            spoils: Notify::default(),
            begun: Mutex::default(),
            put_off: Mutex::default(),
            given: Mutex::default(),
        });
        let shared = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let heard = shared.clone();
                // A client that goes away is no fault of the relay's.
                tokio::spawn(async move { heard.serve(stream).await });
            }
        });
        Self { port, heard }
    }

    /// One that behaves.
    pub(crate) async fn good() -> Self {
        Self::start(Verb::Quit, Vec::new(), Some(0)).await
    }

    /// How often DATA was begun for a recipient.
    pub(crate) fn begun(&self, recipient: &str) -> usize {
        self.heard.begun.lock().unwrap().get(recipient).copied().unwrap_or_default()
    }

    /// How many whole mails it was given for a recipient, whatever it said.
    pub(crate) fn given(&self, recipient: &str) -> usize {
        self.heard.given.lock().unwrap().get(recipient).copied().unwrap_or_default()
    }

    /// How often it has misbehaved.
    pub(crate) fn spoiled(&self) -> usize {
        self.heard.spoiled.load(Ordering::SeqCst)
    }

    /// Waits until it has misbehaved so often.
    pub(crate) async fn until_spoiled(&self, times: usize) {
        loop {
            let more = self.heard.spoils.notified();
            if self.spoiled() >= times {
                return;
            }
            more.await;
        }
    }
}

/// What is known on one connection.
#[derive(Default)]
struct Talk {
    number: usize,
    encrypted: bool,
    /// Sender and recipient of the mail.
    sender: String,
    recipient: String,
    /// Lines that belong to AUTH LOGIN.
    secrets: usize,
}

/// How a conversation goes on.
#[derive(PartialEq)]
enum Then {
    More,
    Encrypt,
    End,
}

impl Heard {
    async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let number = self.connections.fetch_add(1, Ordering::SeqCst);
        let mut talk = Talk { number, ..Talk::default() };
        let mut stream = BufReader::new(stream);
        if self.answer(&mut stream, &talk, Verb::Greeting, b"220 ready\r\n").await?.is_none() {
            return Ok(());
        }
        if self.converse(&mut stream, &mut talk).await? == Then::Encrypt {
            let stream = acceptor().accept(stream.into_inner()).await?;
            talk.encrypted = true;
            self.converse(&mut BufReader::new(stream), &mut talk).await?;
        }
        Ok(())
    }

    async fn converse<S>(&self, stream: &mut BufReader<S>, talk: &mut Talk) -> io::Result<Then>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            let mut line = Vec::new();
            if stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(Then::End);
            }
            let line = String::from_utf8_lossy(&line).into_owned();
            match self.command(stream, talk, line.trim_end()).await? {
                Then::More => {}
                then => return Ok(then),
            }
        }
    }

    async fn command<S>(&self, stream: &mut BufReader<S>, talk: &mut Talk, line: &str) -> io::Result<Then>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if talk.secrets > 0 {
            talk.secrets -= 1;
            let reply: &[u8] = if talk.secrets > 0 { b"334 UGFzc3dvcmQ6\r\n" } else { b"235 2.7.0 welcome\r\n" };
            return stream.write_all(reply).await.map(|()| Then::More);
        }
        let (verb, good): (_, &[u8]) = match line.get(..4).unwrap_or_default() {
            "EHLO" => (Verb::Ehlo, self.offers(talk)),
            "STAR" => (Verb::StartTls, b"220 go\r\n"),
            "AUTH" if line.starts_with("AUTH LOGIN") => (Verb::Auth, b"334 VXNlcm5hbWU6\r\n"),
            "AUTH" => (Verb::Auth, b"235 2.7.0 welcome\r\n"),
            "MAIL" => {
                talk.sender = address(line);
                (Verb::Mail, b"250 ok\r\n")
            }
            "RCPT" => {
                talk.recipient = address(line);
                if talk.recipient.starts_with("later") && self.is_first(&talk.recipient) {
                    return stream.write_all(b"450 4.2.0 greylisted\r\n").await.map(|()| Then::More);
                }
                (Verb::Rcpt, b"250 ok\r\n")
            }
            "DATA" => {
                more(&self.begun, &talk.recipient);
                (Verb::Data, b"354 go on\r\n")
            }
            "RSET" => (Verb::Rset, b"250 ok\r\n"),
            "QUIT" => (Verb::Quit, b"221 bye\r\n"),
            _ => return stream.write_all(b"500 5.5.1 what\r\n").await.map(|()| Then::More),
        };
        let Some(act) = self.answer(stream, talk, verb, good).await? else { return Ok(Then::End) };
        match verb {
            Verb::StartTls if act.is_like(b"220") => Ok(Then::Encrypt),
            // It would speak TLS with who has heard a yes, and does not know how.
            Verb::StartTls => Ok(self.hold(stream).await),
            Verb::Auth if line.starts_with("AUTH LOGIN") && act.is_like(b"334") => {
                talk.secrets = 2;
                Ok(Then::More)
            }
            Verb::Data if act.is_like(b"354") => self.mail(stream, talk).await,
            Verb::Quit => Ok(Then::End),
            _ => Ok(Then::More),
        }
    }

    /// Takes a mail.
    async fn mail<S>(&self, stream: &mut BufReader<S>, talk: &Talk) -> io::Result<Then>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut body = Vec::new();
        while !body.ends_with(b"\r\n.\r\n") {
            if stream.read_until(b'\n', &mut body).await? == 0 {
                return Ok(Then::End);
            }
        }
        more(&self.given, &talk.recipient);
        let answered = self.answer(stream, talk, Verb::Body, b"250 2.0.0 taken\r\n").await?;
        Ok(if answered.is_some() { Then::More } else { Then::End })
    }

    /// Answers well or badly, and says how; none: the conversation is over.
    async fn answer<S>(&self, stream: &mut S, talk: &Talk, verb: Verb, good: &[u8]) -> io::Result<Option<Act>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        // The good reply, and nothing that nobody asked for.
        let act = self.act(talk, verb).unwrap_or(Act::GoodAnd(b""));
        let ended = act.play(stream, good).await?;
        Ok((!ended).then_some(act))
    }

    /// What it does instead of a reply, if it misbehaves now.
    fn act(&self, talk: &Talk, verb: Verb) -> Option<Act> {
        if verb != self.verb || self.acts.is_empty() {
            return None;
        }
        let at = if verb.is_of_a_mail() {
            let whose = if verb == Verb::Mail { &talk.sender } else { &talk.recipient };
            whose.strip_prefix("bad")?.split_once('@')?.0.parse().ok()?
        } else {
            self.spoiled.load(Ordering::SeqCst)
        };
        if self.most.is_some_and(|most| at >= most) {
            return None;
        }
        self.spoiled.fetch_add(1, Ordering::SeqCst);
        self.spoils.notify_waiters();
        Some(self.acts[at % self.acts.len()].1)
    }

    /// What it offers: one time this, one time that.
    fn offers(&self, talk: &Talk) -> &'static [u8] {
        match (self.verb, talk.encrypted, talk.number % 2) {
            (Verb::StartTls, false, _) => b"250-x\r\n250-STARTTLS\r\n250 PIPELINING\r\n",
            (Verb::Auth, _, 0) => b"250-x\r\n250-AUTH PLAIN LOGIN\r\n250 PIPELINING\r\n",
            (Verb::Auth, ..) => b"250-x\r\n250 AUTH LOGIN\r\n",
            (_, _, 0) => b"250-x\r\n250 PIPELINING\r\n",
            _ => b"250 x\r\n",
        }
    }

    /// Says nothing more: hangs up, or where it is a silent one waits for the other end to.
    async fn hold<S: AsyncRead + Unpin>(&self, stream: &mut S) -> Then {
        let silent = self.acts.iter().any(|(_, act)| act.is_silent());
        let mut heard = [0; 4_096];
        while silent && stream.read(&mut heard).await.is_ok_and(|n| n > 0) {}
        Then::End
    }

    fn is_first(&self, recipient: &str) -> bool {
        more(&self.put_off, recipient) == 1
    }
}

/// The address between the angles, in which it stands.
fn address(line: &str) -> String {
    let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    address.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

fn more(counts: &Mutex<HashMap<String, usize>>, of: &str) -> usize {
    let mut counts = counts.lock().unwrap();
    let count = counts.entry(of.to_owned()).or_default();
    *count += 1;
    *count
}

/// With the certificate of the tests of the transport.
fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("../../../mail/tests/keys/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../../mail/tests/keys/server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

//! `bench dispatch`: messages handed over, beside Postfix's own `smtp-source` on the same sink. `smtp-source` stores
//! nothing, so the transport is measured alone, too. The difference to the dispatcher is the price of the marks.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use mail::{Envelope, HandOver, Transport};
use program::StreamClass;
use runner::{Config, Engine};
use tokio::task::JoinSet;

use crate::{
    Bench, BenchError,
    measure::{Figure, figure, median, middle},
    report::Report,
    seed::Bed,
};

/// Sessions of `smtp-source`, as many as the dispatcher has connections.
const SESSIONS: usize = 32;
/// Bytes of a mail of `smtp-source`: about what the bench's own mails have.
const SIZE: usize = 1_200;

/// Measures the built-in inbox and, where Postfix's tools are there, a real sink.
pub(crate) async fn run(options: &Bench, bed: &Bed, report: &mut Report) -> Result<(), BenchError> {
    let mut rounds: [Vec<Figure>; 4] = Default::default();
    let inbox = bed.engine(Transport::inbox(), Config::default());
    let tools = tool("smtp-sink").zip(tool("smtp-source"));
    let sink = tools.as_ref().map(|(sink, _)| Sink::start(sink)).transpose()?;
    for _ in 0..options.rounds {
        queue(bed, options.n).await?;
        rounds[0].push(figure(hand_over(&inbox)).await?);
        let (Some(sink), Some((_, source))) = (&sink, &tools) else { continue };
        let begun = Instant::now();
        sink.source(source, options.n)?;
        rounds[1].push(Figure::new(options.n, begun.elapsed(), 0.0, Vec::new()));
        let url = format!("smtp://127.0.0.1:{}?connections={SESSIONS}", sink.port);
        let transport = Transport::smtp(mail::SmtpConfig::parse(&url)?)?;
        rounds[2].push(figure(wire(&transport, options.n)).await?);
        let smtp = bed.engine(transport, Config::default());
        queue(bed, options.n).await?;
        rounds[3].push(figure(hand_over(&smtp)).await?);
    }
    if sink.is_none() {
        report.note("smtp-sink and smtp-source (Postfix) are not here: only the built-in inbox was measured");
    } else {
        for (name, ours) in [("transport", 2), ("dispatcher", 3)] {
            let ratios = rounds[ours].iter().zip(&rounds[1]).map(|(ours, theirs)| ours.per_second / theirs.per_second);
            report.ratio(&format!("{name} : smtp-source -d, wall"), middle(ratios.collect()));
        }
    }
    let names = [
        "to the built-in inbox",
        "smtp-source -d to smtp-sink",
        "transport alone to smtp-sink",
        "dispatcher to smtp-sink",
    ];
    for (name, rounds) in names.into_iter().zip(rounds) {
        report.figure(name, median(rounds));
    }
    Ok(())
}

/// Puts messages into the outbox.
pub(crate) async fn queue(bed: &Bed, n: usize) -> Result<(), BenchError> {
    bed.seed(n, bed.clock.now()).await?;
    let advancer = bed.engine(Transport::inbox(), Config::default()).advancer;
    while advancer.advance_once(500).await?.tokens > 0 {}
    Ok(())
}

/// Hands ready mails over, as many at once as there are connections.
async fn wire(transport: &Transport, n: usize) -> Result<(usize, Vec<Duration>), BenchError> {
    let line = format!("{}\r\n", "x".repeat(58));
    let raw: Arc<str> = format!("Subject: x\r\n\r\n{}", line.repeat(SIZE / line.len())).into();
    let mut tasks = JoinSet::new();
    for task in 0..SESSIONS {
        let (transport, raw) = (transport.clone(), raw.clone());
        tasks.spawn(async move {
            let mut calls = Vec::new();
            for _ in (task..n).step_by(SESSIONS) {
                let begun = Instant::now();
                let envelope = Envelope { from: "shop@example.test", to: "ada@example.test", size: raw.len() };
                let refused =
                    |outcome: HandOver| BenchError::from(format!("the sink did not take a mail: {outcome:?}"));
                let mut connection = transport.connection().await.map_err(refused)?;
                connection.begin(&envelope).await.map_err(refused)?;
                match connection.data(raw.as_bytes()).await {
                    HandOver::Accepted { .. } => calls.push(begun.elapsed()),
                    outcome => return Err(refused(outcome)),
                }
            }
            Ok::<_, BenchError>(calls)
        });
    }
    let mut calls = Vec::with_capacity(n);
    while let Some(task) = tasks.join_next().await {
        calls.extend(task??);
    }
    Ok((calls.len(), calls))
}

/// Hands over all there is, by as many workers as a node has.
pub(crate) async fn hand_over(engine: &Engine) -> Result<(usize, Vec<Duration>), BenchError> {
    let config = Config::default().dispatch;
    let mut workers = JoinSet::new();
    for _ in 0..config.workers {
        let dispatcher = engine.dispatcher.clone();
        workers.spawn(async move {
            let (mut n, mut calls) = (0, Vec::new());
            loop {
                let begun = Instant::now();
                let done = dispatcher.dispatch_once(StreamClass::Operational, config.batch).await?;
                if done.leased == 0 {
                    return Ok::<_, BenchError>((n, calls));
                }
                n += done.sent;
                calls.push(begun.elapsed());
            }
        });
    }
    let (mut n, mut calls) = (0, Vec::new());
    while let Some(worker) = workers.join_next().await {
        let (sent, took) = worker??;
        n += sent;
        calls.extend(took);
    }
    Ok((n, calls))
}

/// One of Postfix's tools, which are not on everybody's path.
fn tool(name: &str) -> Option<PathBuf> {
    ["/usr/sbin", "/usr/local/sbin", "/usr/bin"].iter().map(|dir| Path::new(dir).join(name)).find(|path| path.exists())
}

/// A running `smtp-sink`.
struct Sink {
    child: Child,
    port: u16,
}

impl Sink {
    fn start(path: &Path) -> Result<Self, BenchError> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        // It refuses to run as root; as anybody else it ignores nothing and needs no option.
        let root = std::fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
        let user: &[&str] = if root { &["-u", "nobody"] } else { &[] };
        let address = format!("127.0.0.1:{port}");
        let child = Command::new(path).args(user).args([&address, "256"]).stdout(Stdio::null()).spawn()?;
        let sink = Self { child, port };
        let begun = Instant::now();
        while std::net::TcpStream::connect(&address).is_err() {
            if begun.elapsed() > Duration::from_secs(5) {
                return Err(format!("smtp-sink does not listen on {address}").into());
            }
            std::thread::yield_now();
        }
        Ok(sink)
    }

    /// Sends as many mails by `smtp-source`, connections kept.
    fn source(&self, path: &Path, n: usize) -> Result<(), BenchError> {
        let (sessions, n, size) = (SESSIONS.to_string(), n.to_string(), SIZE.to_string());
        let address = format!("127.0.0.1:{}", self.port);
        let status = Command::new(path).args(["-d", "-s", &sessions, "-m", &n, "-l", &size, &address]).status()?;
        if status.success() { Ok(()) } else { Err("smtp-source failed".into()) }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It may be gone already; nothing depends on it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! One child process, as its parent uses it.

use std::{
    collections::{HashSet, VecDeque},
    convert::Infallible,
    future::pending,
    io,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use program::{Reason, Stream, VersionId};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::{Mutex, mpsc},
    time::{Instant, timeout},
};

use super::{
    ASIDE, BATCH, Job, MEMORY, Made, Order, PressError, ROLE,
    wire::{self, Head},
    work::{Desk, NO_LIMITS},
};

/// Where templates are rendered.
#[derive(Clone, Debug, Default)]
pub enum Means {
    /// In processes of this very program.
    #[default]
    Itself,
    /// In processes of the program `stafette` at this place: for tests, which are programs of their own.
    Program(PathBuf),
    /// Right here, without a fence: for tests that trust their templates.
    Within,
}

/// Computing time of one mail. A usual one takes a thousandth of that; unoptimised builds are given more.
const COMPUTING: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1_000 } else { 250 });
/// How often a child that does not answer is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long an answer may take on a machine that has other things to do.
const ANSWER: Duration = Duration::from_secs(20);
/// How long a child that closed its mouth may take to end.
const END: Duration = Duration::from_secs(5);
/// The most templates that a child keeps: compiled they are some ten times their source.
const KEPT_BYTES: usize = 1 << 20;
const KEPT: usize = 200;
/// How often an order is tried when its child ends for no fault of the order's.
const TRIES: usize = 3;

/// Takes orders and sees to it that there is a child for them.
pub(super) struct Worker {
    means: Means,
    jobs: Arc<Mutex<mpsc::Receiver<Job>>>,
    children: usize,
    /// It steps back.
    aside: bool,
    child: Option<Process>,
    desk: Option<Desk>,
}

/// Why a child is gone.
enum Ended {
    /// By what it was given.
    Broke(Reason),
    /// By something else.
    Otherwise(String),
}

struct Process {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    buffer: Vec<u8>,
    kept: HashSet<VersionId>,
    kept_bytes: usize,
}

impl Worker {
    /// One of so many before this queue; whether it steps back.
    pub(super) fn new(means: Means, jobs: Arc<Mutex<mpsc::Receiver<Job>>>, (children, aside): (usize, bool)) -> Self {
        Self { means, jobs, children, aside, child: None, desk: Some(Desk::default()) }
    }

    /// Until nobody can order any more.
    pub(super) async fn run(mut self) {
        loop {
            let mut jobs = self.take().await;
            if jobs.is_empty() {
                return;
            }
            if self.batch(&mut jobs).await.is_some() {
                // Answers come by many, so each of those without one may have done it.
                for suspect in jobs {
                    self.alone(suspect).await;
                }
            }
        }
    }

    /// A fair share of what is queued.
    async fn take(&self) -> VecDeque<Job> {
        let mut queue = self.jobs.lock().await;
        let mut jobs = VecDeque::from_iter(queue.recv().await);
        let share = (queue.len() / self.children).min(BATCH - 1);
        while jobs.len() <= share {
            let Ok(job) = queue.try_recv() else { break };
            jobs.push_back(job);
        }
        jobs
    }

    /// One order by itself. It is to blame if it ends a child that has done nothing else.
    async fn alone(&mut self, job: Job) {
        let mut jobs = VecDeque::from([job]);
        let mut last = String::new();
        for _ in 0..TRIES {
            let new = self.child.is_none();
            match self.batch(&mut jobs).await {
                None => return,
                Some(Ended::Broke(reason)) if new => {
                    tracing::warn!(%reason, "a template broke its fence");
                    return refuse(jobs, &PressError::Broken(reason));
                }
                Some(Ended::Broke(reason)) => last = reason.to_string(),
                Some(Ended::Otherwise(why)) => last = why,
            }
        }
        tracing::error!(error = last, "templates cannot be rendered");
        refuse(jobs, &PressError::Away(last));
    }

    /// Gives orders to the child and hands out its answers. If it ended, those that have none are left over.
    async fn batch(&mut self, jobs: &mut VecDeque<Job>) -> Option<Ended> {
        if matches!(self.means, Means::Within) {
            self.within(jobs).await;
            return None;
        }
        let child = match &mut self.child {
            Some(child) => child,
            empty => match Process::spawn(&self.means, self.aside) {
                Ok(child) => empty.insert(child),
                Err(error) => return Some(Ended::Otherwise(format!("it cannot be started: {error}"))),
            },
        };
        let ended = child.round(jobs).await;
        if ended.is_some() {
            self.child = None;
        }
        ended
    }

    async fn within(&mut self, jobs: &mut VecDeque<Job>) {
        for job in jobs.drain(..) {
            let mut desk = self.desk.take().unwrap_or_default();
            let done = tokio::task::spawn_blocking(move || {
                let variables = match &job.order {
                    Order::Render { variables, .. } => serde_json::from_str(variables).ok(),
                    Order::Check { .. } => None,
                };
                let made = desk.answer(job.order.once(), variables.as_ref());
                let _ = job.answer.send(made.ok_or_else(|| PressError::Away("no answer".into())));
                desk
            });
            self.desk = done.await.ok();
        }
    }
}

fn refuse(jobs: VecDeque<Job>, error: &PressError) {
    for job in jobs {
        // Whoever does not wait any more does not mind.
        let _ = job.answer.send(Err(error.clone()));
    }
}

impl Order {
    /// The order without anything kept.
    fn once(&self) -> Head<'_> {
        use std::borrow::Cow::Borrowed;
        match self {
            Self::Check { stream } => Head::Check { stream: Borrowed(stream) },
            Self::Render { stream, .. } => Head::Try { stream: Borrowed(stream) },
        }
    }
}

impl Process {
    fn spawn(means: &Means, aside: bool) -> io::Result<Self> {
        // By this path the system finds the running program even after its file was replaced by an upgrade.
        let running = Path::new("/proc/self/exe");
        let program = match means {
            Means::Program(program) => program.clone(),
            _ if running.exists() => running.to_path_buf(),
            _ => std::env::current_exe()?,
        };
        let mut command = Command::new(program);
        // Of its own group, so that Ctrl-C does not end it before its parent has finished; without the parent's secrets.
        command.arg0("stafette").arg(ROLE).args(aside.then_some(ASIDE)).env_clear().process_group(0).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("its pipes are not there"));
        };
        Ok(Self { child, input, output, buffer: Vec::new(), kept: HashSet::new(), kept_bytes: 0 })
    }

    async fn round(&mut self, jobs: &mut VecDeque<Job>) -> Option<Ended> {
        let orders = match self.orders(jobs) {
            Ok(orders) => orders,
            Err(error) => return Some(Ended::Otherwise(error.to_string())),
        };
        let Self { child, input, output, buffer, .. } = self;
        let write = async {
            // A child that does not listen any more is told apart by what it does not answer.
            let _ = input.write_all(&orders).await;
            pending::<Infallible>().await
        };
        let read = async {
            while !jobs.is_empty() {
                match answer(child, output, buffer).await {
                    Ok(made) => {
                        let answered = jobs.pop_front().map(|job| job.answer.send(Ok(made)));
                        // Whoever does not wait any more does not mind.
                        drop(answered);
                    }
                    Err(ended) => return Some(ended),
                }
            }
            None
        };
        tokio::select! {
            ended = read => ended,
            never = write => match never {},
        }
    }

    /// All orders as bytes, templates first where the child does not have them yet.
    fn orders(&mut self, jobs: &VecDeque<Job>) -> serde_json::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for job in jobs {
            match &job.order {
                Order::Render { version: Some(version), stream, variables } => {
                    if !self.kept.contains(version) {
                        let size = source(stream);
                        if self.kept.len() >= KEPT || self.kept_bytes + size > KEPT_BYTES {
                            head(&mut bytes, &Head::Forget)?;
                            self.kept.clear();
                            self.kept_bytes = 0;
                        }
                        let stream = std::borrow::Cow::Borrowed(&**stream);
                        head(&mut bytes, &Head::Keep { version: *version, stream })?;
                        self.kept.insert(*version);
                        self.kept_bytes += size;
                    }
                    head(&mut bytes, &Head::Render { version: *version })?;
                    wire::put(&mut bytes, &[variables.as_bytes()]);
                }
                order @ Order::Render { variables, .. } => {
                    head(&mut bytes, &order.once())?;
                    wire::put(&mut bytes, &[variables.as_bytes()]);
                }
                order @ Order::Check { .. } => head(&mut bytes, &order.once())?,
            }
        }
        Ok(bytes)
    }
}

fn head(bytes: &mut Vec<u8>, head: &Head<'_>) -> serde_json::Result<()> {
    wire::put(bytes, &[&serde_json::to_vec(head)?]);
    Ok(())
}

fn source(stream: &Stream) -> usize {
    stream.subject.len() + stream.preheader.len() + stream.html.len() + stream.text.len()
}

/// The next answer of a child, which is ended if it takes too much.
async fn answer(child: &mut Child, output: &mut ChildStdout, buffer: &mut Vec<u8>) -> Result<Made, Ended> {
    let otherwise = |error: io::Error| Ended::Otherwise(error.to_string());
    let began = Instant::now();
    let mut used = None;
    loop {
        if let Some(frame) = wire::split(buffer).map_err(otherwise)? {
            let (made, length) = (wire::answer(frame), 4 + frame.len());
            buffer.drain(..length);
            return made.ok_or_else(|| Ended::Otherwise("an answer cannot be read".into()));
        }
        match timeout(LOOK, output.read_buf(buffer)).await {
            Ok(Ok(0)) => {
                let ended = timeout(END, child.wait()).await;
                return Err(match ended {
                    Ok(status) => why(status.map_err(otherwise)?),
                    Err(_) => Ended::Otherwise("it does not answer".into()),
                });
            }
            Ok(read) => drop(read.map_err(otherwise)?),
            Err(_) => {
                let now = child.id().and_then(computed).unwrap_or_else(|| began.elapsed());
                if now.saturating_sub(*used.get_or_insert(now)) > COMPUTING {
                    return Err(Ended::Broke(Reason::TooMuchTime { ms: COMPUTING.as_millis() as u64 }));
                }
                if began.elapsed() > ANSWER {
                    return Err(Ended::Otherwise("no answer in time".into()));
                }
            }
        }
    }
}

/// What a child died of. Out of memory and out of stack it aborts itself; the system ends who computes too long.
fn why(status: ExitStatus) -> Ended {
    use rustix::process::Signal;
    let signal = status.signal().and_then(Signal::from_named_raw);
    match signal {
        Some(Signal::ABORT | Signal::SEGV | Signal::BUS) => Ended::Broke(Reason::TooMuchMemory { mib: MEMORY >> 20 }),
        Some(Signal::XCPU) => Ended::Broke(Reason::TooMuchTime { ms: COMPUTING.as_millis() as u64 }),
        _ if status.code() == Some(NO_LIMITS.into()) => {
            Ended::Otherwise("it cannot limit itself; it needs setrlimit and /proc".into())
        }
        _ => Ended::Otherwise(format!("it ended early ({status})")),
    }
}

/// The computing time of a process, where the system says it.
fn computed(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it is in parentheses and may have spaces in it.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let ticks = ticks()? + ticks()?;
    Some(Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second().max(1)))
}

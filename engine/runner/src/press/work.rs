//! The work of a child: it limits itself, then reads orders and writes answers until its parent is gone.

use std::{
    borrow::Cow,
    collections::HashMap,
    env,
    fs::File,
    io::{self, BufReader, Read, Write},
    os::unix::fs::FileExt,
    process::ExitCode,
    time::{Duration, Instant},
};

use mail::{Templates, check_stream};
use program::{Problem, Reason, Stream, VersionId};
use rustix::{
    process::{Resource, Rlimit, getrlimit, nice, setrlimit},
    time::{ClockId, clock_gettime},
};

use super::{
    ASIDE, LARGE, MEMORY, Made,
    wire::{self, Head, Variables},
};
use crate::guard::guard;

/// Memory of a child in all: its templates, and an event of a megabyte of brackets, which are 30 times that in memory.
const ALL_MEMORY: u64 = 512 << 20;

/// How much others go before a child that steps back.
const NICE: i32 = 5;

/// Seconds of computing after which the system ends a child whose parent is gone and cannot.
const ALONE: u64 = 3;

/// Orders are read, and answers written, by so many bytes at most.
const CHUNK: usize = 64 << 10;
/// Answers are kept back no longer than this, since the parent tells by its silence that a child computes too long.
const SILENCE: Duration = Duration::from_millis(10);

/// How a child says that it cannot limit itself.
pub(super) const NO_LIMITS: u8 = 3;

/// The hidden role `render-worker` of this program: to be called before anything else is done or read.
pub fn work() -> ExitCode {
    if env::args_os().nth(2).is_some_and(|word| word == ASIDE) {
        // Where the system does not let it, it is only as fast as the others.
        let _ = nice(NICE);
    }
    let Ok(mut fence) = Fence::raise() else { return ExitCode::from(NO_LIMITS) };
    // An error means that the parent is gone.
    match answer_all(&mut BufReader::with_capacity(CHUNK, io::stdin().lock()), &mut io::stdout().lock(), &mut fence) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer_all(input: &mut BufReader<impl Read>, output: &mut impl Write, fence: &mut Fence) -> io::Result<()> {
    let mut desk = Desk::default();
    let mut out = Vec::new();
    let mut since = Instant::now();
    loop {
        if !out.is_empty() && (input.buffer().is_empty() || out.len() >= CHUNK || since.elapsed() >= SILENCE) {
            output.write_all(&out)?;
            output.flush()?;
            out.clear();
            // What templates that were kept take from now on is theirs.
            fence.open()?;
        }
        let Some(head) = read(input, fence)? else { return Ok(()) };
        if out.is_empty() {
            since = Instant::now();
        }
        let head: Head<'static> = serde_json::from_slice(&head)?;
        let variables = if head.has_variables() { read(input, fence)? } else { None };
        let variables = variables.map(|variables| serde_json::from_slice(&variables)).transpose()?;
        fence.close()?;
        if let Some(made) = desk.answer(head, variables.as_ref()) {
            wire::put_answer(&mut out, &made)?;
        }
    }
}

/// The next frame. An order is bounded by its parent, so a large one, which in memory is some 30 times its size, is read
/// and kept outside of the fence.
fn read(input: &mut impl Read, fence: &mut Fence) -> io::Result<Option<Vec<u8>>> {
    wire::read(input, |size| if size > LARGE { fence.open() } else { Ok(()) })
}

/// Templates that are kept, and what is done with them.
#[derive(Default)]
pub(super) struct Desk(HashMap<VersionId, Kept>);

struct Kept {
    stream: Stream,
    templates: Result<Templates, Vec<Problem>>,
}

impl Desk {
    /// Does what an order says.
    pub(super) fn answer(&mut self, head: Head<'_>, variables: Option<&Variables<'_>>) -> Option<Made> {
        guard(|| self.make(head, variables)).unwrap_or_else(|defect| Some(Made::Defect(defect)))
    }

    fn make(&mut self, head: Head<'_>, variables: Option<&Variables<'_>>) -> Option<Made> {
        match head {
            Head::Forget => self.0.clear(),
            Head::Keep { version, stream } => drop(self.0.insert(version, Kept::new(stream))),
            Head::Render { version } => {
                let kept = self.0.get(&version).map(|kept| kept.write(variables));
                return kept.or_else(|| Some(missing("the templates")));
            }
            Head::Try { stream } => return Some(Kept::new(stream).write(variables)),
            Head::Check { stream } => return Some(Made::Faults(check_stream(&stream))),
        }
        None
    }
}

impl Kept {
    fn new(stream: Cow<'_, Stream>) -> Self {
        Self { templates: Templates::compile(&stream), stream: stream.into_owned() }
    }

    fn write(&self, variables: Option<&Variables<'_>>) -> Made {
        match (&self.templates, variables) {
            (Err(faults), _) => Made::Faults(faults.clone()),
            (Ok(_), None) => missing("the variables"),
            (Ok(templates), Some(variables)) => match templates.render(&variables.of(&self.stream)) {
                Ok(rendered) => Made::Written(rendered),
                Err(error) => Made::Failed(error),
            },
        }
    }
}

/// The parent did not send what its order needs.
fn missing(what: &str) -> Made {
    Made::Defect(Reason::Defect { error: format!("{what} are not there") })
}

/// What the process may take. Closed while templates are at work, and once for many short orders: it asks
/// the system eight times.
struct Fence {
    /// Says how much memory there is by now, where the system says so.
    size: Option<File>,
    page: u64,
    closed: bool,
}

impl Fence {
    fn raise() -> io::Result<Self> {
        hard(Resource::Core, 0)?;
        hard(Resource::Fsize, 0)?;
        hard(Resource::Data, ALL_MEMORY)?;
        let size = File::open("/proc/self/statm").ok();
        let fence = Self { size, page: rustix::param::page_size() as u64, closed: false };
        if cfg!(target_os = "linux") && fence.data().is_none() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok(fence)
    }

    fn close(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let memory = self.data().map_or(ALL_MEMORY, |data| data + MEMORY);
        soft(Resource::Data, memory)?;
        let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
        soft(Resource::Cpu, u64::try_from(used).unwrap_or_default() + ALONE)?;
        self.closed = true;
        Ok(())
    }

    fn open(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.closed) {
            soft(Resource::Data, ALL_MEMORY)?;
        }
        Ok(())
    }

    /// Bytes of this process that are its own: the sixth number.
    fn data(&self) -> Option<u64> {
        let mut text = [0; 128];
        let read = self.size.as_ref()?.read_at(&mut text, 0).ok()?;
        let pages: u64 = std::str::from_utf8(&text[..read]).ok()?.split_ascii_whitespace().nth(5)?.parse().ok()?;
        Some(pages * self.page)
    }
}

/// For good.
fn hard(resource: Resource, most: u64) -> io::Result<()> {
    let most = getrlimit(resource).maximum.map_or(most, |maximum| maximum.min(most));
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

fn soft(resource: Resource, most: u64) -> io::Result<()> {
    let maximum = getrlimit(resource).maximum;
    let current = maximum.map_or(most, |maximum| maximum.min(most));
    Ok(setrlimit(resource, Rlimit { current: Some(current), maximum })?)
}

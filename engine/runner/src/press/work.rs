//! What a child does: it limits itself, and then reads orders and writes answers until its parent is gone.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read, Write},
    os::unix::fs::FileExt,
    process::ExitCode,
};

use mail::{Templates, check_stream};
use program::{Problem, Stream, VersionId};
use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    time::{ClockId, clock_gettime},
};

use super::{
    MEMORY, Made,
    wire::{self, Head, Letter},
};
use crate::guard::guard;

/// Memory of a child in all: its templates, and an event of a megabyte of brackets, which are 30 times that in memory.
const ALL_MEMORY: u64 = 512 << 20;

/// Seconds of computing after which the system ends a child whose parent is gone and cannot.
const ALONE: u64 = 3;

/// How a child says that it cannot limit itself.
pub(super) const NO_LIMITS: u8 = 3;

/// The hidden role `render-worker` of this program: to be called before anything else is done or read.
pub fn work() -> ExitCode {
    let Ok(mut fence) = Fence::raise() else { return ExitCode::from(NO_LIMITS) };
    // An error means that the parent is gone.
    match answer_all(&mut BufReader::with_capacity(64 << 10, io::stdin().lock()), &mut io::stdout().lock(), &mut fence)
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer_all(input: &mut impl Read, output: &mut impl Write, fence: &mut Fence) -> io::Result<()> {
    let mut desk = Desk::default();
    let mut out = Vec::new();
    while let Some(head) = wire::read(input)? {
        let head: Head<'static> = serde_json::from_slice(&head)?;
        let letter = if head.has_letter() { wire::read(input)? } else { None };
        let letter = letter.map(|letter| serde_json::from_slice(&letter)).transpose()?;
        fence.close()?;
        let made = desk.answer(head, letter.as_ref());
        fence.open()?;
        if let Some(made) = made {
            wire::put_answer(&mut out, &made)?;
            // Each at once: the parent knows by it whom to blame when the next one never comes.
            output.write_all(&out)?;
            output.flush()?;
            out.clear();
        }
    }
    Ok(())
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
    pub(super) fn answer(&mut self, head: Head<'_>, letter: Option<&Letter<'_>>) -> Option<Made> {
        guard(|| self.make(head, letter)).unwrap_or_else(|defect| Some(Made::Defect(defect)))
    }

    fn make(&mut self, head: Head<'_>, letter: Option<&Letter<'_>>) -> Option<Made> {
        match head {
            Head::Forget => self.0.clear(),
            Head::Keep { version, stream } => drop(self.0.insert(version, Kept::new(stream))),
            Head::Render { version } => {
                let kept = self.0.get(&version).map(|kept| kept.write(letter));
                return kept.or_else(|| Some(Made::Defect("the templates are not there".into())));
            }
            Head::Try { stream } => return Some(Kept::new(stream).write(letter)),
            Head::Check { stream } => return Some(Made::Faults(check_stream(&stream))),
        }
        None
    }
}

impl Kept {
    fn new(stream: Cow<'_, Stream>) -> Self {
        Self { templates: Templates::compile(&stream), stream: stream.into_owned() }
    }

    fn write(&self, letter: Option<&Letter<'_>>) -> Made {
        match (&self.templates, letter) {
            (Err(faults), _) => Made::Faults(faults.clone()),
            (Ok(_), None) => Made::Defect("the letter is not there".into()),
            (Ok(templates), Some(letter)) => match templates.render(&letter.of(&self.stream)) {
                Ok(rendered) => Made::Written(rendered),
                Err(error) => Made::Failed(error),
            },
        }
    }
}

/// What the process may take. Closed while templates are at work, open while orders are read: an order is bounded
/// by its parent.
struct Fence {
    /// Says how much memory there is by now, where the system says so.
    size: Option<File>,
    page: u64,
}

impl Fence {
    fn raise() -> io::Result<Self> {
        let limit = |resource, most| {
            let now = getrlimit(resource);
            let most = now.maximum.map_or(most, |maximum| maximum.min(most));
            setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
        };
        limit(Resource::Core, 0)?;
        limit(Resource::Fsize, 0)?;
        limit(Resource::Data, ALL_MEMORY)?;
        let fence = Self { size: File::open("/proc/self/statm").ok(), page: rustix::param::page_size() as u64 };
        if cfg!(target_os = "linux") && fence.data().is_none() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok(fence)
    }

    fn close(&self) -> io::Result<()> {
        let memory = self.data().map_or(ALL_MEMORY, |data| data + MEMORY);
        soft(Resource::Data, memory)?;
        let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
        soft(Resource::Cpu, u64::try_from(used).unwrap_or_default() + ALONE)
    }

    fn open(&self) -> io::Result<()> {
        soft(Resource::Data, ALL_MEMORY)
    }

    /// Bytes of this process that are its own: the sixth number.
    fn data(&self) -> Option<u64> {
        let mut text = [0; 128];
        let read = self.size.as_ref()?.read_at(&mut text, 0).ok()?;
        let pages: u64 = std::str::from_utf8(&text[..read]).ok()?.split_ascii_whitespace().nth(5)?.parse().ok()?;
        Some(pages * self.page)
    }
}

fn soft(resource: Resource, most: u64) -> io::Result<()> {
    let maximum = getrlimit(resource).maximum;
    let current = maximum.map_or(most, |maximum| maximum.min(most));
    Ok(setrlimit(resource, Rlimit { current: Some(current), maximum })?)
}

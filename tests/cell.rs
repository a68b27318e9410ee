//! Where an attacked server lives: a user without rights, and a bound for its memory.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::process::{Server, binary, is_root, open_to_all, pause};

/// Memory that an attacked server may take, its children included.
pub(crate) const MEMORY: u64 = 512 << 20;

/// So often it is looked how much they take.
const LOOK: Duration = Duration::from_millis(10);

static NEXT: AtomicU32 = AtomicU32::new(1);

/// A folder with the program in it, and a memory cgroup where this user may make one.
pub(crate) struct Cell {
    folder: TempDir,
    group: Option<Group>,
}

/// A memory cgroup. It goes when nobody is in it any more.
struct Group {
    path: PathBuf,
    /// What its files are called: version 2 or version 1 of cgroups.
    version: u8,
    /// The most that all in it were seen to take at once, those that have ended by now among them.
    most: Arc<AtomicU64>,
}

impl Cell {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        open_to_all(folder.path());
        // The user may not be allowed to where this was built.
        fs::copy(binary(), folder.path().join("stafette")).unwrap();
        let group = is_root().then(Group::new).flatten();
        if group.is_none() {
            eprintln!("no memory cgroup can be made: the server's own peak is looked at");
        }
        Self { folder, group }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Gives all that is in a folder to the user that the server runs as.
    pub(crate) fn give_away(&self, folder: &Path) {
        if is_root() {
            let given = Command::new("chown").args(["-R", "nobody"]).arg(folder).status();
            assert!(given.unwrap().success(), "chown {}", folder.display());
        }
    }

    /// `stafette serve` in here; more options may be added.
    pub(crate) fn serve(&self) -> Command {
        let enter = self
            .group
            .as_ref()
            .map_or_else(String::new, |group| format!("echo $$ >{}; ", group.path.join("cgroup.procs").display()));
        let who = if is_root() { "setpriv --reuid nobody --regid nogroup --clear-groups " } else { "" };
        let stafette = self.folder.path().join("stafette");
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{enter}exec {who}{} serve \"$@\"", stafette.display()), "cell"]);
        command
    }

    /// Whoever lives here has lived through it, with no more memory than there is.
    pub(crate) fn outlives(&self, server: &mut Server) {
        assert!(server.runs(), "the server did not survive");
        // A child that went beyond it is dead, and another one does its work.
        assert_eq!(self.group.as_ref().map_or(0, Group::killed), 0, "ended for want of memory");
        let used = self.most_used(server);
        assert!(used < MEMORY, "{} MiB", used >> 20);
    }

    /// The most memory that the server held at once, its children included where a cgroup says it.
    pub(crate) fn most_used(&self, server: &Server) -> u64 {
        match &self.group {
            // What the system keeps of files for it counts there, too, and is given back when there is need.
            Some(group) => group.most.load(Ordering::Relaxed).max(server.peak()),
            None => server.peak(),
        }
    }
}

impl Group {
    fn new() -> Option<Self> {
        let name = format!("stafette-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        for (root, file, version) in
            [("/sys/fs/cgroup/memory", "memory.limit_in_bytes", 1), ("/sys/fs/cgroup", "memory.max", 2)]
        {
            let path = Path::new(root).join(&name);
            if fs::create_dir(&path).is_ok() {
                if fs::write(path.join(file), MEMORY.to_string()).is_ok() {
                    let group = Self { path, version, most: Arc::default() };
                    group.watch();
                    return Some(group);
                }
                let _ = fs::remove_dir(&path);
            }
        }
        None
    }

    /// Looks until the group is gone: its own peak has what the system keeps of files in it.
    fn watch(&self) {
        let (path, word) = (self.path.join("memory.stat"), if self.version == 1 { "total_rss" } else { "anon" });
        let most = self.most.clone();
        thread::spawn(move || {
            while let Some(now) = number(&path, word) {
                most.fetch_max(now, Ordering::Relaxed);
                pause(LOOK);
            }
        });
    }

    /// How many processes were ended because they took more than there is.
    fn killed(&self) -> u64 {
        let file = if self.version == 1 { "memory.oom_control" } else { "memory.events" };
        number(&self.path.join(file), "oom_kill").unwrap()
    }
}

/// What a file of names and numbers says under a name; nothing where there is no such file any more.
fn number(path: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

impl Drop for Group {
    fn drop(&mut self) {
        // The server is gone by now; a test that failed may leave an empty group behind.
        let _ = fs::remove_dir(&self.path);
    }
}

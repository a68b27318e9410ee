//! Where the attacked server lives: a user without rights, and a bound for its memory.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::run;
use crate::process::{Server, binary, is_root, open_to_all};

/// A folder with the program in it, and a memory cgroup where this user may make one.
pub(super) struct Cell {
    folder: TempDir,
    group: Option<Group>,
}

/// A memory cgroup. It goes when nobody is in it any more.
struct Group {
    path: PathBuf,
    /// What its files are called: version 2 or version 1 of cgroups.
    version: u8,
}

impl Cell {
    pub(super) fn new(memory: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        open_to_all(folder.path());
        // The user may not be allowed to where this was built.
        fs::copy(binary(), folder.path().join("stafette")).unwrap();
        let group = is_root().then(|| Group::new(memory)).flatten();
        if group.is_none() {
            eprintln!("no memory cgroup can be made: the server's own peak is looked at");
        }
        Self { folder, group }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Gives all that is in the folder to the user that the server runs as.
    pub(super) fn give_away(&self) {
        if is_root() {
            run("chown", &["-R", "nobody", self.folder.path().to_str().unwrap()]);
        }
    }

    /// `stafette serve` in here.
    pub(super) fn command(&self, options: &[&str]) -> Command {
        let enter = self
            .group
            .as_ref()
            .map_or_else(String::new, |group| format!("echo $$ >{}; ", group.path.join("cgroup.procs").display()));
        let who = if is_root() { "setpriv --reuid nobody --regid nogroup --clear-groups " } else { "" };
        let stafette = self.folder.path().join("stafette");
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{enter}exec {who}{} serve \"$@\"", stafette.display()), "cell"]).args(options);
        command
    }

    /// The most memory that the server held at once, its children included where a cgroup says it.
    pub(super) fn most_used(&self, server: &Server) -> u64 {
        match &self.group {
            // What the system keeps of files for it counts there, too, and is given back when there is need.
            Some(group) => group.anonymous().max(server.peak()),
            None => server.peak(),
        }
    }
}

impl Group {
    fn new(memory: u64) -> Option<Self> {
        let name = format!("stafette-{}", std::process::id());
        for (root, file, version) in
            [("/sys/fs/cgroup/memory", "memory.limit_in_bytes", 1), ("/sys/fs/cgroup", "memory.max", 2)]
        {
            let path = Path::new(root).join(&name);
            if fs::create_dir(&path).is_ok() {
                if fs::write(path.join(file), memory.to_string()).is_ok() {
                    return Some(Self { path, version });
                }
                let _ = fs::remove_dir(&path);
            }
        }
        None
    }

    fn anonymous(&self) -> u64 {
        let word = if self.version == 1 { "total_rss " } else { "anon " };
        let text = fs::read_to_string(self.path.join("memory.stat")).unwrap();
        text.lines().find_map(|line| line.strip_prefix(word)).and_then(|n| n.trim().parse().ok()).unwrap()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The server is gone by now; a test that failed may leave an empty group behind.
        let _ = fs::remove_dir(&self.path);
    }
}

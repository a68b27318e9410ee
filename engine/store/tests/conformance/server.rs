//! A PostgreSQL of one test's own: what is done to it is done to nobody else.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// A PostgreSQL of one test's own: where its disk is full, it makes no database for others.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    control: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// The same with more options of initdb.
    pub(crate) fn start_with(initdb: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut command = Command::new(root.join("scripts/postgres"));
        let say = "echo \"$STAFETTE_TEST_POSTGRES\"; echo \"$STAFETTE_TEST_POSTGRES_CONTROL\"; cat";
        command.args(["sh", "-c", say]).env("STAFETTE_TEST_INITDB", initdb);
        command.env_remove("STAFETTE_TEST_POSTGRES").current_dir(root);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("scripts/postgres says above why it starts none").unwrap();
        let (url, control) = (line(), line());
        Self { child, url, control }
    }

    /// Stops it, does something, and starts it again.
    pub(crate) fn stopped<T>(&self, act: impl FnOnce() -> T) -> T {
        self.control(&["stop", "-m", "fast"]);
        let done = act();
        self.control(&["start"]);
        done
    }

    /// What `scripts/postgres` can do with it and with its copy.
    pub(crate) fn control(&self, what: &[&str]) {
        assert!(Command::new(&self.control).args(what).status().unwrap().success(), "{what:?}");
    }

    /// A copy that follows it.
    pub(crate) fn standby(&self) -> String {
        self.control(&["standby"]);
        let folder = Path::new(&self.control).parent().unwrap().display().to_string();
        self.url.replacen(&folder, &format!("{folder}/standby"), 1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closed, it ends the server.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

//! What a node's operator reads meanwhile: of each cause a line, and the same again after a minute.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver},
    },
    thread,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::PATIENCE;

/// A cause is told again after a minute; a line has the time at which it was written, which on a busy machine may be much
/// later than it was decided on.
const AGAIN: TimeDelta = TimeDelta::seconds(30);
/// What an operator must mend is told with this.
const NEEDED: &str = "the database needs its operator";
/// How lines end that tell of tries without end.
const TRIES: [&str; 4] = ["trying again", "listening again", "done again later", "requests are refused"];

/// The log of one node, through a pipe: it grows where the node's own files may not.
pub(super) struct Log {
    folder: tempfile::TempDir,
    lines: Arc<Mutex<Vec<String>>>,
    end: Receiver<()>,
}

impl Log {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        crate::process::open_to_all(folder.path());
        let (tell, end) = mpsc::channel();
        let log = Self { folder, lines: Arc::default(), end };
        assert!(Command::new("mkfifo").args(["-m", "666"]).arg(log.pipe()).status().unwrap().success());
        let (pipe, lines) = (log.pipe(), log.lines.clone());
        thread::spawn(move || {
            // It opens with the node, and ends with it.
            let read = BufReader::new(File::open(pipe).unwrap()).lines().map_while(Result::ok);
            read.for_each(|line| lines.lock().unwrap().push(line));
            // Nobody may wait for it.
            let _ = tell.send(());
        });
        log
    }

    /// Waits for the last line of a node that has ended.
    pub(super) fn end(&self) {
        self.end.recv_timeout(PATIENCE).expect("somebody still writes to the log");
    }

    /// Where the node writes.
    pub(super) fn pipe(&self) -> PathBuf {
        Path::new(self.folder.path()).join("log")
    }

    fn entries(&self) -> Vec<Value> {
        let lines = self.lines.lock().unwrap();
        lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not of the log: {line}")))
            .collect()
    }

    /// Whether somebody was told of this, with what is to be done about it.
    pub(super) fn tells(&self, remedy: &str) -> bool {
        self.entries().iter().any(|entry| {
            entry["level"] == "ERROR" && message(entry) == NEEDED && entry["error"].to_string().contains(remedy)
        })
    }

    /// What operators were called for, in the words of each line.
    pub(super) fn errors(&self) -> Vec<String> {
        let entries = self.entries();
        entries.iter().filter(|entry| entry["level"] == "ERROR").map(|entry| message(entry).to_owned()).collect()
    }

    /// No cause is told twice within a minute, and operators are called for nothing else.
    pub(super) fn is_no_flood(&self) {
        let mut told: BTreeMap<(String, String), Vec<DateTime<Utc>>> = BTreeMap::new();
        for entry in self.entries() {
            let line = message(&entry).to_owned();
            let needed = line == NEEDED;
            assert!(needed || entry["level"] != "ERROR", "{entry}");
            if !needed && !TRIES.iter().any(|end| line.ends_with(end)) {
                continue;
            }
            let mut cause = entry["error"].as_str().unwrap().to_owned();
            if let (true, Some(statement)) = (needed, entry["statement"].as_str()) {
                // Whichever statement met it.
                cause = cause.replacen(&format!("{statement}: "), "", 1);
            }
            told.entry((line, cause)).or_default().push(entry["timestamp"].as_str().unwrap().parse().unwrap());
        }
        for ((line, cause), times) in told {
            for pair in times.windows(2) {
                assert!(pair[1] - pair[0] >= AGAIN, "told at {} and {}: {line}: {cause}", pair[0], pair[1]);
            }
        }
    }
}

fn message(entry: &Value) -> &str {
    entry["message"].as_str().unwrap_or_default()
}

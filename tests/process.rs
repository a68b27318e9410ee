//! The program `stafette` and a real SMTP sink as processes, the way an operator runs them.

use std::{
    collections::HashMap,
    ffi::OsStr,
    fmt::Debug,
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

/// The binary beside this test's own.
pub(crate) fn binary() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let path = here.ancestors().nth(2).unwrap().join("stafette");
    assert!(path.exists(), "{} is not built; run `cargo build -p server` first", path.display());
    path
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs a command of `stafette` to its end.
pub(crate) fn stafette(args: &[&str]) -> Output {
    Command::new(binary()).args(args).output().unwrap()
}

/// The same; its output, trimmed, or a panic with what it said.
pub(crate) fn stafette_ok(args: &[&str]) -> String {
    let output = stafette(args);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "stafette {args:?}\n{out}{err}");
    out.trim().into()
}

/// A running `stafette serve`.
pub(crate) struct Server {
    child: Child,
    lines: Receiver<String>,
    pub(crate) url: String,
}

impl Server {
    /// The one-time link of the first start.
    #[cfg(feature = "browser")]
    pub(crate) fn setup_link(&mut self) -> String {
        loop {
            let line = self.line(Duration::from_secs(20)).expect("the link of the first start");
            if let Some(at) = line.find("http://").filter(|_| line.contains("/setup?token=")) {
                return line[at..].to_string();
            }
        }
    }

    /// Starts it and waits until it says that it listens.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_with(args, &[])
    }

    /// The same with more in its environment.
    pub(crate) fn start_with(args: &[impl AsRef<OsStr> + Debug], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(binary());
        command.arg("serve").args(args).envs(environment.iter().copied());
        Self::start_by(command, &format!("stafette serve {args:?}"))
    }

    /// The same, with its log in a file.
    pub(crate) fn start_logging(args: &[impl AsRef<OsStr> + Debug], log: &Path) -> Self {
        let mut command = Command::new(binary());
        command.arg("serve").args(args).stderr(fs::File::create(log).unwrap());
        Self::spawn(command, &format!("stafette serve {args:?}"))
    }

    /// Starts it by any command, which goes by this name where it fails.
    pub(crate) fn start_by(mut command: Command, name: &str) -> Self {
        command.stderr(Stdio::null());
        if let Some(path) = std::env::var_os("STAFETTE_TEST_LOG") {
            let log = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
            command.stderr(log);
        }
        Self::spawn(command, name)
    }

    fn spawn(mut command: Command, name: &str) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let (tell, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let mut server = Self { child, lines, url: String::new() };
        loop {
            let line = server.line(Duration::from_secs(30)).unwrap_or_else(|| panic!("{name} is silent"));
            if let Some(url) = line.strip_prefix("listening on ") {
                server.url = url.into();
                return server;
            }
        }
    }

    /// The next line on stdout, if it comes in time.
    pub(crate) fn line(&mut self, patience: Duration) -> Option<String> {
        self.lines.recv_timeout(patience).ok()
    }

    /// SIGKILL: nothing is said, nothing is saved.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it ends by itself; the signal that ended it, if one did.
    pub(crate) fn ended_by(mut self, patience: Duration) -> Option<i32> {
        loop {
            match self.lines.recv_timeout(patience) {
                Ok(_) => {}
                // Its stdout closes when it ends.
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap().signal(),
                Err(RecvTimeoutError::Timeout) => panic!("it still runs after {patience:?}"),
            }
        }
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The most memory that it held at once, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let kib = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        kib.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    /// Sends it a signal, such as `-TERM`.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// SIGTERM, and the exit code.
    pub(crate) fn terminate(self) -> Option<i32> {
        self.signal("-TERM");
        self.exit_code()
    }

    /// Waits for its end; the exit code, if no signal ended it.
    pub(crate) fn exit_code(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that fails leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client with a key.
pub(crate) struct Client {
    agent: ureq::Agent,
    key: String,
}

impl Client {
    pub(crate) fn new(key: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build();
        Self { agent: config.into(), key: format!("Bearer {key}") }
    }

    /// GET: status and body, or nothing where the server is not there.
    pub(crate) fn get(&self, url: &str) -> Option<(u16, Value)> {
        let answer = self.agent.get(url).header("Authorization", &self.key).call().ok()?;
        read(answer)
    }

    /// GET of text that is no JSON.
    pub(crate) fn text(&self, url: &str) -> Option<String> {
        let mut answer = self.agent.get(url).header("Authorization", &self.key).call().ok()?;
        // A mail with files is longer than what is read without asking.
        answer.body_mut().with_config().limit(64 << 20).read_to_string().ok()
    }

    /// What a server's `/metrics` says of the series of this name and labels.
    pub(crate) fn metric(&self, server: &str, series: &str) -> Option<f64> {
        let text = self.text(&format!("{server}/metrics")).unwrap();
        text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }

    /// POST: status and body, or nothing where the server is not there.
    pub(crate) fn post(&self, url: &str, body: &Value) -> Option<(u16, Value)> {
        self.post_text(url, &body.to_string())
    }

    /// The same by somebody who has no key.
    pub(crate) fn post_anonymously(&self, url: &str, body: &Value) -> Option<(u16, Value)> {
        read(self.agent.post(url).header("Content-Type", "application/json").send(body.to_string()).ok()?)
    }

    /// POST of any text as JSON.
    pub(crate) fn post_text(&self, url: &str, body: &str) -> Option<(u16, Value)> {
        let request =
            self.agent.post(url).header("Authorization", &self.key).header("Content-Type", "application/json");
        read(request.send(body).ok()?)
    }

    /// POST: status, after how many seconds to come again, and body; nothing where the server is not there.
    pub(crate) fn post_and_wait(&self, url: &str, body: &Value) -> Option<(u16, Option<u64>, Value)> {
        let request =
            self.agent.post(url).header("Authorization", &self.key).header("Content-Type", "application/json");
        let answer = request.send(body.to_string()).ok()?;
        let wait = answer.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.parse().ok());
        let (status, body) = read(answer)?;
        Some((status, wait, body))
    }

    /// PUT: status and body, or nothing where the server is not there.
    pub(crate) fn put(&self, url: &str, body: &Value) -> Option<(u16, Value)> {
        let request = self.agent.put(url).header("Authorization", &self.key).header("Content-Type", "application/json");
        read(request.send(body.to_string()).ok()?)
    }

    /// DELETE: status and body, or nothing where the server is not there.
    pub(crate) fn delete(&self, url: &str) -> Option<(u16, Value)> {
        read(self.agent.delete(url).header("Authorization", &self.key).call().ok()?)
    }

    /// A word for each thing that the live feed tells; ends where the server or its database is not there.
    pub(crate) fn live(&self, url: &str) -> Receiver<()> {
        let (tell, news) = mpsc::channel();
        let request = self.agent.get(format!("{url}/api/v1/live")).header("Authorization", &self.key);
        let request = request.config().timeout_global(None).build();
        thread::spawn(move || {
            let Ok(answer) = request.call() else { return };
            let lines = BufReader::new(answer.into_body().into_reader()).lines().map_while(Result::ok);
            // Nobody may listen any more.
            let _ = lines.filter(|line| line.starts_with("data:")).try_for_each(|_| tell.send(()));
        });
        news
    }

    /// All items of a list, page by page; nothing where the server or its database is not there.
    pub(crate) fn all(&self, url: &str) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if url.contains('?') { '&' } else { '?' };
            let (status, mut page) = self.get(&format!("{url}{joint}limit=200{cursor}"))?;
            if status == 503 {
                return None;
            }
            assert_eq!(status, 200, "{url}: {page}");
            items.append(page["items"].as_array_mut()?);
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Some(items),
            }
        }
    }
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> Option<(u16, Value)> {
    let status = answer.status().as_u16();
    let text = answer.body_mut().with_config().limit(64 << 20).read_to_string().ok()?;
    Some((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

/// Postfix's `smtp-sink`, writing every mail that it accepts into a file.
pub(crate) struct Sink {
    child: Child,
    folder: TempDir,
    pub(crate) port: u16,
}

impl Sink {
    /// Starts it with more options, such as `-w data:1`.
    pub(crate) fn start(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("sink").tempdir().unwrap();
        open_to_all(folder.path());
        let port = free_port();
        let path =
            ["/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink"].into_iter().find(|path| Path::new(path).exists());
        let mut command = Command::new(path.expect("smtp-sink is missing; `scripts/setup test` installs it"));
        if is_root() {
            command.args(["-u", "nobody"]);
        }
        let template = folder.path().join("m");
        command.args(["-d", &format!("{}.%M%S.", template.display())]).args(options);
        command.args([&format!("127.0.0.1:{port}"), "256"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let sink = Self { child, folder, port };
        // It greets as soon as it listens.
        for _ in 0..2_000 {
            if let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) {
                let mut greeting = [0; 4];
                stream.read_exact(&mut greeting).unwrap();
                assert_eq!(&greeting, b"220 ");
                return sink;
            }
            thread::yield_now();
            pause(Duration::from_millis(5));
        }
        panic!("smtp-sink does not listen on port {port}");
    }

    /// How often each Message-ID was accepted.
    pub(crate) fn message_ids(&self) -> HashMap<String, usize> {
        let mut ids = HashMap::new();
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            // One that is not accepted in the end goes again.
            let Ok(text) = fs::read(entry.unwrap().path()) else { continue };
            for line in String::from_utf8_lossy(&text).lines() {
                if let Some(id) = line.strip_prefix("Message-ID: ") {
                    *ids.entry(id.trim().to_string()).or_default() += 1;
                }
            }
        }
        ids
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.starts_with(b"0\n")
}

pub(crate) fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
}

/// Waits for a while without holding on to anything.
pub(crate) fn pause(length: Duration) {
    let (_keep, nothing) = mpsc::channel::<()>();
    let _ = nothing.recv_timeout(length);
}

//! Whole servers behind a real PgBouncer, in both modes that can work: what is accepted runs, and each mail goes out once.

use std::{
    collections::HashSet,
    fs::{self, Permissions},
    net::TcpStream,
    os::unix::fs::{MetadataExt, PermissionsExt},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection};

use crate::{
    load::{PATIENCE, System, judge, pause, send, wait},
    process::{free_port, is_root},
    world::Place,
};

const EVENTS: usize = 60;

/// A PgBouncer before the test's server.
struct Bouncer {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

/// The database's name, and the folder of the server's socket.
async fn place(url: &str) -> (String, String) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let asked = "SELECT current_database()::text, split_part(current_setting('unix_socket_directories'), ',', 1)";
    sqlx::query_as(asked).fetch_one(&mut connection).await.unwrap()
}

impl Bouncer {
    fn start(mode: &str, (database, sockets): (&str, &str)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let (port, ini) = (free_port(), folder.path().join("pgbouncer.ini"));
        // In transactions few connections for all callers, so that they change hands; a session keeps its own.
        let size = if mode == "transaction" { 3 } else { 40 };
        let text = format!(
            "[databases]\n* = host={sockets} user=stafette\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n\
             default_pool_size = {size}\n"
        );
        fs::write(&ini, text).unwrap();
        // It refuses root, and the server's socket is for the server's user.
        let owner = fs::metadata(sockets).unwrap().uid().to_string();
        let mut command = Command::new(if is_root() { "setpriv" } else { "env" });
        if is_root() {
            command.args(["--reuid", &owner, "--clear-groups"]);
        }
        let path = ["/usr/sbin/pgbouncer", "/usr/local/sbin/pgbouncer"];
        let program = path.into_iter().find(|path| fs::exists(path).unwrap()).unwrap_or("pgbouncer");
        command.args([program, "-q"]).arg(&ini).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("PgBouncer is missing; `scripts/setup test` installs it");
        let bouncer = Self { child, url: format!("postgres://stafette@127.0.0.1:{port}/{database}"), _folder: folder };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < PATIENCE, "PgBouncer does not listen: is it installed?");
            pause(Duration::from_millis(10));
        }
        bouncer
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two nodes, the second of which only works.
fn works_behind(mode: &str, direct: bool) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (home, url) = runtime.block_on(Place::postgres(&format!("pooler_{mode}_{direct}")));
    let mut system = System::new(Some(url.clone()));
    let client = system.set_up();
    let (database, sockets) = runtime.block_on(place(&url));
    let bouncer = Bouncer::start(mode, (&database, &sockets));
    system.lead_to(bouncer.url.clone());
    let mut options = vec!["--database-pooling", mode];
    if direct {
        options.extend(["--database-direct-url", &url]);
    }
    let nodes = ["api,runner,dispatcher,duties", "runner,dispatcher"];
    let nodes = nodes.map(|roles| system.serve_with(roles, &options, &[]));
    let front = nodes[0].url.as_str();
    let (started, mut accepted) = (Instant::now(), HashSet::new());
    while accepted.len() < EVENTS {
        assert!(started.elapsed() < PATIENCE, "{} of {EVENTS} events are in", accepted.len());
        send(&client, front, &mut accepted, (EVENTS, EVENTS));
    }
    wait(&client, front, EVENTS);
    assert_eq!(judge(&system, &client, front, EVENTS, 0), (0, 0));
    assert_eq!(client.get(&format!("{front}/readyz")).map(|(status, _)| status), Some(200));
    for node in nodes {
        assert_eq!(node.terminate(), Some(0));
    }
    drop(bouncer);
    runtime.block_on(home.remove());
}

#[test]
fn servers_work_behind_sessions() {
    works_behind("session", true);
}

#[test]
fn servers_work_behind_transactions() {
    works_behind("transaction", true);
}

/// Nodes hear no hints of each other, and look by themselves.
#[test]
fn servers_work_behind_transactions_alone() {
    works_behind("transaction", false);
}

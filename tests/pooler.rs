//! Whole servers behind a real PgBouncer, in both modes that can work: what is accepted runs, and each mail goes out once.

use std::{
    collections::{HashMap, HashSet},
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
    restart::Postgres,
    upgrade::run_sql,
    world::Place,
};

const EVENTS: usize = 60;
/// As whom PgBouncer comes to the server, so that what was sent through it is told from the rest.
const ROLE: &str = "bouncer";
/// Debian 12's, which cannot follow prepared statements.
const OLDEST: [u32; 2] = [1, 18];

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
            "[databases]\n* = host={sockets} user={ROLE}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
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
        assert!(version(program) >= OLDEST, "{:?}", version(program));
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

/// Of the program: major and minor.
fn version(program: &str) -> [u32; 2] {
    let said = Command::new(program).arg("--version").output().expect("PgBouncer is missing").stdout;
    let said = String::from_utf8(said).unwrap();
    let mut numbers = said.lines().next().unwrap().trim_start_matches("PgBouncer ").split('.');
    [(); 2].map(|()| numbers.next().unwrap().parse().unwrap())
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two nodes, the second of which only works, on the database at this URL. Where they hear nothing of each other, all that
/// one makes the other has to find by itself.
fn works_behind(mode: &str, direct: bool, url: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut system = System::new(Some(url.to_owned()));
    let client = system.set_up();
    // May be there from another of these tests.
    let role = format!("DO $$ BEGIN CREATE ROLE {ROLE} LOGIN SUPERUSER; EXCEPTION WHEN OTHERS THEN NULL; END $$");
    run_sql(url, &role);
    let (database, sockets) = runtime.block_on(place(url));
    let bouncer = Bouncer::start(mode, (&database, &sockets));
    system.lead_to(bouncer.url.clone());
    let mut options = vec!["--database-pooling", mode];
    if direct {
        options.extend(["--database-direct-url", url]);
    }
    let nodes = if direct {
        ["api,runner,dispatcher,duties", "runner,dispatcher"]
    } else {
        ["api,runner,duties", "dispatcher"]
    };
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
}

fn on_the_server(name: &str, case: impl FnOnce(&str)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (home, url) = runtime.block_on(Place::postgres(name));
    case(&url);
    runtime.block_on(home.remove());
}

#[test]
fn servers_work_behind_sessions() {
    on_the_server("pooler_session", |url| works_behind("session", true, url));
}

#[test]
fn servers_work_behind_transactions() {
    on_the_server("pooler_transaction", |url| works_behind("transaction", true, url));
}

/// Nodes hear no hints of each other, and look by themselves. Their server writes down all that comes through the pooler.
#[test]
fn servers_work_behind_transactions_alone() {
    let server = Postgres::start();
    for statement in [
        &format!("CREATE ROLE {ROLE} LOGIN SUPERUSER"),
        &format!("ALTER ROLE {ROLE} SET log_statement = 'all'"),
        "ALTER SYSTEM SET log_line_prefix = '%c '",
        "SELECT pg_reload_conf()",
    ] {
        run_sql(&server.url, statement);
    }
    works_behind("transaction", false, &server.url);
    all_is_in_transactions(&fs::read_to_string(server.folder().join("server.log")).unwrap());
}

/// By a log whose lines begin with the session: no statement is outside of a transaction, and none has a name.
fn all_is_in_transactions(log: &str) {
    let mut sessions: HashMap<&str, bool> = HashMap::new();
    let (mut transactions, mut statements) = (0, 0);
    for (session, said) in log.lines().filter_map(|line| line.split_once(" LOG:  ")) {
        let Some((how, text)) = said.split_once(": ") else { continue };
        let open = sessions.get(session).copied();
        match how {
            // Of PgBouncer, to a connection that is new: what its clients begin with.
            "statement" if text.starts_with("SET ") && open.is_none() => {}
            "statement" if text.starts_with("BEGIN") => {
                assert_ne!(sessions.insert(session, true), Some(true), "{said}");
                transactions += 1;
            }
            "statement" | "execute <unnamed>" => {
                assert_eq!(open, Some(true), "outside of a transaction: {said}");
                let ends = how == "statement" && ["COMMIT", "ROLLBACK"].contains(&text);
                sessions.insert(session, !ends);
                statements += usize::from(!ends);
            }
            how => assert!(!how.starts_with("execute "), "it has a name: {said}"),
        }
    }
    assert!(transactions > EVENTS && statements > EVENTS, "{transactions} transactions, {statements} statements");
}

//! Behind a real PgBouncer, in both modes that can work.

use std::{
    net::{TcpListener, TcpStream},
    os::unix::fs::MetadataExt,
    process::{Child, Command, Stdio},
    time::Duration,
};

use program::StreamClass;
use sqlx::{Connection, PgConnection};
use store::{Dialect, EventFilter, Migrate, Options, Paging, Pooling, Store};

use crate::world::*;

/// A PgBouncer before the test's server.
struct Bouncer {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Bouncer {
    async fn start(world: &World, mode: &str) -> Self {
        let mut admin = PgConnection::connect(&world.url).await.unwrap();
        let (database, sockets): (String, String) = sqlx::query_as(
            "SELECT current_database()::text, split_part(current_setting('unix_socket_directories'), ',', 1)",
        )
        .fetch_one(&mut admin)
        .await
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let open = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let ini = folder.path().join("pgbouncer.ini");
        // Fewer connections than there are callers, so that they really change hands.
        let text = format!(
            "[databases]\n* = host={sockets} user=stafette\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = 3\n"
        );
        std::fs::write(&ini, text).unwrap();
        // It refuses root, and the server's socket is for the server's user.
        let owner = std::fs::metadata(&sockets).unwrap().uid().to_string();
        let mut command = match std::fs::metadata(folder.path()).unwrap().uid() {
            0 => Command::new("setpriv"),
            _ => Command::new("env"),
        };
        if command.get_program() == "setpriv" {
            command.args(["--reuid", &owner, "--clear-groups"]);
        }
        command.args(["pgbouncer", "-q"]).arg(&ini);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("run scripts/setup test");
        let bouncer = Self { child, url: format!("postgres://stafette@127.0.0.1:{port}/{database}"), _folder: folder };
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return bouncer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("PgBouncer does not listen: is it installed? scripts/setup test does that");
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn open(options: Options) -> store::Result<Store> {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(Store::open(options)))
}

/// What a node does, by many at once.
async fn works(store: &Store) {
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let store = store.clone();
        callers.spawn(async move {
            for _ in 0..5 {
                let started = start(&store, at(0), 3).await;
                store.node_counts(WS, started.program).await.unwrap();
                store.events(WS, &EventFilter::default(), &Paging::default()).await.unwrap();
                store.heartbeat("node", at(0), Duration::from_secs(9)).await.unwrap();
            }
        });
    }
    while let Some(done) = callers.join_next().await {
        done.unwrap();
    }
    while let claim = store.claim(at(0), 500).await.unwrap()
        && !claim.tokens().is_empty()
    {
        let writes = claim.tokens().iter().map(|token| carry(token, at(0), store::TokenState::Done)).collect();
        claim.commit(writes).await.unwrap();
    }
    let (_, ids) = queue(store, "hold", 2).await;
    let leased = store.lease_messages(at(0), at(9_000), "node", StreamClass::Operational, 10).await.unwrap();
    assert_eq!(leased.len(), ids.len());
    let marks: Vec<_> = leased.iter().map(|message| (message.id, message.attempt)).collect();
    assert_eq!(store.settle(at(1), &marks, &[]).await.unwrap().marked.len(), ids.len());
    store.notify("node 1").await.unwrap();
    store.check_statements().await.unwrap();
    assert_eq!(store.obstacle().await, None);
}

pub(crate) async fn behind_a_pooler(world: World) {
    if world.dialect() == Dialect::Sqlite {
        return;
    }
    for (mode, pooling) in [("session", Pooling::Session), ("transaction", Pooling::Transaction)] {
        let bouncer = Bouncer::start(&world, mode).await;
        let options = Options { pooling, connections: 3, ..Options::new(&bouncer.url) };
        let direct = Options { direct_url: Some(world.url.clone()), ..options.clone() };
        let store = open(direct).unwrap();
        works(&store).await;
        // Hints are heard past the pooler.
        let mut hints = store.listen().await.unwrap().unwrap();
        store.notify("node 5").await.unwrap();
        assert_eq!(hints.next().await.unwrap().as_deref(), Some("node 5"));
        drop(hints);
        store.close().await;
        // Without a way around it: what is migrated opens, and nodes poll where the session is not theirs.
        let store = open(Options { connections: 2, migrate: Migrate::Run, ..options }).unwrap();
        store.settings(WS).await.unwrap();
        assert_eq!(store.listen().await.unwrap().is_some(), mode == "session");
        store.close().await;
    }
}

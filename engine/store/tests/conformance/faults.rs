//! What a database does to us, and how long it stays: each fault is made, told as nobody's fault but the operator's, and
//! over as soon as its cause is.

use std::{
    fs,
    future::{Future, poll_fn},
    path::{Path, PathBuf},
    process::Command,
    task::Poll,
    time::Duration,
};

use program::{EventId, StreamClass};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use store::{Class, Dialect, Error, EventFilter, IngestOutcome, Migrate, NewEvent, Options, Paging, Rescued, Store};

use crate::{
    server::Server,
    world::{WS, World, at, by_external_id, event, id, object, queue, start, with_database},
};

/// After the cause is gone, so many tries may still fail.
const TRIES: usize = 3;

/// Opens a store: what the driver's migrator does is not `Send`, as far as the compiler sees.
pub(crate) fn open(options: Options) -> Result<Store, Error> {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(Store::open(options)))
}

/// One event of about so many bytes.
pub(crate) fn sized(bytes: usize) -> NewEvent {
    let mut event = event(by_external_id(&id().to_string()), "order.placed");
    event.data = object(serde_json::json!({ "text": "x".repeat(bytes) })).into();
    event
}

pub(crate) async fn put(store: &Store, event: NewEvent) -> Result<EventId, Error> {
    let revision = store.routing_revision(WS).await?;
    let kept = event.id;
    match store.ingest(WS, at(0), revision, &[event]).await? {
        IngestOutcome::Done(_) => Ok(kept),
        IngestOutcome::StaleRouting => panic!("stale routing"),
    }
}

pub(crate) async fn count(store: &Store) -> usize {
    let (mut n, mut after) = (0, None);
    loop {
        let paging = Paging { after, limit: 200 };
        let page = store.events(WS, &EventFilter::default(), &paging).await.unwrap();
        n += page.items.len();
        after = page.next;
        if after.is_none() {
            return n;
        }
    }
}

/// Writes come through again, at the latest with the third try; what was accepted is there.
async fn heals(store: &Store, accepted: usize) {
    let mut tries = 0;
    while let Err(error) = put(store, sized(10)).await {
        tries += 1;
        assert!(error.retryable() && tries < TRIES, "still after {tries} tries: {error}");
    }
    assert_eq!(store.obstacle().await, None);
    assert_eq!(count(store).await, accepted + 1);
}

async fn fails(store: &Store, class: Class) -> String {
    let error = put(store, sized(10)).await.unwrap_err();
    assert_eq!(error.class(), class, "{error}");
    // Also what passes by itself is told for as long as nobody can write.
    let obstacle = store.obstacle().await.expect("whoever leads requests here must be told");
    assert_eq!(obstacle.alarming, class.alarming(), "{}", obstacle.why);
    error.to_string()
}

/// A small disk of its own; root's only.
struct Disk(PathBuf, tempfile::TempDir);

impl Disk {
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        fs::create_dir(&path).unwrap();
        let size = format!("size={megabytes}m,mode=777");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&path).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(path, folder))
    }

    /// Fills what is left; the file that does it.
    fn fill(&self) -> PathBuf {
        let ballast = self.0.join("ballast");
        // As much as fits: it ends with an error.
        let _ = Command::new("dd")
            .args(["if=/dev/zero", "bs=4k", "status=none"])
            .arg(format!("of={}", ballast.display()))
            .output();
        ballast
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

pub(crate) async fn a_full_disk(world: World) {
    // Without root there is no small disk; the next case does without.
    let Some(disk) = Disk::mount(if world.dialect() == Dialect::Sqlite { 4 } else { 64 }) else { return };
    let server = (world.dialect() == Dialect::Postgres).then(Server::start);
    let url = match &server {
        None => format!("sqlite:{}/test.db", disk.0.display()),
        Some(server) => {
            // The folder above is for its owner only, and the server is another user.
            let open = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
            fs::set_permissions(disk.1.path(), open).unwrap();
            let space = disk.0.join("space");
            fs::create_dir(&space).unwrap();
            let mut admin = PgConnection::connect(&server.url).await.unwrap();
            let (data,): (String,) =
                sqlx::query_as("SELECT current_setting('data_directory')").fetch_one(&mut admin).await.unwrap();
            assert!(Command::new("chown").arg(format!("--reference={data}")).arg(&space).status().unwrap().success());
            for statement in [
                format!("CREATE TABLESPACE small LOCATION '{}'", space.display()),
                "CREATE DATABASE small TABLESPACE small".to_owned(),
            ] {
                admin.execute(AssertSqlSafe(statement)).await.unwrap();
            }
            with_database(&server.url, "small")
        }
    };
    let store = open(Options::new(&url)).unwrap();
    let mut accepted = 0;
    put(&store, sized(10)).await.unwrap();
    accepted += 1;
    let ballast = disk.fill();
    let error = loop {
        match put(&store, sized(200_000)).await {
            Ok(_) => accepted += 1,
            Err(error) => break error,
        }
        assert!(accepted < 1_000, "the disk is never full");
    };
    assert_eq!(error.class(), Class::Operator, "{error}");
    assert!(store.obstacle().await.is_some());
    // It stays so however often it is tried, and nothing is the caller's fault.
    for _ in 0..3 {
        let error = put(&store, sized(200_000)).await.unwrap_err();
        assert!(error.retryable(), "{error}");
    }
    fs::remove_file(ballast).unwrap();
    heals(&store, accepted).await;
    store.close().await;
}

/// The same without a disk of its own: SQLite's file may not grow, PostgreSQL gives the code.
pub(crate) async fn a_file_that_may_not_grow(world: World) {
    const EMPTY: &str = "CREATE TABLE ballast (bytes BLOB)";
    put(&world, sized(10)).await.unwrap();
    let (full, room) = match world.dialect() {
        Dialect::Sqlite => ("INSERT INTO ballast VALUES (zeroblob(2000000))", "DROP TABLE ballast"),
        Dialect::Postgres => (
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$; \
             CREATE TRIGGER full_disk BEFORE INSERT ON event EXECUTE FUNCTION full_disk()",
            "DROP FUNCTION full_disk CASCADE",
        ),
    };
    let sqlite = world.dialect() == Dialect::Sqlite;
    if sqlite {
        world.raw(EMPTY).await;
    }
    world.raw(full).await;
    // Less than it has already stands for what it has.
    let store = open(Options { max_pages: sqlite.then_some(1), ..Options::new(&world.url) }).unwrap();
    let mut accepted = 1;
    // What is free within is used up first.
    while put(&store, sized(20_000)).await.is_ok() {
        accepted += 1;
        assert!(accepted < 100, "it is never full");
    }
    for _ in 0..3 {
        let error = put(&store, sized(20_000)).await.unwrap_err();
        assert_eq!(error.class(), Class::Operator, "{error}");
    }
    let why = fails_now(&store).await;
    assert!(why.to_string().contains("make room"), "no remedy in: {why}");
    world.raw(room).await;
    heals(&store, accepted).await;
    store.close().await;
}

/// What stands in the way of writes.
async fn fails_now(store: &Store) -> String {
    store.obstacle().await.expect("whoever leads requests here must be told").remedy.unwrap_or_default().to_owned()
}

pub(crate) async fn a_missing_column(world: World) {
    put(&world, sized(10)).await.unwrap();
    world.raw("ALTER TABLE event RENAME COLUMN data TO other").await;
    let why = fails(&world, Class::Operator).await;
    assert!(why.to_string().contains("migrate"), "no remedy in: {why}");
    world.raw("ALTER TABLE event RENAME COLUMN other TO data").await;
    heals(&world, 1).await;
}

/// A trigger of whoever runs the database refuses what callers bring: that is no fault of theirs.
pub(crate) async fn somebodys_trigger(world: World) {
    put(&world, sized(10)).await.unwrap();
    let (make, drop) = match world.dialect() {
        Dialect::Sqlite => {
            ("CREATE TRIGGER no BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'not today'); END", "DROP TRIGGER no")
        }
        Dialect::Postgres => (
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
             CREATE TRIGGER no BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION no()",
            "DROP FUNCTION no CASCADE",
        ),
    };
    world.raw(make).await;
    let why = fails(&world, Class::Operator).await;
    assert!(why.to_string().contains("not today"), "{why}");
    world.raw(drop).await;
    heals(&world, 1).await;
}

pub(crate) async fn a_database_that_is_read_only(world: World) {
    put(&world, sized(10)).await.unwrap();
    match world.dialect() {
        Dialect::Sqlite => {
            let options = Options { migrate: Migrate::Expect, ..Options::new(format!("{}?mode=ro", world.url)) };
            let store = open(options).unwrap();
            assert_eq!(count(&store).await, 1);
            fails(&store, Class::Operator).await;
            store.close().await;
        }
        Dialect::Postgres => {
            let mut admin = PgConnection::connect(&world.url).await.unwrap();
            let (name,): (String,) =
                sqlx::query_as("SELECT current_database()::text").fetch_one(&mut admin).await.unwrap();
            world.raw(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
            world.raw(KILL).await;
            // The first may meet a connection that was cut, the next is a new one.
            let _ = put(&world, sized(10)).await;
            fails(&world, Class::Operator).await;
            // Connections that began read-only stay so, and are given up.
            let mut admin = PgConnection::connect(&with_database(&world.url, "postgres")).await.unwrap();
            admin
                .execute(AssertSqlSafe(format!("ALTER DATABASE {name} RESET default_transaction_read_only")))
                .await
                .unwrap();
        }
    }
    heals(&world, 1).await;
}

const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";

pub(crate) async fn killed_connections(world: World) {
    put(&world, sized(10)).await.unwrap();
    if world.dialect() == Dialect::Postgres {
        world.raw(KILL).await;
        heals(&world, 1).await;
    }
}

/// A user of the database with these rights on all tables, and a URL as that user.
async fn user(world: &World, rights: &str) -> String {
    let name = format!("u_{}", id().simple());
    world.raw(&format!("CREATE ROLE {name} LOGIN")).await;
    world.raw(&format!("GRANT {rights} ON ALL TABLES IN SCHEMA public TO {name}")).await;
    world.url.replace("user=stafette", &format!("user={name}"))
}

async fn drop_user(world: &World, url: &str) {
    let name = url.split("user=").nth(1).unwrap().split('&').next().unwrap();
    world.raw(&format!("DROP OWNED BY {name}; DROP ROLE {name}")).await;
}

pub(crate) async fn rights_are_lost(world: World) {
    if world.dialect() == Dialect::Sqlite {
        return;
    }
    // Rows may be read and written, and no table made: enough, where nothing is to migrate.
    let url = user(&world, "SELECT, INSERT, UPDATE, DELETE").await;
    let name = url.split("user=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let store = open(Options::new(&url)).unwrap();
    put(&store, sized(10)).await.unwrap();
    world.raw(&format!("REVOKE INSERT ON event FROM {name}")).await;
    let why = fails(&store, Class::Operator).await;
    assert!(why.to_string().contains("grant"), "no remedy in: {why}");
    world.raw(&format!("GRANT INSERT ON event TO {name}")).await;
    heals(&store, 1).await;
    store.close().await;
    drop_user(&world, &url).await;
}

pub(crate) async fn too_few_connections(world: World) {
    put(&world, sized(10)).await.unwrap();
    let (url, limit) = match world.dialect() {
        Dialect::Sqlite => (world.url.clone(), None),
        Dialect::Postgres => {
            let url = user(&world, "SELECT, INSERT, UPDATE, DELETE").await;
            let name = url.split("user=").nth(1).unwrap().split('&').next().unwrap().to_owned();
            (url, Some(name))
        }
    };
    let patience = Duration::from_millis(300);
    let store = open(Options { connections: 2, patience, ..Options::new(&url) }).unwrap();
    start(&store, at(0), 2).await;
    // Nobody is left that could write: what waits is told so, and not that the server is away.
    let claims = [store.claim(at(0), 1).await.unwrap()];
    let second = if world.dialect() == Dialect::Postgres { Some(store.claim(at(0), 1).await.unwrap()) } else { None };
    let why = fails(&store, Class::Soon).await;
    assert!(why.to_string().contains("busy"), "{why}");
    for claim in claims.into_iter().chain(second) {
        claim.rollback().await.unwrap();
    }
    put(&store, sized(10)).await.unwrap();
    if let Some(name) = limit {
        world.raw(&format!("ALTER ROLE {name} CONNECTION LIMIT 0")).await;
        world.raw(KILL).await;
        let _ = put(&store, sized(10)).await;
        let why = fails(&store, Class::Soon).await;
        assert!(why.to_string().contains("too many connections"), "{why}");
        world.raw(&format!("ALTER ROLE {name} CONNECTION LIMIT -1")).await;
    }
    put(&store, sized(10)).await.unwrap();
    store.close().await;
    if world.dialect() == Dialect::Postgres {
        drop_user(&world, &url).await;
    }
}

pub(crate) async fn a_locked_file(world: World) {
    if world.dialect() == Dialect::Postgres {
        return;
    }
    let patience = Duration::from_millis(100);
    let store = open(Options { patience, ..Options::new(&world.url) }).unwrap();
    let mut other = SqliteConnection::connect(&world.url).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let why = fails(&store, Class::Soon).await;
    assert!(why.to_string().contains("locked"), "{why}");
    other.execute("ROLLBACK").await.unwrap();
    heals(&store, 0).await;
    store.close().await;
}

pub(crate) async fn a_damaged_page(world: World) {
    put(&world, sized(10)).await.unwrap();
    match world.dialect() {
        Dialect::Sqlite => {
            let path = world.url.strip_prefix("sqlite:").unwrap();
            let mut raw = SqliteConnection::connect(&world.url).await.unwrap();
            let (page,): (i64,) = sqlx::query_as("SELECT rootpage FROM sqlite_schema WHERE name = 'event'")
                .fetch_one(&mut raw)
                .await
                .unwrap();
            let (size,): (i64,) = sqlx::query_as("PRAGMA page_size").fetch_one(&mut raw).await.unwrap();
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
            raw.close().await.unwrap();
            world.store.close().await;
            let whole = fs::read(path).unwrap();
            let mut torn = whole.clone();
            let (from, size) = (usize::try_from((page - 1) * size).unwrap(), usize::try_from(size).unwrap());
            torn[from..from + size].fill(0xa5);
            restore(Path::new(path), &torn);
            let store = open(Options::new(&world.url)).unwrap();
            fails(&store, Class::Corrupt).await;
            // What stands on other pages goes on.
            store.settings(WS).await.unwrap();
            store.close().await;
            restore(Path::new(path), &whole);
            let store = open(Options::new(&world.url)).unwrap();
            heals(&store, 1).await;
            store.close().await;
        }
        Dialect::Postgres => damaged_heap().await,
    }
}

/// Garbage in a table's file, behind the back of a server with checksums.
async fn damaged_heap() {
    let server = Server::start_with("--data-checksums");
    let store = open(Options::new(&server.url)).unwrap();
    put(&store, sized(10)).await.unwrap();
    store.close().await;
    let mut admin = PgConnection::connect(&server.url).await.unwrap();
    let find = "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('event')";
    let (file,): (String,) = sqlx::query_as(find).fetch_one(&mut admin).await.unwrap();
    admin.close().await.unwrap();
    let whole = server.stopped(|| {
        let whole = fs::read(&file).unwrap();
        let mut torn = whole.clone();
        // The beginning of the page stays as it was: half of it was written.
        torn[4_096..8_192].fill(0xa5);
        fs::write(&file, torn).unwrap();
        whole
    });
    let store = open(Options::new(&server.url)).unwrap();
    let why = fails(&store, Class::Corrupt).await;
    assert!(why.to_string().contains("backup"), "no remedy in: {why}");
    // What stands in other tables goes on.
    store.set_settings(WS, &store.settings(WS).await.unwrap()).await.unwrap();
    store.heartbeat("node", at(0), Duration::from_secs(9)).await.unwrap();
    store.close().await;
    server.stopped(|| fs::write(&file, &whole).unwrap());
    let store = open(Options::new(&server.url)).unwrap();
    heals(&store, 1).await;
    store.close().await;
}

fn restore(path: &Path, bytes: &[u8]) {
    for more in ["-wal", "-shm"] {
        // They may be gone with the last connection.
        let _ = fs::remove_file(format!("{}{more}", path.display()));
    }
    fs::write(path, bytes).unwrap();
}

/// Callers go away at every point of a transaction; none leaves it open to the next.
pub(crate) async fn callers_that_go_away(world: World) {
    let mut accepted = 0;
    for polls in 0..40 {
        let mut writing = Box::pin(put(&world, sized(10)));
        for _ in 0..polls {
            let once = poll_fn(|context| Poll::Ready(writing.as_mut().poll(context))).await;
            if let Poll::Ready(done) = once {
                done.unwrap();
                break;
            }
            // Whoever answers has its turn.
            tokio::task::yield_now().await;
            world.ping().await.unwrap();
        }
        drop(writing);
        put(&world, sized(10)).await.unwrap();
        accepted += 1;
    }
    drop(world.claim(at(0), 1).await.unwrap());
    put(&world, sized(10)).await.unwrap();
    // Some of those that went away may have been stored.
    assert!(count(&world).await > accepted);
    assert_eq!(world.obstacle().await, None);
}

pub(crate) async fn what_is_not_migrated_is_told(world: World) {
    // What is migrated opens; what is not says what to do.
    let expect = |url: &str| Options { migrate: Migrate::Expect, ..Options::new(url) };
    open(expect(&world.url)).unwrap().close().await;
    let delete = "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    world.raw(delete).await;
    let error = open(expect(&world.url)).unwrap_err();
    assert!(error.to_string().contains("stafette migrate"), "{error}");
}

/// A node whose clock is ahead takes nothing from one that lives: both go by the database's clock.
pub(crate) async fn clocks_that_differ(world: World) {
    // SQLite has no clock of its own, and one process uses it: that goes on from the time at which it began.
    let now = world.database_time().await.unwrap().unwrap_or(at(50_000));
    world.use_database_clock(now);
    let later = |seconds| now + Duration::from_secs(seconds);
    let (_, ids) = queue(&world, "resend", 2).await;
    world.raw(&format!("UPDATE message SET queued_at = {}", now.timestamp_millis())).await;
    // However slow this machine is.
    let long = Duration::from_secs(3_600);
    world.heartbeat("lives", at(0), long).await.unwrap();
    let lease = world.lease_time(at(0)) + long;
    let leased = world.lease_messages(later(1), lease, "lives", StreamClass::Operational, 10).await.unwrap();
    assert_eq!(leased.len(), ids.len());
    for set_to in [at(0), later(0), later(9_000), later(86_400)] {
        assert_eq!(world.rescue(set_to).await.unwrap(), Rescued::default(), "{set_to}");
        assert_eq!(world.live_nodes(set_to).await.unwrap(), ["lives"], "{set_to}");
    }
    // What a lease in doubt took is found again, however the clock was set meanwhile.
    assert_eq!(world.give_back_messages("lives", lease, at(0)).await.unwrap(), 2);
    world.lease_messages(later(1), lease, "lives", StreamClass::Operational, 10).await.unwrap();
    // A dead one is dead for a node whose clock is behind, too.
    world.leave("lives").await.unwrap();
    assert_eq!(world.rescue(at(0)).await.unwrap().requeued, 2);
}

//! A system on a database to which something can be done.

use std::{
    cell::RefCell,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use super::{disk::Disk, log::Log};
use crate::{
    clocks,
    load::{System, pause},
    process::{Client, Server, binary, is_root},
};

pub(super) const DATABASE: &str = "faults";
/// Whoever is connected to this database is no more.
pub(super) const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                               WHERE datname = current_database() AND pid <> pg_backend_pid()";
/// What a full disk says to each event.
pub(super) const NO_ROOM: &str = "\
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$; \
    CREATE TRIGGER no_room BEFORE INSERT ON event EXECUTE FUNCTION no_room()";

/// Who may do nothing that others may not.
const NOBODY: [&str; 5] = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];

pub(super) struct Ground {
    pub(super) system: System,
    pub(super) client: Client,
    /// As its operator, who may do anything.
    pub(super) url: String,
    /// As whom the node comes; none on SQLite.
    pub(super) role: &'static str,
    pub(super) log: Log,
    process: OnceLock<u32>,
    /// By which the node's clock goes, if not by the machine's.
    clock: Option<PathBuf>,
}

impl Ground {
    pub(super) fn sqlite(disk: Option<&Disk>) -> Self {
        let system = System::on(disk.map(Disk::path));
        let client = system.set_up();
        let url = format!("sqlite:{}", system.data().join("stafette.db").display());
        Self { system, client, url, role: "", log: Log::new(), process: OnceLock::new(), clock: None }
    }

    /// In a database whose tables are on this disk, by a role that has no more rights than it needs.
    pub(super) fn postgres(server: &str, disk: Option<&Disk>) -> Self {
        let role = "node";
        let mut space = String::new();
        if let Some(disk) = disk {
            let folder = disk.path().join("space");
            fs::create_dir(&folder).unwrap();
            let data = ask(server, "SELECT current_setting('data_directory')");
            let chown = Command::new("chown").arg(format!("--reference={data}")).arg(&folder).status();
            assert!(chown.unwrap().success());
            sql(server, &format!("CREATE TABLESPACE small LOCATION '{}'", folder.display())).unwrap();
            space = "TABLESPACE small".into();
        }
        sql(server, &format!("CREATE DATABASE {DATABASE} {space}")).unwrap();
        let url = server.replacen("/postgres?", &format!("/{DATABASE}?"), 1);
        let mut system = System::new(Some(url.clone()));
        let client = system.set_up();
        sql(&url, &format!("CREATE ROLE {role} LOGIN")).unwrap();
        sql(&url, &format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")).unwrap();
        system.lead_to(url.replace("user=stafette", &format!("user={role}")));
        Self { system, client, url, role, log: Log::new(), process: OnceLock::new(), clock: None }
    }

    /// On SQLite the node is nobody's where it would be root's.
    fn is_nobodys(&self) -> bool {
        self.role.is_empty() && is_root()
    }

    /// From now on the node has a clock of its own, which is right at first; where it is set.
    pub(super) fn clock(&mut self) -> PathBuf {
        let file = self.log.pipe().with_file_name("clock");
        clocks::set(&file, 0);
        self.clock = Some(file.clone());
        file
    }

    pub(super) fn serve(&self) -> Server {
        let (mut program, mut who) = ("\"$0\"".to_owned(), String::new());
        if self.is_nobodys() {
            // Files are closed to whom they do not belong to, but not to root. The user may not be allowed to where this was
            // built.
            let copy = self.log.pipe().with_file_name("stafette");
            fs::copy(binary(), &copy).unwrap();
            let given = Command::new("chown").args(["-R", "nobody"]).arg(self.system.data()).status();
            assert!(given.unwrap().success());
            (program, who) = (copy.display().to_string(), format!("setpriv {} ", NOBODY.join(" ")));
        }
        // A file that may not grow is an error here, not the end of the process.
        let log = self.log.pipe();
        let clock = self.clock.as_deref().map(clocks::environment).into_iter().flatten();
        let clock: String = clock.map(|(name, value)| format!("{name}='{value}' ")).collect();
        let start = format!(
            "trap '' XFSZ; exec {who}env {clock}STAFETTE_LOG_FORMAT=json {program} \"$@\" 2>'{}'",
            log.display()
        );
        let server = self.system.serve_by(&["sh", "-c", &start]);
        self.process.set(server.id()).unwrap();
        server
    }

    /// Lets no file of the node grow beyond so many bytes.
    pub(super) fn limit(&self, bytes: Option<u64>) {
        let bytes = bytes.map_or_else(|| "unlimited".into(), |bytes| bytes.to_string());
        // As the node's own user: root's rights over others' limits may be taken away.
        let mut command = Command::new(if self.is_nobodys() { "setpriv" } else { "env" });
        command.args(if self.is_nobodys() { &NOBODY[..] } else { &[] });
        command.args(["prlimit", "--pid", &self.process.get().unwrap().to_string(), &format!("--fsize={bytes}:")]);
        assert!(command.status().unwrap().success(), "{command:?}");
    }
}

impl Ground {
    /// Lets nobody write the files of SQLite, or gives them back to the node.
    fn close(&self, closed: bool) {
        let data = self.system.data();
        let (file, folder) = if closed { (0o444, 0o555) } else { (0o600, 0o700) };
        for ending in ["", "-wal", "-shm"] {
            let path = data.join(format!("stafette.db{ending}"));
            // One that is not there now is none to be closed.
            let _ = fs::set_permissions(path, Permissions::from_mode(file));
        }
        fs::set_permissions(data, Permissions::from_mode(folder)).unwrap();
    }

    /// Files and folder are read-only, and the node has to open them again: what is open stays open to it.
    pub(super) fn read_only(&self) {
        self.close(true);
        self.limit(Some(0));
        pause(Duration::from_millis(100));
        self.limit(None);
    }

    pub(super) fn writable(&self) {
        self.close(false);
    }
}

/// Waits for what the driver does.
pub(super) fn wait<T>(doing: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(doing)
}

/// What no client can do: a statement past the node.
pub(super) fn sql(url: &str, statement: &str) -> sqlx::Result<()> {
    let statement = AssertSqlSafe(statement.to_owned());
    wait(async {
        if url.starts_with("sqlite:") {
            return SqliteConnection::connect(url).await?.execute(statement).await.map(drop);
        }
        PgConnection::connect(url).await?.execute(statement).await.map(drop)
    })
}

/// The one text that a statement gives.
pub(super) fn ask(url: &str, statement: &'static str) -> String {
    wait(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let (text,): (String,) = sqlx::query_as(statement).fetch_one(&mut connection).await.unwrap();
        text
    })
}

/// Somebody else who keeps SQLite's file for himself.
#[derive(Default)]
pub(super) struct Lock(RefCell<Option<SqliteConnection>>);

impl Lock {
    pub(super) fn take(&self, url: &str) {
        let mut held = self.0.borrow_mut();
        if held.is_none() {
            let mut connection = wait(SqliteConnection::connect(url)).unwrap();
            wait(connection.execute("BEGIN IMMEDIATE")).unwrap();
            *held = Some(connection);
        }
    }

    pub(super) fn free(&self) {
        wait(self.0.borrow_mut().take().unwrap().execute("ROLLBACK")).unwrap();
    }
}

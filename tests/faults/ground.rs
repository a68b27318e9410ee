//! A system on a database to which something can be done.

use std::{cell::RefCell, fs, process::Command, sync::OnceLock};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use super::disk::Disk;
use crate::{
    load::System,
    process::{Client, Server},
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

pub(super) struct Ground {
    pub(super) system: System,
    pub(super) client: Client,
    /// As its operator, who may do anything.
    pub(super) url: String,
    /// As whom the node comes; none on SQLite.
    pub(super) role: &'static str,
    process: OnceLock<u32>,
}

impl Ground {
    pub(super) fn sqlite(disk: Option<&Disk>) -> Self {
        let system = System::on(disk.map(Disk::path));
        let client = system.set_up();
        let url = format!("sqlite:{}", system.data().join("stafette.db").display());
        Self { system, client, url, role: "", process: OnceLock::new() }
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
        Self { system, client, url, role, process: OnceLock::new() }
    }

    pub(super) fn serve(&self) -> Server {
        // A file that may not grow is an error here, not the end of the process.
        let server = self.system.serve_by(&["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
        self.process.set(server.id()).unwrap();
        server
    }

    /// Lets no file of the node grow beyond so many bytes.
    pub(super) fn limit(&self, bytes: Option<u64>) {
        let bytes = bytes.map_or_else(|| "unlimited".into(), |bytes| bytes.to_string());
        let mut command = Command::new("prlimit");
        command.args(["--pid", &self.process.get().unwrap().to_string(), &format!("--fsize={bytes}:")]);
        assert!(command.status().unwrap().success(), "{command:?}");
    }
}

/// Waits for what the driver does.
fn wait<T>(doing: impl Future<Output = T>) -> T {
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

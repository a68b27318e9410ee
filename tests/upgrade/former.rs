//! A copy of a database of a former build.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection};
use tempfile::TempDir;

use crate::world::Place;

/// A copy, and what was written down when it was made.
pub(super) struct Former {
    pub(super) data: TempDir,
    pub(super) url: Option<String>,
    pub(super) made: Value,
    pub(super) place: Option<Place>,
}

/// The builds of which there are databases.
pub(super) fn folders() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("upgrade");
    let mut folders: Vec<_> = fs::read_dir(here).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

pub(super) fn unzip(file: &Path) -> Vec<u8> {
    let out = Command::new("gzip").arg("-dc").arg(file).stdin(Stdio::null()).output().unwrap();
    assert!(out.status.success(), "gzip -dc {}: {}", file.display(), String::from_utf8_lossy(&out.stderr));
    out.stdout
}

fn made(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

impl Former {
    pub(super) fn sqlite(folder: &Path) -> Self {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("stafette.db"), unzip(&folder.join("stafette.db.gz"))).unwrap();
        Self { data, url: None, made: made(&folder.join("stafette.db.json")), place: None }
    }

    pub(super) fn postgres(folder: &Path, name: &str) -> Self {
        let text = String::from_utf8(unzip(&folder.join("stafette.sql.gz"))).unwrap();
        // What is meant for psql is not for the server.
        let text: String = text.lines().filter(|line| !line.starts_with('\\')).flat_map(|line| [line, "\n"]).collect();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (place, url) = runtime.block_on(async {
            let (place, url) = Place::postgres(name).await;
            let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
            (place, url)
        });
        let made = made(&folder.join("stafette.sql.json"));
        Self { data: tempfile::tempdir().unwrap(), url: Some(url), made, place: Some(place) }
    }

    /// A place with nothing in it: a folder, or a database of this name.
    pub(super) fn nothing(name: Option<&str>) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let place = name.map(|name| runtime.block_on(Place::postgres(name)));
        let (place, url) = place.map_or((None, None), |(place, url)| (Some(place), Some(url)));
        Self { data: tempfile::tempdir().unwrap(), url, made: Value::Null, place }
    }

    /// Where the database is.
    pub(super) fn database_url(&self) -> String {
        self.url.clone().unwrap_or_else(|| format!("sqlite:{}", self.data.path().join("stafette.db").display()))
    }

    pub(super) fn remove(self) {
        if let Some(place) = self.place {
            tokio::runtime::Runtime::new().unwrap().block_on(place.remove());
        }
    }
}

/// As if a build had migrated it that this one does not know.
pub(super) async fn pretend_newer(url: &str) {
    let statement = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'later', TRUE, '', 0)";
    if url.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    }
}

/// Runs statements of this dialect as they are.
pub(super) async fn run(url: &str, sqlite: &str, postgres: &str) {
    if url.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sqlite.to_owned())).execute(&mut connection).await.unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(postgres.to_owned())).execute(&mut connection).await.unwrap();
    }
}

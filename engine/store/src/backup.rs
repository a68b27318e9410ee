//! Copies SQLite's file while it is in use, and restores the copy. PostgreSQL has tools of its own.

use std::{fs, path::Path, str::FromStr};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Row as _, SqliteConnection,
    sqlite::{SqliteAutoVacuum, SqliteConnectOptions},
};

use crate::{Error, Result};

/// Writes a copy of SQLite's database as it is at one moment. The file must be there and empty, so that the caller says
/// who may read it. The secret that signs links goes into it, where it is kept outside of the database.
pub async fn copy_sqlite(url: &str, to: &Path, secret: Option<&[u8]>) -> Result<()> {
    let mut connection = file(SqliteConnectOptions::from_str(url)?).await?;
    let path = text(to)?;
    sqlx::query(include_str!("../sql/look/copy.sql")).bind(path).execute(&mut connection).await?;
    connection.close().await?;
    let Some(secret) = secret else { return Ok(()) };
    let mut copy = file(SqliteConnectOptions::new().filename(to)).await?;
    sqlx::query(include_str!("../sql/look/secret_put.sql")).bind(secret).execute(&mut copy).await?;
    copy.close().await?;
    Ok(())
}

/// Makes sure that a copy can be read from end to end, and takes the secret out of it, if there is one.
pub async fn open_copy(copy: &Path) -> Result<Option<Vec<u8>>> {
    let mut connection = file(SqliteConnectOptions::new().filename(copy)).await?;
    let said = sqlx::raw_sql(AssertSqlSafe(include_str!("../sql/look/check.sql"))).fetch_one(&mut connection).await?;
    let said: String = said.try_get(0)?;
    if said != "ok" {
        return Err(Error::Database(format!("the copy is damaged: {said}")));
    }
    let taken = sqlx::query(include_str!("../sql/look/secret_take.sql")).fetch_optional(&mut connection).await?;
    let secret = taken.map(|row| row.try_get(0)).transpose()?;
    connection.close().await?;
    fs::File::open(copy).and_then(|file| file.sync_all()).map_err(|error| Error::Unavailable(error.to_string()))?;
    Ok(secret)
}

/// Writes SQLite's file anew, without the pages that are free; from then on it shrinks by itself. Nobody else may have it
/// open. It takes as much free disk as the file is long.
pub async fn compact_sqlite(url: &str) -> Result<()> {
    let options = SqliteConnectOptions::from_str(url)?.auto_vacuum(SqliteAutoVacuum::Incremental);
    let mut connection = file(options).await?;
    sqlx::raw_sql(AssertSqlSafe(include_str!("../sql/look/compact.sql"))).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

async fn file(options: SqliteConnectOptions) -> Result<SqliteConnection> {
    Ok(options.create_if_missing(false).disable_statement_logging().connect().await?)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::Invalid { field: "file", why: "its name must be UTF-8".into() })
}

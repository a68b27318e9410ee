//! Opens the database. A new one gets its tables. An existing one is changed only by `serve` and `migrate`.

use store::{Migrate, Options, Store, look};

use crate::{
    config::{ConfigError, MigrateRule, Place},
    folder,
};

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its file.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// The database itself.
    #[error("database: {0}")]
    Store(#[from] store::Error),
    /// There is none.
    #[error("there is no database at {0}; `stafette serve` or `stafette migrate` makes one")]
    Absent(String),
}

/// For a server: what is missing is made, or refused.
pub(crate) async fn to_serve(place: &Place, rule: MigrateRule) -> Result<Store, OpenError> {
    match rule {
        MigrateRule::Run => make(place).await,
        MigrateRule::Expect => existing(place).await,
    }
}

/// For a command that makes something: an empty database gets its tables, any other must have them all.
pub(crate) async fn or_new(place: &Place) -> Result<Store, OpenError> {
    folder::make(place.folder())?;
    match look(&place.direct_url()).await? {
        Some(found) if found.done > 0 => found.expect_complete()?,
        _ => {}
    }
    make(place).await
}

/// For a command that looks at what is there: it must have all its tables.
pub(crate) async fn existing(place: &Place) -> Result<Store, OpenError> {
    match look(&place.direct_url()).await? {
        Some(found) if found.done > 0 => found.expect_complete()?,
        _ => return Err(OpenError::Absent(shown(place))),
    }
    connect(place, Migrate::Expect).await
}

/// Makes what is missing.
pub(crate) async fn make(place: &Place) -> Result<Store, OpenError> {
    if let Some(file) = place.database_file() {
        folder::touch(&file)?;
    }
    connect(place, Migrate::Run).await
}

async fn connect(place: &Place, migrate: Migrate) -> Result<Store, OpenError> {
    let options = Options { migrate, ..place.database.options(place.database_url()) };
    Ok(Store::open(options).await?)
}

/// A URL may hold a password, so it is not shown.
pub(crate) fn shown(place: &Place) -> String {
    match place.database_file() {
        Some(file) => file.display().to_string(),
        None => "the database URL".into(),
    }
}

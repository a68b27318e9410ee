//! All that a former build sends is understood by the tables of this one: it goes on where they were migrated beside it.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection};
use store::{Options, Store};

use super::former;
use crate::world::Place;

/// Name and text.
fn statements(folder: &Path, dialect: &str) -> Vec<(String, String)> {
    let text = String::from_utf8(former::unzip(&folder.join(format!("statements.{dialect}.gz")))).unwrap();
    let all = text.strip_prefix("-- ").unwrap().split("\n-- ");
    all.map(|one| one.split_once('\n').unwrap()).map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

/// With a plan, since only then it is seen whether there is an index for each conflict.
async fn plan(connection: &mut PgConnection, text: &str) -> sqlx::Result<()> {
    let has = |n: usize| {
        let name = format!("${n}");
        text.match_indices(&name).any(|(at, _)| !text[at + name.len()..].starts_with(|c: char| c.is_ascii_digit()))
    };
    let given = vec!["NULL"; (1..).take_while(|n| has(*n)).count()].join(", ");
    let given = if given.is_empty() { given } else { format!("({given})") };
    for statement in [format!("PREPARE p AS {text}"), format!("EXPLAIN EXECUTE p{given}"), "DEALLOCATE p".into()] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn are_understood((place, url): (Place, String)) {
    Store::open(Options::new(&url)).await.unwrap().close().await;
    for folder in former::folders() {
        if url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            for (name, text) in statements(&folder, "sqlite") {
                let prepared = connection.prepare(AssertSqlSafe(text).into_sql_str()).await;
                assert!(prepared.is_ok(), "{} {name}: {}", folder.display(), prepared.err().unwrap());
            }
        } else {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            for (name, text) in statements(&folder, "postgres") {
                let planned = plan(&mut connection, &text).await;
                assert!(planned.is_ok(), "{} {name}: {}", folder.display(), planned.err().unwrap());
            }
        }
    }
    place.remove().await;
}

#[test]
fn former_statements_are_understood() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        are_understood(Place::sqlite().await).await;
        are_understood(Place::postgres("upgrade_statements").await).await;
    });
}

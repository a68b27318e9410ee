//! A database that the build after this one has migrated: a node that runs goes on, nothing of this build starts on it, and
//! nothing that the next one may add would be in its way.

use std::collections::HashSet;

use super::former;
use crate::{
    load::{System, judge, send, wait},
    process::{stafette, stafette_ok},
    world::Place,
};

/// All that a migration may do (see `tidy::migrations_only_add`), to the tables that nodes write the most. One by one, as
/// each of them waits for whoever is at work.
const NEXT: [&str; 8] = [
    "ALTER TABLE event ADD COLUMN next_note TEXT",
    "ALTER TABLE contact ADD COLUMN next_note TEXT",
    "ALTER TABLE token ADD COLUMN next_at INTEGER",
    "ALTER TABLE message ADD COLUMN next_count INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE trace ADD COLUMN next_note TEXT",
    "CREATE TABLE next_thing (id INTEGER PRIMARY KEY)",
    "CREATE INDEX next_index ON message (next_count)",
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES ((SELECT max(version) + 1 FROM _sqlx_migrations), 'next', TRUE, '', 0)",
];
const BACK: &str = "DELETE FROM _sqlx_migrations WHERE description = 'next'";
const ROLES: &str = "api,runner,dispatcher,duties";

fn run(url: &str, statement: &str) {
    // Whoever is at work on SQLite's file is waited for.
    let patient = format!("PRAGMA busy_timeout = 60000; {statement}");
    tokio::runtime::Runtime::new().unwrap().block_on(former::run(url, &patient, statement));
}

fn the_former_build_goes_on_or_refuses(database: Option<String>) {
    let system = System::new(database.clone());
    let client = system.set_up();
    let data = system.data().display().to_string();
    let url = database.clone().unwrap_or_else(|| format!("sqlite:{data}/stafette.db"));
    let place: Vec<_> =
        ["--data", &data].into_iter().chain(database.iter().flat_map(|url| ["--database-url", url])).collect();

    let (server, mut accepted) = (system.serve(ROLES), HashSet::new());
    let mut post = |server: &crate::process::Server, total: usize| {
        while accepted.len() < total {
            send(&client, &server.url, &mut accepted, (total, total));
        }
        wait(&client, &server.url, total);
        judge(&system, &client, &server.url, total, 0)
    };
    // What it prepared is prepared by then.
    assert_eq!(post(&server, 10), (0, 0));
    NEXT.iter().for_each(|statement| run(&url, statement));
    assert_eq!(post(&server, 30), (0, 0));
    assert_eq!(client.get(&format!("{}/readyz", server.url)).map(|(status, _)| status), Some(200));
    assert_eq!(server.terminate(), Some(0));

    for command in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["serve", "--migrate", "expect", "--listen", "127.0.0.1:0"],
        &["migrate"],
        &["keys", "create", "--scope", "read"],
        &["dead-letters", "list"],
    ] {
        let refused = stafette(&[command, &place].concat());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("migrated by a newer build"), "{command:?}: {said}");
        assert!(said.contains("use that build, or restore the backup"), "{command:?}: {said}");
    }
    let doctor = stafette(&[&["doctor", "--listen", "127.0.0.1:0"][..], &place].concat());
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("problem  database: ") && said.contains("Install the newer build"), "{said}");

    // None of them has written anything, and were it not for the rule the tables would do.
    run(&url, BACK);
    let keys = stafette_ok(&[&["keys", "list"][..], &place].concat());
    assert_eq!(keys.lines().count(), 1, "{keys}");
    let server = system.serve(ROLES);
    assert_eq!(post(&server, 40), (0, 0));
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn the_former_build_goes_on_or_refuses_on_sqlite() {
    the_former_build_goes_on_or_refuses(None);
}

#[test]
fn the_former_build_goes_on_or_refuses_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("upgrade_next"));
    the_former_build_goes_on_or_refuses(Some(url));
    runtime.block_on(place.remove());
}

//! A whole server with a read-only replica: lists are read there, all else and lists while it is away on the primary, and
//! the log says so.

use std::fs;

use serde_json::Value;

use crate::{
    load::{System, event, until},
    process::{Client, Server, stafette},
    restart::Postgres,
    upgrade::run_sql,
};

/// Waits until the replica has replayed something: before that nobody knows how far behind it is.
const REPLAYED: &str = "DO $$ BEGIN WHILE pg_last_xact_replay_timestamp() IS NULL LOOP END LOOP; END $$";

fn listed(client: &Client, server: &Server) -> usize {
    client.all(&format!("{}/api/v1/events", server.url)).unwrap_or_default().len()
}

fn post(client: &Client, server: &Server, n: usize) {
    let body: Value = [event(n)].into_iter().collect();
    assert_eq!(client.post(&format!("{}/api/v1/events", server.url), &body).map(|(status, _)| status), Some(202));
}

#[test]
fn a_server_reads_lists_from_its_replica() {
    let primary = Postgres::start();
    let system = System::new(Some(primary.url.clone()));
    let client = system.set_up();
    let folder = primary.folder().display().to_string();
    let replica = primary.url.replacen(&folder, &primary.standby().display().to_string(), 1);
    run_sql(&primary.url, "CREATE TABLE replayed ()");
    run_sql(&replica, REPLAYED);
    // A node would be of no use there.
    let data = system.data().display().to_string();
    let said = stafette(&["doctor", "--listen", "127.0.0.1:0", "--data", &data, "--database-url", &replica]).stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("problem  replica: this is a read-only replica\n"), "{said}");
    assert!(said.contains("Name the primary with --database-url"), "{said}");

    let log = system.data().join("log");
    let options = ["--database-replica-url", &replica];
    let server = system.serve_logging("api,runner,dispatcher,duties", &options, &log);
    let shows = |n: usize| {
        until(&client, &server.url, || match listed(&client, &server) {
            shown if shown == n => Ok(()),
            shown => Err(format!("{shown} events are shown, not {n}")),
        });
    };
    let warned = || {
        let text = fs::read_to_string(&log).unwrap();
        text.lines().filter(|line| line.contains("WARN") && line.contains("lists come from the primary")).count()
    };
    post(&client, &server, 1);
    shows(1);
    assert_eq!(warned(), 0);

    // It stands still, and shows what it has.
    run_sql(&replica, "SELECT pg_wal_replay_pause()");
    post(&client, &server, 2);
    assert_eq!(listed(&client, &server), 1, "the list does not come from the replica");

    primary.control(&["standby", "stop", "-m", "immediate"]);
    shows(2);
    assert_eq!(warned(), 1, "{}", fs::read_to_string(&log).unwrap());
    assert_eq!(client.get(&format!("{}/readyz", server.url)).map(|(status, _)| status), Some(200));
    assert_eq!(server.terminate(), Some(0));
}

//! The database: whether it answers, what it lacks, how safely it writes, whether its clock is ours.

use std::time::Duration;

use runner::{Clock, Skew};
use store::{Dialect, Look};
use tokio::time::timeout;

use super::{Finding, Said, note, ok, problem};
use crate::{
    config::{Config, MigrateRule},
    open,
};

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The oldest PostgreSQL that is supported.
const OLDEST: u32 = 15;
const WHAT: &str = "database";

/// What was found, and what its nodes say.
pub(super) async fn look(config: &Config) -> (Vec<Finding>, Said) {
    let clock = Clock::system();
    let before = clock.now();
    // The URL may hold a password, so it is not printed.
    let found = match timeout(PATIENCE, store::look(&config.place.direct_url())).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            let remedy = "Check --database-url, that the server runs, and that the user may connect.";
            return (vec![problem(WHAT, error.to_string(), remedy), machine(&clock)], Said::new());
        }
        Err(_) => {
            let remedy = "See whether the database server is well, and the way to it.";
            let why = format!("no answer within {} s", PATIENCE.as_secs());
            return (vec![problem(WHAT, why, remedy), machine(&clock)], Said::new());
        }
    };
    let Some(found) = found else {
        let file = open::shown(&config.place);
        let first = ok(WHAT, format!("{file} is not there yet; the first start makes it"));
        return (vec![first, machine(&clock)], Said::new());
    };
    let mut findings = vec![tables(config, &found)];
    match found.dialect {
        Dialect::Sqlite => findings.push(ok(
            "durability",
            format!("SQLite {}, opened with WAL and synchronous=FULL", found.setting("server_version")),
        )),
        Dialect::Postgres => findings.extend(postgres(config, &found)),
    }
    let after = clock.now();
    findings.push(match found.now() {
        Some(theirs) => skew(Skew::between(before, theirs, after), after),
        None => machine(&clock),
    });
    (findings, found.said)
}

/// As its makers write it.
fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "SQLite",
        Dialect::Postgres => "PostgreSQL",
    }
}

fn tables(config: &Config, found: &Look) -> Finding {
    let (dialect, rule) = (name(found.dialect), config.work.migrate.unwrap_or_default());
    if found.newer.is_some() {
        let why = found.expect_complete().err().map(|error| error.to_string()).unwrap_or_default();
        return problem(WHAT, why, "Install the newer build, or bring the backup back that was made before.");
    }
    let may = found.setting("may_create") != "false";
    match (found.missing.len(), rule) {
        (0, _) => ok(WHAT, format!("{dialect} answers, and its tables are up to date")),
        (n, _) if !may => {
            let remedy = "Run `stafette migrate` with a user that may make tables.";
            problem(WHAT, format!("{dialect} lacks {n} migrations, and this user may make no tables"), remedy)
        }
        (n, MigrateRule::Expect) => {
            problem(WHAT, format!("{dialect} lacks {n} migrations of this build"), "Run `stafette migrate`.")
        }
        (n, MigrateRule::Run) if found.done == 0 => {
            ok(WHAT, format!("{dialect} answers and is empty; the first start makes its tables ({n} migrations)"))
        }
        (_, MigrateRule::Run) => {
            let missing = found.missing.join(", ");
            let remedy = "Make a backup first: `stafette backup FILE`. `stafette migrate` does it now.";
            note(WHAT, format!("{dialect} answers; the next start of this build migrates it ({missing})"), remedy)
        }
    }
}

fn postgres(config: &Config, found: &Look) -> Vec<Finding> {
    let mut findings = Vec::new();
    let version = found.setting("server_version");
    let major = version.split(['.', ' ']).next().and_then(|major| major.parse::<u32>().ok()).unwrap_or_default();
    findings.push(match major >= OLDEST {
        true => ok("version", format!("PostgreSQL {version}")),
        false => problem("version", format!("PostgreSQL {version}"), format!("Upgrade it to {OLDEST} or newer.")),
    });
    let off: Vec<_> = ["fsync", "synchronous_commit", "full_page_writes"]
        .into_iter()
        .filter(|name| found.setting(name) == "off")
        .collect();
    findings.push(match off.is_empty() {
        true => ok("durability", "fsync, synchronous_commit and full_page_writes are on"),
        false => problem(
            "durability",
            format!("{} is off", off.join(" and ")),
            "Turn it on: what was accepted would be lost when the machine fails, and mails would go out twice.",
        ),
    });
    if found.setting("in_recovery") == "true" {
        findings.push(problem("replica", "this is a read-only replica", "Name the primary with --database-url."));
    }
    if found.done > 0 && found.setting("may_write") == "false" {
        let remedy = "Grant it SELECT, INSERT, UPDATE and DELETE on all tables: see docs/operating.md.";
        findings.push(problem("rights", "this user may not read and write the tables", remedy));
    }
    let number = |name| found.setting(name).parse::<u32>().unwrap_or_default();
    let (used, most, wanted) =
        (number("used_connections"), number("max_connections"), config.place.database.connections());
    let free = most.saturating_sub(used);
    findings.push(match free >= wanted {
        true => ok("connections", format!("{free} of {most} are free; this process takes up to {wanted}")),
        false => problem(
            "connections",
            format!("{free} of {most} are free, and this process takes up to {wanted}"),
            "Raise max_connections, lower --database-connections, or put a pooler in between.",
        ),
    });
    findings
}

fn machine(clock: &Clock) -> Finding {
    ok("clock", super::super::moment(clock.now()))
}

/// What a running node logs, too.
fn skew(skew: Skew, now: program::Time) -> Finding {
    let millis = skew.ahead.num_milliseconds();
    match skew.matters() {
        false => ok("clock", format!("{}, {millis} ms from the database's", super::super::moment(now))),
        true => problem(
            "clock",
            format!("this machine is {millis} ms from the database's clock"),
            "Set both by NTP: by a wrong clock waits end early or late, and times in lists contradict each other.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use store::{Dialect, Look};

    use super::{super::State, Skew, postgres, skew};
    use crate::config::Config;

    #[test]
    fn an_old_server_is_a_problem() {
        for (version, state) in [
            ("14.19 (Debian 14.19-1)", State::Problem),
            ("9.6.24", State::Problem),
            ("15.0", State::Ok),
            ("18", State::Ok),
        ] {
            let found = Look {
                dialect: Dialect::Postgres,
                done: 0,
                missing: Vec::new(),
                newer: None,
                is_empty: true,
                settings: [("server_version".to_owned(), version.to_owned())].into(),
                said: [].into(),
            };
            let findings = postgres(&Config::default(), &found);
            let finding = findings.iter().find(|finding| finding.what == "version").unwrap();
            assert_eq!(finding.state, state, "{version}");
            let remedy = finding.remedy.as_deref().unwrap_or_default();
            assert_eq!(remedy.contains("15 or newer"), state == State::Problem, "{version}: {remedy}");
        }
    }

    #[test]
    fn clocks_may_differ_a_little() {
        let at = |millis: i64| DateTime::from_timestamp_millis(1_800_000_000_000 + millis).unwrap();
        let seen = |before, there, after| skew(Skew::between(at(before), at(there), at(after)), at(after));
        assert_eq!(seen(0, 900, 0).state, State::Ok);
        assert_eq!(seen(0, 1_100, 0).state, State::Problem);
        // The answer was long on its way.
        assert_eq!(seen(0, 0, 3_000).state, State::Ok);
        let wrong = seen(30_000, 0, 30_000);
        assert_eq!((wrong.state, wrong.seen.contains("30000 ms")), (State::Problem, true));
    }
}

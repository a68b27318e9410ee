//! Databases of former builds, in `tests/upgrade/`: the present code opens them, shows all that is in them, and lets it
//! go on. Nothing in them is ever made anew, so what was in production yesterday is what is opened here.

mod calls;
mod desk;
mod former;
mod million;
mod newer;
mod statements;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::{desk::Desk, former::Former};
use crate::{
    process::{stafette, stafette_ok},
    world::Place,
};

/// Runs a statement as it is, beside everything.
pub(crate) fn run_sql(url: &str, statement: &str) {
    tokio::runtime::Runtime::new().unwrap().block_on(former::run(url, statement, statement));
}

fn total(states: &Value) -> u64 {
    states.as_object().map_or(0, |states| states.values().filter_map(Value::as_u64).sum())
}

/// Reads every list and every item in it.
fn everything_is_readable(desk: &Desk) {
    let each = |list: &str, id: &str, more: &[&str]| {
        let items = desk.all(list);
        assert!(!items.is_empty(), "{list} is empty");
        for item in &items {
            let id = item[id].as_str().unwrap();
            desk.get(&format!("{list}/{id}"));
            more.iter().for_each(|part| drop(desk.get(&format!("{list}/{id}/{part}"))));
        }
        items
    };
    let made = &desk.former.made;
    for (list, more) in [("events", &[][..]), ("inbox", &["html", "source"]), ("tokens", &[]), ("messages", &[])] {
        let n = each(list, "id", more).len();
        let known = made["lists"][list].as_u64().unwrap_or_else(|| total(&made[list]));
        assert!(n as u64 >= known, "{n} {list} of {known}");
    }
    let contacts = each("contacts", "id", &["timeline"]);
    let said: BTreeSet<_> = contacts.iter().map(|contact| contact["opt_in"].to_string()).collect();
    assert_eq!(said, ["false", "null", "true"].map(String::from).into());
    each("streams", "name", &[]);
    let states: Vec<_> = desk.get("programs")["items"].as_array().unwrap().clone();
    for (name, state) in made["programs"].as_object().unwrap() {
        assert!(states.iter().any(|now| now["name"] == json!(name) && now["state"] == *state), "{name} was {state}");
        for part in ["", "/counts", "/known", "/versions", "/draft", "/test-runs"] {
            desk.get(&format!("programs/{name}{part}"));
        }
    }
    for version in desk.all("programs/order-follow-up/versions") {
        desk.get(&format!("programs/order-follow-up/versions/{}", version["number"]));
    }
    assert_eq!(desk.all("programs/order-follow-up/versions").len() as u64, made["versions"].as_u64().unwrap());
    let runs = desk.get("programs/order-follow-up/test-runs");
    let run = runs["items"].as_array().or(runs.as_array()).unwrap()[0]["id"].as_str().unwrap().to_string();
    assert_eq!(desk.get(&format!("programs/order-follow-up/test-runs/{run}"))["tokens"].as_array().unwrap().len(), 1);
    for list in ["dead-letters", "keys", "event-types"] {
        let answer = desk.get(list);
        let items = answer["items"].as_array().or(answer.as_array()).unwrap();
        assert!(!items.is_empty(), "{list} is empty");
    }
}

/// Former builds stored reasons as sentences; they are read back as what they were.
fn reasons_are_known(desk: &Desk) {
    let reasons: Vec<_> = ["tokens?state=failed", "messages?state=blocked", "messages?state=unknown"]
        .iter()
        .flat_map(|list| desk.all(list))
        .filter(|item| !item["reason"].is_null() || !item["error"].is_null())
        .collect();
    assert!(reasons.len() >= 5, "{reasons:?}");
    for item in reasons {
        assert!(item["why"]["reason"].is_string(), "nobody knows any more what this says: {item}");
    }
}

/// Whoever had access has it, whoever had none has none; a link in an old mail still answers.
fn doors_open_as_before(desk: &Desk) {
    let made = &desk.former.made;
    let form = json!({ "email": "owner@example.test", "password": made["password"] });
    assert_eq!(desk.client.post(&desk.url("session"), &form).unwrap().0, 200, "the user signs in");
    let answer = desk.get("keys");
    let keys = answer["items"].as_array().or(answer.as_array()).unwrap();
    assert!(keys.iter().any(|key| !key["revoked_at"].is_null()) && keys.iter().any(|key| !key["expires_at"].is_null()));
    let link = made["links"][1].as_str().unwrap().strip_prefix(made["public_url"].as_str().unwrap()).unwrap();
    let page = desk.page(link);
    assert!(page.contains("Well?"), "{page}");
    desk.answer(link.split('?').next().unwrap(), "2");
    desk.until("the answer", || desk.all("events?type=survey.answered").len() == 1);
}

/// What only people can do: let it go on, decide, try again, change the program under everybody's feet.
fn people_mend(desk: &Desk) {
    for program in ["paused", "paused-mail", "stopped"] {
        desk.post(&format!("programs/{program}/resume"), &json!({}));
    }
    for who in ["anna", "bert"] {
        let contact = json!({ "email": format!("{who}@example.test"), "tier": "gold" });
        desk.post("events", &json!({ "type": "tier.changed", "contact": contact }));
    }
    let ids = |list: &str| Value::from_iter(desk.all(list).iter().map(|item| item["id"].clone()));
    let tokens = ids("tokens?state=failed");
    assert_eq!(tokens.as_array().unwrap().len(), 2);
    desk.post("dead-letters/replay", &json!({ "ids": tokens }));
    desk.post("dead-letters/replay", &json!({ "ids": ids("messages?state=failed") }));
    let unknown = ids("messages?state=unknown");
    assert!(!unknown.as_array().unwrap().is_empty());
    desk.post("messages/resolve", &json!({ "ids": unknown, "resolution": "resend" }));
    // A draft that was begun before goes live, and is taken back.
    let draft = desk.get("programs/order-follow-up/draft");
    let moves = json!([{ "node": "pause", "choice": "retime" }]);
    let form = json!({ "revision": draft["revision"], "moves": moves });
    let published = desk.post("programs/order-follow-up/publish", &form);
    assert_eq!(published["version"].as_u64(), desk.former.made["versions"].as_u64().map(|n| n + 1));
    assert!(published["moved"][0]["tokens"].as_u64().unwrap() > 0, "{published}");
    let undone =
        desk.post("programs/order-follow-up/publish/undo", &json!({ "publication": published["publication"] }));
    assert_eq!(undone["version"], desk.former.made["versions"], "{undone}");
}

fn all_goes_on(former: Former) {
    let desk = Desk::open(former);
    everything_is_readable(&desk);
    reasons_are_known(&desk);
    doors_open_as_before(&desk);
    people_mend(&desk);
    // Beyond every wait, date and window in them.
    desk.days(45);
    let open = [
        "tokens?state=ready",
        "tokens?state=waiting",
        "tokens?state=held",
        "tokens?state=ejected",
        "tokens?state=failed",
        "messages?state=queued",
        "messages?state=leased",
        "messages?state=handing_over",
        "messages?state=held",
        "messages?state=unknown",
    ];
    desk.until("the end of everything", || open.iter().all(|list| desk.all(list).is_empty()));
    // What cannot go out has its reason still, and nothing else has failed.
    let failed = desk.all("messages?state=failed");
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0]["program"], "papers-mail");
    let mailed: BTreeSet<_> =
        desk.all("messages?state=sent").iter().map(|mail| mail["recipient"].as_str().unwrap().to_string()).collect();
    for who in ["hang", "hang5", "dead", "later", "sven", "anna", "bert"] {
        assert!(mailed.iter().any(|mail| mail.starts_with(&format!("{who}@"))), "nothing went to {who}: {mailed:?}");
    }
    let anna = desk.all("messages?state=sent");
    assert!(anna.iter().any(|mail| mail["stream"] == "news"), "marketing mail that waited for its relay went out");
    // One mail more for each wait that ended: the last mail of each order is the survey or the invitation.
    let asked = anna.iter().filter(|mail| ["satisfaction", "invitation"].contains(&mail["stream"].as_str().unwrap()));
    assert!(asked.count() >= 10);
    desk.close();
}

#[test]
fn sqlite_databases_go_on() {
    for folder in former::folders() {
        all_goes_on(Former::sqlite(&folder));
    }
}

#[test]
fn postgres_databases_go_on() {
    for folder in former::folders() {
        all_goes_on(Former::postgres(&folder, "upgrade"));
    }
}

/// A build that is older than the database says what to do, and touches nothing.
#[test]
fn a_newer_database_is_refused_with_the_remedy() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let refused = async |(place, url): (Place, String)| {
        store::Store::open(store::Options::new(&url)).await.unwrap().close().await;
        former::pretend_newer(&url).await;
        let error = store::Store::open(store::Options::new(&url)).await.unwrap_err().to_string();
        assert!(error.contains("newer build (migration 9999)"), "{error}");
        assert!(error.contains("use that build") && error.contains("backup"), "{error}");
        place.remove().await;
    };
    runtime.block_on(async {
        refused(Place::sqlite().await).await;
        refused(Place::postgres("upgrade_newer").await).await;
    });
}

/// Only `serve` and `migrate` change tables; whoever else meets former ones says the remedy.
fn others_refuse(former: Former) {
    let (data, url) = (former.data.path().to_str().unwrap().to_owned(), former.database_url());
    let forget = "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    tokio::runtime::Runtime::new().unwrap().block_on(former::run(&url, forget, forget));
    let place = ["--data", &data, "--database-url", &url];
    for command in [
        &["keys", "list"][..],
        &["keys", "create", "--scope", "read"],
        &["dead-letters", "list"],
        &["serve", "--migrate", "expect", "--listen", "127.0.0.1:0"],
    ] {
        let refused = stafette(&[command, &place].concat());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("run `stafette migrate`"), "{command:?}: {said}");
    }
    let trial = stafette_ok(&[&["migrate", "--dry-run"][..], &place].concat());
    assert!(trial.starts_with("would make "), "{trial}");
    let doctor = stafette(&[&["doctor", "--listen", "127.0.0.1:0"][..], &place].concat());
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("the next start of this build migrates it"), "{said}");
    former.remove();
}

#[test]
fn only_two_commands_migrate() {
    for folder in former::folders() {
        others_refuse(Former::sqlite(&folder));
        others_refuse(Former::postgres(&folder, "upgrade_others"));
    }
}

/// A backup is brought back elsewhere, and what was under way goes on there.
fn comes_back(former: Former, empty: Former) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup").to_str().unwrap().to_owned();
    let place = |of: &Former| {
        let data = ["--data".to_owned(), of.data.path().join("d").to_str().unwrap().to_owned()];
        let url = of.url.iter().flat_map(|url| ["--database-url".to_owned(), url.clone()]);
        data.into_iter().chain(url).collect::<Vec<_>>()
    };
    let run = |command: &str, of: &Former| {
        let place = place(of);
        let args: Vec<_> = [command, &file].into_iter().chain(place.iter().map(String::as_str)).collect();
        stafette(&args)
    };
    let secret = |of: &Former| of.data.path().join("d/secret");
    if former.url.is_none() {
        std::fs::create_dir(former.data.path().join("d")).unwrap();
        std::fs::rename(former.data.path().join("stafette.db"), former.data.path().join("d/stafette.db")).unwrap();
        std::fs::write(secret(&former), former.made["secret"].as_str().unwrap()).unwrap();
    }
    let ok = |output: std::process::Output| {
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{said}");
    };
    ok(run("backup", &former));
    let again = run("backup", &former);
    assert!(String::from_utf8_lossy(&again.stderr).contains("never overwritten"));
    ok(run("restore", &empty));
    let again = run("restore", &empty);
    assert!(String::from_utf8_lossy(&again.stderr).contains("overwritten"));
    if former.url.is_none() {
        let place = place(&empty);
        ok(stafette(&["migrate", "--compact"].into_iter().chain(place.iter().map(String::as_str)).collect::<Vec<_>>()));
        assert_eq!(std::fs::read_to_string(secret(&empty)).unwrap().trim(), former.made["secret"].as_str().unwrap());
        std::fs::rename(empty.data.path().join("d/stafette.db"), empty.data.path().join("stafette.db")).unwrap();
    }
    let made = former.made.clone();
    former.remove();
    let desk = Desk::open(Former { made, ..empty });
    everything_is_readable(&desk);
    doors_open_as_before(&desk);
    desk.days(45);
    desk.until("the end of all waits", || desk.all("tokens?state=waiting").is_empty());
    desk.until("the last mail", || desk.all("messages?state=queued").is_empty());
    desk.close();
}

#[test]
fn a_backup_of_sqlite_comes_back() {
    comes_back(Former::sqlite(&former::folders()[0]), Former::nothing(None));
}

#[test]
fn a_backup_of_postgres_comes_back() {
    comes_back(Former::postgres(&former::folders()[0], "upgrade_backup"), Former::nothing(Some("upgrade_restore")));
}

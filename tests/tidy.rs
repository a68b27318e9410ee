//! The walls of the house, over `cargo metadata` and the sources.

mod callers;
mod circles;
mod kinds;
mod modules;
mod page;
mod seams;
mod sleeps;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Crate, and which crates of ours it may import.
const WALLS: [(&str, &[&str]); 12] = [
    ("api", &["program"]),
    ("bench", &["connect", "mail", "program", "runner", "store"]),
    ("connect", &["api", "program"]),
    ("letter", &["program"]),
    ("mail", &["letter", "program"]),
    ("monitor", &["program"]),
    ("program", &[]),
    ("runner", &["connect", "letter", "mail", "monitor", "program", "store"]),
    ("server", &["api", "bench", "connect", "letter", "mail", "monitor", "program", "runner", "store"]),
    ("store", &["monitor", "program"]),
    ("web", &["api", "letter", "monitor", "program"]),
    ("bundle", &[]),
];

/// Crate, and what it must not know.
const STRANGERS: [(&str, &[&str]); 10] = [
    ("api", &["axum", "leptos", "sqlx", "tokio"]),
    ("bench", &["axum", "leptos", "sqlx"]),
    ("connect", &["axum", "leptos", "sqlx"]),
    ("letter", &["axum", "leptos", "lettre", "mail-builder", "minijinja", "sqlx", "tokio"]),
    ("mail", &["axum", "sqlx"]),
    ("monitor", &["axum", "leptos", "sqlx", "tokio"]),
    ("program", &["apalis", "axum", "leptos", "sqlx", "tokio"]),
    ("runner", &["axum", "sqlx"]),
    ("server", &["apalis", "apalis-core", "sqlx"]),
    ("store", &["api", "apalis", "axum", "minijinja"]),
];

/// Crate, and what it knows with a feature only: without it the crate is pure.
const BEHIND_A_FEATURE: [(&str, &[&str]); 2] = [
    ("connect", &["http-body-util", "hyper", "hyper-util", "rustls-native-certs", "tokio", "tokio-rustls"]),
    ("mail", &["lettre", "rustls-native-certs", "tokio", "tokio-rustls"]),
];

/// Feature of `letter` that makes mails of blocks and reads foreign ones. A browser does not carry it.
const COMPILER: &str = "compiler";

/// What `letter` always knows, and a browser carries with it.
const LETTER: [&str; 3] = ["program", "serde", "unicode-segmentation"];

/// Lines of a source file; beyond, it is time to split.
const MAX_LINES: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut open: Vec<PathBuf> = ["engine", "web/src", "tests", "scripts"].map(|dir| root().join(dir)).into();
    let mut sources = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            if !path.ends_with("target") {
                open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            sources.push((path.strip_prefix(root()).unwrap().to_path_buf(), text));
        }
    }
    sources.sort();
    sources
}

#[test]
fn crates_import_only_what_they_may() {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().other_options(vec!["--offline".into()]).exec();
    let packages = metadata.unwrap().packages;
    let ours: BTreeSet<_> = packages.iter().map(|package| package.name.to_string()).collect();
    let normal: BTreeMap<String, BTreeSet<String>> = packages
        .iter()
        .map(|package| {
            let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
            (package.name.to_string(), normal.map(|dependency| dependency.name.clone()).collect())
        })
        .collect();
    for (name, may) in WALLS {
        for import in normal[name].iter().filter(|import| ours.contains(*import)) {
            assert!(may.contains(&import.as_str()), "{name} imports {import}");
        }
    }
    for (name, strangers) in STRANGERS {
        for stranger in strangers {
            assert!(!normal[name].contains(*stranger), "{name} knows {stranger}");
        }
    }
    for (name, behind) in BEHIND_A_FEATURE {
        let package = packages.iter().find(|package| package.name.as_str() == name).unwrap();
        assert!(!package.features.contains_key("default"), "{name} has a feature that nobody asked for");
        for stranger in behind {
            let known = package.dependencies.iter().filter(|known| known.kind == DependencyKind::Normal);
            let found: Vec<_> = known.filter(|known| known.name == *stranger).map(|known| known.optional).collect();
            assert_eq!(found, [true], "{name} knows {stranger} always, or not at all");
        }
    }
    let raw = |package: &&cargo_metadata::Package| {
        let normal = package.dependencies.iter().filter(|known| known.kind == DependencyKind::Normal);
        normal.into_iter().any(|known| known.name == "store" && known.features.iter().any(|feature| feature == "raw"))
    };
    let raw: Vec<_> = packages.iter().filter(raw).map(|package| package.name.as_str()).collect();
    assert_eq!(raw, ["bench"], "raw writes are for benches");
    assert_eq!(against_letter(&packages), None);
    let known: BTreeSet<_> = WALLS.iter().map(|(name, _)| name.to_string()).chain(["tests".into()]).collect();
    assert_eq!(ours, known, "a crate without walls");
}

/// What `letter` knows beyond [`LETTER`] is behind its one feature, and `web` does not ask for that.
fn against_letter(packages: &[cargo_metadata::Package]) -> Option<String> {
    let find = |name: &str| packages.iter().find(|package| package.name.as_str() == name).unwrap();
    let (letter, web) = (find("letter"), find("web"));
    if let Some(other) = letter.features.keys().find(|name| *name != COMPILER && !LETTER.contains(&name.as_str())) {
        return Some(format!("letter has a feature {other} beside {COMPILER}"));
    }
    let normal = |package: &'_ cargo_metadata::Package| {
        let normal = package.dependencies.iter().filter(|known| known.kind == DependencyKind::Normal);
        normal.cloned().collect::<Vec<_>>()
    };
    let of_feature = letter.features.get(COMPILER).cloned().unwrap_or_default();
    for known in normal(letter).iter().filter(|known| !LETTER.contains(&known.name.as_str())) {
        if !known.optional || !of_feature.contains(&format!("dep:{}", known.name)) {
            return Some(format!("letter knows {} without {COMPILER}", known.name));
        }
    }
    let asks =
        normal(web).into_iter().any(|known| known.name == "letter" && known.features.iter().any(|it| it == COMPILER));
    let may_ask = web.features.values().flatten().any(|enabled| *enabled == format!("letter/{COMPILER}"));
    (asks || may_ask).then(|| "web carries the compiler of mails".into())
}

/// The wall stands before there is anything behind it.
#[test]
fn what_climbs_over_the_wall_of_letter_is_seen() {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().other_options(vec!["--offline".into()]).exec();
    let packages = metadata.unwrap().packages;
    let changed = |change: &dyn Fn(&mut cargo_metadata::Package, &mut cargo_metadata::Package)| {
        let mut packages = packages.clone();
        let mut take = |name: &str| packages.remove(packages.iter().position(|it| it.name.as_str() == name).unwrap());
        let (mut letter, mut web) = (take("letter"), take("web"));
        change(&mut letter, &mut web);
        packages.extend([letter, web]);
        against_letter(&packages)
    };
    let mut engine = packages.iter().find(|package| package.name == "mail").unwrap().dependencies.clone();
    engine.retain(|known| known.name == "minijinja");
    let behind = |letter: &mut cargo_metadata::Package, optional: bool| {
        letter.dependencies.extend(engine.iter().cloned().map(|mut known| {
            known.optional = optional;
            known
        }));
        letter.features.insert(COMPILER.into(), vec!["dep:minijinja".into()]);
    };
    assert_eq!(changed(&|letter, _| behind(letter, true)), None);
    assert!(changed(&|letter, _| behind(letter, false)).is_some());
    assert!(changed(&|letter, _| drop(letter.features.insert("default".into(), vec![COMPILER.into()]))).is_some());
    let asked = changed(&|letter, web| {
        behind(letter, true);
        let used = packages.iter().flat_map(|package| &package.dependencies).find(|known| known.name == "letter");
        web.dependencies.extend(used.cloned().map(|mut known| {
            known.features.push(COMPILER.into());
            known
        }));
    });
    assert!(asked.is_some(), "web asks for it");
}

#[test]
fn only_one_file_names_apalis() {
    let naming: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| {
            path.starts_with("engine")
                && text.lines().any(|line| line.contains("apalis_core") || line.trim_start().starts_with("use apalis"))
        })
        .map(|(path, _)| path)
        .collect();
    assert_eq!(naming, [Path::new("engine/runner/src/worker.rs")]);
}

#[test]
fn sql_stands_in_files() {
    for (path, text) in sources() {
        let elsewhere = ["tests", "engine/store/tests", "scripts/peers"].iter().any(|other| path.starts_with(other));
        if elsewhere || path.ends_with("tests.rs") {
            continue;
        }
        let code = text.lines().take_while(|line| *line != "#[cfg(test)]");
        for (at, line) in code.enumerate() {
            let statement = ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM "];
            let found = statement.iter().any(|word| line.contains(word) || line.contains(&word.to_lowercase()));
            assert!(!found, "{}:{} holds SQL text", path.display(), at + 1);
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines; split it at {MAX_LINES}", path.display());
        assert!(text.starts_with("//!"), "{} does not begin with what it is", path.display());
    }
}

#[test]
fn the_core_knows_no_clock_and_no_chance() {
    const IMPURE: [&str; 8] =
        ["Utc::now", "SystemTime", "Instant", "rand::", "std::fs", "std::env", "new_v4", "now_v7"];
    const SOCKETS: [&str; 4] = ["TcpListener", "TcpStream", "ToSocketAddrs", "UdpSocket"];
    let client = |path: &Path| ["client", "client.rs"].iter().any(|part| path.iter().nth(3) == Some(part.as_ref()));
    for (path, text) in sources() {
        let program = path.starts_with("engine/program/src");
        let connect = path.starts_with("engine/connect/src") && !client(&path);
        let pure = ["engine/letter/src", "engine/monitor/src"].iter().any(|home| path.starts_with(home));
        if program || connect || pure {
            // `connect` judges addresses.
            let net = (program || pure).then_some("std::net");
            for word in IMPURE.into_iter().chain(SOCKETS).chain(net) {
                // `Operand::` is another word than `rand::`.
                let within = |at: usize| text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                let knows = text.match_indices(word).any(|(at, _)| !within(at));
                assert!(!knows, "{} knows {word}", path.display());
            }
        }
    }
}

#[test]
fn migrations_are_paired() {
    let names = |dialect: &str| -> BTreeSet<String> {
        let files = fs::read_dir(root().join("migrations").join(dialect)).unwrap();
        files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect()
    };
    let sqlite = names("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("postgres"));
}

/// The text of each migration that ever landed, by its checksum, in one place.
#[tokio::test]
async fn migrations_stay_as_they_landed() {
    let list = root().join("migrations/landed");
    let mut text = fs::read_to_string(&list).unwrap();
    let (mut changed, mut new) = (Vec::new(), Vec::new());
    let mut landed: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, sum) = line.split_once(' ').unwrap();
        assert!(landed.insert(name.to_owned(), sum.to_owned()).is_none(), "{name} landed twice");
    }
    for dialect in ["sqlite", "postgres"] {
        let folder = root().join("migrations").join(dialect);
        // As databases compare them.
        for migration in sqlx::migrate::Migrator::new(folder).await.unwrap().iter() {
            let name = migration.description.replace(' ', "_");
            let name = format!("{dialect}/{:04}_{name}.sql", migration.version);
            let sum: String = migration.checksum.iter().map(|byte| format!("{byte:02x}")).collect();
            match landed.remove(&name) {
                Some(old) if old == sum => {}
                Some(_) => changed.push(name),
                None => new.push(format!("{name} {sum}\n")),
            }
        }
    }
    assert!(changed.is_empty(), "{changed:?} landed with another text, and databases that have them would not open");
    assert!(landed.is_empty(), "{:?} landed and are gone", landed.keys());
    if std::env::var_os("UPDATE").is_some() {
        text.extend(new);
        return fs::write(list, text).unwrap();
    }
    assert!(new.is_empty(), "not in {}: {}", list.display(), new.concat());
}

/// Tables that may have millions of rows. Of the audit no row is changed, either.
const LARGE: [&str; 12] = [
    "attachment",
    "audit",
    "contact",
    "event",
    "inbox_mail",
    "message",
    "node_count_past",
    "participation",
    "piece",
    "publication_token",
    "token",
    "trace",
];

/// What a statement of a migration must not do, in words.
fn rewrites(statement: &str) -> Option<&'static str> {
    let words: Vec<_> = statement.split_whitespace().collect();
    let first = words.iter().map(|word| word.to_lowercase()).collect::<Vec<_>>();
    let first: Vec<_> = first.iter().map(String::as_str).collect();
    let table =
        |at: usize| first.get(at).map_or("", |name| name.trim_matches(|c: char| !c.is_alphanumeric() && c != '_'));
    let large = |at: usize| LARGE.contains(&table(at));
    let says = |phrase: &[&str]| first.windows(phrase.len()).any(|window| window == phrase);
    match first.first().copied()? {
        "create" if says(&["table"]) && says(&["as", "select"]) => Some("copies a table"),
        "create" if says(&["unique", "index"]) => Some("refuses rows that the former build writes"),
        "create" if says(&["trigger"]) => Some("does what the former build knows nothing of"),
        "create" | "insert" if first[0] == "create" || !large(2) => None,
        "update" if !large(1) => None,
        "delete" if !large(2) => None,
        "insert" | "update" | "delete" => Some("writes rows of a large table; let a duty do it in batches"),
        "comment" | "grant" => None,
        "drop" if first.get(1) == Some(&"index") => None,
        "drop" => Some("drops what the former build reads; a release later"),
        "alter" if first.get(1) == Some(&"index") => None,
        "alter" => match first.get(3).copied() {
            Some("add") if table(4) == "constraint" && !says(&["not", "valid"]) => Some("reads the table under a lock"),
            Some("add")
                if first.contains(&"stored") || statement.contains("gen_random") || statement.contains("now()") =>
            {
                Some("rewrites the table")
            }
            Some("add") if says(&["not", "null"]) && !first.contains(&"default") => {
                Some("adds a column that the former build leaves empty")
            }
            Some("add") => None,
            Some("set") if first.get(4).is_some_and(|what| what.starts_with('(')) => None,
            _ => Some("changes what the former build reads"),
        },
        _ => Some("is a kind of statement that nobody thought about"),
    }
}

#[test]
fn migrations_only_add() {
    /// The last one before this was a rule.
    const FREE: &str = "0012_";
    for dialect in ["sqlite", "postgres"] {
        for entry in fs::read_dir(root().join("migrations").join(dialect)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name[..5] <= *FREE {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code: String = text.lines().flat_map(|line| [line.split("--").next().unwrap_or(""), "\n"]).collect();
            for statement in code.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
                let fits = is_of_a_new_table(statement, &code) || is_weaker(statement, &code);
                let why = rewrites(statement).filter(|_| !fits);
                assert!(why.is_none(), "{dialect}/{name} {}:\n{statement}", why.unwrap_or_default());
            }
        }
    }
}

/// Whether it is an index of a table that the same migration makes: the former build does not know it.
fn is_of_a_new_table(statement: &str, code: &str) -> bool {
    let table = statement.strip_prefix("CREATE UNIQUE INDEX ").and_then(|rest| rest.split_whitespace().nth(2));
    table.is_some_and(|table| code.contains(&format!("CREATE TABLE {table} (")))
}

/// Whether it takes the place of a unique index with fewer columns: what the former build writes, fits both.
fn is_weaker(statement: &str, code: &str) -> bool {
    let parts = |index: &str| {
        let (head, columns) = index.strip_prefix("CREATE UNIQUE INDEX ")?.split_once(" (")?;
        let (name, table) = head.split_once(" ON ")?;
        Some((name.to_owned(), table.to_owned(), columns.trim_end_matches(')').to_owned()))
    };
    let Some((_, table, columns)) = parts(statement) else { return false };
    let former = fs::read_to_string(root().join("migrations/sqlite/0005_messages.sql")).unwrap();
    let former = former.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
    former.split(';').filter_map(|statement| parts(statement.trim())).any(|(name, of, fewer)| {
        of == table && columns.starts_with(&format!("{fewer}, ")) && code.contains(&format!("DROP INDEX {name};"))
    })
}

#[test]
fn a_rewrite_is_seen() {
    for statement in [
        "UPDATE message SET a = 1",
        "ALTER TABLE token ALTER COLUMN seq TYPE bigint",
        "ALTER TABLE token DROP COLUMN seq",
        "CREATE TABLE x AS SELECT 1",
        "INSERT INTO event (a) SELECT b FROM c",
        "DROP TABLE token",
        "VACUUM",
        "ALTER TABLE token RENAME COLUMN a TO b",
        "ALTER TABLE token ADD COLUMN a INTEGER NOT NULL",
        "ALTER TABLE token ADD COLUMN a uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE token ADD CONSTRAINT a CHECK (b > 0)",
        "CREATE UNIQUE INDEX a ON token (b)",
        "CREATE TRIGGER a AFTER INSERT ON token BEGIN SELECT 1; END",
    ] {
        assert!(rewrites(statement).is_some(), "{statement}");
    }
    for statement in [
        "CREATE TABLE x (a INTEGER)",
        "ALTER TABLE token ADD COLUMN a INTEGER NOT NULL DEFAULT 0",
        "DROP INDEX a",
        "CREATE INDEX a ON token (b)",
        "UPDATE program SET state = 'live'",
        "ALTER TABLE token ADD COLUMN a TEXT",
        "INSERT INTO secret (name, bytes) VALUES ('a', 'b')",
        "ALTER TABLE token SET (fillfactor = 90)",
    ] {
        assert!(rewrites(statement).is_none(), "{statement}");
    }
    let wider = "CREATE UNIQUE INDEX a ON message (workspace, token, seq, n)";
    assert!(is_weaker(wider, &format!("{wider};\nDROP INDEX message_step;")));
    assert!(!is_weaker(wider, wider), "the stronger one stays");
    let other = "CREATE UNIQUE INDEX a ON message (workspace, token, n)";
    assert!(!is_weaker(other, &format!("{other};\nDROP INDEX message_step;")));
    let both = "CREATE TABLE x (a INTEGER);\nCREATE UNIQUE INDEX b ON x (a)";
    assert!(is_of_a_new_table("CREATE UNIQUE INDEX b ON x (a)", both));
    assert!(!is_of_a_new_table("CREATE UNIQUE INDEX b ON token (a)", both));
}

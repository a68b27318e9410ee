//! Each method that writes has a case here. Which methods there are, and which of them write, the sources say.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const READS: &str = "it reads, by statements of another file";
const OUTSIDE: &str = "it is no transaction of ours";

/// Those without a case, and why.
const WITHOUT: [(&str, &str); 13] = [
    ("answers", READS),
    ("check_statements", READS),
    ("close", OUTSIDE),
    ("compact", OUTSIDE),
    ("listen", OUTSIDE),
    ("notify", "a hint; polling goes on below it"),
    ("obstacle", "a probe; what comes of it is in the book"),
    ("queues", READS),
    ("reclaim", OUTSIDE),
    ("rollback", READS),
    ("room", READS),
    ("standing", READS),
    ("visits", READS),
];

/// What a function is called, and its text.
type Functions = BTreeMap<String, String>;

fn files(folder: &Path, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == ending) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

/// The functions that begin with this, by where lines begin: the formatter sees to that.
fn functions(text: &str, head: &str, found: &mut Functions) {
    let indent = head.len() - head.trim_start().len();
    let end = format!("{}}}", &head[..indent]);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(rest) = line.strip_prefix(head) else { continue };
        let name = rest.split(['(', '<']).next().unwrap();
        let body: Vec<_> = lines.by_ref().take_while(|line| *line != end).collect();
        found.entry(name.to_owned()).or_default().extend([line, "\n", &body.join("\n"), "\n"]);
    }
}

/// The names that stand between these in a text: `.name(`.
fn names<'a>(text: &'a str, before: &str, after: &str) -> BTreeSet<&'a str> {
    let word = |rest: &'a str| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        rest[end..].starts_with(after).then_some(&rest[..end])
    };
    text.split(before).skip(1).filter_map(word).collect()
}

#[test]
fn each_method_that_writes_has_a_case() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reads = |text: &str| {
        let code: String = text.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join(" ");
        let code = code.replace("FOR UPDATE", "").replace("FOR NO KEY UPDATE", "");
        !code.split(|c: char| !c.is_alphanumeric()).any(|word| ["INSERT", "UPDATE", "DELETE"].contains(&word))
    };
    let mut selects: BTreeMap<String, bool> = BTreeMap::new();
    for (path, text) in files(&package.join("sql"), "sql") {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        *selects.entry(name).or_insert(true) &= reads(&text);
    }
    let mut methods = Functions::new();
    for (path, text) in files(&package.join("src"), "rs") {
        for part in text.split("\nimpl ").filter(|part| part.starts_with("Store {") || part.starts_with("Claim {")) {
            // What benches alone may do is not the store's work.
            if !path.ends_with("raw.rs") {
                functions(part.split("\n}\n").next().unwrap(), "    pub async fn ", &mut methods);
            }
        }
    }
    assert!(methods.len() > 120, "{} methods were found", methods.len());

    let cases = package.join("tests/conformance");
    let (mut helpers, mut covered) = (Functions::new(), String::new());
    for (path, text) in files(&cases, "rs") {
        for head in ["async fn ", "pub(crate) async fn ", "pub(super) async fn "] {
            functions(&text, head, &mut helpers);
        }
        if path.starts_with(cases.join("again")) || path.ends_with("again.rs") {
            // What only prepares is not disturbed.
            let mut lines = text.lines();
            while let Some(line) = lines.next() {
                if !line.trim_start().starts_with("let prepare = ") {
                    covered.extend([line, "\n"]);
                } else if !line.ends_with(';') {
                    let end = format!("{}}};", &line[..line.len() - line.trim_start().len()]);
                    lines.by_ref().take_while(|line| *line != end).for_each(drop);
                }
            }
        }
    }
    // What helpers of the cases call, and methods that methods call.
    let called: Vec<_> = names(&covered, " ", "(").into_iter().filter_map(|name| helpers.get(name)).cloned().collect();
    covered.extend(called);
    let called: Vec<_> = names(&covered, ".", "(").into_iter().filter_map(|name| methods.get(name)).cloned().collect();
    covered.extend(called);
    let covered = names(&covered, ".", "(");

    let without: BTreeMap<_, _> = WITHOUT.into();
    let mut problems = Vec::new();
    for (name, text) in &methods {
        let statements = names(text, "sql::", "");
        let reads = !text.contains("whole!")
            && !statements.is_empty()
            && statements.iter().all(|statement| selects.get(*statement) == Some(&true));
        match (reads || covered.contains(name.as_str()), without.get(name.as_str())) {
            (false, None) => problems.push(format!("{name} has no case in tests/conformance/again")),
            (true, Some(why)) => problems.push(format!("{name} is not without a case ({why})")),
            _ => {}
        }
    }
    let unknown = without.keys().filter(|name| !methods.contains_key(**name));
    problems.extend(unknown.map(|name| format!("there is no {name}")));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

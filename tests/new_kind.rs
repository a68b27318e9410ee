//! What a kind of node costs: its file, its line in the list, its texts and an example. `new_kind/` has these four for a
//! kind `delay`. They are added to a copy of the sources, and all that asks a kind of something works with it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn fixture(name: &str) -> String {
    fs::read_to_string(root().join("tests/new_kind").join(name)).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => assert!(fs::copy(&path, &target).is_ok()),
        }
    }
}

fn change(path: &Path, change: impl Fn(String) -> String) {
    fs::write(path, change(fs::read_to_string(path).unwrap())).unwrap();
}

/// A workspace with `program` in it, and a crate with what else is asked of every kind: the reference, the random programs,
/// the words of the web app. All of them as they stand here.
fn workspace(at: &Path) -> PathBuf {
    for folder in ["engine/program", "programs", "docs/reference", "web/locales", "web/build"] {
        copy(&root().join(folder), &at.join(folder));
    }
    copy(&root().join("tests/new_kind_asked"), &at.join("tests"));
    fs::create_dir_all(at.join("web/src")).unwrap();
    for file in ["tests/random.rs", "tests/reference.rs", "web/src/kinds_test.rs"] {
        assert!(fs::copy(root().join(file), at.join(file)).is_ok());
    }
    for name in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "clippy.toml"] {
        if root().join(name).exists() {
            fs::copy(root().join(name), at.join(name)).unwrap();
        }
    }
    change(&at.join("Cargo.toml"), |text| {
        let text = text.replace(r#"["engine/*", "web", "tests", "scripts/bundle"]"#, r#"["engine/program", "tests"]"#);
        text.replace(r#"["engine/server"]"#, r#"["engine/program"]"#)
    });
    at.join("engine/program/src/node")
}

#[test]
fn a_kind_costs_a_file_a_line_texts_and_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let node = workspace(folder.path());
    // The file.
    fs::write(node.join("delay.rs"), fixture("delay.rs")).unwrap();
    // The line.
    change(&node.join("mod.rs"), |text| {
        text.replacen("    entry: Entry,\n", "    delay: Delay,\n    entry: Entry,\n", 1)
    });
    // The example, for its own test and among the programs.
    fs::write(node.join("program.yaml"), fixture("program.yaml")).unwrap();
    let later = folder.path().join("programs/later");
    fs::create_dir_all(&later).unwrap();
    fs::write(later.join("program.yaml"), fixture("program.yaml")).unwrap();
    // The texts, in each language.
    let texts: Value = serde_json::from_str(&fixture("texts.json")).unwrap();
    for language in ["en", "de", "fr"] {
        let fields = |of: &str| texts[language][of].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!((fields("field"), fields("help")), (vec!["minutes".into()], vec!["minutes".into()]));
        change(&folder.path().join(format!("web/locales/{language}.json")), |text| {
            let mut all: Value = serde_json::from_str(&text).unwrap();
            for of in ["kind", "field", "help"] {
                all[of]["delay"] = texts[language][of].clone();
            }
            all.to_string()
        });
    }

    let cargo = |of: &[&str], update: bool| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["test", "--quiet", "--offline"]).args(of).current_dir(folder.path());
        cargo.env("CARGO_TARGET_DIR", root().join("target/new-kind")).env_remove("RUSTC_WORKSPACE_WRAPPER");
        if update {
            cargo.env("UPDATE", "1");
        }
        let done = cargo.output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
    };
    cargo(&["--package", "program", "--lib", "node::"], false);
    // The reference is written anew, as for every kind; the tests of `asked.rs` look at the rest.
    cargo(&["--package", "asked"], true);
    let path = "docs/reference/nodes.md";
    let told = fs::read_to_string(folder.path().join(path)).unwrap();
    let (before, rest) = told.split_once("\n## Delay: `delay`\n").unwrap();
    let (section, after) = rest.split_once("\n## ").unwrap();
    assert!(section.contains("`minutes`") && section.contains("rests here for that long"), "{section}");
    let others = format!("{before}\n## {after}");
    assert_eq!(others, fs::read_to_string(root().join(path)).unwrap(), "and nothing else is new");
    assert_eq!(fs::read_dir(root().join("tests/new_kind")).unwrap().count(), 3, "file, example, texts; and one line");
}

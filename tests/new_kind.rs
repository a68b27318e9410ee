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

/// The workspace with `program` alone in it: what the kind is, does and is asked stands there.
fn workspace(at: &Path) -> PathBuf {
    copy(&root().join("engine/program"), &at.join("engine/program"));
    for name in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "clippy.toml"] {
        if root().join(name).exists() {
            fs::copy(root().join(name), at.join(name)).unwrap();
        }
    }
    change(&at.join("Cargo.toml"), |text| {
        let text = text.replace(r#"["engine/*", "web", "tests", "scripts/bundle"]"#, r#"["engine/program"]"#);
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
    // The example.
    fs::write(node.join("program.yaml"), fixture("program.yaml")).unwrap();

    let cargo = Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--offline", "--package", "program", "--lib", "node::"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", root().join("target/new-kind"))
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&cargo.stdout) + String::from_utf8_lossy(&cargo.stderr);
    assert!(cargo.status.success(), "{said}");
    // The texts. The web app looks them up by tag and field (`web/build.rs`), in each language.
    let texts: Value = serde_json::from_str(&fixture("texts.json")).unwrap();
    for language in ["en", "de", "fr"] {
        let fields = |of: &str| texts[language][of].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert!(texts[language]["kind"].is_string());
        assert_eq!((fields("field"), fields("help")), (vec!["minutes".into()], vec!["minutes".into()]));
    }
    assert_eq!(fs::read_dir(root().join("tests/new_kind")).unwrap().count(), 3, "file, example, texts; and one line");
}

//! What is true of all statements and migrations.

use std::{collections::BTreeSet, path::Path};

use crate::world::World;

pub(crate) async fn every_statement_can_be_prepared(store: World) {
    store.check_statements().await.unwrap();
    store.ping().await.unwrap();
}

/// The same files on both sides, and each is part of the binary: `migrate.rs` names it.
pub(crate) async fn migrations_are_paired(_: World) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = |dialect: &str| -> BTreeSet<String> {
        let folder = std::fs::read_dir(root.join("../../migrations").join(dialect)).unwrap();
        folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(files("sqlite"), files("postgres"));
    let source = std::fs::read_to_string(root.join("src/migrate.rs")).unwrap();
    for file in files("sqlite") {
        let line = format!("\"{}\",", file.trim_end_matches(".sql"));
        assert!(source.contains(&line), "{file} is not listed in migrate.rs");
    }
}

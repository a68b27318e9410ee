//! Nodes share a secret through their database, sealed with a key that each of them has in a file or in its environment.

use std::{fs, path::Path};

use sqlx::{Connection, PgConnection};
use tokio::runtime::Runtime;

use crate::{
    process::{Client, Server, stafette, stafette_ok},
    world::Place,
};

const OLD: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const NEW: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

/// A node with a folder of its own.
struct Node {
    data: tempfile::TempDir,
    server: Server,
}

fn options<'a>(data: &'a Path, url: &'a str, key: &'a Path) -> [&'a str; 8] {
    let (data, key) = (data.to_str().unwrap(), key.to_str().unwrap());
    ["--data", data, "--listen", "127.0.0.1:0", "--database-url", url, "--seal-key-file", key]
}

impl Node {
    fn start(url: &str, key: &Path) -> Self {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(&options(data.path(), url, key));
        Self { data, server }
    }

    /// The same with the key in its environment.
    fn start_told(url: &str, key: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let options = ["--data", data.path().to_str().unwrap(), "--listen", "127.0.0.1:0", "--database-url", url];
        let server = Server::start_with(&options, &[("STAFETTE_SEAL_KEY", key)]);
        Self { data, server }
    }

    /// The secret that signs calls is made of the sealed one.
    fn tells(&self, url: &str) -> String {
        let data = self.data.path().to_str().unwrap();
        let key = stafette_ok(&["keys", "create", "--scope", "admin", "--data", data, "--database-url", url]);
        let (status, answer) = Client::new(&key).get(&format!("{}/api/v1/webhooks/secret", self.server.url)).unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["secret"].as_str().unwrap().to_owned()
    }
}

/// What a node says that cannot start, and what the doctor says of it.
fn refused(url: &str, key: &Path) -> [String; 2] {
    let data = tempfile::tempdir().unwrap();
    let run = |command| stafette(&[&[command], &options(data.path(), url, key)[..]].concat());
    let served = run("serve");
    assert!(!served.status.success());
    let said = String::from_utf8(run("doctor").stdout).unwrap();
    let finding = said.lines().skip_while(|line| !line.contains(" sealed secrets: ")).take(2).collect::<Vec<_>>();
    [String::from_utf8(served.stderr).unwrap(), finding.join("\n")]
}

#[test]
fn nodes_with_one_key_share_a_secret_and_a_key_can_be_changed() {
    let runtime = Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("sealed"));
    let kept = || -> String {
        let read = async {
            let mut database = PgConnection::connect(&url).await.unwrap();
            sqlx::query_scalar("SELECT bytes FROM secret WHERE name = 'links'").fetch_one(&mut database).await.unwrap()
        };
        String::from_utf8(runtime.block_on(read)).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, keys: &str| {
        let path = folder.path().join(name);
        fs::write(&path, format!("{keys}\n")).unwrap();
        path
    };
    let (old, new, both) = (file("old", OLD), file("new", NEW), file("both", &format!("{NEW},{OLD}")));

    let first = Node::start(&url, &old);
    let sealed = kept();
    let id = sealed.strip_prefix("v1.").and_then(|rest| rest.split_once('.')).unwrap().0;
    let second = Node::start(&url, &old);
    let secret = first.tells(&url);
    assert_eq!(second.tells(&url), secret);

    let names_it = |said: &str| {
        assert!(said.contains(&format!("it was sealed with the key {id}, which this node was not given")), "{said}");
        assert!(said.contains("seal_key") && !said.contains(&NEW[..8]) && !said.contains(&OLD[..8]), "{said}");
    };
    for said in refused(&url, &new) {
        names_it(&said);
    }
    // The key is changed node by node: what was sealed with the old one is read on, beside nodes that have only that.
    let third = Node::start(&url, &both);
    assert_eq!(third.tells(&url), secret);
    assert_eq!((first.tells(&url), kept()), (secret, sealed.clone()));
    let told = Node::start_told(&url, OLD);
    assert_eq!(told.tells(&url), first.tells(&url));
    // As long as it is needed.
    for said in refused(&url, &new) {
        names_it(&said);
    }
    for node in [first, second, third, told] {
        assert_eq!(node.server.terminate(), Some(0));
    }
    runtime.block_on(place.remove());
}

//! PostgreSQL's own tools, called with the address that Stafette is given.

use std::{
    io,
    path::Path,
    process::{Command, Stdio},
};

use super::{Done, Failure};

/// What libpq knows by the same name, and what it calls what we call otherwise.
const OPTIONS: [(&str, &str); 12] = [
    ("host", "host"),
    ("port", "port"),
    ("dbname", "dbname"),
    ("user", "user"),
    ("sslmode", "sslmode"),
    ("ssl-mode", "sslmode"),
    ("sslrootcert", "sslrootcert"),
    ("ssl-root-cert", "sslrootcert"),
    ("sslcert", "sslcert"),
    ("ssl-client-cert", "sslcert"),
    ("sslkey", "sslkey"),
    ("ssl-client-key", "sslkey"),
];

/// Writes all of the database into a file, as of one moment.
pub(super) fn dump(url: &str, file: &Path) -> Done {
    run("pg_dump", url, |command| {
        command.args(["--format=custom", "--no-owner", "--no-privileges", "--no-password"]).arg("--file").arg(file);
    })
}

/// Brings it back, all or nothing.
pub(super) fn restore(url: &str, file: &Path) -> Done {
    run("pg_restore", url, |command| {
        command.args(["--no-owner", "--no-privileges", "--no-password", "--exit-on-error", "--single-transaction"]);
        command.arg(file);
    })
}

fn run(tool: &str, url: &str, arguments: impl FnOnce(&mut Command)) -> Done {
    let (address, password) = address(url);
    let mut command = Command::new(tool);
    command.arg("--dbname").arg(address).stdin(Stdio::null());
    arguments(&mut command);
    // Others on this machine may see arguments, but not the environment.
    command.envs(password.map(|password| ("PGPASSWORD", password)));
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure(format!(
            "{tool} is missing: install PostgreSQL's client (postgresql-client), at least as new as the server"
        )),
        _ => Failure(format!("{tool}: {error}")),
    })?;
    match output.status.success() {
        true => Ok(()),
        false => Err(Failure(format!("{tool}: {}", String::from_utf8_lossy(&output.stderr).trim()))),
    }
}

/// The address without the password, and the password.
fn address(url: &str) -> (String, Option<String>) {
    let (url, options) = url.split_once('?').unwrap_or((url, ""));
    let mut password = None;
    let mut address = url.to_owned();
    if let Some((scheme, rest)) = url.split_once("://")
        && let Some((login, place)) = rest.rsplit_once('@')
        && let Some((user, secret)) = login.split_once(':')
    {
        password = Some(decoded(secret));
        address = format!("{scheme}://{user}@{place}");
    }
    let mut kept = Vec::new();
    for option in options.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        if name == "password" {
            password = Some(decoded(value));
        } else if let Some((_, theirs)) = OPTIONS.iter().find(|(ours, _)| *ours == name) {
            kept.push(format!("{theirs}={value}"));
        }
    }
    match kept.is_empty() {
        true => (address, password),
        false => (format!("{address}?{}", kept.join("&")), password),
    }
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut left) = (Vec::new(), text.as_bytes());
    while let Some((&first, tail)) = left.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(first));
        left = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_password_is_no_argument() {
        for (url, expected, password) in [
            ("postgres://u:p%40w@db:5/x", "postgres://u@db:5/x", Some("p@w")),
            ("postgres://db/x?user=u&password=s&ssl-mode=require", "postgres://db/x?user=u&sslmode=require", Some("s")),
            ("postgres:///x?host=/run/pg&statement-cache-capacity=0", "postgres:///x?host=/run/pg", None),
            ("postgres://u@db/x", "postgres://u@db/x", None),
        ] {
            assert_eq!(address(url), (expected.into(), password.map(String::from)));
        }
    }
}

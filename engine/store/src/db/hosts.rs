//! URLs with several servers: finds the server that takes writes, also after a failover.

use std::{
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
};

use sqlx::{ConnectOptions as _, Connection as _, PgConnection, Row as _, postgres::PgConnectOptions};
use tokio::sync::Mutex;

use super::{Db, Kind, fault::LOOK};
use crate::Result;

/// Where the database may be.
#[derive(Debug)]
pub(crate) struct Hosts {
    all: Vec<PgConnectOptions>,
    /// The one that took writes when it was looked last.
    at: AtomicUsize,
    /// One looks for all.
    looking: Mutex<()>,
}

impl Hosts {
    /// Those of a URL, each with the settings that its connections need.
    pub(crate) fn of(url: &str, settings: impl Fn(PgConnectOptions) -> PgConnectOptions) -> Result<Self> {
        let one = |url: &String| Ok(settings(PgConnectOptions::from_str(url)?.application_name("stafette")));
        let all = each(url).iter().map(one).collect::<Result<_>>()?;
        Ok(Self { all, at: AtomicUsize::new(0), looking: Mutex::new(()) })
    }

    /// The one that takes writes, as far as is known.
    pub(crate) fn current(&self) -> &PgConnectOptions {
        &self.all[self.at.load(Ordering::Relaxed)]
    }

    /// Looks for it; whether it is another one than before.
    pub(crate) async fn seek(&self) -> bool {
        if self.all.len() < 2 {
            return false;
        }
        let Ok(_looking) = self.looking.try_lock() else { return false };
        for (at, host) in self.all.iter().enumerate() {
            if takes_writes(host).await {
                return self.at.swap(at, Ordering::Relaxed) != at;
            }
        }
        false
    }
}

impl Db {
    /// After a failure: where another server takes the writes now, connections lead there.
    pub(super) async fn follow(&self) {
        let Kind::Postgres { pool, hosts, fresh, .. } = &self.kind else { return };
        if hosts.seek().await {
            let host = hosts.current();
            tracing::warn!(host = host.get_host(), port = host.get_port(), "another server takes the writes now");
            pool.set_connect_options(host.clone());
            fresh.renew();
        }
    }
}

async fn takes_writes(host: &PgConnectOptions) -> bool {
    let asked = async {
        let mut line: PgConnection = host.connect().await?;
        let row = sqlx::raw_sql("SHOW transaction_read_only").fetch_one(&mut line).await?;
        let read_only: String = row.try_get(0)?;
        line.close().await?;
        Ok::<_, sqlx::Error>(read_only == "off")
    };
    matches!(tokio::time::timeout(LOOK, asked).await, Ok(Ok(true)))
}

/// A URL for each server that one names, as PostgreSQL's own clients read it: `postgres://a:5432,b:5433/name` or
/// `postgres:///name?host=a,b&port=5432,5433`. That of several the one is meant which takes writes goes without saying.
pub(crate) fn each(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let (login, servers) = authority.rsplit_once('@').map_or(("", authority), |(login, servers)| (login, servers));
    let login = if login.is_empty() { String::new() } else { format!("{login}@") };
    let (mut hosts, mut ports, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for option in query.split('&').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            Some(("target_session_attrs", _)) => {}
            Some(("host", value)) => hosts = value.split(',').collect(),
            Some(("port", value)) => ports = value.split(',').collect(),
            _ => kept.push(option.to_owned()),
        }
    }
    let servers: Vec<&str> = servers.split(',').collect();
    let n = servers.len().max(hosts.len());
    // One that is given once is that of all.
    let of = |given: &[&str], at: usize| given.get(at).or(given.first()).map(|value| (*value).to_owned());
    let one = |at| {
        let options = [("host", of(&hosts, at)), ("port", of(&ports, at))];
        let options = options.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
        let options: Vec<_> = options.chain(kept.iter().cloned()).collect();
        let query = if options.is_empty() { String::new() } else { format!("?{}", options.join("&")) };
        format!("{scheme}://{login}{}/{path}{query}", of(&servers, at).unwrap_or_default())
    };
    (0..n).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn every_server_gets_a_url() {
        for (url, expected) in [
            ("postgres://u:p,q@db:5/x?sslmode=require", &["postgres://u:p,q@db:5/x?sslmode=require"][..]),
            (
                "postgres://u@a:1,b:2/x?target_session_attrs=read-write",
                &["postgres://u@a:1/x", "postgres://u@b:2/x"][..],
            ),
            (
                "postgres:///x?host=/run/a,/run/b&user=u",
                &["postgres:///x?host=/run/a&user=u", "postgres:///x?host=/run/b&user=u"][..],
            ),
            (
                "postgres://u@/x?host=a,b&port=1,2",
                &["postgres://u@/x?host=a&port=1", "postgres://u@/x?host=b&port=2"][..],
            ),
            (
                "postgres://u@/x?host=a,b&port=1",
                &["postgres://u@/x?host=a&port=1", "postgres://u@/x?host=b&port=1"][..],
            ),
        ] {
            assert_eq!(each(url), expected, "{url}");
        }
    }
}

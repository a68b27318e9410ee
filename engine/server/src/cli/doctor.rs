//! `stafette doctor`: looks, and changes nothing.

mod contacts;
mod database;
mod kept;
mod mail;
mod reach;
mod sealed;

use std::{collections::BTreeMap, net::SocketAddr};

use clap::Args;
use serde::Serialize;

use super::{Done, Failure, print};
use crate::config::{Config, ConfigError};

/// Look for anything that would keep a server with these options from working, and say what to do: folder, files,
/// disk, database (version, rights, durability), clock, relays (all of a hand-over but the mail itself), DKIM, public
/// URL. Give it the options and the environment of the server: a relay's password is kept nowhere else. It changes
/// nothing and makes no file. Exit 1 on a problem.
#[derive(Args)]
pub(super) struct Doctor {
    /// One JSON array for machines, instead of lines for people.
    #[arg(long)]
    json: bool,
    /// Sender that relays are asked about. Default: postmaster at the domain of the DKIM key or of the public URL.
    #[arg(long, value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// Recipient that relays are asked about; no mail is sent. Default: the sender.
    #[arg(long, value_name = "ADDRESS")]
    mail_to: Option<String>,
    /// DNS server that is asked for the DKIM record, as one that has it first-hand. Default: the resolvers of this machine.
    #[arg(long, value_name = "ADDRESS:PORT")]
    dns: Option<SocketAddr>,
    #[command(flatten)]
    config: Config,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    /// What was looked at.
    what: &'static str,
    state: State,
    /// What was seen.
    seen: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// Contacts that are there twice, a bounded list of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pairs: Vec<contacts::Pair>,
    /// How many pairs more there are.
    #[serde(skip_serializing_if = "is_none")]
    more: usize,
}

/// What the nodes have said of the installation as a whole, by its name in the database.
type Said = BTreeMap<String, String>;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_none(more: &usize) -> bool {
    *more == 0
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// As it should be.
    Ok,
    /// Good to know, or could not be asked from here.
    Note,
    /// Keeps the server from working as it should.
    Problem,
}

impl Doctor {
    pub(super) async fn run(self) -> Done {
        let config = match self.config.load() {
            Ok(config) => config,
            Err(ConfigError(why)) => return Err(Failure(why)),
        };
        let mut findings = kept::look(&config);
        let (database, said) = database::look(&config).await;
        findings.extend(database);
        findings.extend(contacts::look_at(&config).await);
        findings.extend(sealed::look_at(&config).await);
        findings.extend(mail::look(&config, &said, self.mail_from.as_deref(), self.mail_to.as_deref(), self.dns).await);
        findings.extend(reach::look(&config, &said));
        match self.json {
            true => print(&serde_json::to_string_pretty(&findings)?)?,
            false => findings.iter().try_for_each(|finding| print(&finding.line()))?,
        }
        match findings.iter().any(|finding| finding.state == State::Problem) {
            false => Ok(()),
            true => Err(Failure(String::new())),
        }
    }
}

impl Finding {
    fn line(&self) -> String {
        let state = match self.state {
            State::Ok => "ok      ",
            State::Note => "note    ",
            State::Problem => "problem ",
        };
        let pairs: String = self.pairs.iter().map(|pair| format!("\n         {}", pair.line())).collect();
        let more = match self.more {
            0 => String::new(),
            more => format!("\n         and {more} more"),
        };
        let remedy = self.remedy.as_ref().map(|remedy| format!("\n         {remedy}")).unwrap_or_default();
        format!("{state} {}: {}{pairs}{more}{remedy}", self.what, self.seen)
    }
}

fn ok(what: &'static str, seen: impl Into<String>) -> Finding {
    Finding { what, state: State::Ok, seen: seen.into(), remedy: None, pairs: Vec::new(), more: 0 }
}

fn note(what: &'static str, seen: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { what, state: State::Note, seen: seen.into(), remedy: Some(remedy.into()), pairs: Vec::new(), more: 0 }
}

fn problem(what: &'static str, seen: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { what, state: State::Problem, seen: seen.into(), remedy: Some(remedy.into()), pairs: Vec::new(), more: 0 }
}

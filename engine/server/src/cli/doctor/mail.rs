//! The way out: what each relay says to a mail that is not sent, and whether signatures can be verified.

use std::{net::SocketAddr, time::Duration};

use mail::{DkimKey, Published, SmtpConfig, Stage};
use program::StreamClass;
use tokio::time::timeout;

use super::{Finding, Said, note, ok, problem, reach};
use crate::{config::Config, relays};

/// How long a relay, or the DNS, may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) async fn look(
    config: &Config,
    said: &Said,
    from: Option<&str>,
    to: Option<&str>,
    dns: Option<SocketAddr>,
) -> Vec<Finding> {
    let domain = || config.mail.dkim_domain.clone().or_else(|| reach::host(config.http.public_url.as_deref()?));
    let from = from.map_or_else(|| format!("postmaster@{}", domain().unwrap_or("localhost".into())), String::from);
    let to = to.unwrap_or(&from);
    let kept = |class| said.get(relays::name(class)).map_or("", String::as_str);
    let (operational, marketing) = (kept(StreamClass::Operational), kept(StreamClass::Marketing));
    let mut findings = relay("smtp", config.mail.smtp.as_deref(), operational, &from, to).await;
    if config.mail.smtp_marketing.is_some() || marketing != operational {
        findings.extend(relay("smtp_marketing", config.mail.smtp_marketing.as_deref(), marketing, &from, to).await);
    }
    findings.extend(dkim(config, dns).await);
    findings
}

/// What is found of the relay that these options name, and of the one that the server has.
async fn relay(what: &'static str, url: Option<&str>, kept: &str, from: &str, to: &str) -> Vec<Finding> {
    let option = what.replace('_', "-");
    let Some(url) = url else {
        return vec![if kept.is_empty() {
            ok(what, "none; mail goes to the built-in inbox")
        } else {
            let seen = format!("not tried: no relay is given here; the server hands mail over to {kept}");
            let variable = format!("STAFETTE_{}", what.to_uppercase());
            note(
                what,
                seen,
                format!("Give the server's --{option} here as well, or {variable}: it may hold a password."),
            )
        }];
    };
    let relay = match SmtpConfig::parse(url) {
        Ok(relay) => relay,
        Err(error) => return vec![problem(what, error.to_string(), format!("Write --{option} anew."))],
    };
    let place = format!("{}:{}", relay.host, relay.port);
    let other = (!kept.is_empty() && kept != place).then(|| {
        let seen = format!("{place} is given here; the server that started last hands mail over to {kept}");
        note(what, seen, format!("Give both the same --{option}, or leave it if the server is to be started anew."))
    });
    let mut findings = vec![probe(what, &relay, &place, from, to).await];
    findings.extend(other);
    findings
}

async fn probe(what: &'static str, relay: &SmtpConfig, place: &str, from: &str, to: &str) -> Finding {
    match timeout(PATIENCE, relay.probe(from, to)).await {
        Ok(Ok(())) => {
            let how = if relay.tls == mail::Tls::None { "without encryption, " } else { "" };
            ok(what, format!("{place} takes mail {how}from {from} to {to}; none was sent"))
        }
        Ok(Err(error)) => {
            // Some faults name the place themselves.
            let why = if error.why.contains(place) { error.why.clone() } else { format!("{place}: {error}") };
            problem(what, why, remedy(error.stage, to))
        }
        Err(_) => problem(what, format!("{place} does not answer"), remedy(Stage::Connect, to)),
    }
}

fn remedy(stage: Stage, to: &str) -> String {
    match stage {
        Stage::Certificates => "Name a readable PEM file with ?ca=.".into(),
        Stage::Connect => "Check host and port, and that this machine may reach the relay.".into(),
        Stage::Encrypt => {
            "The certificate must be valid now, be the host's by the name in the URL, and come from an authority that \
             this machine knows: renew it, write the name that is in it, or name its authority with ?ca=FILE."
                .into()
        }
        Stage::Hello => "Name this machine with ?hello=NAME, by a full name that DNS knows.".into(),
        Stage::LogIn => "Check user and password; in the URL both are percent-encoded.".into(),
        Stage::Sender => {
            "Name a sender that this relay takes with --mail-from, and use such senders in streams.".into()
        }
        // A trial ends before them.
        Stage::Recipient | Stage::Data | Stage::Body => {
            format!(
                "It does not take mail to {to}. Name a recipient with --mail-to; if none is taken, it relays nothing."
            )
        }
    }
}

async fn dkim(config: &Config, dns: Option<SocketAddr>) -> Option<Finding> {
    const WHAT: &str = "dkim";
    let path = config.mail.dkim_key.as_ref()?;
    let Some(domain) = config.mail.dkim_domain.as_deref() else {
        return Some(problem(WHAT, "dkim_key is given without dkim_domain", "Name the domain that signs."));
    };
    let unusable =
        |error: String| problem(WHAT, format!("{}: {error}", path.display()), "Give a PEM key: RSA or Ed25519.");
    let pem = match std::fs::read_to_string(path) {
        Ok(pem) => pem,
        Err(error) => return Some(unusable(error.to_string())),
    };
    let key = match DkimKey::from_pem(domain, config.mail.dkim_selector.as_deref().unwrap_or("stafette"), &pem) {
        Ok(key) => key,
        Err(error) => return Some(unusable(error.to_string())),
    };
    let (name, record) = key.dns_record();
    let remedy = format!("Publish this TXT record at {name}: {record}");
    Some(match timeout(PATIENCE, key.published(dns)).await {
        Ok(Published::Same) => ok(WHAT, format!("{name} has the key")),
        Ok(Published::Other) => problem(WHAT, format!("{name} has another key"), remedy),
        Ok(Published::Absent) => problem(WHAT, format!("{name} has no record"), remedy),
        Ok(Published::NotAsked(why)) => {
            note(WHAT, format!("the key can be read; the DNS could not be asked: {why}"), remedy)
        }
        Err(_) => note(WHAT, "the key can be read; the DNS does not answer", remedy),
    })
}

//! The address that stands in every mail.

use axum::http::Uri;

use super::{Finding, Said, note, ok, problem};
use crate::{address, config::Config};

const WHAT: &str = "public URL";

/// As these options say it, and as the nodes of the database go by it.
pub(super) fn look(config: &Config, said: &Said) -> Vec<Finding> {
    let kept = said.get(address::NAME).map(String::as_str);
    let mails = config.mail.smtp.is_some() || config.mail.smtp_marketing.is_some();
    let remedy = "Name the address under which readers reach this server: --public-url https://…";
    let Some(url) = config.http.public_url.as_deref() else {
        return vec![match (kept, mails) {
            (Some(kept), _) => ok(WHAT, format!("{kept}, as the database keeps it")),
            (None, true) => note(WHAT, "none is given; links in mails need the one that the database keeps", remedy),
            (None, false) => ok(WHAT, "none; links are for this machine"),
        }];
    };
    let Some(host) = host(url) else {
        return vec![problem(WHAT, format!("`{url}` is no address with http:// or https:// and a host"), remedy)];
    };
    let mut findings = vec![match (mails, address::is_local(&host), url.starts_with("https://")) {
        (true, true, _) => {
            problem(WHAT, format!("{url} leads readers of mails to their own machine or nowhere"), remedy)
        }
        (_, false, false) => note(WHAT, format!("{url} is not encrypted"), "Put a proxy with a certificate in front."),
        _ => ok(WHAT, url),
    }];
    if let (Some(given), Some(kept)) = (address::contradiction(Some(url), kept), kept) {
        let seen = format!("these options say {given}, the nodes of this database go by {kept}");
        let remedy =
            "Give all nodes the same --public-url, or one of them alone: the one that starts last decides for all.";
        findings.push(note(WHAT, seen, remedy));
    }
    findings
}

/// The host of an address that can be linked to.
pub(super) fn host(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let known = uri.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
    let host = uri.host().filter(|host| !host.is_empty() && known && uri.query().is_none())?;
    Some(host.trim_matches(['[', ']']).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_scheme_and_host() {
        for url in ["shop.example.test", "//x", "ftp://x.test", "https://", "https://a b", "https://x.test?a"] {
            assert_eq!(host(url), None, "{url}");
        }
        assert_eq!(host("https://Shop.example.test/mail").as_deref(), Some("shop.example.test"));
    }
}

//! How mail goes out.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

/// Relays and signature.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Mail {
    /// Relay that takes the mail: `smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`, with `?tls=`, `?ca=`, `?hello=`,
    /// `?connections=`. It needs a public URL, given here or at any other node. The relay is greeted with the machine's
    /// full name, else with the public URL's host. `?hello=` sets another name. Default: none, mail goes to the
    /// built-in inbox.
    #[arg(long, value_name = "URL", env = "STAFETTE_SMTP", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp: Option<String>,
    /// File that holds the URL of the relay, instead of `smtp`.
    #[arg(long, value_name = "FILE", env = "STAFETTE_SMTP_FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_file: Option<PathBuf>,
    /// Relay for streams of class marketing. Default: the same as `smtp`, with connections of its own.
    #[arg(long, value_name = "URL", env = "STAFETTE_SMTP_MARKETING", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_marketing: Option<String>,
    /// File that holds the URL of the marketing relay, instead of `smtp_marketing`.
    #[arg(long, value_name = "FILE", env = "STAFETTE_SMTP_MARKETING_FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_marketing_file: Option<PathBuf>,
    /// Private key (PEM: RSA or Ed25519) that signs mail by DKIM. Default: none, mail is not signed here.
    #[arg(long, value_name = "FILE", env = "STAFETTE_DKIM_KEY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dkim_key: Option<PathBuf>,
    /// Domain of the DKIM signature. Needed with `dkim_key`.
    #[arg(long, value_name = "NAME", env = "STAFETTE_DKIM_DOMAIN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dkim_domain: Option<String>,
    /// Selector of the DKIM signature. Default `stafette`.
    #[arg(long, value_name = "NAME", env = "STAFETTE_DKIM_SELECTOR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dkim_selector: Option<String>,
}

//! How other people's servers are called.

use clap::Args;
use connect::{Guard, Network};
use serde::{Deserialize, Serialize};

use super::{ConfigError, http::is_false};

/// What may be called, and how much at once.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Calls {
    /// Let *call webhook* nodes call `http://`, too. Everybody on the way can read such a call. Default no: only
    /// `https://`.
    #[arg(long, env = "STAFETTE_CALLS_HTTP")]
    #[serde(skip_serializing_if = "is_false")]
    pub calls_http: bool,
    /// Networks that may be called although they are not of the public internet, separated by commas, such as
    /// 10.0.0.0/8. 127.0.0.0/8 or ::1/128 opens this machine. Use it for development only, because everything that
    /// listens on the machine can be called then. Metadata of clouds stays closed. Default none.
    #[arg(long, value_name = "NETWORKS", env = "STAFETTE_CALLS_ALLOW", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "super::work::texts")]
    pub calls_allow: Option<Vec<String>>,
    /// Calls at once on each node. Default 32.
    #[arg(long, value_name = "N", env = "STAFETTE_CALLS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<u32>,
    /// The same for one host, so that a slow host does not take all. Default 8.
    #[arg(long, value_name = "N", env = "STAFETTE_CALLS_PER_HOST")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_per_host: Option<u32>,
}

impl Calls {
    /// What may be called.
    pub fn guard(&self) -> Result<Guard, ConfigError> {
        let mut guard = Guard { http: self.calls_http, ..Guard::default() };
        for text in self.calls_allow.iter().flatten() {
            let network: Network = text.trim().parse().map_err(|error| ConfigError(format!("calls_allow: {error}")))?;
            let loopback = [std::net::Ipv4Addr::LOCALHOST.into(), std::net::Ipv6Addr::LOCALHOST.into()];
            guard.loopback |= loopback.into_iter().any(|address| network.contains(address));
            guard.networks.push(network);
        }
        Ok(guard)
    }

    /// How much at once.
    pub fn limits(&self) -> runner::CallsConfig {
        let usual = runner::CallsConfig::default();
        runner::CallsConfig {
            connections: self.calls.map_or(usual.connections, |n| n.max(1) as usize),
            per_host: self.calls_per_host.map_or(usual.per_host, |n| n.max(1) as usize),
            ..usual
        }
    }
}

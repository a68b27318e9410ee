//! `stafette ready`.

use std::{net::SocketAddr, time::Duration};

use clap::Args;

use super::{Done, Failure, print};

/// Ask a running server whether it is ready; exit 1 where it is not, or not there. For health checks.
#[derive(Args)]
pub(super) struct Ready {
    /// The server. Default: this machine, at the port of STAFETTE_LISTEN, or 8080.
    #[arg(long, value_name = "URL", env = "STAFETTE_URL")]
    url: Option<String>,
}

impl Ready {
    pub(super) fn run(self) -> Done {
        let url = self.url.unwrap_or_else(|| here(std::env::var("STAFETTE_LISTEN").ok().as_deref()));
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(4)))
            .http_status_as_error(false)
            .build()
            .into();
        let mut answer = agent.get(format!("{}/readyz", url.trim_end_matches('/'))).call()?;
        let text = answer.body_mut().read_to_string()?;
        match answer.status().as_u16() {
            200 => print(&text),
            status => Err(Failure(format!("{status}: {text}"))),
        }
    }
}

/// How a server that listens there is reached from this machine.
fn here(listen: Option<&str>) -> String {
    let Some(listen) = listen else { return "http://127.0.0.1:8080".into() };
    match listen.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_unspecified() => format!("http://127.0.0.1:{}", address.port()),
        _ => format!("http://{listen}"),
    }
}

#[cfg(test)]
mod tests {
    use super::here;

    #[test]
    fn the_server_is_on_this_machine() {
        assert_eq!(here(None), "http://127.0.0.1:8080");
        assert_eq!(here(Some("0.0.0.0:81")), "http://127.0.0.1:81");
        assert_eq!(here(Some("[::]:81")), "http://127.0.0.1:81");
        assert_eq!(here(Some("192.0.2.1:81")), "http://192.0.2.1:81");
    }
}

//! Whether the DNS has the public half of a key.

use std::net::SocketAddr;

use mail_auth::{
    DnsError, Error, MessageAuthenticator,
    hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts},
};

use super::DkimKey;

/// What the DNS has under a key's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// Its public half.
    Same,
    /// Something else.
    Other,
    /// Nothing.
    Absent,
    /// It does not answer, and why.
    NotAsked(String),
}

impl DkimKey {
    /// Asks this DNS server, or else the resolvers of this machine.
    pub async fn published(&self, server: Option<SocketAddr>) -> Published {
        let (name, record) = self.dns_record();
        let resolver = match server {
            Some(server) => at(server),
            None => MessageAuthenticator::new_system_conf().map_err(Error::from),
        };
        let resolver = match resolver {
            Ok(resolver) => resolver,
            Err(error) => return Published::NotAsked(error.to_string()),
        };
        match resolver.txt_raw_lookup(format!("{name}.")).await {
            Ok(found) => compare(&String::from_utf8_lossy(&found), &record),
            // The name is not there, or has no such record; any other answer is none.
            Err(Error::Dns(DnsError::RecordNotFound(code))) if [0, 3].contains(&u16::from(code)) => Published::Absent,
            Err(error) => Published::NotAsked(error.to_string()),
        }
    }
}

fn at(server: SocketAddr) -> Result<MessageAuthenticator, Error> {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut way| {
        way.port = server.port();
        way
    });
    let server = NameServerConfig::new(server.ip(), true, connections.into());
    let config = ResolverConfig::from_name_servers(vec![server]);
    MessageAuthenticator::new(config, ResolverOpts::default()).map_err(Error::from)
}

/// Two records with the same key, whatever else they say.
fn compare(found: &str, wanted: &str) -> Published {
    let key = |record: &str| {
        let tags = record.split(';').filter_map(|tag| tag.split_once('='));
        let key =
            tags.filter(|(name, _)| name.trim() == "p").map(|(_, value)| value.split_whitespace().collect()).next();
        key.unwrap_or_else(String::new)
    };
    match (found.trim().is_empty(), key(found) == key(wanted)) {
        (true, _) => Published::Absent,
        (false, true) => Published::Same,
        (false, false) => Published::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_known_by_its_key() {
        let wanted = "v=DKIM1; k=rsa; p=AAAB==";
        for (found, expected) in [
            (wanted, Published::Same),
            ("k=rsa; t=y; p=AA AB==;", Published::Same),
            ("v=DKIM1; k=rsa; p=", Published::Other),
            ("v=DKIM1; p=AAAC==", Published::Other),
            (" ", Published::Absent),
        ] {
            assert_eq!(compare(found, wanted), expected, "{found}");
        }
    }
}

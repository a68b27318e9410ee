//! Where requests come from, also behind proxies.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

use axum::{
    extract::{ConnectInfo, Request},
    http::HeaderMap,
};

use crate::{App, listen};

/// Where a request comes from, as the options say whom to believe. Where nobody vouches for a client, it counts as the
/// proxy.
pub(super) fn address(app: &App, headers: &HeaderMap, peer: SocketAddr) -> IpAddr {
    static SAID: AtomicBool = AtomicBool::new(false);
    let proxies = app.config.http.proxies();
    let client = forwarded(headers, proxies);
    if client.is_none() && proxies > 0 && headers.contains_key(FORWARDED) && !SAID.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            %peer,
            proxies,
            "X-Forwarded-For of a request names no address where trust_forwarded says; it counts as the proxy's own, as all \
             such do from now on"
        );
    }
    client.unwrap_or(peer.ip()).to_canonical()
}

/// The header in which proxies say by whom they were asked.
pub(super) const FORWARDED: &str = "x-forwarded-for";

/// The address that the outermost of so many proxies saw: the entry that it added, counted from the end of all lines,
/// which are one list (RFC 9110, 5.3). What is before it says whoever asked, so it is not even read.
fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let lines = headers.get_all(FORWARDED).iter().rev();
    let mut entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    let entry = str::from_utf8(entries.nth(proxies.checked_sub(1)?)?).ok()?.trim();
    // Some proxies add the port.
    let bare = entry.trim_start_matches('[').split(']').next().unwrap_or_default();
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|it| it.ip()))
}

/// The address that a request counts for. Those of one network count as one.
pub(super) fn counted(app: &App, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
    peer.map_or(IpAddr::from([0; 16]), |peer| listen::net(address(app, request.headers(), peer)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn all_lines_are_one_list_and_as_many_entries_count_as_there_are_proxies() {
        for (proxies, lines, expected) in [
            (1, &["192.0.2.1"][..], Some("192.0.2.1")),
            (1, &["9.9.9.9, 192.0.2.1"], Some("192.0.2.1")),
            (1, &["9.9.9.9", "192.0.2.1"], Some("192.0.2.1")),
            (1, &["9.9.9.9", "8.8.8.8, 2001:db8::1"], Some("2001:db8::1")),
            (1, &["[2001:db8::1]:443"], Some("2001:db8::1")),
            (1, &["192.0.2.1:5000"], Some("192.0.2.1")),
            (1, &["192.0.2.1", "nonsense"], None),
            (1, &[""], None),
            (1, &[], None),
            // What the client wrote does not matter, whatever it is.
            (1, &["\u{e9}, 192.0.2.1"], Some("192.0.2.1")),
            (2, &["192.0.2.1, 10.0.0.1"], Some("192.0.2.1")),
            (2, &["192.0.2.1", "10.0.0.1"], Some("192.0.2.1")),
            (2, &["9.9.9.9, 8.8.8.8,,192.0.2.1:5000 , 10.0.0.1"], Some("192.0.2.1")),
            (2, &["9.9.9.9, 8.8.8.8", "192.0.2.1, 10.0.0.1"], Some("192.0.2.1")),
            (2, &["9.9.9.9, 192.0.2.1", "10.0.0.1"], Some("192.0.2.1")),
            (2, &["nonsense", "192.0.2.1", "10.0.0.1"], Some("192.0.2.1")),
            (3, &["9.9.9.9, 192.0.2.1", "10.0.0.1, 10.0.0.2"], Some("192.0.2.1")),
            // Somebody came past a proxy, and may have written all of it.
            (2, &["192.0.2.1"], None),
            (3, &["192.0.2.1", "10.0.0.1"], None),
            (0, &["192.0.2.1"], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", HeaderValue::from_bytes(line.as_bytes()).unwrap());
            }
            let expected = expected.map(|ip| ip.parse().unwrap());
            assert_eq!(forwarded(&headers, proxies), expected, "{proxies} {lines:?}");
        }
    }
}

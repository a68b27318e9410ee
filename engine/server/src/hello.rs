//! The name with which this machine greets mail servers. Many of them refuse `localhost`.

use std::fs;

/// The machine's full name, else the host under which the installation is reached; none where both are of no use to
/// others, and the mail transport names its address then.
pub(crate) fn name(public_url: Option<&str>) -> Option<String> {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let machine = full_name(read("/proc/sys/kernel/hostname").trim(), &read("/etc/hosts"));
    machine.or_else(|| public_url.and_then(host).filter(|host| is_full(host)).map(str::to_owned))
}

/// A machine's name with its domain, as the table of hosts has it where the name alone has none.
fn full_name(name: &str, hosts: &str) -> Option<String> {
    let words = |line: &str| -> Vec<String> {
        line.split('#').next().unwrap_or_default().split_whitespace().skip(1).map(str::to_owned).collect()
    };
    let beside = || hosts.lines().map(words).filter(|names| names.iter().any(|other| other == name)).flatten();
    [name.to_owned()].into_iter().chain(beside()).find(|name| is_full(name))
}

/// Whether others may know it: two labels at least, none of them only for this machine.
fn is_full(name: &str) -> bool {
    let plain = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let local = ["localhost", "localdomain", "internal", "local"].contains(&last);
    name.contains('.') && name.split('.').all(plain) && !local && !last.bytes().all(|byte| byte.is_ascii_digit())
}

/// The host of an http or https URL, if that is one: with a host, and nothing that links could not be put behind.
pub(crate) fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || "?#@\"<>\\".contains(c);
    if rest.contains(odd) {
        return None;
    }
    let place = rest.split('/').next()?;
    let (host, port) = match place.strip_prefix('[') {
        Some(literal) => literal.split_once(']')?,
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    let digits = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    let good = port.is_empty() || port.strip_prefix(':').is_some_and(digits);
    (good && !host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_have_full_names_here_or_there() {
        let hosts =
            "127.0.0.1 localhost localhost.localdomain\n# 10.0.0.1 no.example no\n10.0.0.2 mx.example.org mx # us\n";
        for (name, expected) in [
            ("mail.example.org", Some("mail.example.org")),
            ("mx", Some("mx.example.org")),
            ("no", None),
            ("localhost", None),
            ("localhost.localdomain", None),
            ("10.0.0.2", None),
            ("a b.example", None),
            ("", None),
        ] {
            assert_eq!(full_name(name, hosts).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn hosts_of_urls() {
        for (url, expected) in [
            ("https://mail.example", Some("mail.example")),
            ("http://127.0.0.1:8080/a/b", Some("127.0.0.1")),
            ("https://[::1]:443/", Some("::1")),
            ("mail.example", None),
            ("//mail.example", None),
            ("ftp://mail.example", None),
            ("https://", None),
            ("https://:80", None),
            ("https://a.example:x", None),
            ("https://a.example:0", None),
            ("https://user@a.example", None),
            ("https://a b", None),
            ("https://a.example?x=1", None),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}

//! URLs in all their forms, and what is said to each.

use super::*;

/// The verdict on each, as the place that would be called or the reason why not.
fn verdicts(guard: &Guard, cases: &[(&str, Result<&str, &str>)]) {
    for (text, expected) in cases {
        let verdict = guard.target(text).map(|target| target.place()).map_err(|refusal| refusal.to_string());
        assert_eq!(verdict.as_deref().map_err(String::as_str), *expected, "{text:?}");
    }
}

const NO_HOST: Result<&str, &str> = Err("the host of the URL is no name and no address");
const NO_SCHEME: Result<&str, &str> = Err("the URL does not begin with https://");
const CHARACTERS: Result<&str, &str> =
    Err("the URL has a space, a line break, a backslash or a control character in it");
const THIS: Result<&str, &str> = Err("127.0.0.1 is this machine itself");
const METADATA: Result<&str, &str> = Err("169.254.169.254 is where a cloud keeps its machines' passwords");
const USER: Result<&str, &str> = Err("the URL has an @ before the host; a password belongs into a header");
const PERCENT: Result<&str, &str> = Err("the host of the URL has a % in it");
const DOT: Result<&str, &str> = Err("the host of the URL ends with a dot; write it without");
const FRAGMENT: Result<&str, &str> = Err("the URL has a part after a #, which is never sent");
const LOCALHOST: Result<&str, &str> = Err("localhost is a name of this machine itself");
const CLEAR: Result<&str, &str> = Err("http:// sends everything in the clear; write https://");
const BAD_V4: Result<&str, &str> = Err("the URL cannot be read: invalid IPv4 address");
const BAD_V6: Result<&str, &str> = Err("the URL cannot be read: invalid IPv6 address");

#[test]
fn urls_are_judged_by_their_looks() {
    let long = format!("https://example.com/{}", "a".repeat(MAX_URL));
    let label = format!("https://{}.example.com/", "a".repeat(64));
    let name = format!("https://{}example.com/", "a.".repeat(130));
    verdicts(
        &Guard::default(),
        &[
            // What is meant to be called.
            ("https://example.com", Ok("example.com:443")),
            ("HTTPS://Example.COM/Hook?a=b", Ok("example.com:443")),
            ("https://example.com:8443/hook", Ok("example.com:8443")),
            ("https://example.com:/hook", Ok("example.com:443")),
            ("https://example.com:0443/hook", Ok("example.com:443")),
            ("https://example.com/a@b:c", Ok("example.com:443")),
            ("https://example.com/%0d%0aX: 1", CHARACTERS),
            ("https://example.com/%0d%0a", Ok("example.com:443")),
            ("https://example.com/a/../..//b", Ok("example.com:443")),
            ("https://hooks_1.example.com/", Ok("hooks_1.example.com:443")),
            ("https://müller.example/", Ok("xn--mller-kva.example:443")),
            ("https://xn--mller-kva.example/", Ok("xn--mller-kva.example:443")),
            ("https://例え。テスト/", Ok("xn--r8jz45g.xn--zckzah:443")),
            // It may have any address: that is asked when it is known.
            ("https://127.0.0.1.nip.io/", Ok("127.0.0.1.nip.io:443")),
            ("https://8.8.8.8/", Ok("8.8.8.8:443")),
            ("https://[2606:4700::1111]/", Ok("[2606:4700::1111]:443")),
            ("https://[2606:4700:0:0::0:1111]:8443/", Ok("[2606:4700::1111]:8443")),
            ("https://[::ffff:8.8.8.8]/", Ok("[::ffff:808:808]:443")),
            ("https://[64:ff9b::8.8.8.8]/", Ok("[64:ff9b::808:808]:443")),
            // What is no URL of ours.
            ("", NO_SCHEME),
            ("example.com", NO_SCHEME),
            ("//example.com/", NO_SCHEME),
            ("https:example.com", NO_SCHEME),
            ("https:/example.com", NO_SCHEME),
            ("file:///etc/passwd", NO_SCHEME),
            ("gopher://example.com:6379/_FLUSHALL", NO_SCHEME),
            ("ftp://example.com/", NO_SCHEME),
            ("javascript:alert(1)//https://example.com", NO_SCHEME),
            ("data:text/plain,https://example.com", NO_SCHEME),
            ("ws://example.com/", NO_SCHEME),
            ("jar:https://example.com/", NO_SCHEME),
            (" https://example.com/", CHARACTERS),
            ("https://example.com/\r\nX-Injected: 1", CHARACTERS),
            ("https://exam\tple.com/", CHARACTERS),
            ("ht\ntps://example.com/", CHARACTERS),
            ("https://example.com/\0", CHARACTERS),
            ("https://example.com\\@127.0.0.1/", CHARACTERS),
            ("https:\\\\example.com/", CHARACTERS),
            ("https://example.com\u{2028}/", CHARACTERS),
            ("http://example.com/", CLEAR),
            (&long, Err("the URL is longer than 2048 bytes")),
            // Who is asked?
            ("https://user:password@example.com/", USER),
            ("https://example.com@127.0.0.1/", USER),
            ("https://127.0.0.1@example.com/", USER),
            ("https://@example.com/", USER),
            ("https://example.com#@127.0.0.1/", FRAGMENT),
            ("https://127.0.0.1#.example.com/", FRAGMENT),
            ("https://example.com/#", FRAGMENT),
            ("https://example.com?@127.0.0.1/", Ok("example.com:443")),
            ("https://", NO_HOST),
            ("https:///example.com", NO_HOST),
            ("https://:443/", NO_HOST),
            ("https://?example.com", NO_HOST),
            ("https://a..example.com/", NO_HOST),
            ("https://.example.com/", NO_HOST),
            ("https://exam`ple.com/", NO_HOST),
            ("https://{host}.example.com/", NO_HOST),
            ("https://exam'ple.com/", NO_HOST),
            ("https://$(host).example.com/", NO_HOST),
            ("https://*.example.com/", NO_HOST),
            ("https://a,b.example.com/", NO_HOST),
            (&label, NO_HOST),
            (&name, NO_HOST),
            ("https://exam<ple.com/", Err("the URL cannot be read: invalid international domain name")),
            ("https://xn--a.example/", Err("the URL cannot be read: invalid international domain name")),
            ("https://example.com:99999/", Err("the URL cannot be read: invalid port number")),
            ("https://example.com:80:90/", Err("the URL cannot be read: invalid port number")),
            ("https://example.com:+80/", Err("the URL cannot be read: invalid port number")),
            ("https://example.com./", DOT),
            ("https://8.8.8.8./", Err("the address of the URL is written in an unusual way; it would be 8.8.8.8")),
            // This machine in all its clothes.
            ("https://127.0.0.1/", THIS),
            ("https://127.1/", THIS),
            ("https://127.0.1/", THIS),
            ("https://2130706433/", THIS),
            ("https://017700000001/", THIS),
            ("https://0x7f000001/", THIS),
            ("https://0x7f.1/", THIS),
            ("https://0177.0.0.01/", THIS),
            ("https://127.0.0.0x1/", THIS),
            ("https://127.0.0.1./", THIS),
            ("https://127。0。0。1/", THIS),
            ("https://１２７.0.0.1/", THIS),
            ("https://①②⑦.0.0.1/", THIS),
            ("https://127.0.0.1:8080/", THIS),
            ("https://127.255.255.254/", Err("127.255.255.254 is this machine itself")),
            ("https://%31%32%37.0.0.1/", PERCENT),
            ("https://%6cocalhost/", PERCENT),
            ("https://[::1]/", Err("::1 is this machine itself")),
            ("https://[0:0:0:0:0:0:0:1]/", Err("::1 is this machine itself")),
            ("https://[::ffff:127.0.0.1]/", THIS),
            ("https://[::ffff:7f00:1]/", THIS),
            ("https://[::127.0.0.1]/", Err("::7f00:1 is an address that hides another one")),
            ("https://[64:ff9b::127.0.0.1]/", Err("64:ff9b::7f00:1 is this machine itself")),
            ("https://[2002:7f00:1::]/", Err("2002:7f00:1:: is an address that hides another one")),
            ("https://[2001:0:7f00:1::]/", Err("2001:0:7f00:1:: is an address that hides another one")),
            ("https://[2a00::5efe:127.0.0.1]/", Err("2a00::5efe:7f00:1 is an address that hides another one")),
            ("https://0/", Err("0.0.0.0 is no machine's address, and leads to this machine")),
            ("https://[::]/", Err(":: is no machine's address, and leads to this machine")),
            ("https://localhost/", LOCALHOST),
            ("https://LOCALHOST:8080/", LOCALHOST),
            ("https://localhost./", LOCALHOST),
            ("https://localhost。/", LOCALHOST),
            ("https://ⓛocalhost/", LOCALHOST),
            ("https://loc\u{ad}alhost/", LOCALHOST),
            ("https://a.localhost/", Err("a.localhost is a name of this machine itself")),
            ("https://ip6-localhost/", Err("ip6-localhost is a name of this machine itself")),
            ("https://notlocalhost.example/", Ok("notlocalhost.example:443")),
            // Inside of a network.
            ("https://10.0.0.1/", Err("10.0.0.1 is an address of a private network")),
            ("https://167772161/", Err("10.0.0.1 is an address of a private network")),
            ("https://172.16.0.1/", Err("172.16.0.1 is an address of a private network")),
            ("https://192.168.0.1/", Err("192.168.0.1 is an address of a private network")),
            ("https://100.64.0.1/", Err("100.64.0.1 is an address between a provider and its customers")),
            ("https://[fd00::1]/", Err("fd00::1 is an address of a private network")),
            ("https://[fe80::1]/", Err("fe80::1 is an address of a local network")),
            ("https://[fe80::1%25eth0]/", PERCENT),
            ("https://[fe80::1%eth0]/", PERCENT),
            ("https://[fe80::1/", BAD_V6),
            ("https://[::1]x/", BAD_V6),
            ("https://[1::2::3]/", BAD_V6),
            ("https://[127.0.0.1]/", BAD_V6),
            ("https://1.2.3.4.5/", BAD_V4),
            ("https://256.0.0.1/", BAD_V4),
            ("https://0x100000000/", BAD_V4),
            ("https://8.8.8.08/", BAD_V4),
            ("https://134744072/", Err("the address of the URL is written in an unusual way; it would be 8.8.8.8")),
            ("https://8.8.2056/", Err("the address of the URL is written in an unusual way; it would be 8.8.8.8")),
            ("https://010.8.8.8/", Err("the address of the URL is written in an unusual way; it would be 8.8.8.8")),
            ("https://8。8.8.8/", Err("the address of the URL is written in an unusual way; it would be 8.8.8.8")),
            ("https://224.0.0.1/", Err("224.0.0.1 is an address of many machines at once")),
            ("https://255.255.255.255/", Err("255.255.255.255 is an address of many machines at once")),
            ("https://203.0.113.1/", Err("203.0.113.1 is an address for examples only")),
            ("https://198.18.0.1/", Err("198.18.0.1 is an address for measurements only")),
            ("https://240.0.0.1/", Err("240.0.0.1 is a reserved address")),
            ("https://printer.local/", Err("printer.local is a name inside of a private network")),
            ("https://db.internal/", Err("db.internal is a name inside of a private network")),
            ("https://a.svc.cluster.local./", Err("a.svc.cluster.local is a name inside of a private network")),
            ("https://router.home.arpa/", Err("router.home.arpa is a name inside of a private network")),
            ("https://redis/", Err("redis is a name inside of a private network")),
            // Passwords of clouds.
            ("https://169.254.169.254/latest/meta-data/", METADATA),
            ("https://2852039166/", METADATA),
            ("https://0xa9fea9fe/", METADATA),
            ("https://0251.0376.0251.0376/", METADATA),
            ("https://[::ffff:a9fe:a9fe]/", METADATA),
            (
                "https://[64:ff9b::169.254.169.254]/",
                Err("64:ff9b::a9fe:a9fe is where a cloud keeps its machines' passwords"),
            ),
            ("https://[fd00:ec2::254]/", Err("fd00:ec2::254 is where a cloud keeps its machines' passwords")),
            ("https://168.63.129.16/", Err("168.63.129.16 is where a cloud keeps its machines' passwords")),
            (
                "https://metadata.google.internal/",
                Err("metadata.google.internal is where a cloud keeps its machines' passwords"),
            ),
            ("https://metadata.goog./", Err("metadata.goog is where a cloud keeps its machines' passwords")),
            ("https://metadata/", Err("metadata is where a cloud keeps its machines' passwords")),
        ],
    );
}

#[test]
fn ports_are_those_of_calls() {
    for port in [0, 1, 22, 25, 53, 79, 81, 110, 445, 465, 587, 993, 1023, 3306, 5432, 6000, 6379, 6667, 11211, 27017] {
        let refusal = Guard::default().target(&format!("https://example.com:{port}/"));
        assert_eq!(refusal, Err(Refusal::Port { port }));
        assert_eq!(
            refusal.unwrap_err().to_string(),
            format!("port {port} is not for calls; use 443, 80, or one from 1024 on that is no other protocol's")
        );
    }
    for port in [80, 443, 1024, 3000, 8000, 8080, 8443, 9000, 49152, 65535] {
        assert_eq!(
            Guard::default().target(&format!("https://example.com:{port}/")).map(|target| target.port()),
            Ok(port)
        );
    }
}

#[test]
fn options_open_what_they_name_and_nothing_else() {
    let networks = vec!["10.1.0.0/16".parse().unwrap(), "fd12::/16".parse().unwrap()];
    let internal = Err("db.internal is a name inside of a private network");
    verdicts(
        &Guard { http: true, ..Guard::default() },
        &[
            ("http://example.com/", Ok("example.com:80")),
            ("http://localhost/", LOCALHOST),
            ("http://127.0.0.1/", THIS),
            ("ftp://example.com/", NO_SCHEME),
        ],
    );
    verdicts(
        &Guard { loopback: true, ..Guard::default() },
        &[
            ("https://localhost:8443/", Ok("localhost:8443")),
            ("https://a.localhost/", Ok("a.localhost:443")),
            ("https://127.0.0.1/", Ok("127.0.0.1:443")),
            ("https://[::1]/", Ok("[::1]:443")),
            ("http://localhost/", CLEAR),
            ("https://localhost./", DOT),
            ("https://127.1/", Err("the address of the URL is written in an unusual way; it would be 127.0.0.1")),
            // Behind a gateway it is not this machine.
            ("https://[64:ff9b::127.0.0.1]/", Err("64:ff9b::7f00:1 is this machine itself")),
            ("https://0.0.0.0/", Err("0.0.0.0 is no machine's address, and leads to this machine")),
            ("https://10.1.0.1/", Err("10.1.0.1 is an address of a private network")),
            ("https://169.254.169.254/", METADATA),
            ("https://db.internal/", internal),
        ],
    );
    verdicts(
        &Guard { networks, ..Guard::default() },
        &[
            ("https://10.1.2.3/", Ok("10.1.2.3:443")),
            ("https://[::ffff:10.1.2.3]/", Ok("[::ffff:a01:203]:443")),
            ("https://[fd12::1]/", Ok("[fd12::1]:443")),
            // The addresses of internal names are judged; the names may be asked for.
            ("https://db.internal/", Ok("db.internal:443")),
            ("https://orders/", Ok("orders:443")),
            ("https://10.2.0.1/", Err("10.2.0.1 is an address of a private network")),
            ("https://[64:ff9b::10.1.2.3]/", Err("64:ff9b::a01:203 is an address of a private network")),
            ("https://localhost/", LOCALHOST),
            ("https://127.0.0.1/", THIS),
            (
                "https://metadata.google.internal/",
                Err("metadata.google.internal is where a cloud keeps its machines' passwords"),
            ),
        ],
    );
    // Even who names all there is.
    let networks = vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
    let guard = Guard { networks, ..Guard::default() };
    for address in ["10.0.0.1", "100.64.0.1", "169.254.0.1", "192.0.2.1", "240.0.0.1", "fd00::1", "fe80::1", "8.8.8.8"]
    {
        let address = address.parse().unwrap();
        assert_eq!(guard.judge(address), Ok(address));
    }
    for address in [
        "0.0.0.0",
        "127.0.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::10.0.0.1",
        "fd00:ec2::254",
        "ff02::1",
    ] {
        assert!(guard.judge(address.parse().unwrap()).is_err(), "{address}");
    }
}

#[test]
fn a_target_says_what_a_request_says() {
    let target =
        Guard::default().target("https://Müller.example:8443/a b/../c|d^é?q='\"x{}`[]".replace(' ', "").as_str());
    let target = target.unwrap();
    assert_eq!(target.authority(), "xn--mller-kva.example:8443");
    assert_eq!(target.path(), "/c%7Cd%5E%C3%A9?q=%27%22x%7B%7D%60%5B%5D");
    assert_eq!(format!("{target:?}"), "Target(\"xn--mller-kva.example:8443\")");
    let target = Guard::default().target("https://example.com:443").unwrap();
    assert_eq!((target.authority(), target.path().as_str(), target.is_encrypted()), ("example.com", "/", true));
    assert_eq!(target.as_str(), "https://example.com/");
    let target = Guard::default().target("https://example.com?a").unwrap();
    assert_eq!(target.path(), "/?a");
}

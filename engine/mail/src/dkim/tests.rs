//! What we sign is verified by the library's verifier, with a DNS that holds our record.

use std::{borrow::Borrow, collections::HashMap, hash::Hash, sync::Mutex, time::Instant};

use mail_auth::{
    AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters, ResolverCache, Txt,
    common::{parse::TxtRecordParser, verify::DomainKey},
    hickory_resolver::config::{ResolverConfig, ResolverOpts},
};

use super::*;

pub(crate) const RSA: &str = include_str!("../../tests/keys/rsa-2048.pem");
pub(crate) const ED25519: &str = include_str!("../../tests/keys/ed25519.pem");

const MAIL: &str = "From: \"Shop\" <shop@example.test>\r\nTo: <ada@example.test>\r\nSubject: Your order\r\n A-1\r\n\
    Date: Sun, 1 Mar 2026 09:00:00 +0000\r\nMessage-ID: <1@example.test>\r\nContent-Type: text/plain\r\n\r\n\
    Hello  Ada,\r\n\r\nthank you. \r\n\r\n\r\n";

/// A DNS of one record; other kinds of records are never asked for.
struct Dns(Mutex<HashMap<Box<str>, Txt>>);

impl<V> ResolverCache<Box<str>, V> for Dns
where
    V: Clone + 'static,
{
    fn get<Q>(&self, name: &Q) -> Option<V>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let found = self.0.lock().unwrap().get(name).cloned()?;
        (Box::new(found) as Box<dyn std::any::Any>).downcast::<V>().ok().map(|found| *found)
    }

    fn remove<Q>(&self, _: &Q) -> Option<V>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: V, _: Instant) {}
}

impl<V> ResolverCache<std::net::IpAddr, V> for Dns {
    fn get<Q>(&self, _: &Q) -> Option<V>
    where
        std::net::IpAddr: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn remove<Q>(&self, _: &Q) -> Option<V>
    where
        std::net::IpAddr: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: std::net::IpAddr, _: V, _: Instant) {}
}

/// Whether the one signature of a mail holds.
async fn holds(key: &DkimKey, raw: &[u8]) -> bool {
    let (name, record) = key.dns_record();
    let record = DomainKey::parse(record.as_bytes()).unwrap();
    let dns = Dns(Mutex::new(HashMap::from([(format!("{name}.").into(), record.into())])));
    let resolver = MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default()).unwrap();
    let message = AuthenticatedMessage::parse(raw).unwrap();
    let parameters = Parameters {
        params: &message,
        cache_txt: Some(&dns),
        cache_mx: Some(&dns),
        cache_ptr: Some(&dns),
        cache_ipv4: Some(&dns),
        cache_ipv6: Some(&dns),
    };
    let results = resolver.verify_dkim(parameters).await;
    assert_eq!(results.len(), 1);
    *results[0].result() == DkimResult::Pass
}

fn sign(key: &DkimKey, raw: &str) -> Vec<u8> {
    let mut signed = key.sign(raw.as_bytes(), "2026-03-01T09:00:00Z".parse().unwrap()).unwrap();
    signed.extend_from_slice(raw.as_bytes());
    signed
}

#[tokio::test]
async fn signatures_hold_and_break() {
    for pem in [RSA, ED25519] {
        let key = DkimKey::from_pem("Example.test", "s1", pem).unwrap();
        let signed = sign(&key, MAIL);
        assert_eq!(signed, sign(&key, MAIL), "equal mails have equal signatures");
        let text = String::from_utf8(signed).unwrap();
        assert!(text.contains("; s=s1; d=example.test; c=relaxed/relaxed;"), "{text}");
        assert!(text.contains("t=1772355600"), "{text}");
        assert!(holds(&key, text.as_bytes()).await);
        assert!(holds(&key, text.replace("Hello  Ada", "Hello Ada").as_bytes()).await, "relaxed body");
        for (from, to) in [
            ("thank you", "thank me"),
            ("A-1", "A-2"),
            ("<1@example.test>", "<2@example.test>"),
            // Oversigned: a second header is as bad as a changed one.
            ("From: ", "From: eve@example.test\r\nFrom: "),
            ("Subject: ", "Subject: Urgent\r\nSubject: "),
            ("To: ", "Reply-To: eve@example.test\r\nTo: "),
        ] {
            assert!(!holds(&key, text.replace(from, to).as_bytes()).await, "{from} -> {to}");
        }
    }
}

#[test]
fn signs_each_header_that_matters() {
    let signed = sign(&DkimKey::from_pem("example.test", "s1", ED25519).unwrap(), MAIL);
    let text = String::from_utf8(signed).unwrap().replace("\r\n\t", "");
    let h = text.split("h=").nth(1).unwrap().split(';').next().unwrap();
    let count = |name: &str| h.split(':').filter(|signed| signed.eq_ignore_ascii_case(name)).count();
    for (name, times) in [("From", 2), ("To", 2), ("Subject", 2), ("Date", 1), ("Message-ID", 1), ("Reply-To", 1)] {
        assert_eq!(count(name), times, "{name} in {h}");
    }
}

#[test]
fn refuses_bad_keys() {
    for (domain, selector, pem, word) in [
        ("example.test", "s1", "", "PEM"),
        ("example.test", "s1", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "neither"),
        ("example.test; x=1", "s1", ED25519, "domain"),
        ("example.test", "", ED25519, "selector"),
    ] {
        let error = DkimKey::from_pem(domain, selector, pem).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn shows_no_key_when_printed() {
    let key = DkimKey::from_pem("example.test", "s1", RSA).unwrap();
    assert_eq!(format!("{key:?}"), "DkimKey(s1 at example.test)");
    let (name, record) = key.dns_record();
    assert_eq!(name, "s1._domainkey.example.test");
    assert!(record.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"), "{record}");
}

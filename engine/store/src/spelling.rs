//! The normalised form of addresses. One address can be spelt in several ways, and this form is compared.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

/// What two addresses are compared by: lower case, accents as one character with their letter, the domain in its
/// A-labels (RFC 5890).
pub(crate) fn email_key(email: &str) -> String {
    let key = lower(email);
    if key.is_ascii() {
        return key;
    }
    let Some((local, domain)) = key.rsplit_once('@') else { return key.nfc().collect() };
    let ascii = Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow, DnsLength::Ignore);
    // What is no domain is compared as it is: it has been taken once.
    ascii.map_or_else(|_| key.clone(), |domain| local.nfc().chain("@".chars()).chain(domain.chars()).collect())
}

/// What earlier builds compared addresses by, and what is looked for before [`email_key`]: contacts that they made in
/// both spellings stay two.
pub(crate) fn lower(email: &str) -> String {
    email.trim().to_lowercase()
}

/// All keys under which an address may be stored; for most there is one.
pub(crate) fn email_keys(email: &str) -> Vec<String> {
    let key = email_key(email);
    let mut keys = vec![lower(email)];
    if let Some((local, domain)) = key.rsplit_once('@').filter(|(_, domain)| domain.contains("xn--")) {
        let (domain, read) = Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow);
        keys.extend(read.is_ok().then(|| format!("{local}@{domain}")));
    }
    keys.push(key);
    keys.sort();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_key() {
        for spelt in [
            "Info@Müller.example",
            " info@mu\u{308}ller.example",
            "info@xn--mller-kva.example",
            "INFO@XN--MLLER-KVA.EXAMPLE",
            "info@müller。example",
        ] {
            assert_eq!(email_key(spelt), "info@xn--mller-kva.example", "{spelt}");
            let keys = email_keys(spelt);
            assert!(keys.contains(&"info@müller.example".to_owned()), "{keys:?}");
            assert!(keys.contains(&email_key(spelt)) && keys.contains(&lower(spelt)));
        }
        assert_eq!(email_keys("Ann@Example.com"), ["ann@example.com"]);
        assert_eq!(email_key("Gru\u{308}n@example.com"), "grün@example.com");
        for odd in ["", "ä", "ä@", "@ä", "ä@b@ü..x", "a@\u{301}"] {
            assert!(email_keys(odd).contains(&email_key(odd)), "{odd}");
        }
    }
}

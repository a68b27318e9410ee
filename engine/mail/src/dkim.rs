//! DKIM signatures (RFC 6376 for RSA, RFC 8463 for Ed25519).
//!
//! The library signs with the time of the clock. A mail that is handed over twice must be the same mail. So the time is
//! an argument here, and the library only makes canonical forms, hashes and the signature itself.

#[cfg(feature = "transport")]
mod dns;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mail_auth::{
    common::{
        crypto::{DkimKey as Key, Ed25519Key, RsaKey, Sha256, SigningKey},
        headers::{HeaderStream, Writable, Writer},
    },
    dkim::{Signature, canonicalize::CanonicalHeaders},
};
use program::Time;
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

#[cfg(feature = "transport")]
pub use dns::Published;

/// Signed. One that a mail does not have is signed as absent, so that nobody can add it.
const SIGNED: [&str; 9] =
    ["From", "Reply-To", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];

/// Signed once more than they stand there, so that nobody can add a second one (RFC 6376, section 8.15).
const OVERSIGNED: [&str; 3] = ["From", "To", "Subject"];

/// A signing key with the domain and the selector under which its public half stands in the DNS.
pub struct DkimKey {
    key: Key,
    template: Signature,
}

impl std::fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DkimKey({} at {})", self.template.s, self.template.d)
    }
}

/// Why a key cannot be used or a mail cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DkimError(pub(crate) String);

impl DkimKey {
    /// Reads a private key: RSA of 2048 bits and more (PKCS#1 or PKCS#8) or Ed25519 (PKCS#8), in PEM.
    pub fn from_pem(domain: &str, selector: &str, pem: &str) -> Result<Self, DkimError> {
        let ascii = crate::ascii_domain(domain).unwrap_or_else(|| domain.to_owned());
        let domain = ascii.as_str();
        for (what, name) in [("domain", domain), ("selector", selector)] {
            let plain =
                |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if name.len() > 253 || !name.split('.').all(plain) {
                return Err(DkimError(format!("the DKIM {what} `{name}` is not a name of the DNS")));
            }
        }
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| DkimError("the DKIM key is not a private key in PEM".into()))?;
        let ed25519 = match &der {
            PrivateKeyDer::Pkcs8(der) => Ed25519Key::from_pkcs8_maybe_unchecked_der(der.secret_pkcs8_der()).ok(),
            _ => None,
        };
        let key = match ed25519 {
            Some(key) => Key::Ed25519(key),
            None => Key::Rsa(
                RsaKey::<Sha256>::from_key_der(der)
                    .map_err(|_| DkimError("the DKIM key is neither RSA with at least 2048 bits nor Ed25519".into()))?,
            ),
        };
        let template = Signature {
            v: 1,
            a: key.algorithm(),
            d: domain.to_ascii_lowercase(),
            s: selector.to_owned(),
            h: SIGNED.map(String::from).to_vec(),
            ..Signature::default()
        };
        Ok(Self { key, template })
    }

    /// The header `DKIM-Signature` with its CRLF, to be put in front of the mail. Relaxed canonical form for headers
    /// and body. RSA takes about a millisecond of one core: many mails are signed away from the network's threads.
    pub fn sign(&self, raw: &[u8], at: Time) -> Result<Vec<u8>, DkimError> {
        let (_, headers, mut names, body) = self.template.canonicalize(Headers(raw));
        names.extend(OVERSIGNED.map(String::from));
        let mut signature = Signature {
            h: names,
            bh: self.key.hash(body).as_ref().to_vec(),
            t: u64::try_from(at.timestamp()).unwrap_or_default(),
            ..self.template.clone()
        };
        signature.b = self
            .key
            .sign(Signable { headers, signature: &signature })
            .map_err(|error| DkimError(format!("the mail cannot be signed: {error}")))?;
        let mut header = Vec::with_capacity(700);
        signature.write(&mut header, true);
        Ok(header)
    }

    /// What to put into the DNS: name and value of the TXT record.
    pub fn dns_record(&self) -> (String, String) {
        let (kind, public) = match &self.key {
            Key::Rsa(key) => ("rsa", subject_public_key_info(&key.public_key())),
            Key::Ed25519(key) => ("ed25519", key.public_key()),
        };
        let name = format!("{}._domainkey.{}", self.template.s, self.template.d);
        (name, format!("v=DKIM1; k={kind}; p={}", STANDARD.encode(public)))
    }
}

/// Wraps an `RSAPublicKey` (RFC 8017) as the `SubjectPublicKeyInfo` (RFC 5280) that verifiers read.
fn subject_public_key_info(public: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let der = |tag: u8, content: &[u8]| {
        // All lengths here lie between 256 and 65535, which DER writes in this form.
        let [high, low] = u16::try_from(content.len()).unwrap_or_default().to_be_bytes();
        [&[tag, 0x82, high, low], content].concat()
    };
    der(0x30, &[&RSA_ENCRYPTION[..], &der(3, &[&[0], public].concat())].concat())
}

/// What is signed: the headers and the signature without its value.
struct Signable<'a> {
    headers: CanonicalHeaders<'a>,
    signature: &'a Signature,
}

impl Writable for Signable<'_> {
    fn write(self, writer: &mut impl Writer) {
        self.headers.write(writer);
        self.signature.write(writer, false);
    }
}

/// A mail as the library wants to walk over it.
struct Headers<'a>(&'a [u8]);

impl<'a> HeaderStream<'a> for Headers<'a> {
    fn next_header(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let (name, value, rest) = next_header(self.0)?;
        self.0 = rest;
        Some((name, value))
    }

    fn body(&mut self) -> &'a [u8] {
        self.0.strip_prefix(b"\r\n").unwrap_or(self.0)
    }
}

/// Name, value with its line end, and what follows; `None` at the empty line.
fn next_header(raw: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let colon = raw.iter().position(|b| *b == b':' || *b == b'\r')?;
    if raw[colon] != b':' {
        return None;
    }
    let mut end = colon;
    loop {
        end += raw[end..].iter().position(|b| *b == b'\n')? + 1;
        if !matches!(raw.get(end), Some(b' ' | b'\t')) {
            return Some((&raw[..colon], &raw[colon + 1..end], &raw[end..]));
        }
    }
}

#[cfg(test)]
mod tests;

//! DKIM signatures (RFC 6376, RFC 8463).

use program::Time;

/// A signing key with the domain and the selector under which its public half stands in the DNS.
pub struct DkimKey {}

/// Why a key cannot be used or a mail cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DkimError(pub(crate) String);

impl DkimKey {
    /// Reads a private key: RSA of 2048 bits and more (PKCS#1 or PKCS#8) or Ed25519 (PKCS#8), in PEM.
    pub fn from_pem(domain: &str, selector: &str, pem: &str) -> Result<Self, DkimError> {
        let _ = (domain, selector, pem);
        todo!()
    }

    /// The header `DKIM-Signature` with its CRLF, to be put in front of the mail.
    pub fn sign(&self, raw: &[u8], at: Time) -> Result<Vec<u8>, DkimError> {
        let _ = (raw, at);
        todo!()
    }

    /// What to put into the DNS: name and value of the TXT record.
    pub fn dns_record(&self) -> (String, String) {
        todo!()
    }
}

//! The trusted certificate authorities: those of the machine.

use std::sync::{Arc, OnceLock};

use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, client::Resumption, crypto::ring},
};

use super::ClientError;

/// The authorities that this machine trusts, as `SSL_CERT_FILE` and `SSL_CERT_DIR` name them or where its system keeps
/// them; if there are none, those that browsers trusted when this was built. The mail transport trusts the same.
pub(super) fn authorities() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        roots
    })
}

/// TLS 1.2 and 1.3, with certificates that one of these vouches for.
pub(super) fn connector(roots: RootCertStore) -> Result<TlsConnector, ClientError> {
    let mut tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| ClientError(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    // What a server gave us at one address is never said to another one: sessions have been used to carry commands.
    tls.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(tls)))
}

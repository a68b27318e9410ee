//! Signs calls, so that the receiver can verify them. The secret of a workspace is derived from the installation's.

use connect::Secret;
use hmac::{Hmac, Mac};
use program::WorkspaceId;
use sha2::Sha256;

/// Keeps these secrets apart from any other use of the installation's.
const DOMAIN: &[u8] = b"stafette webhook 1\0";

/// Knows the secret that signs a workspace's calls. All nodes derive it from the installation's secret, which they
/// share. A new secret of the installation changes it, too.
#[derive(Clone)]
pub struct CallSigner(Hmac<Sha256>);

impl CallSigner {
    /// With the installation's secret, of any length.
    pub fn new(secret: &[u8]) -> Self {
        // HMAC takes keys of any length; the arm of an error is never taken.
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| Hmac::new(&Default::default()));
        mac.update(DOMAIN);
        Self(mac)
    }

    /// The secret in the form that receivers need: `whsec_…`.
    pub fn told(&self, workspace: WorkspaceId) -> String {
        let mut mac = self.0.clone();
        mac.update(workspace.uuid().as_bytes());
        Secret::spell(&mac.finalize().into_bytes())
    }

    /// The secrets that sign. Empty if the secret cannot be read, which does not happen with 32 bytes.
    pub(super) fn secrets(&self, workspace: WorkspaceId) -> Vec<Secret> {
        self.told(workspace).parse().into_iter().collect()
    }
}

impl std::fmt::Debug for CallSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallSigner")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_workspace_has_its_own_secret_and_keeps_it() {
        let other = WorkspaceId::test_run(uuid::Uuid::from_u128(7));
        let told = |secret: &[u8], workspace| CallSigner::new(secret).told(workspace);
        let ours = told(b"secret", WorkspaceId::DEFAULT);
        assert_eq!(ours, told(b"secret", WorkspaceId::DEFAULT));
        assert_ne!(ours, told(b"secret", other));
        assert_ne!(ours, told(b"another", WorkspaceId::DEFAULT));
        assert!(ours.starts_with("whsec_"));
        assert_eq!(CallSigner::new(b"secret").secrets(other).len(), 1);
    }
}

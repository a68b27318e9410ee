//! Asks a relay whether it would take mail: all of a hand-over but the mail itself.

use super::{Envelope, HandOver, SmtpConfig, Tls, session::Session, trust};

/// How far a trial came before it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The certificates that the configuration names.
    Certificates,
    /// Connection, greeting and EHLO.
    Connect,
    /// Encryption, and whether the certificate is the host's, vouched for and valid.
    Encrypt,
    /// User and password.
    LogIn,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
}

/// Why a relay would take no mail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct ProbeError {
    /// How far it came.
    pub stage: Stage,
    /// What was said, or what broke.
    pub why: String,
}

impl SmtpConfig {
    /// Connects, encrypts, logs in, names sender and recipient, and takes leave. No mail is sent, and nothing is kept.
    pub async fn probe(&self, from: &str, to: &str) -> Result<(), ProbeError> {
        let fault = |stage, why| ProbeError { stage, why };
        let tls = match self.tls {
            Tls::None => None,
            _ => Some(trust::connector(self).map_err(|error| fault(Stage::Certificates, error.to_string()))?),
        };
        let mut session = Session::open(self, tls.as_ref()).await.map_err(|outcome| {
            let why = reason(outcome);
            fault(stage(&why), why)
        })?;
        let begun = session.begin(&Envelope { from, to, size: 1_000 }).await;
        // Leaving without DATA drops the envelope (RFC 5321, section 4.1.1.10).
        session.quit().await;
        begun.map_err(|failure| {
            let why = reason(failure.outcome);
            fault(if why.starts_with("RCPT") { Stage::Recipient } else { Stage::Sender }, why)
        })
    }
}

fn reason(outcome: HandOver) -> String {
    match outcome {
        HandOver::Retry { reason, .. } | HandOver::Refused { reason, .. } | HandOver::Unknown { reason } => reason,
        HandOver::Accepted { reply } => reply,
    }
}

/// Which part of opening it was; the words are this crate's own.
fn stage(why: &str) -> Stage {
    let says = |words: &[&str]| words.iter().any(|word| why.contains(word));
    match () {
        () if says(&["TLS: ", "offers no STARTTLS"]) => Stage::Encrypt,
        () if says(&["AUTH ", "takes no password"]) => Stage::LogIn,
        () => Stage::Connect,
    }
}

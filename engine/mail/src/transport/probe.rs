//! Asks a relay whether it would take mail: everything of a hand-over except the mail itself.

use super::{Envelope, HandOver, SmtpConfig, Stage, Tls, session::Session, trust};

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
        let opened = Session::open(self, tls.as_ref()).await;
        let mut session = opened.map_err(|unreached| fault(unreached.stage, unreached.reason.to_string()))?;
        let begun = session.begin(&Envelope { from, to, size: 1_000 }).await;
        let stage = session.stage();
        // Leaving without DATA drops the envelope (RFC 5321, section 4.1.1.10).
        session.quit().await;
        begun.map_err(|failure| fault(stage, reason(failure.outcome)))
    }
}

fn reason(outcome: HandOver) -> String {
    match outcome {
        HandOver::Retry { reason, .. } | HandOver::Refused { reason, .. } | HandOver::Unknown { reason } => {
            reason.to_string()
        }
        HandOver::Accepted { reply } => reply,
    }
}

//! Decides whose fault a failed hand-over is: the mail's, or the relay's. A table of reply codes and stages.

use mail::{HandOver, Stage};

/// Why a relay is given up for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Cause {
    /// No connection.
    Connect,
    /// No encryption, or an untrusted certificate.
    Tls,
    /// It does not greet us, or refuses our name.
    Hello,
    /// It refuses the password.
    Auth,
    /// It refuses mail from our senders.
    Sender,
    /// It refuses one mail after the other.
    Refusals,
    /// It cuts off one hand-over after the other.
    Silence,
}

impl Cause {
    pub(crate) fn of(stage: Stage) -> Self {
        match stage {
            Stage::Connect => Self::Connect,
            Stage::Certificates | Stage::Encrypt => Self::Tls,
            Stage::Hello => Self::Hello,
            Stage::LogIn => Self::Auth,
            Stage::Sender => Self::Sender,
            Stage::Recipient | Stage::Data | Stage::Body => Self::Refusals,
        }
    }

    /// For metrics: a closed list.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Hello => "hello",
            Self::Auth => "auth",
            Self::Sender => "sender",
            Self::Refusals => "refusals",
            Self::Silence => "silence",
        }
    }

    /// Whether this usually ends without help.
    pub(crate) fn mends_itself(self) -> bool {
        matches!(self, Self::Connect | Self::Silence)
    }
}

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The mail's or its recipient's.
    Mail,
    /// Unclear from this one answer.
    Doubt(Cause),
    /// The relay's.
    Relay(Cause),
}

/// Whose fault it is that this hand-over failed.
pub(crate) fn fault(stage: Stage, outcome: &HandOver) -> Fault {
    let (code, said) = match outcome {
        HandOver::Accepted { .. } => return Fault::Mail,
        HandOver::Unknown { .. } => return Fault::Doubt(Cause::Silence),
        HandOver::Retry { code, reason } => (*code, reason.to_string()),
        // These are our own checks, not a reply: the address cannot be written, or the mail is larger than the server
        // takes.
        HandOver::Refused { code: None, .. } => return Fault::Mail,
        HandOver::Refused { code, reason } => (*code, reason.to_string()),
    };
    if stage < Stage::Sender {
        return Fault::Relay(Cause::of(stage));
    }
    match code {
        // No reply that can be understood, or the server said goodbye.
        None | Some(421) => Fault::Doubt(Cause::Silence),
        // At this stage a server asks for a password only if it wants one from everybody.
        Some(530 | 534 | 535 | 538) => Fault::Relay(Cause::Auth),
        // It refuses our name: reject_non_fqdn_helo_hostname and similar rules reply at this stage.
        Some(450 | 501 | 504 | 550 | 554) if is_about_hello(&said) => Fault::Relay(Cause::Hello),
        Some(400..=499) if stage == Stage::Sender => Fault::Doubt(Cause::Sender),
        Some(..=499) => Fault::Mail,
        Some(code) if is_of_the_mail(stage, code, &said) => Fault::Mail,
        Some(_) => Fault::Doubt(Cause::of(stage)),
    }
}

fn is_about_hello(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    ["helo command rejected", "helo name", "invalid helo", "bad helo", "ehlo name"]
        .iter()
        .any(|words| reason.contains(words))
}

/// Whether a refusal is about this mail or its recipient. Its enhanced status (RFC 3463) decides, or if there is none,
/// its code and the stage.
fn is_of_the_mail(stage: Stage, code: u16, reason: &str) -> bool {
    let mut status = reason.split_ascii_whitespace().filter_map(enhanced);
    match status.next() {
        // The status is about an address or a mailbox. The sender's address is ours, and all mail may depend on it.
        Some((1 | 2, _)) => stage != Stage::Sender,
        Some((3, 4) | (6, _)) => true,
        Some((4, 1 | 4 | 6)) => stage == Stage::Recipient,
        Some(_) => false,
        None => match stage {
            Stage::Recipient => matches!(code, 550..=553) && !reason.to_ascii_lowercase().contains("relay"),
            // It has accepted the envelope, so it relays for us.
            Stage::Body => true,
            Stage::Sender => code == 552,
            _ => false,
        },
    }
}

/// Subject and detail of a status such as `5.7.1`.
fn enhanced(word: &str) -> Option<(u16, u16)> {
    let mut parts = word.strip_prefix("5.")?.split('.');
    let number = |part: &str| (1..=3).contains(&part.len()).then(|| part.parse().ok()).flatten();
    let status = (number(parts.next()?)?, number(parts.next()?)?);
    parts.next().is_none().then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_sorted() {
        use Cause::{Auth, Hello, Refusals, Sender, Silence};
        let refused =
            |code, text: &str| HandOver::Refused { reason: format!("X: {code} {text}").into(), code: Some(code) };
        let later = |code, text: &str| HandOver::Retry { reason: format!("X: {code} {text}").into(), code: Some(code) };
        for (stage, outcome, expected) in [
            (Stage::Recipient, refused(550, "5.1.1 no such user"), Fault::Mail),
            (Stage::Recipient, refused(550, "no such user"), Fault::Mail),
            (Stage::Recipient, refused(552, "5.2.2 mailbox full"), Fault::Mail),
            (Stage::Recipient, refused(550, "relay not permitted"), Fault::Doubt(Refusals)),
            (Stage::Recipient, refused(554, "5.7.1 Relay access denied"), Fault::Doubt(Refusals)),
            (Stage::Recipient, refused(554, "no"), Fault::Doubt(Refusals)),
            (
                Stage::Recipient,
                refused(504, "5.5.2 <localhost>: Helo command rejected: need FQDN"),
                Fault::Relay(Hello),
            ),
            (Stage::Recipient, later(450, "4.7.1 <x>: Helo command rejected: Host not found"), Fault::Relay(Hello)),
            (Stage::Recipient, later(451, "4.7.1 greylisted"), Fault::Mail),
            (Stage::Sender, later(452, "4.3.1 no room"), Fault::Doubt(Sender)),
            (Stage::Sender, refused(530, "5.7.0 Authentication required"), Fault::Relay(Auth)),
            (Stage::Sender, refused(550, "5.1.8 sender not local"), Fault::Doubt(Sender)),
            (Stage::Sender, refused(552, "5.3.4 too big"), Fault::Mail),
            (Stage::Sender, later(421, "4.3.2 going down"), Fault::Doubt(Silence)),
            (Stage::Data, refused(554, "no valid recipients"), Fault::Doubt(Refusals)),
            (Stage::Body, refused(554, "5.6.0 bad content"), Fault::Mail),
            (Stage::Body, refused(550, "spam"), Fault::Mail),
            (Stage::Body, refused(550, "5.7.1 sending is blocked"), Fault::Doubt(Refusals)),
            (Stage::Body, HandOver::Unknown { reason: "cut".into() }, Fault::Doubt(Silence)),
            (Stage::Sender, HandOver::Refused { reason: "`x`: no address".into(), code: None }, Fault::Mail),
            (Stage::Connect, HandOver::Retry { reason: "refused".into(), code: None }, Fault::Relay(Cause::Connect)),
        ] {
            assert_eq!(fault(stage, &outcome), expected, "{stage:?} {outcome:?}");
        }
    }
}

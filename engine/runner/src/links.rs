//! Links in mails that answer for their reader. The holder of a link may answer for its message.

use std::{
    fmt::Write as _,
    sync::{Arc, PoisonError, RwLock},
};

use hmac::{Hmac, Mac};
use mail::{Links, SurveyLink};
use program::{MessageId, Purpose};
use sha2::Sha256;
use uuid::Uuid;

/// Makes and checks the links: `<public url>/r/<message>.<mac>[?score=n]`.
///
/// The MAC is HMAC-SHA256 cut to 128 bits (RFC 2104, section 5) over the message's id. The score is
/// not under it: whoever may answer may choose the answer. Clones share the public URL, which may change while they work.
#[derive(Clone)]
pub struct LinkSigner {
    mac: Hmac<Sha256>,
    public_url: Arc<RwLock<Arc<str>>>,
}

/// Keeps these MACs apart from any other use of the same secret.
const DOMAIN: &[u8] = b"stafette answer link 1\0";
const MAC_BYTES: usize = 16;

impl LinkSigner {
    /// A signer with the installation's secret, of any length.
    pub fn new(secret: &[u8], public_url: &str) -> Self {
        // HMAC takes keys of any length; the arm of an error is never taken.
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| Hmac::new(&Default::default()));
        mac.update(DOMAIN);
        Self { mac, public_url: Arc::new(RwLock::new(public_url.trim_end_matches('/').into())) }
    }

    /// Where mails find us, without a slash at the end.
    pub fn public_url(&self) -> Arc<str> {
        // A panic cannot leave it half-written.
        self.public_url.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on they find us there.
    pub fn move_to(&self, public_url: &str) {
        let url = public_url.trim_end_matches('/').into();
        *self.public_url.write().unwrap_or_else(PoisonError::into_inner) = url;
    }

    /// `<message>.<mac>`, what stands behind `/r/`.
    pub fn token(&self, message: MessageId) -> String {
        let tag = self.tagged(message).finalize().into_bytes();
        let mut token = format!("{}.", message.uuid().simple());
        for byte in &tag[..MAC_BYTES] {
            // Writing to a string does not fail.
            let _ = write!(token, "{byte:02x}");
        }
        token
    }

    /// The message that a token answers for; none if it is not of our making. In constant time.
    pub fn verify(&self, token: &str) -> Option<MessageId> {
        let (message, tag) = token.split_once('.')?;
        if message.len() != 32 || tag.len() != 2 * MAC_BYTES {
            return None;
        }
        let message = MessageId(Uuid::try_parse(message).ok()?);
        let mut bytes = [0; MAC_BYTES];
        for (byte, pair) in bytes.iter_mut().zip(tag.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        self.tagged(message).verify_truncated_left(&bytes).ok()?;
        Some(message)
    }

    /// The links that a mail of this purpose carries.
    pub fn links(&self, message: MessageId, purpose: &Purpose) -> Links {
        let base = || format!("{}/r/{}", self.public_url(), self.token(message));
        match purpose {
            Purpose::Mail => Links::default(),
            Purpose::Survey { scale, .. } => {
                let base = base();
                let link = |score| SurveyLink { score, label: score.to_string(), url: format!("{base}?score={score}") };
                Links { survey: (1..=*scale).map(link).collect(), invite: None }
            }
            Purpose::LoyaltyInvite { .. } => Links { survey: Vec::new(), invite: Some(base()) },
        }
    }

    fn tagged(&self, message: MessageId) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(message.uuid().as_bytes());
        mac
    }
}

impl std::fmt::Debug for LinkSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkSigner").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_answers_for_its_message_only() {
        let signer = LinkSigner::new(b"secret", "https://mail.example/");
        let message = MessageId(Uuid::from_u128(7));
        let token = signer.token(message);
        assert_eq!(signer.verify(&token), Some(message));
        let other = signer.token(MessageId(Uuid::from_u128(8)));
        let mixed = format!("{}{}", &token[..33], &other[33..]);
        let foreign = LinkSigner::new(b"another", "").token(message);
        let cut = &token[..token.len() - 2];
        for bad in [mixed.as_str(), &foreign, cut, "", ".", "a.b", &"ä".repeat(40)] {
            assert_eq!(signer.verify(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_purpose_decides_on_the_links() {
        let signer = LinkSigner::new(b"secret", "https://mail.example");
        let message = MessageId(Uuid::from_u128(7));
        let survey = signer.links(message, &Purpose::Survey { question: "?".into(), scale: 3 }).survey;
        assert_eq!(survey.len(), 3);
        assert_eq!(survey[2].url, format!("https://mail.example/r/{}?score=3", signer.token(message)));
        let invite = |signer: &LinkSigner| {
            signer.links(message, &Purpose::LoyaltyInvite { club: "c".into(), valid: None }).invite
        };
        assert_eq!(invite(&signer), Some(format!("https://mail.example/r/{}", signer.token(message))));
        // All clones move, and what was written before still answers.
        let clone = signer.clone();
        signer.move_to("https://new.example/");
        assert_eq!(invite(&clone), Some(format!("https://new.example/r/{}", signer.token(message))));
        assert_eq!(clone.verify(&signer.token(message)), Some(message));
        assert_eq!(signer.links(message, &Purpose::Mail), Links::default());
    }
}

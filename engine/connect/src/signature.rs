//! Signatures of Standard Webhooks (<https://www.standardwebhooks.com>, version 1.0.0). A receiver with the secret can
//! verify that a call is ours, and we can verify theirs.
//!
//! `webhook-signature` holds one `v1,<base64 of HMAC-SHA256>` for each secret, over `<id>.<seconds>.<body>`. The
//! standard's own crate `standardwebhooks` is not used: it reads the clock itself, and knows one secret and text bodies
//! only.

use std::{fmt, str::FromStr, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, Mac};
use program::Time;
use sha2::Sha256;

/// How far a call's time may be from ours, in either direction: what was listened to cannot be sent again later, and
/// clocks may differ. As long as the standard's libraries have it.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Signatures of one call that are looked at. A rotation brings two; each costs a hash of the whole body.
const MAX_SIGNATURES: usize = 8;
/// What a secret that people see begins with.
const PREFIX: &str = "whsec_";
/// What a signature begins with.
const VERSION: &str = "v1,";

/// What both sides know. Read from `whsec_<base64>`, 24 to 64 bytes.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

/// Why a text is no secret. Does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Another beginning.
    #[error("a secret begins with whsec_")]
    Prefix,
    /// No base64.
    #[error("what stands after whsec_ is not base64")]
    Base64,
    /// Another length.
    #[error("a secret has 24 to 64 bytes, which are 32 to 88 letters and digits after whsec_")]
    Length,
}

impl FromStr for Secret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let text = text.strip_prefix(PREFIX).ok_or(SecretError::Prefix)?;
        let bytes = BASE64.decode(text).map_err(|_| SecretError::Base64)?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(SecretError::Length);
        }
        // HMAC takes keys of any length; the error never comes.
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| SecretError::Length)
    }
}

impl Secret {
    /// How these bytes are told to people, and read back.
    pub fn spell(bytes: &[u8]) -> String {
        format!("{PREFIX}{}", BASE64.encode(bytes))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// An id that cannot be signed: with a dot in it, two calls could have one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a call has 1 to 255 letters, digits, - and _")]
pub struct BadId;

pub(crate) fn check_id(id: &str) -> Result<(), BadId> {
    let plain = id.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'));
    if plain && (1..=255).contains(&id.len()) { Ok(()) } else { Err(BadId) }
}

/// What `webhook-signature` says: a signature by each secret, in their order. While secrets change, both sign, so the
/// other side may change when it likes.
pub fn sign(secrets: &[Secret], id: &str, at: Time, body: &[u8]) -> Result<String, BadId> {
    check_id(id)?;
    let seconds = at.timestamp().to_string();
    let signature = |secret: &Secret| {
        format!("{VERSION}{}", BASE64.encode(signed(secret, id, &seconds, body).finalize().into_bytes()))
    };
    Ok(secrets.iter().map(signature).collect::<Vec<_>>().join(" "))
}

/// What the headers of a call that came in say, as they say it.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `webhook-id`. The same one again is the same call again.
    pub id: &'a str,
    /// `webhook-timestamp`, in seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signature: &'a str,
}

/// Why a call that came in is not believed. The caller must mend it; it gets a 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// No whole number of seconds.
    #[error("webhook-timestamp is not a number of seconds since 1970")]
    Timestamp,
    /// Longer ago than [`TOLERANCE`].
    #[error("webhook-timestamp is more than five minutes ago")]
    Old,
    /// Further ahead than [`TOLERANCE`].
    #[error("webhook-timestamp is more than five minutes ahead")]
    Ahead,
    /// See [`BadId`].
    #[error("webhook-id: {0}")]
    Id(#[from] BadId),
    /// None of the first eight is one of ours.
    #[error("webhook-signature is not made with a secret that is known here")]
    Signature,
}

/// Whether somebody who has one of the secrets sent this body, near `now`. `body` is what came, byte by byte, before
/// anybody read it. Signatures are compared in constant time.
pub fn verify(secrets: &[Secret], claim: Signed<'_>, body: &[u8], now: Time) -> Result<(), Unverified> {
    check_id(claim.id)?;
    let digits = !claim.timestamp.is_empty() && claim.timestamp.bytes().all(|c| c.is_ascii_digit());
    let seconds = digits.then(|| claim.timestamp.parse::<i64>().ok()).flatten().ok_or(Unverified::Timestamp)?;
    // No overflow: it is not negative, and times of ours are far from the end.
    let ahead = seconds.saturating_sub(now.timestamp());
    let tolerance = TOLERANCE.as_secs().cast_signed();
    if ahead > tolerance {
        return Err(Unverified::Ahead);
    }
    if ahead < -tolerance {
        return Err(Unverified::Old);
    }
    let given = claim.signature.split(' ').take(MAX_SIGNATURES).filter_map(|one| one.strip_prefix(VERSION));
    let given: Vec<_> = given.filter_map(|text| BASE64.decode(text).ok()).collect();
    let known = secrets.iter().map(|secret| signed(secret, claim.id, claim.timestamp, body));
    let holds = known.into_iter().any(|mac| given.iter().any(|bytes| mac.clone().verify_slice(bytes).is_ok()));
    if holds { Ok(()) } else { Err(Unverified::Signature) }
}

fn signed(Secret(mac): &Secret, id: &str, seconds: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = mac.clone();
    for part in [id.as_bytes(), b".", seconds.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn time(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 999_000_000).unwrap()
    }

    /// Those of the standard's own libraries.
    const VECTORS: [(&str, &str, i64, &str, &str); 2] = [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
    ];
    /// Somebody else's.
    const FOREIGN: &str = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

    #[test]
    fn signatures_are_those_of_the_standard() {
        for (secret, id, seconds, body, signature) in VECTORS {
            let secret: Secret = secret.parse().unwrap();
            assert_eq!(sign(from_ref(&secret), id, time(seconds), body.as_bytes()).unwrap(), signature);
            let timestamp = seconds.to_string();
            let check_body = |signature: &str, at, body: &str| {
                let claim = Signed { id, timestamp: &timestamp, signature };
                verify(from_ref(&secret), claim, body.as_bytes(), time(at))
            };
            let check = |signature: &str, at| check_body(signature, at, body);
            assert_eq!(check(signature, seconds), Ok(()));
            // Among others, of other keys and other versions.
            let many = format!("{FOREIGN} v2,{0} v1a,{0} {signature} {FOREIGN}", &FOREIGN[3..]);
            assert_eq!(check(&many, seconds), Ok(()));
            for signature in [
                "",
                " ",
                "v1,",
                "v1",
                "v1,dawfeoifkpqwoekfpqoekf",
                &signature[..8],
                &signature[..signature.len() - 1],
                &signature[3..],
                &signature.replace("v1,", "v1a,"),
                &signature.replace(',', "="),
                FOREIGN,
                &format!("{}{signature}", format!("{FOREIGN} ").repeat(MAX_SIGNATURES)),
            ] {
                assert_eq!(check(signature, seconds), Err(Unverified::Signature), "{signature}");
            }
            assert_eq!(check(signature, seconds + 300), Ok(()));
            assert_eq!(check(signature, seconds - 300), Ok(()));
            assert_eq!(check(signature, seconds + 301), Err(Unverified::Old));
            assert_eq!(check(signature, seconds - 301), Err(Unverified::Ahead));
            assert_eq!(check_body(signature, seconds, "{}"), Err(Unverified::Signature));
            let claim = Signed { id, timestamp: &timestamp, signature };
            assert_eq!(verify(&[], claim, body.as_bytes(), time(seconds)), Err(Unverified::Signature));
        }
    }

    #[test]
    fn whoever_has_either_secret_believes_it() {
        let [old, new] = VECTORS.map(|(secret, ..)| secret.parse::<Secret>().unwrap());
        let body = [0, 159, 146, 150];
        let both = sign(&[new.clone(), old.clone()], "a-1", time(9), &body).unwrap();
        assert_eq!(both.split(' ').count(), 2);
        let signed = Signed { id: "a-1", timestamp: "9", signature: &both };
        assert_eq!(verify(from_ref(&old), signed, &body, time(9)), Ok(()));
        assert_eq!(verify(from_ref(&new), signed, &body, time(9)), Ok(()));
        let late = sign(from_ref(&new), "a-1", time(9), &body).unwrap();
        let signed = Signed { signature: &late, ..signed };
        assert_eq!(verify(&[old.clone(), new], signed, &body, time(9)), Ok(()));
        assert_eq!(verify(&[old], signed, &body, time(9)), Err(Unverified::Signature));
        assert_eq!(sign(&[], "a", time(9), &body), Ok(String::new()));
    }

    #[test]
    fn odd_ids_and_times_are_refused() {
        let now = time(1_000);
        for timestamp in ["", "hello", "+1000", "-1", "1000.5", " 1000", "1e3", "99999999999999999999"] {
            let signed = Signed { id: "a", timestamp, signature: FOREIGN };
            assert_eq!(verify(&[], signed, b"", now), Err(Unverified::Timestamp), "{timestamp}");
        }
        let last = i64::MAX.to_string();
        let signed = Signed { id: "a", timestamp: &last, signature: FOREIGN };
        assert_eq!(verify(&[], signed, b"", now), Err(Unverified::Ahead));
        let long = "a".repeat(256);
        for id in ["", "a.b", "a b", "a\r\nb", "ä", &long] {
            assert_eq!(sign(&[], id, now, b""), Err(BadId), "{id}");
            let signed = Signed { id, timestamp: "1000", signature: FOREIGN };
            assert_eq!(verify(&[], signed, b"", now), Err(Unverified::Id(BadId)), "{id}");
        }
    }

    #[test]
    fn secrets_are_read_strictly_and_never_shown() {
        let of = |bytes: usize| format!("whsec_{}", BASE64.encode(vec![7; bytes]));
        for (text, expected) in [
            (of(24), None),
            (of(64), None),
            (of(23), Some(SecretError::Length)),
            (of(65), Some(SecretError::Length)),
            ("whsec_".into(), Some(SecretError::Length)),
            ("whsec_%%%".into(), Some(SecretError::Base64)),
            (of(24) + "\n", Some(SecretError::Base64)),
            (of(24)[6..].into(), Some(SecretError::Prefix)),
            (String::new(), Some(SecretError::Prefix)),
        ] {
            assert_eq!(text.parse::<Secret>().err(), expected, "{text}");
        }
        assert_eq!(format!("{:?}", of(24).parse::<Secret>()), "Ok(Secret)");
    }
}

//! Seals secrets that the server must read again, such as keys that sign webhooks and passwords of connectors. The key
//! is not in the database. A secret that only has to be recognised is kept as a digest instead (`access/secret.rs`).
//!
//! A sealed text is `v1.<key id>.<base64>`: nonce, then the secret encrypted with AES-256-GCM. It opens only where it
//! was stored, because table, row and workspace are authenticated with it. Several keys may be given while keys are
//! changed: the first one seals, and all open.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use program::WorkspaceId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};
use store::Digest;

use crate::access::secret;

/// How a sealed text of this form begins.
const FORM: &str = "v1.";
/// The most keys at a time: the one in use, those that go out of use, and some to spare.
const MOST_KEYS: usize = 8;
/// The longest secret, in bytes. Longer ones are files, and belong elsewhere.
const MOST: usize = 64 << 10;

/// Where a sealed text stands.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    /// In which table.
    pub table: &'a str,
    /// In which row, by its key.
    pub row: &'a str,
    /// Of which workspace; none for what is the whole installation's.
    pub workspace: Option<WorkspaceId>,
}

impl Spot<'_> {
    /// What is authenticated of it: each part with its length, so that no two spots are written alike.
    fn bytes(&self) -> Vec<u8> {
        let workspace = self.workspace.map(|workspace| workspace.uuid().as_bytes().to_vec()).unwrap_or_default();
        let parts = [self.table.as_bytes(), self.row.as_bytes(), &workspace];
        parts.into_iter().flat_map(|part| [&(part.len() as u64).to_be_bytes()[..], part].concat()).collect()
    }
}

/// Why something cannot be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A key is none.
    #[error("seal key {0} is not 64 hex digits")]
    Key(usize),
    /// Too many keys.
    #[error("there are more than {MOST_KEYS} seal keys; leave out those that nothing is sealed with any more")]
    Keys,
    /// No key was given.
    #[error(
        "there is no key to seal secrets with. With PostgreSQL all nodes need the same one: give 64 random hex digits \
         (openssl rand -hex 32) as seal_key or in the file that seal_key_file names"
    )]
    NoKey,
    /// The secret is too long.
    #[error("a secret has at most {MOST} bytes")]
    TooLong,
    /// The text is no sealed one.
    #[error("this is not a sealed text")]
    Form,
    /// It was sealed with a key that is not here.
    #[error(
        "it was sealed with the key {0}, which this node was not given; add it to the seal keys (seal_key, or the file that \
         seal_key_file names), with a comma behind the first one"
    )]
    UnknownKey(String),
    /// It was changed, or stood elsewhere when it was sealed.
    #[error("it was sealed with the key {0}, but for another place, or it was changed since")]
    Broken(String),
}

/// The keys of this node: the first one seals, all open.
#[derive(Default)]
pub struct Seals(Vec<Key>);

struct Key {
    id: String,
    key: LessSafeKey,
}

/// Shows ids and no keys.
impl fmt::Debug for Seals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

impl Seals {
    /// Keys of 64 hex digits each, with commas or spaces between them.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let words = text.split([',', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty());
        let mut keys = Vec::new();
        for (at, word) in words.enumerate() {
            let bytes = secret::unhex(word).filter(|bytes| bytes.len() == AES_256_GCM.key_len());
            let bytes = bytes.ok_or(SealError::Key(at + 1))?;
            let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| SealError::Key(at + 1))?;
            keys.push(Key { id: id(&bytes), key: LessSafeKey::new(key) });
        }
        if keys.len() > MOST_KEYS { Err(SealError::Keys) } else { Ok(Self(keys)) }
    }

    /// Whether there is a key to seal with.
    pub fn can_seal(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether a stored text is sealed; those of former builds are not.
    pub fn is_sealed(text: &[u8]) -> bool {
        text.starts_with(FORM.as_bytes())
    }

    /// Seals a secret for its place.
    pub fn seal(&self, plain: &[u8], spot: Spot<'_>) -> Result<String, SealError> {
        let Key { id, key } = self.0.first().ok_or(SealError::NoKey)?;
        if plain.len() > MOST {
            return Err(SealError::TooLong);
        }
        // Random nonces of 96 bits are good for four billion secrets of one key.
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce);
        let mut sealed = plain.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(spot.bytes()), &mut sealed)
            .map_err(|_| SealError::TooLong)?;
        Ok(format!("{FORM}{id}.{}", BASE64_STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat())))
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, text: &str, spot: Spot<'_>) -> Result<Vec<u8>, SealError> {
        let (id, sealed) = text.strip_prefix(FORM).and_then(|rest| rest.split_once('.')).ok_or(SealError::Form)?;
        let bytes = BASE64_STANDARD_NO_PAD.decode(sealed).map_err(|_| SealError::Form)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(SealError::Form)?;
        let known = self.0.iter().find(|known| known.id == id).ok_or_else(|| SealError::UnknownKey(id.into()))?;
        let broken = |_| SealError::Broken(id.into());
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(broken)?;
        let mut sealed = sealed.to_vec();
        let plain = known.key.open_in_place(nonce, Aad::from(spot.bytes()), &mut sealed).map_err(broken)?;
        Ok(plain.to_vec())
    }
}

/// What a key is called: nobody learns it from that.
fn id(key: &[u8]) -> String {
    let digest: Digest = Sha256::new().chain_update("stafette seal key ").chain_update(key).finalize().into();
    secret::hex(&digest[..4])
}

#[cfg(test)]
mod tests {
    use program::WorkspaceId;
    use uuid::Uuid;

    use super::*;

    const ONE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const TWO: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";
    const SPOT: Spot<'_> = Spot { table: "secret", row: "links", workspace: None };

    fn seals(text: &str) -> Seals {
        Seals::parse(text).unwrap()
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let old = seals(ONE).seal(b"whsec", SPOT).unwrap();
        let both = seals(&format!("{TWO},{ONE}\n"));
        assert_eq!(both.open(&old, SPOT).unwrap(), b"whsec");
        let new = both.seal(b"whsec", SPOT).unwrap();
        assert_eq!(seals(TWO).open(&new, SPOT).unwrap(), b"whsec");
        // Each time another text, and none that holds the secret.
        assert_ne!(both.seal(b"whsec", SPOT).unwrap(), new);
        assert!(new.starts_with("v1.") && Seals::is_sealed(new.as_bytes()) && !new.contains("whsec"));
        let unknown = seals(ONE).open(&new, SPOT).unwrap_err();
        assert_eq!(unknown, SealError::UnknownKey(new.split('.').nth(1).unwrap().into()));
        assert!(!format!("{both:?}").contains(&ONE[..8]) && format!("{both:?}").len() < 40);
    }

    #[test]
    fn it_opens_in_its_place_alone() {
        let seals = seals(ONE);
        let workspace = |n| Some(WorkspaceId(Uuid::from_u128(n)));
        let spots = [
            SPOT,
            Spot { table: "secre", row: "tlinks", ..SPOT },
            Spot { row: "other", ..SPOT },
            Spot { workspace: workspace(1), ..SPOT },
            Spot { workspace: workspace(2), ..SPOT },
        ];
        for (at, spot) in spots.iter().enumerate() {
            let sealed = seals.seal(b"a", *spot).unwrap();
            for (other, elsewhere) in spots.iter().enumerate() {
                assert_eq!(seals.open(&sealed, *elsewhere).is_ok(), at == other, "{spot:?} {elsewhere:?}");
            }
        }
    }

    #[test]
    fn what_was_changed_is_told() {
        let seals = seals(ONE);
        let sealed = seals.seal(&[7; 40], SPOT).unwrap();
        let head = sealed.rfind('.').unwrap() + 1;
        let mut broken = 0;
        for at in 0..sealed.len() {
            let mut text = sealed.clone().into_bytes();
            text[at] = if text[at] == b'A' { b'B' } else { b'A' };
            let error = seals.open(std::str::from_utf8(&text).unwrap(), SPOT).unwrap_err();
            broken += usize::from(at >= head && matches!(error, SealError::Broken(_)));
        }
        // The last digit may hold bits that stand for nothing.
        assert!(broken >= sealed.len() - head - 1, "{broken}");
        for text in ["", "v1.", "v1..", "v1.a.b", "v2.a.b", "plain", &sealed[..head], &sealed[..head + 20]] {
            assert!(seals.open(text, SPOT).is_err(), "{text}");
        }
    }

    #[test]
    fn keys_and_secrets_have_bounds() {
        assert_eq!(Seals::default().seal(b"a", SPOT), Err(SealError::NoKey));
        assert!(SealError::NoKey.to_string().contains("seal_key_file") && !seals(" \n").can_seal());
        assert_eq!(Seals::parse(&format!("{ONE} {}", &TWO[1..])).unwrap_err(), SealError::Key(2));
        assert_eq!(Seals::parse(&[ONE; MOST_KEYS + 1].join(",")).unwrap_err(), SealError::Keys);
        assert_eq!(seals(ONE).seal(&vec![0; MOST + 1], SPOT), Err(SealError::TooLong));
        assert!(seals(ONE).seal(&vec![0; MOST], SPOT).is_ok());
    }
}

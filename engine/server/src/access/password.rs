//! Passwords: argon2id with 19 MiB, 2 passes, 1 lane, as OWASP asks. At most two are checked at once, so that a flood
//! of logins costs time and not memory.

use std::ops::RangeInclusive;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// How long a password may be, in characters.
pub const LENGTH: RangeInclusive<usize> = 12..=200;

/// How many passwords are hashed at once.
static PLACES: Semaphore = Semaphore::const_new(2);

/// Why a password cannot be hashed or checked.
#[derive(Debug, thiserror::Error)]
#[error("hashing a password: {0}")]
pub struct PasswordError(String);

fn argon() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| PasswordError(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// What is wrong with a new password, if anything.
pub fn problem(password: &str) -> Option<String> {
    let length = password.chars().count();
    let (min, max) = LENGTH.into_inner();
    (!LENGTH.contains(&length)).then(|| format!("the password has {length} characters; take {min} to {max}"))
}

/// Hashes a password with a salt of its own.
pub async fn hash(password: String) -> Result<String, PasswordError> {
    blocking(move || {
        let hash = argon()?.hash_password(password.as_bytes()).map_err(|error| PasswordError(error.to_string()))?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether a password belongs to a hash. Without a hash the answer is no, after the same time, so that nobody
/// learns which addresses have an account.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, PasswordError> {
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c3RhZmV0dGVzdGFmZXR0ZQ$Nf3W3wGxQkPjSW0fLpZKQp9hNcQq0bMfEo3YBr2YB1I";
    blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.into());
        let hash = PasswordHash::new(&hash).map_err(|error| PasswordError(error.to_string()))?;
        Ok(argon()?.verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
) -> Result<T, PasswordError> {
    let place = PLACES.acquire().await.map_err(|error| PasswordError(error.to_string()))?;
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| PasswordError(error.to_string()))?;
    drop(place);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let hash = hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!verify("wrong horse".into(), Some(hash)).await.unwrap());
        assert!(!verify("correct horse".into(), None).await.unwrap());
    }
}

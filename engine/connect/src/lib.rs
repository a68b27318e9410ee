//! Translates between foreign requests and our events, messages and contacts.
//!
//! Pure but for `Client`, which stands behind the feature `client`. Time is an argument. In reading order:
//!
//! - [`Guard`]: which URLs and which addresses may be called at all, and the [`Refusal`] in words.
//! - [`Secret`], [`sign`] and [`verify`]: signatures of Standard Webhooks.
//! - [`Call`]: the request; [`Answered`] and [`Failed`]: its result, with the [`Class`] of who must act.
//! - `Client`: sends calls, to addresses that the guard lets through and to no others.
//!
//! ```
//! use connect::Guard;
//!
//! let guard = Guard::default();
//! assert_eq!(guard.target("https://example.com/hook").unwrap().place(), "example.com:443");
//! let refusal = guard.target("https://2130706433/").unwrap_err();
//! assert_eq!(refusal.to_string(), "127.0.0.1 is this machine itself");
//! ```

mod answer;
mod call;
#[cfg(feature = "client")]
mod client;
mod guard;
mod signature;

pub use answer::{Answered, Class, Failed, Fault, MAX_ANSWER, MAX_ANSWER_HEAD, MAX_RETRY_AFTER, retry_after};
pub use call::{Call, MAX_BODY, MAX_HEADER_BYTES, MAX_HEADERS, Unfit};
#[cfg(feature = "client")]
pub use client::{Client, ClientError, Limits};
pub use guard::{Guard, Kind, MAX_URL, Network, NetworkError, Refusal, Target};
pub use signature::{BadId, Secret, SecretError, Signed, TOLERANCE, Unverified, sign, verify};

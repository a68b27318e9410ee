//! A stream, a contact and an event become a message; transports hand it over.
//!
//! Pure but for [`Transport`], which stands behind the feature `transport`. In reading order:
//!
//! - [`Material`]: everything that one mail is made of.
//! - [`Templates`]: the texts of a stream version, compiled once and kept by the caller.
//! - [`Rendered`]: the texts of one mail; [`compose`] makes the bytes of them.
//! - [`DkimKey`]: signs these bytes.
//! - `Transport`, `Connection`, `HandOver`: the way out, and what became of it.

mod address;
mod check;
mod compose;
mod dkim;
mod error;
mod material;
mod render;
#[cfg(feature = "transport")]
mod transport;

pub use address::{AddressError, MAX_ADDRESS, ascii_domain, check_address, wire_address};
pub use check::check_stream;
pub use compose::{MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS, MEDIA_PARAMETERS, Mail, clean_filename, compose};
#[cfg(feature = "transport")]
pub use dkim::Published;
pub use dkim::{DkimError, DkimKey};
pub use error::RenderError;
pub use material::{Attachment, Links, Material, SurveyLink};
pub use render::{MAX_OUTPUT, Rendered, Templates};
#[cfg(feature = "transport")]
pub use transport::{
    ConfigError, Connection, Envelope, HandOver, Limits, ProbeError, SmtpConfig, Stage, Tls, Transport, Unreached,
};

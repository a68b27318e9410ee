//! Mail addresses (RFC 5321, RFC 6531): what may reach an envelope or a header.

/// The longest address, in octets (RFC 5321, section 4.5.3.1.3: a path of 256 with its angle brackets).
pub const MAX_ADDRESS: usize = 254;

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
}

/// Checks an address and gives it back normalised: trimmed, the domain in lower case. The local part keeps its case.
pub fn check_address(text: &str) -> Result<String, AddressError> {
    let _ = text;
    todo!()
}

//! Mail addresses (RFC 5321, RFC 6531): what may reach an envelope or a header.

/// The longest address, in octets (RFC 5321, section 4.5.3.1.3: a path of 256 with its angle brackets).
pub const MAX_ADDRESS: usize = 254;

/// The longest local part, in octets (RFC 5321, section 4.5.3.1.1).
const MAX_LOCAL: usize = 64;

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
    /// More than [`MAX_ADDRESS`] octets, or more than 64 before the @.
    #[error("the address is too long: at most 254 octets, 64 of them before the @")]
    TooLong,
    /// A line break, a space or another character that cannot be seen.
    #[error("the address has a space or a control character in it")]
    Invisible,
    /// No @, or more than one.
    #[error("the address needs exactly one @")]
    At,
    /// What stands before the @.
    #[error("what stands before the @ is not valid: letters, digits, dots between them and !#$%&'*+-/=?^_`{{|}}~")]
    Local,
    /// What stands after the @.
    #[error("what stands after the @ is not a domain")]
    Domain,
}

/// Checks an address and gives it back normalised: spaces around it gone, the domain in lower case.
///
/// The local part keeps its case, which belongs to the receiver. Letters beyond ASCII are allowed on both sides
/// of the @ (RFC 6531) and are not turned into their IDNA form; a server without SMTPUTF8 refuses them.
/// Quoted local parts, comments and address literals are refused: in lists of customers they are mistakes.
pub fn check_address(text: &str) -> Result<String, AddressError> {
    let text = text.trim_matches(' ');
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    if text.len() > MAX_ADDRESS {
        return Err(AddressError::TooLong);
    }
    if text.chars().any(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(AddressError::Invisible);
    }
    let (local, domain) = text.split_once('@').ok_or(AddressError::At)?;
    if domain.contains('@') {
        return Err(AddressError::At);
    }
    if local.len() > MAX_LOCAL {
        return Err(AddressError::TooLong);
    }
    if !dot_separated(local, is_atom) {
        return Err(AddressError::Local);
    }
    let domain = domain.to_lowercase();
    if domain.len() + local.len() + 1 > MAX_ADDRESS {
        return Err(AddressError::TooLong);
    }
    if !domain.split('.').all(is_label) {
        return Err(AddressError::Domain);
    }
    Ok(format!("{local}@{domain}"))
}

/// Characters that have no place in a header: controls (C0, DEL, C1), the line and paragraph separators, and
/// those that hide or turn the text around them.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn dot_separated(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(&allowed))
}

/// `atext` of RFC 5322, with RFC 6531's letters beyond ASCII.
fn is_atom(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii()
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || (!c.is_ascii() && c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_an_address() {
        for (text, expected) in [
            ("ada@example.test", "ada@example.test"),
            (" Ada.Lovelace+shop@Example.TEST ", "Ada.Lovelace+shop@example.test"),
            ("o'brien@example.test", "o'brien@example.test"),
            ("grün@exämple.test", "grün@exämple.test"),
            ("root@localhost", "root@localhost"),
        ] {
            assert_eq!(check_address(text).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn refuses_what_is_none() {
        use AddressError::*;
        let long = format!("a@{}.test", "b".repeat(250));
        for (text, error) in [
            ("", Empty),
            ("  ", Empty),
            ("ada", At),
            ("ada@b@c", At),
            ("@example.test", Local),
            ("ada.@example.test", Local),
            ("\"ada\"@example.test", Local),
            ("<ada@example.test>", Local),
            ("ada,eve@example.test", Local),
            ("ada@", Domain),
            ("ada@-x.test", Domain),
            ("ada@x..test", Domain),
            ("ada@x.test>", Domain),
            ("ada@[127.0.0.1]", Domain),
            ("ada lovelace@example.test", Invisible),
            ("ada@example.test\r\nRCPT TO:<eve@example.test>", Invisible),
            ("ada\0@example.test", Invisible),
            ("ada\u{2028}@example.test", Invisible),
            ("ada@example.test\n", Invisible),
            (&long, TooLong),
        ] {
            assert_eq!(check_address(text), Err(error), "{text:?}");
        }
    }
}

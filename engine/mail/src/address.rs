//! Mail addresses (RFC 5321, RFC 6531) that may stand in an envelope or a header.

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use letter::is_invisible;
use unicode_normalization::UnicodeNormalization;

/// The longest address, in octets (RFC 5321, section 4.5.3.1.3: a path of 256 with its angle brackets).
pub const MAX_ADDRESS: usize = 254;

/// The longest local part, in octets (RFC 5321, section 4.5.3.1.1).
const MAX_LOCAL: usize = 64;

/// Nobody's address is so long, however it is spelt; not even looked at.
const MAX_TEXT: usize = 4 * MAX_ADDRESS;

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
    #[error("the address has a space or another character in it that cannot be seen")]
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
    /// An address of a machine.
    #[error("what stands after the @ is the number of a machine; give the name of a domain")]
    Number,
}

/// Checks an address and gives it back as people read it: spaces around it gone, the domain in lower case, accents as
/// one character with their letter.
///
/// The local part keeps its case, which belongs to the receiver. Letters beyond ASCII are allowed on both sides of the
/// @ (RFC 6531, RFC 5891); [`wire_address`] is what goes out. Quoted local parts, comments and address literals are
/// refused: in lists of customers they are mistakes.
pub fn check_address(text: &str) -> Result<String, AddressError> {
    let (local, domain, wire) = parts(text)?;
    // As it was given: whoever writes xn-- means to.
    if domain.is_ascii() {
        return Ok(format!("{local}@{wire}"));
    }
    let (domain, _) = Uts46::new().to_unicode(wire.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow);
    Ok(format!("{local}@{domain}"))
}

/// Checks an address and gives it back as it goes out: the domain in its A-labels (RFC 5890), so that only a local part
/// beyond ASCII needs a server with SMTPUTF8.
pub fn wire_address(text: &str) -> Result<String, AddressError> {
    let (local, _, wire) = parts(text)?;
    Ok(format!("{local}@{wire}"))
}

/// A domain in its A-labels and in lower case; none if it is no domain.
pub fn ascii_domain(domain: &str) -> Option<String> {
    // Joiners belong to some labels (RFC 5892, appendix A); other invisible characters would be dropped silently.
    let hidden = |c: char| c.is_whitespace() || (is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}'));
    if domain.chars().any(hidden) {
        return None;
    }
    let wire = Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow, DnsLength::Verify).ok()?;
    wire.split('.').all(is_label).then(|| wire.into_owned())
}

/// Local part, domain as given, and domain as it goes out.
fn parts(text: &str) -> Result<(Cow<'_, str>, &str, String), AddressError> {
    let text = text.trim_matches(' ');
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    if text.len() > MAX_TEXT {
        return Err(AddressError::TooLong);
    }
    let (local, domain) = text.split_once('@').ok_or(AddressError::At)?;
    let hidden = |c: char| c.is_whitespace() || is_invisible(c);
    if local.contains(hidden) || domain.contains(|c| hidden(c) && !matches!(c, '\u{200c}' | '\u{200d}')) {
        return Err(AddressError::Invisible);
    }
    if domain.contains('@') {
        return Err(AddressError::At);
    }
    let local: Cow<'_, str> = if local.is_ascii() { local.into() } else { local.nfc().collect::<String>().into() };
    if local.len() > MAX_LOCAL {
        return Err(AddressError::TooLong);
    }
    if !dot_separated(&local, is_atom) {
        return Err(AddressError::Local);
    }
    if domain.is_ascii() && local.len() + 1 + domain.len() > MAX_ADDRESS {
        return Err(AddressError::TooLong);
    }
    let wire = ascii_domain(domain).ok_or(AddressError::Domain)?;
    if is_number(&wire) {
        return Err(AddressError::Number);
    }
    if local.len() + 1 + wire.len() > MAX_ADDRESS {
        return Err(AddressError::TooLong);
    }
    Ok((local, domain, wire))
}

fn dot_separated(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(&allowed))
}

/// `atext` of RFC 5322, with RFC 6531's letters beyond ASCII.
fn is_atom(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii()
}

/// A label as it goes out.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
}

/// Whether resolvers read it as an IP address: no name ends with a number.
fn is_number(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()));
    hex || last.bytes().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_an_address() {
        let local = "l".repeat(64);
        let long = format!("{local}@{}.test", "b".repeat(63));
        for (text, read, wire) in [
            ("ada@example.test", "ada@example.test", "ada@example.test"),
            (" Ada.Lovelace+shop@Example.TEST ", "Ada.Lovelace+shop@example.test", "Ada.Lovelace+shop@example.test"),
            ("o'brien@example.test", "o'brien@example.test", "o'brien@example.test"),
            ("root@localhost", "root@localhost", "root@localhost"),
            ("a@1.example", "a@1.example", "a@1.example"),
            ("a@3com.test", "a@3com.test", "a@3com.test"),
            ("a@r3---sn-x.example", "a@r3---sn-x.example", "a@r3---sn-x.example"),
            (&long, &long, &long),
            // The domain in A-labels, whatever it was spelt like.
            ("grün@exämple.test", "grün@exämple.test", "grün@xn--exmple-cua.test"),
            ("gru\u{308}n@exa\u{308}mple.test", "grün@exämple.test", "grün@xn--exmple-cua.test"),
            ("info@MÜLLER.example", "info@müller.example", "info@xn--mller-kva.example"),
            ("info@xn--mller-kva.example", "info@xn--mller-kva.example", "info@xn--mller-kva.example"),
            ("info@XN--MLLER-KVA.example", "info@xn--mller-kva.example", "info@xn--mller-kva.example"),
            ("a@müller。example", "a@müller.example", "a@xn--mller-kva.example"),
            ("a@ｍüller．example", "a@müller.example", "a@xn--mller-kva.example"),
            ("a@straße.example", "a@straße.example", "a@xn--strae-oqa.example"),
            ("a@उदाहरण.परीक्षा", "a@उदाहरण.परीक्षा", "a@xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g"),
            ("a@ตัวอย่าง.example", "a@ตัวอย่าง.example", "a@xn--72c1a1bt4awk9o.example"),
            ("a@உதாரணம்.example", "a@உதாரணம்.example", "a@xn--zkc6cc5bi7f6e.example"),
            ("a@ಉದಾಹರಣೆ.example", "a@ಉದಾಹರಣೆ.example", ""),
            ("a@ဥပမာ.example", "a@ဥပမာ.example", ""),
            ("a@ឧទាហរណ៍.example", "a@ឧទាហរណ៍.example", ""),
            ("a@例え.テスト", "a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"),
            ("a@مثال.إختبار", "a@مثال.إختبار", "a@xn--mgbh0fb.xn--kgbechtv"),
            // A joiner that its label needs (RFC 5892, appendix A.2).
            ("a@क्\u{200d}ष.example", "a@क्\u{200d}ष.example", ""),
        ] {
            assert_eq!(check_address(text).as_deref(), Ok(read));
            let went = wire_address(text).unwrap();
            assert!(went == wire || wire.is_empty(), "{text}: {went}");
            assert!(went.split_once('@').unwrap().1.is_ascii(), "{went}");
            // Both spellings are one address.
            assert_eq!(wire_address(read).unwrap(), went);
            assert_eq!(wire_address(&went).unwrap(), went);
        }
    }

    #[test]
    fn refuses_what_is_none() {
        use AddressError::*;
        let long = format!("a@{}.test", "b".repeat(250));
        let labels = format!("a@{}test", "bbbbbbbbb.".repeat(25));
        let local = format!("{}@example.test", "a".repeat(65));
        let umlauts = format!("{}@example.test", "ä".repeat(33));
        // Within its limit as it is read, beyond it as it goes out.
        let wide = format!("a@{}example", "äöüäöüäöü.".repeat(30));
        for (text, error) in [
            ("", Empty),
            ("  ", Empty),
            ("ada", At),
            ("ada@b@c", At),
            ("@example.test", Local),
            ("ada.@example.test", Local),
            (".ada@example.test", Local),
            ("a..b@example.test", Local),
            ("\"ada\"@example.test", Local),
            ("<ada@example.test>", Local),
            ("ada,eve@example.test", Local),
            ("ada(x)@example.test", Local),
            ("ada@", Domain),
            ("ada@-x.test", Domain),
            ("ada@x-.test", Domain),
            ("ada@x..test", Domain),
            ("ada@.x.test", Domain),
            ("ada@x.test.", Domain),
            ("ada@x.test。", Domain),
            ("ada@x.test>", Domain),
            ("ada@x_y.test", Domain),
            ("ada@xn--a.test", Domain),
            ("ada@[127.0.0.1]", Domain),
            ("ada@[IPv6:::1]", Domain),
            ("ada@1.2.3.4", Number),
            ("ada@１.2.3.4", Number),
            ("ada@1.2", Number),
            ("ada@2130706433", Number),
            ("ada@0x7f.1", Number),
            ("ada@127.0.0.0x1", Number),
            ("ada@b\u{300}\u{301}\u{2f}.test", Domain),
            ("ada@\u{301}x.test", Domain),
            ("ada lovelace@example.test", Invisible),
            ("ada@example.test\r\nRCPT TO:<eve@example.test>", Invisible),
            ("ada\0@example.test", Invisible),
            ("ada\u{2028}@example.test", Invisible),
            ("ada@example.test\n", Invisible),
            ("a\u{200b}da@example.test", Invisible),
            ("ada@exam\u{ad}ple.test", Invisible),
            ("ada@exam\u{200b}ple.test", Invisible),
            ("a\u{200d}da@example.test", Invisible),
            ("\u{feff}ada@example.test", Invisible),
            ("ada\u{a0}@example.test", Invisible),
            ("ada@\u{202e}example.test", Invisible),
            // A joiner that no label needs.
            ("ada@a\u{200d}b.test", Domain),
            (&long, TooLong),
            (&labels, TooLong),
            (&local, TooLong),
            (&umlauts, TooLong),
            (&wide, Domain),
        ] {
            assert_eq!(check_address(text), Err(error), "{text:?}");
            assert_eq!(wire_address(text), Err(error), "{text:?}");
        }
    }
}

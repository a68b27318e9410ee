//! Host names that are never public: those of this machine, of an internal network, or of a cloud.

use super::Refusal;

/// Names of this machine (RFC 6761, section 6.3, and what lines of `/etc/hosts` say). All that ends with one of them is one.
const THIS_MACHINE: [&str; 6] =
    ["localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"];

/// Where clouds tell their machines who they are. Their addresses are refused, too; the name says why.
const METADATA: [&str; 7] = [
    "instance-data",
    "instance-data.ec2.internal",
    "metadata",
    "metadata.azure.internal",
    "metadata.goog",
    "metadata.google.internal",
    "metadata.tencentyun.com",
];

/// Endings that mean something inside of a network only (RFC 6762, RFC 8375, ICANN's `.internal`, and custom).
const INTERNAL: [&str; 9] =
    ["corp", "home", "home.arpa", "internal", "intranet", "lan", "local", "localdomain", "private"];

/// What may be said against a name before anybody looks up its addresses.
pub(super) enum Name {
    /// Nothing.
    Public,
    /// It is this machine.
    Localhost,
    /// It means something inside of a network only: it has such an ending, or no dot.
    Internal,
    /// A cloud's.
    Metadata,
}

/// Reads a name in lower case and in A-labels, without a dot at its end.
pub(super) fn sort(name: &str) -> Name {
    let one_of = |names: &[&str]| names.iter().any(|known| is_below(name, known));
    if one_of(&METADATA) {
        Name::Metadata
    } else if one_of(&THIS_MACHINE) {
        Name::Localhost
    } else if one_of(&INTERNAL) || !name.contains('.') {
        Name::Internal
    } else {
        Name::Public
    }
}

/// Whether it is this name or ends with it.
fn is_below(name: &str, known: &str) -> bool {
    name.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a resolver can be asked for it (RFC 1035, section 2.3.4), and it can stand in a request: the standard of URLs
/// lets longer ones through, and quotes, braces and such. An underscore is in names that are in use.
pub(super) fn check_labels(name: &str) -> Result<(), Refusal> {
    let plain = |label: &str| label.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'));
    let fits = name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()) && plain(label));
    if fits { Ok(()) } else { Err(Refusal::Host) }
}

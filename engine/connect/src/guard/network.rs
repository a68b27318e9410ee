//! A range of addresses, such as `10.0.0.0/8`.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// The addresses that begin with the same bits. Reads and writes `10.0.0.0/8`, `fd12:3456::/32`, `10.1.2.3/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    /// At most 32 or 128, by the family.
    bits: u8,
}

/// Why a text is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no network: write its first address and how many bits all of them have in common, such as 10.0.0.0/8"
)]
pub struct NetworkError(String);

impl Network {
    pub(super) const fn v4([a, b, c, d]: [u8; 4], bits: u8) -> Self {
        Self { first: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), bits }
    }

    pub(super) const fn v6(first: Ipv6Addr, bits: u8) -> Self {
        Self { first: IpAddr::V6(first), bits }
    }

    /// Whether the address is one of these. Families are apart: an IPv4 address in an IPv6 one is not looked for.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                (first.to_bits() ^ address.to_bits()).leading_zeros() >= self.bits.into()
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                (first.to_bits() ^ address.to_bits()).leading_zeros() >= self.bits.into()
            }
            _ => false,
        }
    }

    /// Whether the first address is the first: no bit is set behind those that all have in common.
    fn is_exact(&self) -> bool {
        match self.first {
            IpAddr::V4(first) => first.to_bits().trailing_zeros() + u32::from(self.bits) >= 32,
            IpAddr::V6(first) => first.to_bits().trailing_zeros() + u32::from(self.bits) >= 128,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let read = || {
            let (first, bits) = text.split_once('/')?;
            // A sign or a zero in front is no way to write a number of bits.
            let plain = bits.bytes().all(|c| c.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0'));
            let network = Self { first: first.parse().ok()?, bits: bits.parse().ok()? };
            let most = if network.first.is_ipv4() { 32 } else { 128 };
            (plain && network.bits <= most && network.is_exact()).then_some(network)
        };
        read().ok_or_else(|| NetworkError(text.chars().take(64).collect()))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_written_and_hold_their_addresses() {
        for (text, within, without) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("10.1.2.3/32", "10.1.2.3", "10.1.2.2"),
            ("0.0.0.0/0", "255.255.255.255", "::"),
            ("172.16.0.0/12", "172.31.0.1", "172.32.0.0"),
            ("fd12:3456::/32", "fd12:3456:ffff::1", "fd12:3457::"),
            ("::/0", "ffff::", "0.0.0.0"),
            ("::1/128", "::1", "::"),
        ] {
            let network: Network = text.parse().unwrap();
            assert_eq!(network.to_string(), text);
            assert!(network.contains(within.parse().unwrap()), "{text}");
            assert!(!network.contains(without.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in
            ["", "10.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8", "::1/127", "::/129", "x/8"]
        {
            assert_eq!(text.parse::<Network>(), Err(NetworkError(text.into())));
        }
    }
}

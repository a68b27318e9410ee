//! The purpose of an address that does not belong to the public internet.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::Network;

/// What an address is for that is not one of the public internet.
///
/// Source: IANA's registries of special-purpose addresses (RFC 6890 and its updates), and the documentation of clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `127.0.0.0/8`, `::1`.
    Loopback,
    /// `0.0.0.0/8`, `::`: connections to it end at this machine.
    Unspecified,
    /// `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16`; `fec0::/10`, which was IPv6's former way to say it.
    Private,
    /// `fc00::/7`.
    UniqueLocal,
    /// `169.254.0.0/16`, `fe80::/10`.
    LinkLocal,
    /// `100.64.0.0/10`: between providers and their customers, and in private networks over them.
    Shared,
    /// Where a cloud tells its machines who they are and with which passwords.
    Metadata,
    /// `224.0.0.0/4`, `ff00::/8`.
    Multicast,
    /// `255.255.255.255`.
    Broadcast,
    /// `192.0.2.0/24` and others: nobody's, for books.
    Documentation,
    /// `198.18.0.0/15`: for laboratories. `2001:2::/48` is counted as reserved.
    Benchmarking,
    /// 6to4, Teredo, ISATAP and IPv4-compatible addresses: they hide another address, behind a gateway that we do not
    /// know.
    Tunnel,
    /// Everything else that is not of the public internet.
    Reserved,
}

impl Kind {
    /// Whether an address of this kind may be called where a configuration names its network. Never this machine, which
    /// has an option of its own, never many machines at once, and never the passwords of a cloud.
    pub(super) fn is_nameable(self) -> bool {
        !matches!(
            self,
            Self::Loopback | Self::Unspecified | Self::Metadata | Self::Multicast | Self::Broadcast | Self::Tunnel
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "this machine itself",
            Self::Unspecified => "no machine's address, and leads to this machine",
            Self::Private | Self::UniqueLocal => "an address of a private network",
            Self::LinkLocal => "an address of a local network",
            Self::Shared => "an address between a provider and its customers",
            Self::Metadata => "where a cloud keeps its machines' passwords",
            Self::Multicast | Self::Broadcast => "an address of many machines at once",
            Self::Documentation => "an address for examples only",
            Self::Benchmarking => "an address for measurements only",
            Self::Tunnel => "an address that hides another one",
            Self::Reserved => "a reserved address",
        })
    }
}

/// The first that fits counts, so exceptions stand before the rule. What is in none of them is public.
const V4: [(Network, Kind); 22] = [
    // Amazon, Azure, Google and others. They are link-local, too, but no option opens these.
    (Network::v4([169, 254, 169, 254], 32), Kind::Metadata),
    // Amazon's containers, and its clusters.
    (Network::v4([169, 254, 170, 2], 32), Kind::Metadata),
    (Network::v4([169, 254, 170, 23], 32), Kind::Metadata),
    // Alibaba, Oracle, and Azure's agent, whose address looks public.
    (Network::v4([100, 100, 100, 200], 32), Kind::Metadata),
    (Network::v4([192, 0, 0, 192], 32), Kind::Metadata),
    (Network::v4([168, 63, 129, 16], 32), Kind::Metadata),
    (Network::v4([0, 0, 0, 0], 8), Kind::Unspecified),
    (Network::v4([10, 0, 0, 0], 8), Kind::Private),
    (Network::v4([100, 64, 0, 0], 10), Kind::Shared),
    (Network::v4([127, 0, 0, 0], 8), Kind::Loopback),
    (Network::v4([169, 254, 0, 0], 16), Kind::LinkLocal),
    (Network::v4([172, 16, 0, 0], 12), Kind::Private),
    (Network::v4([192, 0, 0, 0], 24), Kind::Reserved),
    (Network::v4([192, 0, 2, 0], 24), Kind::Documentation),
    // Relays of 6to4, which are gone (RFC 7526).
    (Network::v4([192, 88, 99, 0], 24), Kind::Reserved),
    (Network::v4([192, 168, 0, 0], 16), Kind::Private),
    (Network::v4([198, 18, 0, 0], 15), Kind::Benchmarking),
    (Network::v4([198, 51, 100, 0], 24), Kind::Documentation),
    (Network::v4([203, 0, 113, 0], 24), Kind::Documentation),
    (Network::v4([224, 0, 0, 0], 4), Kind::Multicast),
    (Network::v4([255, 255, 255, 255], 32), Kind::Broadcast),
    (Network::v4([240, 0, 0, 0], 4), Kind::Reserved),
];

const fn v6(segments: [u16; 8], bits: u8) -> Network {
    let [a, b, c, d, e, f, g, h] = segments;
    Network::v6(Ipv6Addr::new(a, b, c, d, e, f, g, h), bits)
}

/// The same for IPv6; what is in none of them is public if it is in [`GLOBAL`], and reserved if not.
const V6: [(Network, Kind); 17] = [
    // Amazon's machines and clusters, Google's and Scaleway's machines. They are unique-local, too, but no option opens these.
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128), Kind::Metadata),
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23], 128), Kind::Metadata),
    (v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128), Kind::Metadata),
    (v6([0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42], 128), Kind::Metadata),
    (v6([0; 8], 128), Kind::Unspecified),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), Kind::Loopback),
    // IPv4-compatible (RFC 4291, section 2.5.5.1), which nobody uses; and the rest of IPv4 in IPv6 by translators
    // that a network of one's own has (RFC 6145, RFC 8215).
    (v6([0; 8], 96), Kind::Tunnel),
    (v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96), Kind::Tunnel),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), Kind::Tunnel),
    // Teredo, before what else the IETF has of 2001::/23: nothing there is a server's.
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), Kind::Tunnel),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), Kind::Reserved),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Kind::Documentation),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), Kind::Tunnel),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), Kind::Documentation),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Kind::UniqueLocal),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), Kind::LinkLocal),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), Kind::Multicast),
];

/// Formerly what private networks have in IPv4 (RFC 3879).
const SITE_LOCAL: Network = v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10);
/// All that is given to anybody (RFC 4291, section 2.4, and IANA's registry).
const GLOBAL: Network = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
/// Where a network without IPv4 has it (RFC 6052): its resolver makes such addresses of public ones.
const NAT64: Network = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

/// The address that a connection to this one would go to, and what that is for; none: the public internet.
pub(super) fn kind(address: IpAddr) -> (IpAddr, Option<Kind>) {
    // ::ffff:10.0.0.1 is a way to write 10.0.0.1.
    let address = address.to_canonical();
    let kind = match address {
        IpAddr::V4(_) => first(&V4, address),
        IpAddr::V6(_) if NAT64.contains(address) => first(&V4, within(address).into()),
        IpAddr::V6(wide) if is_isatap(wide) => Some(Kind::Tunnel),
        IpAddr::V6(_) if SITE_LOCAL.contains(address) => Some(Kind::Private),
        IpAddr::V6(_) => first(&V6, address).or((!GLOBAL.contains(address)).then_some(Kind::Reserved)),
    };
    (address, kind)
}

/// Whether it is one of those that are another one's in disguise: then networks that are named open it for nobody, since
/// they name what it looks like, or what it leads to behind a gateway.
pub(super) fn is_disguised(address: IpAddr) -> bool {
    NAT64.contains(address)
}

fn first(table: &[(Network, Kind)], address: IpAddr) -> Option<Kind> {
    table.iter().find(|(network, _)| network.contains(address)).map(|(_, kind)| *kind)
}

/// The IPv4 address in the last 32 bits.
fn within(address: IpAddr) -> Ipv4Addr {
    match address {
        IpAddr::V4(address) => address,
        IpAddr::V6(address) => Ipv4Addr::from_bits((address.to_bits() & u128::from(u32::MAX)) as u32),
    }
}

/// An interface that is an IPv4 address (RFC 5214, section 6.1), in whatever network.
fn is_isatap(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [_, _, _, _, 0 | 0x200, 0x5efe, _, _])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_what_the_registries_say() {
        for (text, expected) in [
            ("8.8.8.8", None),
            ("1.1.1.1", None),
            ("9.255.255.255", None),
            ("11.0.0.0", None),
            ("100.63.255.255", None),
            ("100.128.0.0", None),
            ("126.255.255.255", None),
            ("128.0.0.0", None),
            ("172.15.255.255", None),
            ("172.32.0.0", None),
            ("223.255.255.255", None),
            ("2606:4700::1111", None),
            ("2a00:1450::1", None),
            ("::ffff:8.8.8.8", None),
            ("64:ff9b::8.8.8.8", None),
            ("0.0.0.0", Some(Kind::Unspecified)),
            ("0.1.2.3", Some(Kind::Unspecified)),
            ("10.0.0.1", Some(Kind::Private)),
            ("100.64.0.1", Some(Kind::Shared)),
            ("100.127.255.255", Some(Kind::Shared)),
            ("100.100.100.200", Some(Kind::Metadata)),
            ("127.0.0.1", Some(Kind::Loopback)),
            ("127.255.255.254", Some(Kind::Loopback)),
            ("168.63.129.16", Some(Kind::Metadata)),
            ("169.254.1.1", Some(Kind::LinkLocal)),
            ("169.254.169.254", Some(Kind::Metadata)),
            ("169.254.170.2", Some(Kind::Metadata)),
            ("172.16.0.1", Some(Kind::Private)),
            ("172.31.255.255", Some(Kind::Private)),
            ("192.0.0.1", Some(Kind::Reserved)),
            ("192.0.2.1", Some(Kind::Documentation)),
            ("192.88.99.1", Some(Kind::Reserved)),
            ("192.168.1.1", Some(Kind::Private)),
            ("198.18.0.1", Some(Kind::Benchmarking)),
            ("198.19.255.255", Some(Kind::Benchmarking)),
            ("198.51.100.1", Some(Kind::Documentation)),
            ("203.0.113.1", Some(Kind::Documentation)),
            ("224.0.0.1", Some(Kind::Multicast)),
            ("239.255.255.255", Some(Kind::Multicast)),
            ("240.0.0.1", Some(Kind::Reserved)),
            ("255.255.255.255", Some(Kind::Broadcast)),
            ("::", Some(Kind::Unspecified)),
            ("::1", Some(Kind::Loopback)),
            ("::2", Some(Kind::Tunnel)),
            ("::127.0.0.1", Some(Kind::Tunnel)),
            ("::ffff:127.0.0.1", Some(Kind::Loopback)),
            ("::ffff:169.254.169.254", Some(Kind::Metadata)),
            ("::ffff:0:127.0.0.1", Some(Kind::Tunnel)),
            ("64:ff9b::127.0.0.1", Some(Kind::Loopback)),
            ("64:ff9b::169.254.169.254", Some(Kind::Metadata)),
            ("64:ff9b::10.0.0.1", Some(Kind::Private)),
            ("64:ff9b:1::8.8.8.8", Some(Kind::Tunnel)),
            ("64:ff9b:2::1", Some(Kind::Reserved)),
            ("100::1", Some(Kind::Reserved)),
            ("2001::1", Some(Kind::Tunnel)),
            ("2001:2::1", Some(Kind::Reserved)),
            ("2001:10::1", Some(Kind::Reserved)),
            ("2001:1ff::1", Some(Kind::Reserved)),
            ("2001:200::1", None),
            ("2001:db8::1", Some(Kind::Documentation)),
            ("2002:7f00:1::", Some(Kind::Tunnel)),
            ("2a00:1450::5efe:127.0.0.1", Some(Kind::Tunnel)),
            ("2a00:1450::200:5efe:8.8.8.8", Some(Kind::Tunnel)),
            ("3fff::1", Some(Kind::Documentation)),
            ("4000::1", Some(Kind::Reserved)),
            ("5f00::1", Some(Kind::Reserved)),
            ("fc00::1", Some(Kind::UniqueLocal)),
            ("fd00::1", Some(Kind::UniqueLocal)),
            ("fd00:ec2::254", Some(Kind::Metadata)),
            ("fd00:ec2::23", Some(Kind::Metadata)),
            ("fd20:ce::254", Some(Kind::Metadata)),
            ("fe80::1", Some(Kind::LinkLocal)),
            ("febf::1", Some(Kind::LinkLocal)),
            ("fec0::1", Some(Kind::Private)),
            ("ff02::1", Some(Kind::Multicast)),
        ] {
            assert_eq!(kind(text.parse().unwrap()).1, expected, "{text}");
        }
    }

    /// Whatever the standard library knows as special is special here, too.
    #[test]
    fn nothing_that_the_language_knows_is_public() {
        for high in 0..=255 {
            for low in [0, 1, 16, 31, 64, 127, 128, 168, 169, 170, 254, 255] {
                let address = Ipv4Addr::new(high, low, 100, 7);
                let special = address.is_private()
                    || address.is_loopback()
                    || address.is_link_local()
                    || address.is_multicast()
                    || address.is_unspecified();
                assert!(!special || kind(address.into()).1.is_some(), "{address}");
            }
        }
        for first in 0..=u16::MAX {
            let address = Ipv6Addr::new(first, 0x1234, 0, 0, 1, 2, 3, 4);
            let special = address.is_multicast() || address.is_unique_local() || address.is_unicast_link_local();
            assert!(!special || kind(address.into()).1.is_some(), "{address}");
        }
    }
}

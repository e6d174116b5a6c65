//! What kind of network an address belongs to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who can be reached at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Anyone on the internet.
    Public,
    /// The machines of a site: private use, link-local, unique local, shared (carrier NAT) and other
    /// ranges that are not routed on the internet.
    Private,
    /// This machine.
    Loopback,
    /// No single machine: unspecified, multicast, broadcast, reserved.
    Nobody,
}

impl Reach {
    /// How a refusal names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reach::Public => "a public address",
            Reach::Private => "a private address",
            Reach::Loopback => "an address of this machine",
            Reach::Nobody => "an address that no single machine has",
        }
    }
}

/// Sorts an address by the IANA registries of special-purpose addresses (RFC 6890).
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(v4) => reach_v4(v4),
        IpAddr::V6(v6) => reach_v6(v6),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [127, ..] => Reach::Loopback,
        // "This network": connecting to 0.0.0.0 reaches this machine on most systems.
        [0, ..] => Reach::Nobody,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => Reach::Nobody,
        [10, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        // Link-local, where clouds serve credentials to their machines.
        | [169, 254, ..]
        // Shared address space behind carrier NAT (RFC 6598).
        | [100, 64..=127, ..]
        // IETF protocol assignments, relay anycast, benchmarks, documentation.
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Reach::Private,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if address == Ipv6Addr::LOCALHOST {
        return Reach::Loopback;
    }
    if let Some(inner) = embedded_v4(address) {
        return reach_v4(inner);
    }
    match address.segments() {
        // Unique local, link-local, the old site-local.
        [0xfc00..=0xfdff | 0xfe80..=0xfeff, ..] => Reach::Private,
        // Translation within a site (RFC 8215), discard, protocol assignments with Teredo and
        // benchmarks, documentation.
        [0x64, 0xff9b, 1, ..]
        | [0x100, 0, 0, 0, ..]
        | [0x2001, 0..=0x1ff, ..]
        | [0x2001, 0xdb8, ..]
        | [0x3fff, 0..=0xfff, ..] => Reach::Private,
        // Global unicast; nothing outside it is assigned.
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Nobody,
    }
}

/// The IPv4 address that a packet to an IPv6 address ends at: mapped (RFC 4291), the old compatible
/// form, NAT64 (RFC 6052), 6to4 (RFC 3056).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => Some(join(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(join(high, low)),
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

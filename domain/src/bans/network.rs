//! What an address or network is, as it is typed, kept and compared: read from CIDR notation, one spelling for each, and
//! never one that would shut out the site itself. Pure. Called by [`super::addresses`] and `abuse`.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::IpAddr;
use vestibule_model::Problem;

/// Bits of an IPv6 address that one connection commonly gets (RFC 6177): what lies below them is chosen at will.
pub(crate) const IPV6_SITE: u8 = 64;

/// The network in `typed`; a single address is a network of one, and IPv4 inside IPv6 is IPv4 (C31).
///
/// # Errors
/// [`Problem::Malformed`].
pub(crate) fn read(typed: &str) -> Result<IpNet, Problem> {
    let typed = typed.trim();
    let network = typed.parse::<IpNet>().ok().or_else(|| typed.parse::<IpAddr>().ok().map(IpNet::from));
    network.map(canonical).ok_or(Problem::Malformed)
}

/// As [`read`], where somebody is to be kept out: of an IPv6 address without a prefix its /64, since whoever has it chooses
/// the rest at will. With `/128` it is that one address.
///
/// # Errors
/// [`Problem::Malformed`].
pub(crate) fn read_caller(typed: &str) -> Result<IpNet, Problem> {
    match typed.trim().parse::<IpAddr>() {
        Ok(address) => Ok(of_caller(address)),
        Err(_) => read(typed),
    }
}

fn canonical(network: IpNet) -> IpNet {
    let folded = match network {
        IpNet::V6(six) if six.prefix_len() >= 96 => {
            let four = six.addr().to_ipv4_mapped();
            four.and_then(|four| Ipv4Net::new(four, six.prefix_len() - 96).ok()).map(IpNet::V4)
        }
        _ => None,
    };
    folded.unwrap_or(network).trunc()
}

/// What is held against one caller: an IPv4 address whole, of an IPv6 address its /64.
pub(crate) fn of_caller(address: IpAddr) -> IpNet {
    match address.to_canonical() {
        IpAddr::V4(four) => IpNet::from(IpAddr::V4(four)),
        IpAddr::V6(six) => {
            let network = Ipv6Net::new(six, IPV6_SITE).map(|network| IpNet::V6(network.trunc()));
            network.unwrap_or_else(|_| IpNet::from(IpAddr::V6(six)))
        }
    }
}

/// Whether the two have an address in common.
pub(crate) fn overlap(one: &IpNet, other: &IpNet) -> bool {
    one.contains(other) || other.contains(one)
}

/// Whether a ban of `network` would shut out this machine, or one of the networks that are `never` banned.
pub(crate) fn is_reserved(network: &IpNet, never: &[IpNet]) -> bool {
    own().iter().chain(never).any(|kept| overlap(&canonical(*kept), network))
}

/// This machine, as it reaches itself.
fn own() -> [IpNet; 2] {
    let (four, six) = (std::net::Ipv4Addr::LOCALHOST, std::net::Ipv6Addr::LOCALHOST);
    let loopback = Ipv4Net::new(four, 8).map_or_else(|_| IpNet::from(IpAddr::V4(four)), IpNet::V4);
    [loopback.trunc(), IpNet::from(IpAddr::V6(six))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(typed: &str) -> String {
        read(typed).map_or_else(|problem| problem.code().to_owned(), |network| network.to_string())
    }

    #[test]
    fn a_network_has_one_spelling() {
        for (typed, kept) in [
            (" 192.0.2.77/24 ", "192.0.2.0/24"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
            ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
            ("2001:DB8::1/32", "2001:db8::/32"),
            ("2001:db8::1", "2001:db8::1/128"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(written(typed), kept);
        }
        for bad in ["", "10.0.0.0/33", "10.0.0", "example.org", "0x7f.1", "10.0.0.1 10.0.0.2", "::/129"] {
            assert_eq!(written(bad), "malformed", "{bad}");
        }
    }

    #[test]
    fn c31_callers_are_told_apart_by_what_they_cannot_choose() {
        let caller = |address: &str| of_caller(address.parse().unwrap()).to_string();
        assert_eq!(caller("192.0.2.7"), "192.0.2.7/32");
        assert_eq!(caller("::ffff:192.0.2.7"), "192.0.2.7/32");
        assert_eq!(caller("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
    }

    #[test]
    fn whoever_is_kept_out_cannot_choose_another_address_of_theirs() {
        let kept_out = |typed: &str| read_caller(typed).map(|network| network.to_string());
        for (typed, kept) in [
            (" 2001:db8:1:2::9 ", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9/128", "2001:db8:1:2::9/128"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
            ("192.0.2.7", "192.0.2.7/32"),
        ] {
            assert_eq!(kept_out(typed), Ok(kept.to_owned()));
        }
        assert_eq!(kept_out("nobody"), Err(Problem::Malformed));
    }

    #[test]
    fn the_site_itself_is_never_shut_out() {
        let never: Vec<IpNet> =
            vec!["10.0.0.0/8".parse().unwrap(), "::ffff:198.51.100.0/120".parse().unwrap()];
        let reserved = |typed: &str| is_reserved(&read(typed).unwrap(), &never);
        for kept in
            ["127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "::1", "::/0", "10.9.9.9", "8.0.0.0/6", "198.51.100.7"]
        {
            assert!(reserved(kept), "{kept}");
        }
        for free in ["192.0.2.0/24", "2001:db8::/32", "11.0.0.1", "64.0.0.0/4"] {
            assert!(!reserved(free), "{free}");
        }
    }
}

//! The networks a key may be used from: read from what was typed, written as CIDR, held against an address. Pure.

use ipnet::IpNet;
use std::net::IpAddr;
use vestibule_model::error::Problems;
use vestibule_model::{Problem, Result};

/// The networks in `typed` in their canonical form, each once. A single address is a network of one.
///
/// # Errors
/// [`Error::Invalid`](vestibule_model::Error::Invalid) with each that is none.
pub(super) fn parse(typed: &[String]) -> Result<Vec<IpNet>> {
    let mut problems = Problems::default();
    let mut networks = Vec::with_capacity(typed.len());
    for (index, typed) in typed.iter().enumerate() {
        match one(typed.trim()) {
            Some(network) => networks.push(network),
            None => problems.add(format!("networks/{index}"), Problem::Malformed),
        }
    }
    problems.check()?;
    networks.sort_unstable();
    networks.dedup();
    Ok(networks)
}

fn one(typed: &str) -> Option<IpNet> {
    let single = || typed.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical()));
    typed.parse::<IpNet>().ok().map(|network| network.trunc()).or_else(single)
}

/// As they are stored, and shown one by one.
pub(super) fn written(networks: &[IpNet]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// What [`written`] wrote.
pub(super) fn read(written: &str) -> Vec<IpNet> {
    written.split_whitespace().filter_map(|network| network.parse().ok()).collect()
}

/// Whether one of `networks` has `address` in it; an IPv4 address inside IPv6 is one of IPv4.
pub(super) fn hold(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::Error;

    fn all(typed: &[&str]) -> Result<String> {
        parse(&typed.iter().map(ToString::to_string).collect::<Vec<_>>()).map(|networks| written(&networks))
    }

    #[test]
    fn networks_have_one_form() {
        assert_eq!(all(&[" 192.0.2.77/24 ", "192.0.2.0/24"]), Ok("192.0.2.0/24".into()));
        assert_eq!(all(&["2001:DB8::/32", "192.0.2.7"]), Ok("192.0.2.7/32 2001:db8::/32".into()));
        assert_eq!(all(&["::ffff:192.0.2.7"]), Ok("192.0.2.7/32".into()));
        assert_eq!(read(&all(&["2001:db8::1", "10.0.0.0/8"]).unwrap()).len(), 2);
        for bad in ["", "10.0.0.0/33", "10.0.0", "example.org", "10.0.0.0/8 10.1.0.0/16", "0x7f.1"] {
            assert_eq!(
                all(&["10.0.0.1", bad]),
                Err(Error::invalid("networks/1", Problem::Malformed)),
                "{bad}"
            );
        }
    }

    #[test]
    fn an_address_is_in_a_network_or_not() {
        let networks = read("192.0.2.0/24 2001:db8::/32");
        let holds = |address: &str| hold(&networks, address.parse().unwrap());
        assert!(holds("192.0.2.255") && holds("::ffff:192.0.2.1") && holds("2001:db8:ffff::1"));
        assert!(!holds("192.0.3.0") && !holds("2001:db9::1") && !holds("::192.0.2.1"));
    }
}

//! Where a request comes from. Forwarding headers count only when the peer is a trusted proxy; whatever cannot be parsed
//! counts as absent and never as an error, so that garbage changes nothing. Never read `X-Real-IP` or `Forwarded`.

use super::arrival::Arrived;
use http::{HeaderMap, header::HOST, header::USER_AGENT};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use vestibule_model::host::is_this_machine;

/// Most characters kept of a `User-Agent`.
const MAX_USER_AGENT: usize = 256;

/// The address at the other end of the connection.
pub fn peer(extensions: &http::Extensions) -> Option<IpAddr> {
    extensions.get::<Arrived>()?.peer
}

/// The caller's address: the right-most hop of `X-Forwarded-For` that is no trusted proxy, when the peer is one.
pub fn address(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut caller = peer?;
    if !is_trusted(&caller) {
        return Some(caller);
    }
    let lines = headers.get_all("x-forwarded-for").iter().collect::<Vec<_>>();
    let hops = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops {
        let Some(hop) = std::str::from_utf8(hop).ok().and_then(hop_address) else { break };
        caller = hop;
        if !is_trusted(&hop) {
            break;
        }
    }
    Some(caller)
}

/// Whether `peer` passes on what others ask for without being trusted to say for whom: a proxy that the settings forgot. Where
/// they name one, whoever else sends the header only says so. Only a neighbour can be one, on this machine or in a private network (RFC 1918, RFC 4193, RFC 6598); a stranger who sends the
/// header is a stranger.
pub fn is_unnamed_proxy(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    trusted.is_empty() && headers.contains_key("x-forwarded-for") && is_neighbour(peer.to_canonical())
}

fn is_neighbour(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            let [first, second, ..] = four.octets();
            four.is_loopback() || four.is_private() || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(six) => six.is_loopback() || six.is_unique_local(),
    }
}

/// One hop: an address, perhaps in brackets, perhaps with a port.
fn hop_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

/// The `User-Agent`, cut to 256 characters, without control characters.
pub fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(text.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect())
}

/// Whether the request comes from the machine itself and not through a proxy on it: a loopback peer, a loopback `Host`
/// (a page of another site cannot send one: DNS rebinding), and no forwarding header.
pub fn is_local(peer: Option<IpAddr>, headers: &HeaderMap) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];
    let mut hosts = headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => return false,
    };
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(n, _)| n);
    peer.is_some_and(|peer| peer.is_loopback())
        && is_this_machine(name)
        && !forwarded.iter().any(|header| headers.contains_key(*header))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", http::HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        address(Some(peer.parse().unwrap()), &headers, &trusted).unwrap().to_string()
    }

    #[test]
    fn c29_a_stranger_cannot_choose_its_address() {
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["1.2.3.4, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["1.2.3.4", "198.51.100.7, 10.9.9.9"]), "198.51.100.7");
    }

    #[test]
    fn a_neighbour_that_forwards_where_no_proxy_is_named_is_one_that_was_forgotten() {
        let mut forwarded = HeaderMap::new();
        forwarded.insert("x-forwarded-for", http::HeaderValue::from_static("198.51.100.7"));
        let forgotten = |peer: &str| is_unnamed_proxy(peer.parse().unwrap(), &forwarded, &[]);
        for peer in
            ["127.0.0.1", "172.17.0.1", "192.168.1.9", "100.64.0.1", "fd00::1", "::1", "::ffff:172.17.0.1"]
        {
            assert!(forgotten(peer), "{peer}");
        }
        for peer in ["203.0.113.9", "100.128.0.1", "172.32.0.1", "2001:db8::1"] {
            assert!(!forgotten(peer), "{peer}");
        }
        let neighbour = "172.17.0.1".parse().unwrap();
        assert!(!is_unnamed_proxy(neighbour, &HeaderMap::new(), &[]));
        let named: Vec<IpNet> = vec!["10.0.0.5/32".parse().unwrap()];
        assert!(!is_unnamed_proxy(neighbour, &forwarded, &named), "whoever is not named only says so");
    }

    #[test]
    fn c30_garbage_is_the_same_as_nothing() {
        for garbage in ["", ",", "unknown", "::::", "1.2.3", "\u{e9}", "_hidden", "1.2.3.4.5", "999.1.1.1"] {
            assert_eq!(seen("10.0.0.1", &[garbage]), "10.0.0.1", "{garbage}");
        }
        assert_eq!(seen("10.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
    }

    #[test]
    fn c31_mapped_addresses_are_the_ipv4_addresses_they_are() {
        assert_eq!(seen("10.0.0.1", &["::ffff:198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["::ffff:198.51.100.8"]), "198.51.100.8");
    }

    #[test]
    fn only_the_machine_itself_is_local() {
        let local = Some("127.0.0.1".parse().unwrap());
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs
                .iter()
                .map(|(k, v)| (http::HeaderName::from_static(k), http::HeaderValue::from_static(v)))
                .collect()
        };
        for host in ["localhost:3000", "127.0.0.1", "[::1]:3000"] {
            assert!(is_local(local, &headers(&[("host", host)])), "{host}");
        }
        assert!(!is_local(local, &headers(&[("host", "evil.example:3000")])));
        assert!(!is_local(local, &headers(&[])));
        assert!(!is_local(local, &headers(&[("host", "localhost"), ("x-forwarded-for", "1.2.3.4")])));
        assert!(!is_local(Some("192.0.2.1".parse().unwrap()), &headers(&[("host", "localhost")])));
        assert!(!is_local(None, &headers(&[("host", "localhost")])));
    }
}

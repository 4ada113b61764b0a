//! The banned networks as a table that is asked on every request: one look for each length of prefix that occurs, however
//! many networks there are. Pure. Filled and asked by [`super::addresses`].

use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use vestibule_model::Timestamp;

/// What holds for a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// When it ends by itself; nothing while somebody must lift it.
    pub until: Option<Timestamp>,
    /// Whether the program imposed it by itself.
    pub automatic: bool,
}

impl Held {
    fn holds(self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    /// What lasts longest is told; of two without an end, that which somebody imposed.
    fn rank(self) -> (bool, Option<Timestamp>, bool) {
        (self.until.is_none(), self.until, !self.automatic)
    }
}

/// Networks of one family, by the length of their prefixes.
type Family = Vec<(u8, HashMap<u128, Held>)>;

/// Every banned network.
#[derive(Debug, Default)]
pub(super) struct Table {
    four: Family,
    six: Family,
    automatic: usize,
}

impl Table {
    pub(super) fn of(networks: impl IntoIterator<Item = (IpNet, Held)>) -> Self {
        let mut table = Self::default();
        for (network, held) in networks {
            let family = if matches!(network, IpNet::V4(_)) { &mut table.four } else { &mut table.six };
            let length = network.prefix_len();
            let place = family.iter().position(|(one, _)| *one == length).unwrap_or_else(|| {
                family.push((length, HashMap::new()));
                family.len() - 1
            });
            family[place].1.insert(bits(network.network()), held);
            table.automatic += usize::from(held.automatic);
        }
        table
    }

    pub(super) fn is_empty(&self) -> bool {
        self.four.is_empty() && self.six.is_empty()
    }

    /// How many the program imposed by itself.
    pub(super) fn automatic(&self) -> usize {
        self.automatic
    }

    /// What holds for `address` at `now`, which lasts longest where there are several. Without `automatic`, what the program
    /// imposed by itself is passed over.
    pub(super) fn find(&self, address: IpAddr, now: Timestamp, automatic: bool) -> Option<Held> {
        let address = address.to_canonical();
        let (family, width) = match address {
            IpAddr::V4(_) => (&self.four, 32),
            IpAddr::V6(_) => (&self.six, 128),
        };
        let bits = bits(address);
        let of_length = |(length, networks): &(u8, HashMap<u128, Held>)| {
            networks.get(&truncated(bits, width - u32::from(*length))).copied()
        };
        let counts = |held: &Held| held.holds(now) && (automatic || !held.automatic);
        family.iter().filter_map(of_length).filter(counts).max_by_key(|held| held.rank())
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => u32::from(four).into(),
        IpAddr::V6(six) => six.into(),
    }
}

/// `bits` without the last `below` of them.
fn truncated(bits: u128, below: u32) -> u128 {
    bits.checked_shr(below).and_then(|kept| kept.checked_shl(below)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1_000);

    fn until(at: i64) -> Held {
        Held { until: Some(Timestamp(at)), automatic: true }
    }

    const FOR_GOOD: Held = Held { until: None, automatic: false };

    fn table(networks: &[(&str, Held)]) -> Table {
        Table::of(networks.iter().map(|(network, held)| (network.parse().unwrap(), *held)))
    }

    #[test]
    fn an_address_is_found_in_every_network_around_it() {
        let table = table(&[
            ("192.0.2.0/24", until(2_000)),
            ("192.0.2.7/32", until(1_500)),
            ("198.51.100.0/25", FOR_GOOD),
            ("2001:db8::/32", until(1_001)),
            ("203.0.113.9/32", until(1_000)),
        ]);
        let find = |address: &str| table.find(address.parse().unwrap(), NOW, true);
        assert_eq!(find("192.0.2.7"), Some(until(2_000)), "what lasts longest");
        assert_eq!(find("::ffff:192.0.2.8"), Some(until(2_000)));
        assert_eq!(find("198.51.100.127"), Some(FOR_GOOD));
        assert_eq!(find("2001:db8:ffff::1"), Some(until(1_001)));
        assert_eq!(find("203.0.113.9"), None, "over at that very moment");
        for free in ["192.0.3.0", "198.51.100.128", "2001:db9::", "::", "::1", "0.0.0.0"] {
            assert_eq!(find(free), None, "{free}");
        }
        assert!(Table::default().is_empty() && !table.is_empty());
    }

    #[test]
    fn what_holds_for_good_comes_before_any_end() {
        let both = table(&[("192.0.2.0/24", FOR_GOOD), ("192.0.2.7/32", until(9_000))]);
        assert_eq!(both.find("192.0.2.7".parse().unwrap(), NOW, true), Some(FOR_GOOD));
        let all = table(&[("::/0", FOR_GOOD)]);
        assert_eq!(all.find("2001:db8::1".parse().unwrap(), NOW, true), Some(FOR_GOOD));
        assert_eq!(all.find("192.0.2.7".parse().unwrap(), NOW, true), None, "IPv4 is a family of its own");
    }

    #[test]
    fn what_somebody_imposed_is_found_behind_what_the_program_did() {
        let by_hand = Held { until: Some(Timestamp(1_500)), automatic: false };
        let both = table(&[
            ("192.0.2.0/24", by_hand),
            ("192.0.2.7/32", until(9_000)),
            ("192.0.3.7/32", until(9_000)),
        ]);
        let find = |address: &str, automatic| both.find(address.parse().unwrap(), NOW, automatic);
        assert_eq!((find("192.0.2.7", true), find("192.0.2.7", false)), (Some(until(9_000)), Some(by_hand)));
        assert_eq!((find("192.0.3.7", true), find("192.0.3.7", false)), (Some(until(9_000)), None));
        assert_eq!(both.automatic(), 2);
    }

    proptest! {
        #[test]
        fn the_table_says_what_comparing_with_every_network_says(
            networks in prop::collection::vec((any::<u32>(), 0_u8..=32), 0..40),
            addresses in prop::collection::vec(any::<u32>(), 1..40),
        ) {
            let nets: Vec<IpNet> = networks
                .iter()
                .map(|(bits, length)| IpNet::new(IpAddr::V4((*bits).into()), *length).unwrap().trunc())
                .collect();
            let table = Table::of(nets.iter().map(|network| (*network, FOR_GOOD)));
            let near = networks.iter().map(|(bits, _)| *bits);
            for address in addresses.into_iter().chain(near) {
                let address = IpAddr::V4(address.into());
                let held = nets.iter().any(|network| network.contains(&address));
                prop_assert_eq!(table.find(address, NOW, true).is_some(), held);
            }
        }
    }
}

//! Whom a count is of, as a keyed hash: no store tells addresses or people, and nobody can choose which counts meet.

use super::memory::Bucket;
use crate::{Actor, Person};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use vestibule_model::UserId;
use vestibule_model::limits::By;

/// Who makes a call, as far as limits tell callers apart.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The address; callers without one share a count.
    pub address: Option<IpAddr>,
    /// Who asks; nobody while that is not known.
    pub person: Option<&'a Person>,
}

impl<'a> Caller<'a> {
    /// The caller at `address`, who is `actor`.
    pub fn new(address: Option<IpAddr>, actor: Option<&'a Actor>) -> Self {
        let person = match actor {
            Some(Actor::Person(person)) => Some(person),
            _ => None,
        };
        Self { address, person }
    }
}

/// The bucket of `caller` under the limit that `limit` is a hash of.
pub(super) fn bucket(key: &[u8; 32], limit: &[u8; 16], by: &[By], caller: Caller<'_>) -> Bucket {
    let mut hash = Sha256::new();
    // Half of the key and what follows fit into one block of the hash.
    hash.update(&key[..16]);
    hash.update(limit);
    for by in by {
        mark(&mut hash, *by, caller);
    }
    shortened(hash)
}

/// As [`bucket`], of a person of whom nothing but the id is known; `by` names persons and tags alone.
pub(super) fn bucket_of(key: &[u8; 32], limit: &[u8; 16], by: &[By], user: UserId) -> Bucket {
    let mut hash = Sha256::new();
    hash.update(&key[..16]);
    hash.update(limit);
    for by in by {
        match by {
            By::Tag | By::Everyone => hash.update([4]),
            _ => {
                hash.update([2]);
                hash.update(user.0.as_bytes());
            }
        }
    }
    shortened(hash)
}

fn shortened(hash: Sha256) -> Bucket {
    let digest: [u8; 32] = hash.finalize().into();
    digest[..16].iter().fold(0, |bucket, byte| bucket << 8 | u128::from(*byte))
}

/// Each part begins with its kind, and none is the beginning of another.
fn mark(hash: &mut Sha256, by: By, caller: Caller<'_>) {
    match (by, caller.person) {
        (By::Key, Some(Person { key: Some(key), .. })) => {
            hash.update([1]);
            hash.update(key.id.0.as_bytes());
        }
        (By::Person | By::Key, Some(person)) => {
            hash.update([2]);
            hash.update(person.user.0.as_bytes());
        }
        (By::Group, Some(person)) => {
            hash.update([3]);
            for group in person.groups.iter() {
                hash.update(group.as_bytes());
                hash.update([0]);
            }
        }
        (By::Address | By::Person | By::Key | By::Group, _) => network(hash, caller.address, 32, 64),
        (By::Network, _) => network(hash, caller.address, 24, 48),
        // The limit's own hash tells the tag.
        (By::Tag | By::Everyone, _) => hash.update([4]),
    }
}

/// The first bits of an address; one IPv6 subscriber has a /64 (RFC 6177), and mapped IPv4 addresses are themselves.
fn network(hash: &mut Sha256, address: Option<IpAddr>, four: u32, six: u32) {
    match address.map(|address| address.to_canonical()) {
        None => hash.update([5]),
        Some(IpAddr::V4(address)) => {
            hash.update([6]);
            hash.update((address.to_bits() & (u32::MAX << (32 - four))).to_be_bytes());
        }
        Some(IpAddr::V6(address)) => {
            hash.update([7]);
            hash.update((address.to_bits() & (u128::MAX << (128 - six))).to_be_bytes());
        }
    }
}

/// Names a limit in hashes: by its name, by when its counts were last forgotten, and by the tag where each tag has a count.
pub(super) fn limit_id(name: &str, forgotten_at: i64, tag: Option<&str>) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(forgotten_at.to_be_bytes());
    hash.update(name.as_bytes());
    hash.update([0]);
    hash.update(tag.unwrap_or_default().as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    id
}

/// A bucket in 22 characters, as stores name it.
pub(super) fn text(bucket: Bucket) -> String {
    URL_SAFE_NO_PAD.encode(bucket.to_be_bytes())
}

/// The bucket that [`text`] wrote.
pub(super) fn parse(text: &str) -> Option<Bucket> {
    let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    Some(Bucket::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(by: By, address: &str) -> Bucket {
        let address = address.parse().ok();
        bucket(&[7; 32], &limit_id("a", 0, None), &[by], Caller { address, person: None })
    }

    #[test]
    fn c31_a_mapped_address_is_itself_and_a_64_is_one() {
        assert_eq!(of(By::Address, "::ffff:192.0.2.1"), of(By::Address, "192.0.2.1"));
        assert_ne!(of(By::Address, "::ffff:192.0.2.1"), of(By::Address, "::ffff:192.0.2.2"));
        assert_eq!(of(By::Address, "2001:db8::1"), of(By::Address, "2001:db8::ffff:1"));
        assert_ne!(of(By::Address, "2001:db8::1"), of(By::Address, "2001:db8:0:1::1"));
    }

    #[test]
    fn networks_are_wider_than_addresses() {
        assert_eq!(of(By::Network, "192.0.2.1"), of(By::Network, "192.0.2.200"));
        assert_ne!(of(By::Network, "192.0.2.1"), of(By::Network, "192.0.3.1"));
        assert_eq!(of(By::Network, "2001:db8::1"), of(By::Network, "2001:db8:0:ffff::1"));
        assert_ne!(of(By::Network, "2001:db8::1"), of(By::Network, "2001:db8:1::1"));
    }

    #[test]
    fn callers_without_an_address_share_a_count_that_is_no_other() {
        assert_eq!(of(By::Address, ""), of(By::Network, ""));
        assert_ne!(of(By::Address, ""), of(By::Everyone, ""));
        assert_ne!(of(By::Address, ""), of(By::Address, "0.0.0.0"));
    }

    #[test]
    fn limits_and_keys_do_not_meet() {
        let (one, other) = (limit_id("a", 0, None), limit_id("b", 0, None));
        let nobody = Caller { address: None, person: None };
        let by = [By::Everyone];
        assert_ne!(bucket(&[7; 32], &one, &by, nobody), bucket(&[7; 32], &other, &by, nobody));
        assert_ne!(bucket(&[7; 32], &one, &by, nobody), bucket(&[8; 32], &one, &by, nobody));
        assert_ne!(one, limit_id("a", 1, None));
        assert_ne!(limit_id("a", 0, Some("x")), limit_id("a", 0, Some("y")));
    }

    #[test]
    fn a_bucket_is_read_as_it_is_written() {
        let bucket = of(By::Address, "192.0.2.1");
        assert_eq!(parse(&text(bucket)), Some(bucket));
        assert_eq!(parse("x"), None);
    }
}

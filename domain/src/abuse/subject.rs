//! Who is held to account: an address (of IPv6 the /64), or an account. Pure. Called by the files of [`super`].

use crate::bans::network;
use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;
use vestibule_model::UserId;

/// Whom a score is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// An address, as far as its holder cannot choose it.
    Address(IpNet),
    /// An account.
    Account(UserId),
}

impl Subject {
    /// Whoever asks from `address`.
    pub(super) fn at(address: IpAddr) -> Self {
        Self::Address(network::of_caller(address))
    }

    /// The one called `text`: an address, what [`fmt::Display`] wrote of one, or an account's id.
    pub(super) fn named(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(user) = text.parse() {
            return Some(Self::Account(user));
        }
        let typed = network::read(text).ok()?;
        let whole = network::of_caller(typed.network());
        (whole == typed || typed.prefix_len() == typed.max_prefix_len()).then_some(Self::Address(whole))
    }

    /// The account, where it is one.
    pub(super) fn user(self) -> Option<UserId> {
        match self {
            Self::Address(_) => None,
            Self::Account(user) => Some(user),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(network) => write!(f, "{network}"),
            Self::Account(user) => write!(f, "{user}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_its_subject_and_back() {
        for (typed, told) in [
            ("192.0.2.7", "192.0.2.7/32"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11", "0198c7a1-3a52-7cc4-8f7e-0d2f6f0a9b11"),
        ] {
            let subject = Subject::named(typed).unwrap();
            assert_eq!(subject.to_string(), told);
            assert_eq!(Subject::named(told), Some(subject));
        }
        for none in ["", "nobody", "192.0.2.0/24", "2001:db8::/32", "2001:db8:1:2::/65"] {
            assert_eq!(Subject::named(none), None, "{none}");
        }
    }
}

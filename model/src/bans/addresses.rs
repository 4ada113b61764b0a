//! Bans of addresses and networks as forms and views: what an administrator says, and what the list of them tells. Rules that
//! need data, and what a network is, live in `domain::bans`.

use super::{Ending, Reason};
use crate::abuse::Evidence;
use crate::error::Problems;
use crate::values::BanId;
use crate::{Problem, Result, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// Most characters of a network: an IPv6 address with the length of its prefix, with room for odd spellings.
pub const LONGEST_NETWORK: usize = 64;

/// A request to ban an address or network (`POST /bans`, `vestibule ban add`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AddressBanForm {
    /// An address, or a network in CIDR notation; IPv4 or IPv6. Of an IPv6 address without a prefix its /64 is banned.
    #[cfg_attr(feature = "utoipa", schema(max_length = 64, example = "203.0.113.0/24"))]
    pub network: String,
    /// Why, for administrators alone: whoever is banned is told none.
    #[cfg_attr(feature = "utoipa", schema(max_length = 300, example = "Scans for open doors"))]
    pub reason: String,
    /// When the ban ends by itself; without it, when somebody lifts it.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// An [`AddressBanForm`] whose every field fits, but for the network, which `domain::bans` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAddressBan {
    /// What was typed as the network.
    pub network: String,
    /// Why.
    pub reason: Reason,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
}

impl AddressBanForm {
    /// Checks every field at `now`; `network` says what is wrong with the network.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with each field that does not fit.
    pub fn parse(
        self,
        now: Timestamp,
        network: impl FnOnce(&str) -> Result<(), Problem>,
    ) -> Result<NewAddressBan> {
        let mut problems = Problems::default();
        let typed = self.network.trim().to_owned();
        if typed.is_empty() {
            problems.add("network", Problem::Required);
        } else if typed.len() > LONGEST_NETWORK {
            problems.add("network", Problem::Malformed);
        } else if let Err(problem) = network(&typed) {
            problems.add("network", problem);
        }
        let reason = problems.take("reason", Reason::parse(&self.reason));
        if self.until.is_some_and(|until| until <= now) {
            problems.add("until", Problem::Past);
        }
        problems.check()?;
        let whole = reason.map(|reason| NewAddressBan { network: typed, reason, until: self.until });
        whole.ok_or(crate::Error::Malformed)
    }
}

/// A ban of an address or network, over or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AddressBan {
    /// Its id, a UUID.
    pub id: BanId,
    /// The network in CIDR notation; a single address is one of `/32` or `/128`.
    pub network: String,
    /// Why, for administrators alone.
    pub reason: Reason,
    /// Who imposed it; nothing for the command line, for the program itself, or once that account is gone.
    pub author: Option<UserId>,
    /// Whether the program imposed it by itself, for what came from there.
    pub automatic: bool,
    /// What an automatic one was imposed for.
    pub evidence: Option<Evidence>,
    /// When it was imposed.
    pub since: Timestamp,
    /// When it ends by itself; nothing while somebody must lift it.
    pub until: Option<Timestamp>,
    /// When it ended, if that was written down already.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub ending: Option<Ending>,
    /// Who lifted it; nothing for the command line, or once that account is gone.
    pub lifted_by: Option<UserId>,
}

impl AddressBan {
    /// Whether it holds at `now`.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.until.is_none_or(|until| until > now)
    }
}

/// Which bans of addresses are listed (`GET /bans`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "utoipa", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct AddressBansQuery {
    /// Only those that hold this address, or hold or lie in this network.
    #[cfg_attr(feature = "utoipa", param(example = "203.0.113.7"))]
    pub address: Option<String>,
    /// `true`: only those that hold now.
    pub standing: Option<bool>,
    /// `true`: only those that the program imposed by itself; `false`: only those that somebody imposed.
    pub automatic: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn everything_that_does_not_fit_is_told_at_once() {
        let now = Timestamp::from_seconds(1_000);
        let form = |network: &str, reason: &str, until| AddressBanForm {
            network: network.into(),
            reason: reason.into(),
            until,
        };
        let good = form(" 192.0.2.7 ", "Scans", None).parse(now, |_| Ok(())).unwrap();
        assert_eq!((good.network.as_str(), good.until), ("192.0.2.7", None));
        let parsed = form("", "", Some(now)).parse(now, |_| Ok(()));
        let Err(Error::Invalid { fields }) = parsed else { panic!("taken") };
        let named: Vec<_> = fields.iter().map(|field| field.field.as_ref()).collect();
        assert_eq!(named, ["network", "reason", "until"]);
        let long = form(&"1".repeat(65), "Scans", None).parse(now, |_| Ok(()));
        assert_eq!(long, Err(Error::invalid("network", Problem::Malformed)));
        let refused = form("127.0.0.1", "Scans", None).parse(now, |_| Err(Problem::Reserved));
        assert_eq!(refused, Err(Error::invalid("network", Problem::Reserved)));
    }
}

//! Quotas: who may spend how much in which window, and the ledger from which it is spent. The guard of every route calls
//! [`try_spend`] and [`spend()`]; administrators and operators set quotas and overrides, grant and reset; everybody sees what
//! they used.
//!
//! A server takes units from the ledger in blocks (a lease), by one guarded statement, and spends them from memory. What
//! was taken counts as spent, so that no number of servers and no crash lets more through than the limit says; what is
//! left of a block is handed back when nobody calls, and when the server stops. Near the limit blocks shrink to what is
//! asked for, so that the last unit can be used.

mod book;
mod decide;
mod ledger;
mod manage;
mod notices;
mod overrides;
mod record;
mod see;
mod simulate;
mod spend;
mod spent;
mod store;
mod till;
mod windows;

pub use book::{Book, Route};
pub(crate) use book::{names_group, reload};
pub use manage::{change, clear, create, faults, list, page, show};
pub use overrides::{grant, overrides_of, reset, set_override, take_override};
pub use record::flush;
pub(crate) use record::{Record, sweep};
pub(crate) use see::own_data;
pub use see::{decides, own_usage, usage_of};
pub use simulate::simulate;
pub use spend::{Caller, Refused, spend, try_spend};
pub use spent::{Spent, hand_back_all, hand_back_idle, settle};
pub(crate) use till::Till;

use vestibule_model::quotas::Quota;

/// The quotas that the product itself brings: a generous one, so that all of this is seen on a first run.
pub fn defaults() -> Vec<Quota> {
    vec![Quota::daily("daily", "api", 100_000)]
}

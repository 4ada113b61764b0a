//! `user seed`: people who are made up, for development.

use super::manage;
use crate::cli::{Failure, house::House};
use clap::Args;
use url::Url;
use vestibule_domain::accounts::{self, MOST_SEEDED};
use vestibule_model::host::is_this_machine;

/// How many.
#[derive(Args, Debug)]
pub(crate) struct Seed {
    /// How many people to make up
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_SEEDED)))]
    count: u32,
    /// Do it on a site that people can reach, too
    #[arg(long)]
    force: bool,
}

/// Makes people up.
pub(super) fn seed(house: &House, seed: &Seed) -> Result<(), Failure> {
    let output = house.output;
    house.with_domain(|domain| async move {
        if !seed.force && !is_local(domain.public_url()) {
            let why = "public_url is one that people can reach: made-up people do not belong there (--force does it anyway)";
            return Err(Failure::Usage(why.to_owned()));
        }
        let told = |done: u32| {
            if done.is_multiple_of(10_000) {
                output.say(&format!("{done} people"));
            }
        };
        Ok(accounts::seed(&domain, &manage()?, seed.count, told).await?)
    })?;
    output.say(&format!("{} people were made up; none of them has a password", seed.count));
    Ok(())
}

/// Whether an address leads to this machine alone.
fn is_local(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| url.host_str().is_some_and(is_this_machine))
}

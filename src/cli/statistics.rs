//! `statistics`: how many people there are, and what happened how often. Works beside a running server.

use super::{Failure, house::House, output};
use clap::Args;
use vestibule_domain::{Actor, statistics};
use vestibule_model::statistics::{Range, Statistics};

/// Which numbers.
#[derive(Args, Debug)]
pub(crate) struct StatisticsFlags {
    /// How far back: 24h, 7d, 30d or 90d
    #[arg(long, default_value = "7d", value_parser = range)]
    range: Range,
}

fn range(text: &str) -> Result<Range, String> {
    text.parse().map_err(|_| "24h, 7d, 30d or 90d".to_owned())
}

/// Prints the numbers.
pub(crate) fn run(house: &House, flags: &StatisticsFlags) -> Result<(), Failure> {
    let range = flags.range;
    let numbers = house.with_domain(|domain| async move {
        Ok(statistics::read(&domain, &Actor::Operator.allow()?, range).await?)
    })?;
    house.output.data(&numbers, told)
}

fn told(numbers: &Statistics) -> String {
    let now = output::record([
        ("people", numbers.people.to_string()),
        ("mails waiting", numbers.mails_waiting.to_string()),
        ("mails given up", numbers.mails_stuck.to_string()),
    ]);
    let rows = numbers
        .figures
        .iter()
        .map(|one| vec![one.measure.label().to_owned(), one.sum.to_string(), one.before.to_string()]);
    let heading = ["WHAT", "IN THIS TIME", "IN THE TIME BEFORE"];
    format!("{now}\n\nthe last {}\n{}", numbers.range.name(), output::table(&heading, rows))
}

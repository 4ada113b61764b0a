//! `quotas` (or `quota`): what people may spend, by whoever can run the program on the data itself. What changes here holds
//! in a running server within two seconds. What single people may stands in `quotas/people.rs`.

mod people;
mod shown;
pub(crate) mod usage;

use super::endpoints::with_endpoints;
use super::{Failure, house::House, output, prompt};
use clap::{Args, Subcommand};
use vestibule_domain::{Actor, Allowed, Client, quotas};
use vestibule_model::groups::ManageQuotas;
use vestibule_model::quotas::{Allowance, QuotaForm, SlowForm, read_groups};
use vestibule_model::{Error, Problem};

/// What to do with quotas.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List every quota, and where it comes from
    List,
    /// Show one quota
    Show(Named),
    /// Make a quota
    Create(Create),
    /// Change a quota: what is not given stays
    Set(Set),
    /// Delete a quota; of one that the program states, take back what was changed
    Delete(Delete),
    /// Say what somebody, or one of their keys, may spend in place of what a quota says
    Override(people::Override),
    /// Take back what was said for somebody
    Restore(people::Restore),
    /// Say which quota decides when somebody calls an endpoint
    Explain(people::Explain),
    /// Replay recorded usage against a quota, and say who would have been refused
    Simulate(Simulate),
}

/// Which quota.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// Its name
    #[arg(value_name = "QUOTA")]
    name: String,
}

/// A quota to make.
#[derive(Args, Debug)]
#[command(after_help = "Example: quotas create exports --tag me --per month --limit 20 --group premium=500")]
pub(crate) struct Create {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    words: Words,
}

/// What to change.
#[derive(Args, Debug)]
#[command(after_help = "Example: quotas set daily --limit 50000 --mode shadow")]
pub(crate) struct Set {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    words: Words,
}

/// Which quota to delete.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    #[command(flatten)]
    named: Named,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// What to try out.
#[derive(Args, Debug)]
#[command(after_help = "Example: quotas simulate daily --limit 1000 --days 30")]
pub(crate) struct Simulate {
    #[command(flatten)]
    named: Named,
    /// How many days are looked back at, 1 to 35
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    days: u32,
    #[command(flatten)]
    words: Words,
}

/// What a quota says.
#[derive(Args, Debug)]
pub(crate) struct Words {
    /// The tag whose endpoints spend from it
    #[arg(long)]
    tag: Option<String>,
    /// Units that may be spent in a window, or unlimited
    #[arg(long, value_name = "UNITS")]
    limit: Option<String>,
    /// Whose units are counted together: person, key, group or address
    #[arg(long)]
    by: Option<String>,
    /// How long a window is: hour, day, week, month or ever
    #[arg(long)]
    per: Option<String>,
    /// When windows begin: calendar or `first_use`
    #[arg(long)]
    window: Option<String>,
    /// The time zone of calendar windows
    #[arg(long)]
    zone: Option<String>,
    /// What members of a group may spend; repeatable, all of them at once
    #[arg(long, value_name = "GROUP=UNITS")]
    group: Vec<String>,
    /// Units that a call costs
    #[arg(long, value_name = "UNITS")]
    cost: Option<u32>,
    /// What happens beyond the limit: refuse or slow
    #[arg(long, value_name = "WHAT")]
    at_limit: Option<String>,
    /// How far beyond the limit calls wait, in percent; the first waits 0.1 s, each further one longer, up to 5 s
    #[arg(long, value_name = "PERCENT")]
    slow_beyond: Option<u32>,
    /// Seconds for which everything is refused once a call was; 0 for none
    #[arg(long, value_name = "SECONDS")]
    block_for: Option<u32>,
    /// off, shadow or enforce
    #[arg(long)]
    mode: Option<String>,
    /// Whether people are told by mail at 80 and at 100 %
    #[arg(long, value_name = "BOOL")]
    notify: Option<bool>,
}

impl Words {
    fn form(&self, name: &str) -> Result<QuotaForm, Error> {
        let limit = self.limit.as_deref().map(Allowance::parse).transpose();
        let groups = (!self.group.is_empty()).then(|| read_groups(&self.group.join("\n"))).transpose();
        Ok(QuotaForm {
            name: Some(name.to_owned()),
            tag: self.tag.clone(),
            by: self.by.clone(),
            per: self.per.clone(),
            window: self.window.clone(),
            zone: self.zone.clone(),
            limit: limit.map_err(|problem| Error::invalid("limit", problem))?,
            groups: groups.map_err(|problem: Problem| Error::invalid("groups", problem))?,
            cost: self.cost,
            at_limit: self.at_limit.clone(),
            slow: self
                .slow_beyond
                .map(|beyond| SlowForm { beyond_percent: Some(beyond), ..SlowForm::default() }),
            block_for_s: self.block_for,
            mode: self.mode.clone(),
            notify: self.notify,
        })
    }
}

/// Runs a `quotas` command.
pub(crate) fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::List => list(house),
        Command::Show(named) => show(house, &named),
        Command::Create(create) => make(house, &create),
        Command::Set(set) => change(house, &set),
        Command::Delete(delete) => clear(house, &delete),
        Command::Override(given) => people::set(house, &given),
        Command::Restore(given) => people::restore(house, &given),
        Command::Explain(asked) => people::explain(house, &asked),
        Command::Simulate(asked) => simulate(house, &asked),
    }
}

fn manage() -> Result<Allowed<ManageQuotas>, Error> {
    Actor::Operator.allow()
}

fn list(house: &House) -> Result<(), Failure> {
    let all = with_endpoints(house, |domain| async move { Ok(quotas::list(&domain, &manage()?).await?) })?;
    house.output.data(&all, |all| {
        let heading = ["QUOTA", "TAG", "LIMIT", "PER", "BY", "MODE", "FROM", "ENDPOINTS", "OVERRIDES"];
        output::table(&heading, all.iter().map(shown::row))
    })
}

fn show(house: &House, named: &Named) -> Result<(), Failure> {
    let quota = with_endpoints(house, |domain| async move {
        quotas::show(&domain, &manage()?, &named.name).await.map_err(|error| no_quota(&named.name, error))
    })?;
    house.output.data(&quota, shown::told)
}

fn make(house: &House, create: &Create) -> Result<(), Failure> {
    let form = create.words.form(&create.named.name)?;
    let quota = with_endpoints(house, |domain| async move {
        Ok(quotas::create(&domain, &manage()?, form, &Client::local()).await?)
    })?;
    house.output.say("the quota is made");
    house.output.data(&quota, shown::told)
}

fn change(house: &House, set: &Set) -> Result<(), Failure> {
    let (name, form) = (&set.named.name, set.words.form(&set.named.name)?);
    let quota = with_endpoints(house, |domain| async move {
        quotas::change(&domain, &manage()?, name, form, &Client::local())
            .await
            .map_err(|error| no_quota(name, error))
    })?;
    house.output.say("the quota is set");
    house.output.data(&quota, shown::told)
}

fn clear(house: &House, delete: &Delete) -> Result<(), Failure> {
    let name = &delete.named.name;
    if !delete.yes {
        prompt::sure(house.output, &format!("Delete the quota {name}, with everything counted under it?"))?;
    }
    house.with_domain(|domain| async move {
        quotas::clear(&domain, &manage()?, name, &Client::local())
            .await
            .map_err(|error| no_quota(name, error))
    })?;
    house.output.say("the quota is deleted, or as the program states it");
    Ok(())
}

fn simulate(house: &House, asked: &Simulate) -> Result<(), Failure> {
    let form = asked.words.form(&asked.named.name)?;
    let told = with_endpoints(house, |domain| async move {
        Ok(quotas::simulate(&domain, &manage()?, form, asked.days).await?)
    })?;
    house.output.data(&told, shown::simulated)
}

/// What a refusal means where a quota was named.
fn no_quota(name: &str, error: Error) -> Failure {
    match error {
        Error::NotFound => Failure::NoQuota(name.to_owned()),
        other => Failure::Refused(other),
    }
}

//! `quotas override`, `restore` and `explain`: what single people may spend.

use super::{manage, no_quota, shown};
use crate::cli::endpoints::with_endpoints;
use crate::cli::users::find;
use crate::cli::{Failure, house::House};
use clap::Args;
use vestibule_domain::{Client, quotas};
use vestibule_model::quotas::{Allowance, Decides, OverrideForm};
use vestibule_model::{Error, KeyId, Problem, Timestamp};

/// Whom, and how much.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: quotas override ada@example.org daily unlimited --reason \"Moves their archive\""
)]
pub(crate) struct Override {
    /// E-mail address, user name or id
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// The quota
    #[arg(value_name = "QUOTA")]
    quota: String,
    /// Units, or unlimited
    #[arg(value_name = "UNITS")]
    limit: String,
    /// Why
    #[arg(long)]
    reason: String,
    /// When it is over, as 2026-12-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// The id of one of their API keys, where the quota counts keys
    #[arg(long = "of", value_name = "ID")]
    of: Option<String>,
}

/// Whom to restore.
#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// E-mail address, user name or id
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// The quota
    #[arg(value_name = "QUOTA")]
    quota: String,
    /// The id of one of their API keys
    #[arg(long = "of", value_name = "ID")]
    of: Option<String>,
}

/// Whom, and which endpoint.
#[derive(Args, Debug)]
#[command(after_help = "Example: quotas explain ada@example.org GET /api/v1/me")]
pub(crate) struct Explain {
    /// E-mail address, user name or id
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// The method
    method: String,
    /// An address
    path: String,
}

pub(super) fn set(house: &House, given: &Override) -> Result<(), Failure> {
    let until = given
        .until
        .as_deref()
        .map(|text| Timestamp::parse(text).ok_or_else(|| Error::invalid("until", Problem::Malformed)));
    let form = OverrideForm {
        limit: Allowance::parse(&given.limit).map_err(|problem| Error::invalid("limit", problem))?,
        expires_at: until.transpose()?,
        reason: given.reason.clone(),
    };
    let key = key(given.of.as_deref())?;
    let view = house.with_domain(|domain| async move {
        let user = find(&domain, &given.account).await?.id;
        quotas::set_override(&domain, &manage()?, (user, key, &given.quota), form, &Client::local())
            .await
            .map_err(|error| no_quota(&given.quota, error))
    })?;
    house.output.say("this holds for them now");
    house.output.data(&view, shown::overridden)
}

pub(super) fn restore(house: &House, given: &Restore) -> Result<(), Failure> {
    let key = key(given.of.as_deref())?;
    house.with_domain(|domain| async move {
        let user = find(&domain, &given.account).await?.id;
        let whom = (user, key, given.quota.as_str());
        Ok(quotas::take_override(&domain, &manage()?, whom, &Client::local()).await?)
    })?;
    house.output.say("they may spend what the quota says");
    Ok(())
}

pub(super) fn explain(house: &House, asked: &Explain) -> Result<(), Failure> {
    let decides = with_endpoints(house, |domain| async move {
        let user = find(&domain, &asked.account).await?.id;
        Ok(quotas::decides(&domain, &manage()?, user, (&asked.method, &asked.path)).await?)
    })?;
    house.output.data(&decides, told)
}

fn told(decides: &Decides) -> String {
    let endpoint = format!("{} {}", decides.method, decides.path);
    let verdict = match &decides.refused_by {
        _ if decides.free => "a call spends nothing".to_owned(),
        Some(quota) => format!("a call is refused now, by the quota {quota}"),
        None if decides.quotas.is_empty() => "no quota counts it".to_owned(),
        None => "a call is let through now".to_owned(),
    };
    if decides.quotas.is_empty() {
        return format!("{endpoint}: {verdict}");
    }
    format!("{endpoint}: {verdict}\n\n{}", shown::quotas(&decides.quotas))
}

pub(super) fn key(id: Option<&str>) -> Result<Option<KeyId>, Error> {
    id.map(|id| id.parse().map_err(|_| Error::invalid("of", Problem::Malformed))).transpose()
}

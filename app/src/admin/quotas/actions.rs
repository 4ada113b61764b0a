//! What the forms about quotas and usage do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]
#![expect(clippy::too_many_arguments, reason = "one for each field of the form")]

use super::form::Typed;
use crate::server::{self, FnError, form_done, form_failed};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::quotas;
use vestibule_model::groups::{ManageQuotas, Permission};
use vestibule_model::quotas::{Allowance, GrantForm, OverrideForm};
use vestibule_model::{Error, KeyId, Problem, Result as Checked, UserId};

policy!(paths::actions::MAKE_QUOTA, Policy::permitted(ManageQuotas::NAME, "quotas"));

/// Makes a quota.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no quotas.
#[server(prefix = "/fn", endpoint = "quotas/make")]
pub async fn make_quota(
    #[server(default)] name: String,
    #[server(default)] tag: String,
    #[server(default)] limit: String,
    #[server(default)] by: String,
    #[server(default)] per: String,
    #[server(default)] window: String,
    #[server(default)] zone: String,
    #[server(default)] groups: String,
    #[server(default)] cost: String,
    #[server(default)] at_limit: String,
    #[server(default)] slow: String,
    #[server(default)] block_for_s: String,
    #[server(default)] mode: String,
    #[server(default)] notify: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let may = actor.allow()?;
    let typed =
        Typed { tag, limit, by, per, window, zone, groups, cost, at_limit, slow, block_for_s, mode, notify };
    let done = async {
        let form = typed.form(&name)?;
        quotas::create(&site.domain, &may, form, &server::client()).await
    };
    match done.await {
        Ok(_) => form_done(&site, &paths::admin_quota(name.trim()), Some(Notice::QuotaMade)),
        Err(error) => {
            let mut values = typed.pairs();
            values.push(("name", &name));
            form_failed(&site, paths::ADMIN_QUOTAS, error, &values)
        }
    }
}

policy!(paths::actions::SET_QUOTA, Policy::permitted(ManageQuotas::NAME, "quotas"));

/// Changes a quota.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no quotas.
#[server(prefix = "/fn", endpoint = "quotas/set")]
pub async fn set_quota(
    #[server(default)] name: String,
    #[server(default)] tag: String,
    #[server(default)] limit: String,
    #[server(default)] by: String,
    #[server(default)] per: String,
    #[server(default)] window: String,
    #[server(default)] zone: String,
    #[server(default)] groups: String,
    #[server(default)] cost: String,
    #[server(default)] at_limit: String,
    #[server(default)] slow: String,
    #[server(default)] block_for_s: String,
    #[server(default)] mode: String,
    #[server(default)] notify: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let may = actor.allow()?;
    let typed =
        Typed { tag, limit, by, per, window, zone, groups, cost, at_limit, slow, block_for_s, mode, notify };
    let done = async {
        let form = typed.form(&name)?;
        quotas::change(&site.domain, &may, &name, form, &server::client()).await
    };
    let address = paths::admin_quota(&name);
    match done.await {
        Ok(_) => form_done(&site, &address, Some(Notice::QuotaSaved)),
        Err(error) => form_failed(&site, &address, error, &typed.pairs()),
    }
}

policy!(paths::actions::CLEAR_QUOTA, Policy::permitted(ManageQuotas::NAME, "quotas"));

/// Deletes a quota, or takes back what was changed of one that the program states.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no quotas.
#[server(prefix = "/fn", endpoint = "quotas/clear")]
pub async fn clear_quota(#[server(default)] name: String) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    match quotas::clear(&site.domain, &actor.allow()?, &name, &server::client()).await {
        Ok(()) => form_done(&site, paths::ADMIN_QUOTAS, Some(Notice::QuotaCleared)),
        Err(error) => form_failed(&site, &paths::admin_quota(&name), error, &[]),
    }
}

policy!(paths::actions::OVERRIDE_QUOTA, Policy::permitted(ManageQuotas::NAME, "quotas"));

/// Says what somebody, or one of their keys, may spend.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no quotas.
#[server(prefix = "/fn", endpoint = "quotas/override")]
pub async fn override_quota(
    #[server(default)] user: String,
    #[server(default)] key: String,
    #[server(default)] quota: String,
    #[server(default)] limit: String,
    #[server(default)] expires_at: String,
    #[server(default)] reason: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let may = actor.allow()?;
    let typed =
        [("quota", quota.as_str()), ("limit", &limit), ("expires_at", &expires_at), ("reason", &reason)];
    let done = async {
        let form = OverrideForm {
            limit: Allowance::parse(&limit).map_err(|problem| Error::invalid("limit", problem))?,
            expires_at: end(&expires_at)?,
            reason: reason.clone(),
        };
        let whom = (person(&user)?, key_of(&key)?, quota.as_str());
        quotas::set_override(&site.domain, &may, whom, form, &server::client()).await
    };
    let done = done.await.map(drop);
    told(&site, &user, done, Notice::QuotaOverridden, &typed)
}

policy!(paths::actions::RESTORE_QUOTA, Policy::permitted(ManageQuotas::NAME, "quotas"));

/// Takes back what was said for somebody, or for one of their keys.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no quotas.
#[server(prefix = "/fn", endpoint = "quotas/restore")]
pub async fn restore_quota(
    #[server(default)] user: String,
    #[server(default)] key: String,
    #[server(default)] quota: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let may = actor.allow()?;
    let done = async {
        let whom = (person(&user)?, key_of(&key)?, quota.as_str());
        quotas::take_override(&site.domain, &may, whom, &server::client()).await
    };
    told(&site, &user, done.await, Notice::QuotaRestored, &[])
}

policy!(paths::actions::GRANT_USAGE, Policy::permitted(ManageQuotas::NAME, "quotas"));

/// Gives somebody units beside what they may spend in the window that runs.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no quotas.
#[server(prefix = "/fn", endpoint = "quotas/grant")]
pub async fn grant_usage(
    #[server(default)] user: String,
    #[server(default)] key: String,
    #[server(default)] quota: String,
    #[server(default)] units: String,
    #[server(default)] reason: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let may = actor.allow()?;
    let typed = [("quota", quota.as_str()), ("units", &units), ("reason", &reason)];
    let done = async {
        let units = units.trim().parse().map_err(|_| Error::invalid("units", Problem::Malformed))?;
        let form = GrantForm { units, reason: reason.clone() };
        let whom = (person(&user)?, key_of(&key)?, quota.as_str());
        quotas::grant(&site.domain, &may, whom, form, &server::client()).await
    };
    let done = done.await;
    told(&site, &user, done, Notice::UsageGranted, &typed)
}

policy!(paths::actions::RESET_USAGE, Policy::permitted(ManageQuotas::NAME, "quotas"));

/// Begins somebody's count anew.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no quotas.
#[server(prefix = "/fn", endpoint = "quotas/reset")]
pub async fn reset_usage(
    #[server(default)] user: String,
    #[server(default)] key: String,
    #[server(default)] quota: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let may = actor.allow()?;
    let done = async {
        let whom = (person(&user)?, key_of(&key)?, Some(quota.as_str()));
        quotas::reset(&site.domain, &may, whom, &server::client()).await
    };
    told(&site, &user, done.await, Notice::UsageReset, &[])
}

fn person(id: &str) -> Checked<UserId> {
    id.parse().map_err(|_| Error::NotFound)
}

fn key_of(id: &str) -> Checked<Option<KeyId>> {
    (!id.is_empty()).then(|| id.parse().map_err(|_| Error::NotFound)).transpose()
}

/// The moment that was typed, as clocks show it where the administrator lives.
fn end(typed: &str) -> Checked<Option<vestibule_model::Timestamp>> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let at = server::zone().parse(typed);
    at.map(Some).ok_or_else(|| Error::invalid("expires_at", Problem::Malformed))
}

/// Back to the person's page.
fn told(
    site: &server::Site,
    user: &str,
    done: Checked<()>,
    notice: Notice,
    typed: &[(&str, &str)],
) -> Result<(), FnError> {
    let address = user.parse().map_or_else(|_| paths::ADMIN_USERS.to_owned(), paths::admin_user);
    match done {
        Ok(()) => form_done(site, &address, Some(notice)),
        Err(error) => form_failed(site, &address, error, typed),
    }
}

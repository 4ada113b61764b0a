//! What the forms about providers do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::server::{self, FnError, form_done, form_failed, form_sent};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::social;
use vestibule_model::groups::{ManageAccounts, ManageProviders, Permission};
use vestibule_model::social::{CheckName, ProviderFailure};
use vestibule_model::{Error, UserId};

/// Under which name the page learns which provider was tested.
pub(crate) const TESTED: &str = "tested";

/// What a test looks at, in the order in which it is shown.
pub(crate) const CHECKS: [CheckName; 4] =
    [CheckName::Discovery, CheckName::Addresses, CheckName::Keys, CheckName::Client];

/// Under which name the page learns what came of a check: the failure's name, or nothing where all is well.
pub(crate) fn check_name(check: CheckName) -> String {
    format!("check {}", check.label())
}

policy!(paths::actions::TEST_PROVIDER, Policy::permitted(ManageProviders::NAME, "providers"));

/// Tries a provider; the page that follows shows what came of it.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no providers.
#[server(prefix = "/fn", endpoint = "social/test")]
pub async fn test_provider(#[server(default)] provider: String) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    match social::test(&site.domain, &actor.allow()?, &provider).await {
        Ok(report) => {
            let found = report
                .checks
                .iter()
                .map(|check| (check_name(check.name), check.failure.map_or("", ProviderFailure::name)));
            let found: Vec<_> = found.collect();
            let mut values = vec![(TESTED, report.provider.as_str())];
            values.extend(found.iter().map(|(name, failure)| (name.as_str(), *failure)));
            form_sent(&site, paths::ADMIN_PROVIDERS, &values)?;
            server::see_other(&format!("{}#provider-{}", paths::ADMIN_PROVIDERS, report.provider));
            Ok(())
        }
        Err(error) => form_failed(&site, paths::ADMIN_PROVIDERS, error, &[]),
    }
}

policy!(paths::actions::REMOVE_IDENTITY, Policy::permitted(ManageAccounts::NAME, "accounts"));

/// Makes an account elsewhere open somebody's account no longer.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever manages no accounts.
#[server(prefix = "/fn", endpoint = "social/remove")]
pub async fn remove_identity(
    #[server(default)] user: String,
    #[server(default)] provider: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let may = actor.allow()?;
    let id: UserId = user.parse().map_err(|_| Error::NotFound)?;
    let page = paths::admin_user(id);
    match social::remove(&site.domain, &may, id, &provider, &server::client()).await {
        Ok(()) => form_done(&site, &page, Some(Notice::PersonDone)),
        Err(error) => form_failed(&site, &page, error, &[]),
    }
}

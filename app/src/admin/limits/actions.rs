//! What the forms about rate limits do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]
#![expect(clippy::too_many_arguments, reason = "one for each field of the form")]

use super::form::Typed;
use crate::server::{self, FnError, form_done, form_failed};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::limits;
use vestibule_model::groups::{ManageLimits, Permission};
use vestibule_model::limits::ResetForm;

policy!(paths::actions::SET_LIMIT, Policy::permitted(ManageLimits::NAME, "limits"));

/// Sets a rate limit.
///
/// # Errors
/// [`NotAllowed`](vestibule_model::Error::NotAllowed) for whoever manages no limits.
#[server(prefix = "/fn", endpoint = "limits/set")]
pub async fn set_limit(
    #[server(default)] name: String,
    #[server(default)] known: bool,
    #[server(default)] tags: String,
    #[server(default)] by: String,
    #[server(default)] most: String,
    #[server(default)] per: String,
    #[server(default)] burst: String,
    #[server(default)] strict: bool,
    #[server(default)] mode: String,
    #[server(default)] on_store_error: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let (by_right, name) = (actor.allow()?, name.trim().to_owned());
    let typed = Typed { tags, by, most, per, burst, strict, mode, on_store_error };
    let set = async {
        let (form, client) = (typed.form()?, server::client());
        if known {
            limits::set(&site.domain, &by_right, &name, &form, &client).await
        } else {
            limits::add(&site.domain, &by_right, &name, &form, &client).await
        }
    };
    match set.await {
        Ok(limit) => form_done(&site, &paths::admin_limit(&limit.name), Some(Notice::LimitSet)),
        Err(error) => {
            let page = if known { paths::admin_limit(&name) } else { paths::ADMIN_LIMITS.to_owned() };
            form_failed(&site, &page, error, &typed.values(&name))
        }
    }
}

policy!(paths::actions::CLEAR_LIMIT, Policy::permitted(ManageLimits::NAME, "limits"));

/// Takes back what was set for a rate limit.
///
/// # Errors
/// [`NotAllowed`](vestibule_model::Error::NotAllowed) for whoever manages no limits.
#[server(prefix = "/fn", endpoint = "limits/clear")]
pub async fn clear_limit(#[server(default)] name: String) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    match limits::clear(&site.domain, &actor.allow()?, &name, &server::client()).await {
        Ok(()) => form_done(&site, paths::ADMIN_LIMITS, Some(Notice::LimitCleared)),
        Err(error) => form_failed(&site, paths::ADMIN_LIMITS, error, &[]),
    }
}

policy!(paths::actions::RESET_LIMIT, Policy::permitted(ManageLimits::NAME, "limits"));

/// Forgets what a rate limit counted.
///
/// # Errors
/// [`NotAllowed`](vestibule_model::Error::NotAllowed) for whoever manages no limits.
#[server(prefix = "/fn", endpoint = "limits/reset")]
pub async fn reset_limit(
    #[server(default)] name: String,
    #[server(default)] user: String,
    #[server(default)] address: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let by_right = actor.allow()?;
    let page = paths::admin_limit(&name);
    let reset = async {
        let person = limits::person(&site.domain, &by_right, &user).await?;
        let whom = Some(address.trim().to_owned()).filter(|address| !address.is_empty());
        let form = ResetForm { everybody: person.is_none() && whom.is_none(), user: person, address: whom };
        limits::reset(&site.domain, &by_right, &name, &form, &server::client()).await
    };
    match reset.await {
        Ok(()) => form_done(&site, &page, Some(Notice::LimitReset)),
        Err(error) => form_failed(&site, &page, error, &[("user", &user), ("address", &address)]),
    }
}

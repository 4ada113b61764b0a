//! What the forms of `/account` do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::server::{self, FnError, cookies, form_done, form_failed};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::accounts;
use vestibule_domain::endpoints::Policy;
use vestibule_model::{Error, Problem, Secret};

policy!(paths::actions::DELETE_ACCOUNT, Policy::signed_in("accounts"));

/// Deletes the account of the person who asks, and takes the cookie away.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "accounts/delete")]
pub async fn delete_account(#[server(default)] password: Secret) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    if password.expose().is_empty() {
        return form_failed(&site, paths::ACCOUNT, Error::invalid("password", Problem::Required), &[]);
    }
    match accounts::delete_own(&site.domain, person, &password, &server::client()).await {
        Ok(()) => {
            server::set_cookie(&cookies::clear_session(site.secure_cookies));
            form_done(&site, paths::HOME, Some(Notice::AccountDeleted))
        }
        Err(error) => form_failed(&site, paths::ACCOUNT, error, &[]),
    }
}

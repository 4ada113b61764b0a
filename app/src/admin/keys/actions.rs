//! What the forms of `/admin/keys` do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::server::{self, FnError, form_done, form_failed};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::keys;
use vestibule_model::groups::{ManageKeys, Permission};
use vestibule_model::keys::KeyChange;
use vestibule_model::{Error, KeyId, Result as Checked, UserId};

/// Where the form stood: `back` says whether that was the page of the key's owner.
fn origin(back: &str, owner: &str) -> String {
    match (back, owner.parse()) {
        ("person", Ok(owner)) => paths::admin_user(owner),
        _ => paths::ADMIN_KEYS.to_owned(),
    }
}

policy!(paths::actions::ADMIN_REVOKE_KEY, Policy::permitted(ManageKeys::NAME, "keys"));

/// Revokes a key of somebody; `back`: whether the form stands on their own page.
///
/// # Errors
/// [`Error::NotAllowed`] for anyone else.
#[server(prefix = "/fn", endpoint = "admin/keys/revoke")]
pub async fn admin_revoke_key(
    #[server(default)] key: String,
    #[server(default)] owner: String,
    #[server(default)] back: String,
) -> Result<(), FnError> {
    let site = server::site()?;
    let may = server::actor().allow::<ManageKeys>()?;
    let done = match named(&owner, &key) {
        Ok(of) => keys::revoke_of(&site.domain, &may, of, &server::client()).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => form_done(&site, &origin(&back, &owner), Some(Notice::KeyRevoked)),
        Err(error) => form_failed(&site, &origin(&back, &owner), error, &[]),
    }
}

policy!(paths::actions::ADMIN_SWITCH_KEY, Policy::permitted(ManageKeys::NAME, "keys"));

/// Switches a key of somebody on or off; `back`: whether the form stands on their own page.
///
/// # Errors
/// [`Error::NotAllowed`] for anyone else.
#[server(prefix = "/fn", endpoint = "admin/keys/switch")]
pub async fn admin_switch_key(
    #[server(default)] key: String,
    #[server(default)] owner: String,
    #[server(default)] enabled: String,
    #[server(default)] back: String,
) -> Result<(), FnError> {
    let site = server::site()?;
    let may = server::actor().allow::<ManageKeys>()?;
    let enabled = enabled == "true";
    let form = KeyChange { enabled: Some(enabled), ..KeyChange::default() };
    let done = match named(&owner, &key) {
        Ok(of) => keys::change_of(&site.domain, &may, of, &form, &server::client()).await.map(drop),
        Err(error) => Err(error),
    };
    let notice = if enabled { Notice::KeyEnabled } else { Notice::KeyDisabled };
    match done {
        Ok(()) => form_done(&site, &origin(&back, &owner), Some(notice)),
        Err(error) => form_failed(&site, &origin(&back, &owner), error, &[]),
    }
}

/// The key that the form names.
fn named(owner: &str, key: &str) -> Checked<(UserId, KeyId)> {
    let not_found = |_| Error::NotFound;
    Ok((owner.parse().map_err(not_found)?, key.parse().map_err(not_found)?))
}

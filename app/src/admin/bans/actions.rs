//! What the forms of `/admin/bans` do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::admin::users::actions::end;
use crate::server::{self, FnError, form_done, form_failed};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::bans;
use vestibule_domain::endpoints::Policy;
use vestibule_model::Error;
use vestibule_model::bans::AddressBanForm;
use vestibule_model::groups::{ManageBans, Permission};

policy!(paths::actions::BAN_NETWORK, Policy::permitted(ManageBans::NAME, "bans"));

/// Bans an address or network: until the moment that was chosen, one that was typed, or until somebody lifts it.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever does not manage bans.
#[server(prefix = "/fn", endpoint = "bans/network")]
pub async fn ban_network(
    #[server(default)] network: String,
    #[server(default)] reason: String,
    #[server(default)] span: String,
    #[server(default)] until: String,
) -> Result<(), FnError> {
    let (site, may) = (server::site()?, server::actor().allow::<ManageBans>()?);
    let banned = match end(&span, &until) {
        Ok(until) => {
            let form = AddressBanForm { network: network.clone(), reason: reason.clone(), until };
            bans::ban_network(&site.domain, &may, form, &server::client()).await
        }
        Err(error) => Err(error),
    };
    match banned {
        Ok(_) => form_done(&site, paths::ADMIN_BANS, Some(Notice::NetworkBanned)),
        Err(error) => {
            let typed =
                [("network", network.as_str()), ("reason", &reason), ("span", &span), ("until", &until)];
            form_failed(&site, paths::ADMIN_BANS, error, &typed)
        }
    }
}

policy!(paths::actions::LIFT_BAN, Policy::permitted(ManageBans::NAME, "bans"));

/// Lifts a ban; one that is over already stays over.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever does not manage bans.
#[server(prefix = "/fn", endpoint = "bans/lift")]
pub async fn lift_ban(#[server(default)] ban: String) -> Result<(), FnError> {
    let (site, may) = (server::site()?, server::actor().allow::<ManageBans>()?);
    let lifted = match ban.parse() {
        Ok(id) => bans::lift_network(&site.domain, &may, id, &server::client()).await,
        Err(_) => Err(Error::NotFound),
    };
    match lifted {
        Ok(()) | Err(Error::NotFound) => form_done(&site, paths::ADMIN_BANS, Some(Notice::NetworkUnbanned)),
        Err(error) => form_failed(&site, paths::ADMIN_BANS, error, &[]),
    }
}

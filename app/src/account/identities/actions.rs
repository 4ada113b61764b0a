//! What the forms of `/account/identities` do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::server::{self, FnError, form_done, form_failed, form_unproven};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::social;
use vestibule_model::Error;

policy!(paths::actions::UNLINK_IDENTITY, Policy::signed_in("me").proven_for(paths::IDENTITIES));

/// Makes an account elsewhere open the account of who asks no longer.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "social/unlink")]
pub async fn unlink_identity(#[server(default)] provider: String) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    match social::unlink(&site.domain, actor.person()?, &provider, &server::client()).await {
        Ok(()) => form_done(&site, paths::IDENTITIES, Some(Notice::IdentityUnlinked)),
        Err(Error::ProveAgain) => form_unproven(&site, paths::IDENTITIES, &[]),
        Err(error) => form_failed(&site, paths::IDENTITIES, error, &[]),
    }
}

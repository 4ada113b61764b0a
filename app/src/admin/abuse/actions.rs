//! What the form of `/admin/abuse` does: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::server::{self, FnError, form_done, form_failed};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::abuse;
use vestibule_domain::endpoints::Policy;
use vestibule_model::Error;
use vestibule_model::groups::{ManageBans, Permission};

policy!(paths::actions::FORGIVE, Policy::permitted(ManageBans::NAME, "bans"));

/// Forgets what an address or account did; where there is nothing to forget, that is so already.
///
/// # Errors
/// [`Error::NotAllowed`] for whoever does not manage bans.
#[server(prefix = "/fn", endpoint = "abuse/forgive")]
pub async fn forgive(#[server(default)] subject: String) -> Result<(), FnError> {
    let (site, may) = (server::site()?, server::actor().allow::<ManageBans>()?);
    match abuse::forgive(&site.domain, &may, &subject, &server::client()).await {
        Ok(()) | Err(Error::NotFound) => form_done(&site, paths::ADMIN_ABUSE, Some(Notice::Forgiven)),
        Err(error) => form_failed(&site, paths::ADMIN_ABUSE, error, &[]),
    }
}

//! What the forms about rules of tags do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::server::{self, FnError, form_done, form_failed};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use std::collections::BTreeMap;
use vestibule_domain::endpoints::{self, Policy};
use vestibule_model::endpoints::{RuleForm, RuleWho};
use vestibule_model::groups::{ManageEndpoints, Permission};

policy!(paths::actions::SET_RULE, Policy::permitted(ManageEndpoints::NAME, "endpoints"));

/// Sets what the endpoints of a tag ask for.
///
/// # Errors
/// [`Error::NotAllowed`](vestibule_model::Error::NotAllowed) for whoever does not manage endpoints.
#[server(prefix = "/fn", endpoint = "endpoints/set-rule")]
pub async fn set_rule(
    #[server(default)] tag: String,
    #[server(default)] asks: BTreeMap<String, String>,
    #[server(default)] name: BTreeMap<String, String>,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let by = actor.allow()?;
    let typed = |fields: &BTreeMap<String, String>| fields.get(&tag).cloned().unwrap_or_default();
    let (asks, name) = (typed(&asks), typed(&name).trim().to_owned());
    let form = match asks.as_str() {
        "permission" => RuleForm { permission: Some(name.clone()), ..RuleForm::default() },
        "group" => RuleForm { group: Some(name.clone()), ..RuleForm::default() },
        "signed_in" => RuleForm { who: Some(RuleWho::SignedIn), ..RuleForm::default() },
        _ => RuleForm::default(),
    };
    match endpoints::set(&site.domain, &by, &tag, form, &server::client()).await {
        Ok(_) => form_done(&site, paths::ADMIN_ENDPOINTS, Some(Notice::RuleSet)),
        Err(error) => {
            let typed = [("tag", tag.as_str()), ("asks", &asks), ("name", &name)];
            form_failed(&site, paths::ADMIN_ENDPOINTS, error, &typed)
        }
    }
}

policy!(paths::actions::CLEAR_RULE, Policy::permitted(ManageEndpoints::NAME, "endpoints"));

/// Takes back what was set for a tag.
///
/// # Errors
/// [`Error::NotAllowed`](vestibule_model::Error::NotAllowed) for whoever does not manage endpoints.
#[server(prefix = "/fn", endpoint = "endpoints/clear-rule")]
pub async fn clear_rule(#[server(default)] tag: String) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    match endpoints::clear(&site.domain, &actor.allow()?, &tag, &server::client()).await {
        Ok(()) => form_done(&site, paths::ADMIN_ENDPOINTS, Some(Notice::RuleCleared)),
        Err(error) => form_failed(&site, paths::ADMIN_ENDPOINTS, error, &[]),
    }
}

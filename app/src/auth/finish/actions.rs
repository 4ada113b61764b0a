//! What the forms of `/auth/finish` do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::profiles::fields;
use crate::server::{self, FnError, Site, cookies, form_done, form_failed, form_sent, form_unproven};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use std::collections::BTreeMap;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::social::{self, Finished};
use vestibule_domain::{Actor, auth};
use vestibule_model::{Error, social::FinishForm};

policy!(paths::actions::FINISH_SIGN_IN, Policy::anyone("auth").tagged("register"));

/// Makes an account of the sign-in at a provider that waits for this browser. Where a mail has to confirm the address, the
/// page that follows is the same for a new and for a known one.
///
/// # Errors
/// [`FnError`] outside a request.
#[server(prefix = "/fn", endpoint = "social/finish")]
pub async fn finish_sign_in(
    #[server(default)] email: String,
    #[server(default)] name: String,
    #[server(default)] username: String,
    #[server(default)] fields: BTreeMap<String, String>,
) -> Result<(), FnError> {
    let site = server::site()?;
    let declared = site.domain.user_fields();
    let finished = async {
        let values = fields::read(declared, &fields)?;
        let form = FinishForm {
            email: email.clone(),
            name: name.clone(),
            username: Some(username.clone()).filter(|username| !username.trim().is_empty()),
            fields: values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        };
        let device = server::device_mark(&site);
        let pending = server::pending(&site)?;
        social::finish(&site.domain, &pending, form, device.as_ref(), &server::client()).await
    };
    match finished.await {
        Ok(finished) => finish(&site, finished, &email).await,
        Err(error) => {
            let more: Vec<_> = fields::kept(declared, &fields).collect();
            let mut typed = vec![("email", email.as_str()), ("name", &name), ("username", &username)];
            typed.extend(more.iter().map(|(name, value)| (name.as_str(), *value)));
            form_failed(&site, paths::FINISH, error, &typed)
        }
    }
}

async fn finish(site: &Site, finished: Finished, email: &str) -> Result<(), FnError> {
    server::set_cookie(&cookies::clear_pending(site.secure_cookies));
    match finished {
        Finished::SignedIn { session, next, provider } => {
            // The cookie is about to be replaced: nobody could end the session that it names after that (C15).
            if let Actor::Person(before) = server::actor() {
                auth::sign_out(&site.domain, &before, &server::client()).await?;
            }
            server::keep_session(site, &session);
            server::set_cookie(&cookies::keep_last_method(&provider, site.secure_cookies));
            form_done(site, paths::next_page(&next), None)
        }
        Finished::MailSent => form_sent(site, paths::REGISTER_SENT, &[("email", email)]),
    }
}

policy!(paths::actions::CONNECT_IDENTITY, Policy::signed_in("me").proven_for(paths::FINISH));

/// Connects the sign-in at a provider that waits for this browser with the account of who asks.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "social/connect")]
pub async fn connect_identity() -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let connected = match server::pending(&site) {
        Ok(pending) => social::connect(&site.domain, &pending, person, &server::client()).await,
        Err(error) => Err(error),
    };
    match connected {
        Ok((_, next)) => {
            server::set_cookie(&cookies::clear_pending(site.secure_cookies));
            let page = if next.is_empty() { paths::IDENTITIES } else { paths::next_page(&next) };
            form_done(&site, page, Some(Notice::IdentityLinked))
        }
        Err(Error::ProveAgain) => form_unproven(&site, paths::FINISH, &[]),
        Err(error) => form_failed(&site, paths::FINISH, error, &[]),
    }
}

policy!(paths::actions::GIVE_UP_SIGN_IN, Policy::anyone("auth"));

/// Forgets the sign-in at a provider that waits for this browser.
///
/// # Errors
/// What stopped it from being forgotten.
#[server(prefix = "/fn", endpoint = "social/give-up")]
pub async fn give_up_sign_in() -> Result<(), FnError> {
    let site = server::site()?;
    match server::pending(&site) {
        Ok(pending) => social::give_up(&site.domain, &pending).await?,
        // What is over already is what was wished for.
        Err(Error::FlowDead) => {}
        Err(error) => return Err(error.into()),
    }
    server::set_cookie(&cookies::clear_pending(site.secure_cookies));
    let known = matches!(server::actor(), Actor::Person(_));
    form_done(&site, if known { paths::ACCOUNT } else { paths::LOGIN }, None)
}

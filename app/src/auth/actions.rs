//! What the forms of this area do: unpack, one domain call, `303` to the next page or back to the form. Each is a public
//! endpoint and states its policy beside itself. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::profiles::fields;
use crate::server::{self, FnError, cookies, form_done, form_failed, form_failed_between, form_sent};
use crate::text::{Notice, field_sentence, strength_sentence};
use crate::{paths, policy};
use http::HeaderName;
use leptos::prelude::*;
use std::collections::BTreeMap;
use vestibule_domain::accounts::{self, Confirmed};
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{Actor, auth};
use vestibule_model::accounts::{RegisterForm, SetupForm};
use vestibule_model::auth::SignInForm;
use vestibule_model::{Error, Secret};

policy!(paths::actions::REGISTER, Policy::anyone("auth").tagged("register"));

/// Makes an account. The page that follows is the same for a new and for a known address.
///
/// # Errors
/// [`FnError`] outside a request.
#[server(prefix = "/fn", endpoint = "accounts/register")]
pub async fn register(
    #[server(default)] email: String,
    #[server(default)] password: Secret,
    #[server(default)] name: String,
    #[server(default)] username: String,
    #[server(default)] fields: BTreeMap<String, String>,
) -> Result<(), FnError> {
    let site = server::site()?;
    let declared = site.domain.user_fields();
    let registered = match fields::read(declared, &fields) {
        Ok(values) => {
            let fields = values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            let username = Some(username.clone());
            let form = RegisterForm { email: email.clone(), password, name: name.clone(), username, fields };
            accounts::register(&site.domain, form, &server::client()).await
        }
        Err(error) => Err(error),
    };
    match registered {
        Ok(()) => form_sent(&site, paths::REGISTER_SENT, &[("email", &email)]),
        Err(error) => {
            let more: Vec<_> = fields::kept(declared, &fields).collect();
            let mut typed = vec![("email", email.as_str()), ("name", &name), ("username", &username)];
            typed.extend(more.iter().map(|(name, value)| (name.as_str(), *value)));
            form_failed(&site, paths::REGISTER, error, &typed)
        }
    }
}

policy!(paths::actions::VERIFY, Policy::anyone("auth"));

/// Confirms an address.
///
/// # Errors
/// [`FnError`] outside a request.
#[server(prefix = "/fn", endpoint = "accounts/verify")]
pub async fn verify(#[server(default)] token: Secret) -> Result<(), FnError> {
    let site = server::site()?;
    match accounts::verify(&site.domain, &token, &server::client()).await {
        Ok(Confirmed { username_taken: false }) => form_done(&site, paths::LOGIN, Some(Notice::Verified)),
        Ok(_) => form_done(&site, paths::LOGIN, Some(Notice::VerifiedWithoutName)),
        Err(error) => form_failed(&site, paths::VERIFY, error, &[]),
    }
}

policy!(paths::actions::RESEND, Policy::anyone("auth").tagged("resend"));

/// Sends the verification link again; the answer does not tell whether there was anything to send.
///
/// # Errors
/// [`FnError`] outside a request.
#[server(prefix = "/fn", endpoint = "accounts/resend")]
pub async fn resend(#[server(default)] email: String) -> Result<(), FnError> {
    let site = server::site()?;
    match accounts::resend_verification(&site.domain, &email, &server::client()).await {
        Ok(()) => form_done(&site, paths::VERIFY_RESEND, Some(Notice::LinkSent)),
        Err(error) => form_failed(&site, paths::VERIFY_RESEND, error, &[("email", &email)]),
    }
}

policy!(paths::actions::SIGN_IN, Policy::anyone("auth").tagged("sign-in"));

/// Signs in and leads to `next`, when that is a page of this site.
///
/// # Errors
/// [`FnError`] outside a request.
#[server(prefix = "/fn", endpoint = "auth/sign-in")]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: Secret,
    #[server(default)] remember: bool,
    #[server(default)] next: String,
) -> Result<(), FnError> {
    let site = server::site()?;
    let form = SignInForm { email: email.clone(), password };
    let device = server::device_mark(&site);
    match auth::sign_in_on(&site.domain, form, remember, device.as_ref(), &server::client()).await {
        Ok(session) => {
            // The cookie is about to be replaced: nobody could end the session that it names after that (C15).
            if let Actor::Person(before) = server::actor() {
                auth::sign_out(&site.domain, &before, &server::client()).await?;
            }
            server::keep_session(&site, &session);
            server::set_cookie(&cookies::keep_last_method(cookies::BY_PASSWORD, site.secure_cookies));
            if session.deletion_cancelled {
                return form_done(&site, paths::ACCOUNT, Some(Notice::DeletionCancelled));
            }
            if session.reactivated {
                return form_done(&site, paths::ACCOUNT, Some(Notice::Reactivated));
            }
            form_done(&site, paths::next_page(&next), None)
        }
        Err(error) => {
            let next = if next.is_empty() { "" } else { paths::next_page(&next) };
            let back = paths::with_query(paths::LOGIN, "next", next);
            let remember = if remember { "true" } else { "" };
            form_failed(&site, &back, error, &[("email", &email), ("remember", remember)])
        }
    }
}

policy!(paths::actions::PROVE, Policy::signed_in("auth"));

/// Takes the password again and leads on to `next`, when that is a page of this site.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone who is not signed in.
#[server(prefix = "/fn", endpoint = "auth/prove")]
pub async fn prove(
    #[server(default)] password: Secret,
    #[server(default)] next: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let next = paths::next_page(&next);
    let back = paths::with_query(paths::PROVE, "next", next);
    match auth::prove_again(&site.domain, person, &password, &server::client()).await {
        Ok(renewed) => {
            if let Some(session) = renewed {
                server::set_cookie(&cookies::session(&session, site.domain.now(), site.secure_cookies));
            }
            form_done(&site, next, None)
        }
        Err(error) => form_failed_between(&site, &back, error),
    }
}

policy!(paths::actions::SIGN_OUT, Policy::anyone("auth"));

/// Signs out. The cookie goes even when the session had ended already.
///
/// # Errors
/// What stopped the session from being ended, so that nobody believes to be signed out who is not.
#[server(prefix = "/fn", endpoint = "auth/sign-out")]
pub async fn sign_out() -> Result<(), FnError> {
    let site = server::site()?;
    if let Actor::Person(person) = server::actor() {
        auth::sign_out(&site.domain, &person, &server::client()).await?;
    }
    server::set_cookie(&cookies::clear_session(site.secure_cookies));
    // Whoever sits here next is not asked to connect it.
    server::set_cookie(&cookies::clear_pending(site.secure_cookies));
    // Not "cookies": it would take those of every other site under the same domain, and the notice of the next page.
    server::set_header(HeaderName::from_static("clear-site-data"), r#""cache", "storage""#);
    form_done(&site, paths::HOME, Some(Notice::SignedOut))
}

policy!(paths::actions::FORGOT, Policy::anyone("auth").tagged("recovery"));

/// Mails a reset link; the page that follows is the same for a known and an unknown address.
///
/// # Errors
/// [`FnError`] outside a request.
#[server(prefix = "/fn", endpoint = "auth/forgot")]
pub async fn forgot(#[server(default)] email: String) -> Result<(), FnError> {
    let site = server::site()?;
    match auth::forgot(&site.domain, &email, &server::client()).await {
        Ok(()) => form_sent(&site, paths::FORGOT_SENT, &[("email", &email)]),
        Err(error) => form_failed(&site, paths::FORGOT, error, &[("email", &email)]),
    }
}

policy!(paths::actions::RESET, Policy::anyone("auth"));

/// Sets a new password by the token of a mailed link.
///
/// # Errors
/// [`FnError`] outside a request.
#[server(prefix = "/fn", endpoint = "auth/reset")]
pub async fn reset(
    #[server(default)] token: Secret,
    #[server(default)] password: Secret,
) -> Result<(), FnError> {
    let site = server::site()?;
    match auth::reset(&site.domain, &token, &password, &server::client()).await {
        Ok(Confirmed { username_taken }) => {
            server::set_cookie(&cookies::clear_session(site.secure_cookies));
            let told = if username_taken { Notice::PasswordSetWithoutName } else { Notice::PasswordSet };
            form_done(&site, paths::LOGIN, Some(told))
        }
        Err(error) => {
            form_failed(&site, &paths::with_query(paths::RESET, "token", token.expose()), error, &[])
        }
    }
}

policy!(paths::actions::SET_UP, Policy::anyone("auth"));

/// Makes the first administrator and signs them in.
///
/// # Errors
/// [`Error::NotFound`] once there is one: the page does not exist any more.
#[server(prefix = "/fn", endpoint = "auth/set-up")]
pub async fn set_up(
    #[server(default)] token: Secret,
    #[server(default)] email: String,
    #[server(default)] password: Secret,
    #[server(default)] name: String,
) -> Result<(), FnError> {
    let site = server::site()?;
    let back = paths::with_query(paths::SETUP, "token", token.expose());
    let form = SetupForm { token, email: email.clone(), password, name: name.clone() };
    match auth::set_up(&site.domain, form, &server::client()).await {
        Ok(session) => {
            server::keep_session(&site, &session);
            form_done(&site, paths::ACCOUNT, Some(Notice::SetUp))
        }
        Err(error @ Error::NotFound) => Err(error.into()),
        Err(Error::LinkDead) => Err(Error::NotFound.into()),
        Err(error) => form_failed(&site, &back, error, &[("email", &email), ("name", &name)]),
    }
}

/// What the password field is told about a new password.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Verdict {
    /// 0 (guessed at once) to 4 (beyond any attacker).
    pub score: u8,
    /// Why it is not taken, or how good it is.
    pub words: String,
}

policy!(paths::actions::PASSWORD_STRENGTH, Policy::anyone("auth"));

/// How well a password would withstand guessing by somebody who knows the words `about` its owner. Asked by the password
/// field while a person types; answers JSON.
///
/// # Errors
/// [`FnError`] outside a request.
#[server(prefix = "/fn", endpoint = "auth/password-strength")]
pub async fn password_strength(
    #[server(default)] password: Secret,
    #[server(default)] about: String,
) -> Result<Verdict, FnError> {
    let site = server::site()?;
    let about: Vec<_> = about.split_whitespace().take(16).collect();
    let strength = auth::strength(&site.domain, &password, &about).await?;
    Ok(match strength.problem {
        // A password that is refused never looks strong, however long it would take to guess.
        Some(problem) => Verdict { score: strength.score.min(1), words: field_sentence(&problem) },
        None => Verdict { score: strength.score, words: strength_sentence(strength.score).to_owned() },
    })
}

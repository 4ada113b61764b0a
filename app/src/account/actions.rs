//! What the forms of `/account` and below do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::server::{self, FnError, cookies, form_done, form_failed, form_unproven};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::accounts::Leaving;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::{accounts, auth, notices, sessions};
use vestibule_model::accounts::EmailChangeForm;
use vestibule_model::auth::PasswordForm;
use vestibule_model::sessions::SessionForm;
use vestibule_model::{Error, Secret, SessionId};

policy!(paths::actions::DELETE_ACCOUNT, Policy::signed_in("me"));

/// Asks for the deletion of the account of the person who asks, and takes the cookie away.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "accounts/delete")]
pub async fn delete_account(
    #[server(default)] confirm: String,
    #[server(default)] password: Secret,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    match accounts::delete_named(&site.domain, person, &confirm, &password, &server::client()).await {
        Ok(leaving) => {
            server::set_cookie(&cookies::clear_session(site.secure_cookies));
            let notice = match leaving {
                Leaving::Erased => Notice::AccountDeleted,
                Leaving::Due(_) => Notice::DeletionAsked,
            };
            form_done(&site, paths::HOME, Some(notice))
        }
        Err(Error::ProveAgain) => form_unproven(&site, paths::DATA, &[("confirm", &confirm)]),
        Err(error) => form_failed(&site, paths::DATA, error, &[("confirm", &confirm)]),
    }
}

policy!(paths::actions::DEACTIVATE, Policy::signed_in("me"));

/// Deactivates the account of the person who asks, and takes the cookie away.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "accounts/deactivate")]
pub async fn deactivate_account(#[server(default)] password: Secret) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    match accounts::deactivate_own(&site.domain, person, &password, &server::client()).await {
        Ok(()) => {
            server::set_cookie(&cookies::clear_session(site.secure_cookies));
            form_done(&site, paths::HOME, Some(Notice::Deactivated))
        }
        Err(Error::ProveAgain) => form_unproven(&site, paths::DATA, &[]),
        Err(error) => form_failed(&site, paths::DATA, error, &[("form", "deactivate")]),
    }
}

policy!(paths::actions::ASK_EXPORT, Policy::signed_in("accounts").proven_for(paths::DATA));

/// Asks for a copy of everything about the person who asks, to be prepared in the background.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "accounts/ask-export")]
pub async fn ask_export() -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    match accounts::exports::ask(&site.domain, actor.person()?, &server::client()).await {
        Ok(_) => form_done(&site, paths::DATA, Some(Notice::ExportAsked)),
        Err(error) => form_failed(&site, paths::DATA, error, &[]),
    }
}

policy!(paths::actions::DISMISS_NUDGE, Policy::signed_in("me"));

/// Puts a reminder on the overview of the person who asks away.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "accounts/dismiss")]
pub async fn dismiss_nudge(#[server(default)] nudge: String) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    match accounts::dismiss_nudge(&site.domain, actor.person()?, &nudge, &server::client()).await {
        Ok(()) => form_done(&site, paths::ACCOUNT, Some(Notice::NudgeDismissed)),
        Err(error) => form_failed(&site, paths::ACCOUNT, error, &[]),
    }
}

policy!(paths::actions::CHANGE_PASSWORD, Policy::signed_in("me").while_blocked());

/// Replaces the password of the person who asks; they stay signed in here, and elsewhere only if they chose so. A box that
/// is not ticked is not sent: that the form was `asked` makes its absence a no.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "auth/change-password")]
pub async fn change_password(
    #[server(default)] current_password: Secret,
    #[server(default)] new_password: Secret,
    #[server(default)] asked: String,
    #[server(default)] end_other_sessions: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let end_others = asked != "true" || end_other_sessions == "true";
    let form = PasswordForm { current_password, new_password, end_other_sessions: Some(end_others) };
    let done = if end_others { Notice::PasswordChanged } else { Notice::PasswordChangedHere };
    match auth::change_password(&site.domain, person, form, &server::client()).await {
        Ok(()) => form_done(&site, paths::ACCOUNT, Some(done)),
        Err(error) => {
            let chosen = if end_others { "true" } else { "false" };
            form_failed(&site, paths::PASSWORD, error, &[("end_other_sessions", chosen)])
        }
    }
}

policy!(paths::actions::END_SESSION, Policy::signed_in("me").while_blocked());

/// Ends one session of the person who asks.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "sessions/end")]
pub async fn end_session(#[server(default)] session: String) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let ended = match session.parse::<SessionId>() {
        Ok(session) => sessions::end_own(&site.domain, person, session, &server::client()).await,
        Err(_) => Err(Error::NotFound),
    };
    match ended {
        // What is over already is what was wished for: the list that follows shows it gone.
        Ok(()) | Err(Error::NotFound) => form_done(&site, paths::SESSIONS, Some(Notice::SessionEnded)),
        Err(error) => form_failed(&site, paths::SESSIONS, error, &[]),
    }
}

policy!(paths::actions::NAME_SESSION, Policy::signed_in("me"));

/// Gives the device of one session of the person who asks a name; a blank one takes it away.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "sessions/name")]
pub async fn name_session(
    #[server(default)] session: String,
    #[server(default)] name: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let form = SessionForm { name: Some(Some(name.clone()).filter(|name| !name.trim().is_empty())) };
    let named = match session.parse::<SessionId>() {
        Ok(id) => sessions::rename(&site.domain, person, id, form, &server::client()).await,
        Err(_) => Err(Error::NotFound),
    };
    match named {
        Ok(_) => form_done(&site, paths::SESSIONS, Some(Notice::DeviceNamed)),
        Err(error) => form_failed(&site, paths::SESSIONS, error, &[("session", &session), ("name", &name)]),
    }
}

policy!(paths::actions::END_OTHER_SESSIONS, Policy::signed_in("me").while_blocked());

/// Ends every session of the person who asks but this one.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "sessions/end-others")]
pub async fn end_other_sessions() -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    match sessions::end_others(&site.domain, actor.person()?, &server::client()).await {
        Ok(_) => form_done(&site, paths::SESSIONS, Some(Notice::OtherSessionsEnded)),
        Err(error) => form_failed(&site, paths::SESSIONS, error, &[]),
    }
}

policy!(paths::actions::CHANGE_EMAIL, Policy::signed_in("accounts"));

/// Asks for another address. The answer is the same for one that is free and one that is somebody's.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "accounts/change-email")]
pub async fn change_email(
    #[server(default)] email: String,
    #[server(default)] password: Secret,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let typed = [("email", email.as_str())];
    let form = EmailChangeForm { email: email.clone(), password };
    match accounts::email::request(&site.domain, person, form, &server::client()).await {
        Ok(()) => form_done(&site, paths::EMAIL, Some(Notice::EmailAsked)),
        Err(Error::ProveAgain) => form_unproven(&site, paths::EMAIL, &typed),
        Err(error) => form_failed(&site, paths::EMAIL, error, &typed),
    }
}

policy!(paths::actions::CONFIRM_EMAIL, Policy::signed_in("accounts"));

/// Confirms the other address for the person who asked for it; they stay signed in here and nowhere else.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "accounts/confirm-email")]
pub async fn confirm_email(#[server(default)] token: Secret) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    match accounts::email::confirm(&site.domain, actor.person()?, &token, &server::client()).await {
        Ok(()) => form_done(&site, paths::SECURITY, Some(Notice::EmailChanged)),
        Err(error) => form_failed(&site, paths::EMAIL_CONFIRM, error, &[]),
    }
}

policy!(paths::actions::UNDO_EMAIL, Policy::anyone("accounts"));

/// Takes a change of address back; everybody is signed out, this browser too.
///
/// # Errors
/// [`FnError`] outside a request.
#[server(prefix = "/fn", endpoint = "accounts/undo-email")]
pub async fn undo_email(#[server(default)] token: Secret) -> Result<(), FnError> {
    let site = server::site()?;
    match accounts::email::undo(&site.domain, &token, &server::client()).await {
        Ok(()) => {
            server::set_cookie(&cookies::clear_session(site.secure_cookies));
            form_done(&site, paths::LOGIN, Some(Notice::EmailRestored))
        }
        Err(error) => form_failed(&site, paths::EMAIL_UNDO, error, &[]),
    }
}

policy!(paths::actions::CHOOSE_NOTICES, Policy::signed_in("notices"));

/// Chooses what to be told by mail: what is ticked, and nothing else of what can be chosen. Where one notice is named by
/// `only`, as the page's island does it, nothing but that one is changed, and the answer is no other page but whether it is
/// sent from now on.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else; where `only` is given, those of [`notices::choose`].
#[server(prefix = "/fn", endpoint = "notices/choose")]
pub async fn choose_notices(
    #[server(default)] on: Vec<String>,
    #[server(default)] only: String,
) -> Result<bool, FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    if !only.is_empty() {
        let wanted = on.contains(&only);
        let choice = [(only, wanted)].into();
        notices::choose(&site.domain, person, &choice, &server::client()).await?;
        return Ok(wanted);
    }
    let known = notices::choices(&site.domain, person).await?;
    let optional = known.into_iter().filter(|one| !one.security);
    let wanted = optional.map(|one| (one.name.clone(), on.contains(&one.name))).collect();
    match notices::choose(&site.domain, person, &wanted, &server::client()).await {
        Ok(_) => form_done(&site, paths::NOTIFICATIONS, Some(Notice::NoticesSaved)),
        Err(error) => form_failed(&site, paths::NOTIFICATIONS, error, &[]),
    }?;
    Ok(true)
}

policy!(paths::actions::UNSUBSCRIBE, Policy::anyone("notices"));

/// Stops the mails that the token of one names.
///
/// # Errors
/// [`FnError`] outside a request.
#[server(prefix = "/fn", endpoint = "notices/unsubscribe")]
pub async fn unsubscribe(#[server(default)] token: Secret) -> Result<(), FnError> {
    let site = server::site()?;
    match notices::unsubscribe(&site.domain, &token, &server::client()).await {
        Ok(()) => form_done(&site, paths::UNSUBSCRIBE, Some(Notice::Unsubscribed)),
        Err(error) => form_failed(&site, paths::UNSUBSCRIBE, error, &[]),
    }
}

//! What the forms of `/admin/users` and of a person's page do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use super::many::told;
use crate::server::{self, FnError, Site, form_done, form_failed, form_sent};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use std::collections::BTreeMap;
use vestibule_domain::accounts::{self, email};
use vestibule_domain::endpoints::Policy;
use vestibule_domain::profiles::{self, Picture};
use vestibule_domain::{Actor, auth, bans, sessions};
use vestibule_model::bans::BanForm;
use vestibule_model::groups::{BanAccounts, ManageAccounts, Permission, ViewAccounts};
use vestibule_model::people::{DeedKind, ManyForm, NewPersonForm, NoteForm};
use vestibule_model::profiles::ProfileForm;
use vestibule_model::{Error, Problem, Result as Checked, SessionId, Timestamp, UserId};

/// The account that a form names; what is no id is nobody's.
fn account(id: &str) -> Checked<UserId> {
    id.parse().map_err(|_| Error::NotFound)
}

policy!(paths::actions::CREATE_PERSON, Policy::permitted(ManageAccounts::NAME, "users"));

/// Makes an account for somebody, who is invited to choose the password.
///
/// # Errors
/// [`Error::NotAllowed`] for somebody who may not.
#[server(prefix = "/fn", endpoint = "accounts/create")]
pub async fn create_person(
    #[server(default)] email: String,
    #[server(default)] name: String,
    #[server(default)] username: String,
) -> Result<(), FnError> {
    let (site, may) = (server::site()?, server::actor().allow::<ManageAccounts>()?);
    let form = NewPersonForm {
        email: email.clone(),
        name: name.clone(),
        username: Some(username.clone()),
        ..NewPersonForm::default()
    };
    match accounts::invite(&site.domain, &may, form, &server::client()).await {
        Ok(made) => form_done(&site, &paths::admin_user(made.id), Some(Notice::PersonInvited)),
        Err(error) => {
            let typed = [("email", email.as_str()), ("name", &name), ("username", &username)];
            form_failed(&site, paths::ADMIN_NEW_USER, error, &typed)
        }
    }
}

policy!(paths::actions::EDIT_PERSON, Policy::permitted(ManageAccounts::NAME, "users"));

/// Changes what somebody's account says, unless it was changed since the form was shown.
///
/// # Errors
/// [`Error::NotAllowed`], [`Error::NotFound`].
#[server(prefix = "/fn", endpoint = "accounts/edit")]
pub async fn edit_person(
    #[server(default)] user: String,
    #[server(default)] tag: String,
    #[server(default)] name: String,
    #[server(default)] username: String,
    #[server(default)] bio: String,
    #[server(default)] fields: BTreeMap<String, String>,
) -> Result<(), FnError> {
    let (site, may) = (server::site()?, server::actor().allow::<ManageAccounts>()?);
    let id = account(&user)?;
    let declared = site.domain.user_fields();
    let back = paths::admin_user_edit(id);
    let saved = match crate::profiles::fields::read_all(declared, &fields) {
        Ok(values) => {
            let form = ProfileForm {
                name: Some(Some(name.clone())),
                username: Some(Some(username.clone())),
                bio: Some(Some(bio.clone())),
                fields: values,
                ..ProfileForm::default()
            };
            let whole = (form, Picture::Kept);
            profiles::revise(&site.domain, &may, id, whole, Some(&[tag]), &server::client()).await
        }
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => form_done(&site, &paths::admin_user(id), Some(Notice::PersonSaved)),
        Err(error) => {
            let mut typed =
                vec![("name".to_owned(), name), ("username".to_owned(), username), ("bio".to_owned(), bio)];
            let kept = crate::profiles::fields::kept_all(declared, &fields);
            typed.extend(kept.map(|(name, value)| (name, value.to_owned())));
            let typed = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>();
            form_failed(&site, &back, error, &typed)
        }
    }
}

policy!(paths::actions::READDRESS_PERSON, Policy::permitted(ManageAccounts::NAME, "users"));

/// Gives somebody another address; both are told.
///
/// # Errors
/// [`Error::NotAllowed`], [`Error::NotFound`].
#[server(prefix = "/fn", endpoint = "accounts/readdress")]
pub async fn readdress_person(
    #[server(default)] user: String,
    #[server(default)] email: String,
    #[server(default)] verified: String,
) -> Result<(), FnError> {
    let (site, may) = (server::site()?, server::actor().allow::<ManageAccounts>()?);
    let id = account(&user)?;
    match email::replace(&site.domain, &may, id, &email, verified == "true", &server::client()).await {
        Ok(()) => form_done(&site, &paths::admin_user(id), Some(Notice::PersonSaved)),
        Err(error) => {
            let typed = [("email", email.as_str()), ("verified", &verified)];
            form_failed(&site, &paths::admin_user_edit(id), error, &typed)
        }
    }
}

policy!(paths::actions::DO_TO_PERSON, Policy::permitted(ViewAccounts::NAME, "users"));

/// Does to somebody what takes one button; the domain asks for the permission of each.
///
/// # Errors
/// [`Error::NotAllowed`], [`Error::NotFound`].
#[server(prefix = "/fn", endpoint = "accounts/do")]
pub async fn do_to_person(
    #[server(default)] user: String,
    #[server(default)] deed: String,
    #[server(default)] confirm: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let id = account(&user)?;
    let page = paths::admin_user(id);
    match one(&site, &actor, id, (&deed, &confirm)).await {
        Ok(Notice::PersonDeleted) => form_done(&site, paths::ADMIN_USERS, Some(Notice::PersonDeleted)),
        Ok(notice) => form_done(&site, &page, Some(notice)),
        Err(error) => form_failed(&site, &page, error, &[("confirm", &confirm)]),
    }
}

async fn one(site: &Site, actor: &Actor, id: UserId, (deed, confirm): (&str, &str)) -> Checked<Notice> {
    let (domain, client) = (&site.domain, server::client());
    if deed == "unban" {
        bans::lift(domain, &actor.allow::<BanAccounts>()?, id, &client).await?;
        return Ok(Notice::PersonDone);
    }
    let may = actor.allow::<ManageAccounts>()?;
    match deed {
        "verify" => drop(accounts::mark_verified(domain, &may, id, &client).await?),
        "resend" => accounts::resend_verification_to(domain, &may, id, &client).await?,
        "reset" => auth::send_reset(domain, &may, id, &client).await?,
        "sign-out" => drop(sessions::end_all_of(domain, &may, id, &client).await?),
        "leave" => drop(accounts::ask_deletion(domain, &may, id, &client).await?),
        "stay" => accounts::cancel_deletion(domain, &may, id, &client).await?,
        "delete" => {
            let view = actor.allow::<ViewAccounts>()?;
            let account = accounts::show(domain, &view, &accounts::Which::Id(id)).await?;
            accounts::check_called((&account.email, account.username.as_ref()), confirm)?;
            accounts::delete(domain, &may, id, &client).await?;
            return Ok(Notice::PersonDeleted);
        }
        _ => return Err(Error::Malformed),
    }
    Ok(if matches!(deed, "resend" | "reset") { Notice::PersonMailed } else { Notice::PersonDone })
}

policy!(paths::actions::END_SESSION_OF, Policy::permitted(ManageAccounts::NAME, "users"));

/// Ends a session of somebody.
///
/// # Errors
/// [`Error::NotAllowed`], [`Error::NotFound`].
#[server(prefix = "/fn", endpoint = "sessions/end-of")]
pub async fn end_session_of(
    #[server(default)] user: String,
    #[server(default)] session: String,
) -> Result<(), FnError> {
    let (site, may) = (server::site()?, server::actor().allow::<ManageAccounts>()?);
    let id = account(&user)?;
    let ended = match session.parse::<SessionId>() {
        Ok(session) => sessions::end_of(&site.domain, &may, id, session, &server::client()).await,
        Err(_) => Err(Error::NotFound),
    };
    match ended {
        // What is over already is what was wished for.
        Ok(()) | Err(Error::NotFound) => form_done(&site, &paths::admin_user(id), Some(Notice::SessionEnded)),
        Err(error) => form_failed(&site, &paths::admin_user(id), error, &[]),
    }
}

policy!(paths::actions::WRITE_NOTE, Policy::permitted(ManageAccounts::NAME, "users"));

/// Writes a note on somebody.
///
/// # Errors
/// [`Error::NotAllowed`], [`Error::NotFound`].
#[server(prefix = "/fn", endpoint = "accounts/write-note")]
pub async fn write_note(
    #[server(default)] user: String,
    #[server(default)] text: String,
) -> Result<(), FnError> {
    let (site, may) = (server::site()?, server::actor().allow::<ManageAccounts>()?);
    let id = account(&user)?;
    let form = NoteForm { text: text.clone() };
    match accounts::note(&site.domain, &may, id, form, &server::client()).await {
        Ok(_) => form_done(&site, &paths::admin_user(id), Some(Notice::NoteWritten)),
        Err(error) => form_failed(&site, &paths::admin_user(id), error, &[("text", &text)]),
    }
}

policy!(paths::actions::REMOVE_NOTE, Policy::permitted(ManageAccounts::NAME, "users"));

/// Takes a note away.
///
/// # Errors
/// [`Error::NotAllowed`], [`Error::NotFound`].
#[server(prefix = "/fn", endpoint = "accounts/remove-note")]
pub async fn remove_note(
    #[server(default)] user: String,
    #[server(default)] note: String,
) -> Result<(), FnError> {
    let (site, may) = (server::site()?, server::actor().allow::<ManageAccounts>()?);
    let id = account(&user)?;
    let gone = match note.parse() {
        Ok(note) => accounts::remove_note(&site.domain, &may, id, note, &server::client()).await,
        Err(_) => Err(Error::NotFound),
    };
    match gone {
        Ok(()) | Err(Error::NotFound) => form_done(&site, &paths::admin_user(id), Some(Notice::NoteRemoved)),
        Err(error) => form_failed(&site, &paths::admin_user(id), error, &[]),
    }
}

policy!(paths::actions::END_PERSON, Policy::permitted(ManageAccounts::NAME, "users"));

/// Sets when somebody's account ends, or that it does not.
///
/// # Errors
/// [`Error::NotAllowed`], [`Error::NotFound`].
#[server(prefix = "/fn", endpoint = "accounts/end")]
pub async fn end_person(
    #[server(default)] user: String,
    #[server(default)] ends: String,
) -> Result<(), FnError> {
    let (site, may) = (server::site()?, server::actor().allow::<ManageAccounts>()?);
    let id = account(&user)?;
    let end = match ends.trim() {
        "" => Ok(None),
        typed => server::zone().parse(typed).map(Some).ok_or(Error::invalid("ends", Problem::Malformed)),
    };
    let set = match end {
        Ok(end) => accounts::set_expiry(&site.domain, &may, id, end, &server::client()).await,
        Err(error) => Err(error),
    };
    match set {
        Ok(()) => form_done(&site, &paths::admin_user(id), Some(Notice::PersonSaved)),
        Err(error) => form_failed(&site, &paths::admin_user_edit(id), error, &[("ends", &ends)]),
    }
}

policy!(paths::actions::BAN, Policy::permitted(BanAccounts::NAME, "users"));

/// Bans somebody: until the moment that was chosen, one that was typed, or until somebody lifts it.
///
/// # Errors
/// [`Error::NotAllowed`], [`Error::NotFound`].
#[server(prefix = "/fn", endpoint = "bans/impose")]
pub async fn ban_person(
    #[server(default)] user: String,
    #[server(default)] reason: String,
    #[server(default)] span: String,
    #[server(default)] until: String,
    #[server(default)] note: String,
) -> Result<(), FnError> {
    let (site, may) = (server::site()?, server::actor().allow::<BanAccounts>()?);
    let id = account(&user)?;
    let banned = match end(&span, &until) {
        Ok(until) => {
            let form = BanForm { reason: reason.clone(), until, note: Some(note.clone()) };
            bans::impose(&site.domain, &may, id, form, &server::client()).await
        }
        Err(error) => Err(error),
    };
    match banned {
        Ok(_) => form_done(&site, &paths::admin_user(id), Some(Notice::PersonBanned)),
        Err(error) => {
            let typed = [("reason", reason.as_str()), ("span", &span), ("until", &until), ("note", &note)];
            form_failed(&site, &paths::admin_user_ban(id), error, &typed)
        }
    }
}

/// When a ban ends: `span` is a moment that the form offered, `custom` for the one typed, or `lifted`.
pub(crate) fn end(span: &str, until: &str) -> Checked<Option<Timestamp>> {
    let malformed = |field: &'static str| Error::invalid(field, Problem::Malformed);
    match span {
        "lifted" => Ok(None),
        "custom" if until.trim().is_empty() => Err(Error::invalid("until", Problem::Required)),
        "custom" => server::zone().parse(until).map(Some).ok_or_else(|| malformed("until")),
        "" => Err(Error::invalid("span", Problem::Required)),
        moment => Timestamp::parse(moment).map(Some).ok_or_else(|| malformed("span")),
    }
}

policy!(paths::actions::DO_TO_MANY, Policy::permitted(ViewAccounts::NAME, "users"));

/// Does the same to many; the domain asks for the permission of each deed.
///
/// # Errors
/// [`Error::NotAllowed`].
#[server(prefix = "/fn", endpoint = "accounts/do-to-many")]
pub async fn do_to_many(
    #[server(default)] users: Vec<String>,
    #[server(default)] deed: String,
    #[server(default)] reason: String,
    #[server(default)] group: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let ids = users.iter().filter_map(|id| id.parse().ok()).collect::<Vec<UserId>>();
    let asked = async {
        let kind = DeedKind::named(&deed).ok_or(Error::Malformed)?;
        let given = |text: &str| Some(text.to_owned());
        let (reason, group) = (given(&reason), given(&group));
        let form = ManyForm { deed: kind, users: ids.clone(), reason, until: None, group };
        accounts::do_to_many(&site.domain, &actor.allow()?, form, &server::client()).await
    };
    match asked.await {
        Ok(outcomes) => {
            let (done, failed) = told(&outcomes);
            form_sent(&site, paths::ADMIN_MANY_USERS, &[("done", &done), ("failed", &failed)])
        }
        Err(error) => {
            let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            let typed = [("users", ids.as_str()), ("deed", &deed), ("reason", &reason), ("group", &group)];
            form_failed(&site, paths::ADMIN_MANY_USERS, error, &typed)
        }
    }
}

//! What the forms of `/account/keys` and below do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::server::{self, FnError, form_done, form_failed, form_sent};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::keys;
use vestibule_model::keys::{KeyChange, KeyForm, RotateForm};
use vestibule_model::{Error, FieldError, KeyId, Problem, Result as Checked, Timestamp};

policy!(paths::actions::MAKE_KEY, Policy::signed_in("keys").proven_for(paths::KEY_NEW));

/// Makes a key for the person who asks. It travels to the page that shows it in the encrypted form-state cookie.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "keys/make")]
pub async fn make_key(
    #[server(default)] key_name: String,
    #[server(default)] access: String,
    #[server(default)] scopes: Vec<String>,
    #[server(default)] networks: String,
    #[server(default)] ends: String,
    #[server(default)] until: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let ticked = scopes.join(" ");
    let typed = [
        ("key_name", key_name.as_str()),
        ("access", access.as_str()),
        ("scopes", ticked.as_str()),
        ("networks", networks.as_str()),
        ("ends", ends.as_str()),
        ("until", until.as_str()),
    ];
    let made = match Ends::read(&ends, &until) {
        Ok(Ends { days, at, never }) => {
            let form = KeyForm {
                name: key_name.clone(),
                scopes: scopes.clone(),
                read_only: access != "change",
                networks: lines(&networks),
                expires_in_days: days,
                expires_at: at,
                never,
            };
            keys::create(&site.domain, person, form, &server::client()).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(new) => form_sent(&site, paths::KEY_SECRET, &[("secret", new.secret.expose())]),
        Err(error) => form_failed(&site, paths::KEY_NEW, in_form(error), &typed),
    }
}

policy!(paths::actions::SAVE_KEY, Policy::signed_in("keys").proven_for(paths::KEYS));

/// Gives a key of the person who asks another name and other networks.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "keys/save")]
pub async fn save_key(
    #[server(default)] key: String,
    #[server(default)] key_name: String,
    #[server(default)] networks: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let Ok(id) = key.parse::<KeyId>() else { return form_failed(&site, paths::KEYS, Error::NotFound, &[]) };
    let form = KeyChange { name: Some(key_name.clone()), networks: Some(lines(&networks)), enabled: None };
    match keys::change(&site.domain, person, id, &form, &server::client()).await {
        Ok(_) => form_done(&site, &paths::key_of(id), Some(Notice::KeySaved)),
        Err(Error::NotFound) => form_failed(&site, paths::KEYS, Error::NotFound, &[]),
        Err(error) => {
            let typed = [("key_name", key_name.as_str()), ("networks", networks.as_str())];
            form_failed(&site, &paths::key_edit(id), in_form(error), &typed)
        }
    }
}

policy!(paths::actions::ROTATE_KEY, Policy::signed_in("keys").proven_for(paths::KEYS));

/// Gives a key of the person who asks a new secret, which is shown as that of a new key is.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "keys/rotate")]
pub async fn rotate_key(
    #[server(default)] key: String,
    #[server(default)] overlap_hours: String,
    #[server(default)] ends: String,
    #[server(default)] until: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let Ok(id) = key.parse::<KeyId>() else { return form_failed(&site, paths::KEYS, Error::NotFound, &[]) };
    let overlap = overlap_hours.parse().map_err(|_| Error::invalid("overlap_hours", Problem::NotOffered));
    let made = match (overlap, Ends::read(&ends, &until)) {
        (Ok(overlap_hours), Ok(Ends { days, at, never })) => {
            let form = RotateForm { overlap_hours, expires_in_days: days, expires_at: at, never };
            keys::rotate(&site.domain, person, id, form, &server::client()).await
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    match made {
        Ok(new) => form_sent(&site, paths::KEY_SECRET, &[("secret", new.secret.expose())]),
        Err(Error::NotFound) => form_failed(&site, paths::KEYS, Error::NotFound, &[]),
        Err(error) => {
            let typed = [
                ("overlap_hours", overlap_hours.as_str()),
                ("ends", ends.as_str()),
                ("until", until.as_str()),
            ];
            form_failed(&site, &paths::key_edit(id), in_form(error), &typed)
        }
    }
}

policy!(paths::actions::SWITCH_KEY, Policy::signed_in("keys").proven_for(paths::KEYS));

/// Switches a key of the person who asks on or off.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "keys/switch")]
pub async fn switch_key(
    #[server(default)] key: String,
    #[server(default)] enabled: String,
) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let Ok(id) = key.parse::<KeyId>() else { return form_failed(&site, paths::KEYS, Error::NotFound, &[]) };
    let enabled = enabled == "true";
    let form = KeyChange { enabled: Some(enabled), ..KeyChange::default() };
    match keys::change(&site.domain, person, id, &form, &server::client()).await {
        Ok(_) => {
            let done = if enabled { Notice::KeyEnabled } else { Notice::KeyDisabled };
            form_done(&site, &paths::key_of(id), Some(done))
        }
        Err(error) => form_failed(&site, paths::KEYS, error, &[]),
    }
}

policy!(paths::actions::REVOKE_KEY, Policy::signed_in("keys").while_blocked());

/// Revokes a key of the person who asks. It asks for no password: whoever must end a key must not be kept from it.
///
/// # Errors
/// [`Error::SignInFirst`] for anyone else.
#[server(prefix = "/fn", endpoint = "keys/revoke")]
pub async fn revoke_key(#[server(default)] key: String) -> Result<(), FnError> {
    let (site, actor) = (server::site()?, server::actor());
    let person = actor.person()?;
    let revoked = match key.parse::<KeyId>() {
        Ok(id) => keys::revoke(&site.domain, person, id, &server::client()).await,
        Err(_) => Err(Error::NotFound),
    };
    match revoked {
        Ok(()) => form_done(&site, paths::KEYS, Some(Notice::KeyRevoked)),
        Err(error) => form_failed(&site, paths::KEYS, error, &[]),
    }
}

/// When a key is to end, as the form's choice says.
#[derive(Debug, PartialEq, Eq)]
struct Ends {
    days: Option<u32>,
    at: Option<Timestamp>,
    never: bool,
}

impl Ends {
    fn read(ends: &str, until: &str) -> Checked<Self> {
        let none = Self { days: None, at: None, never: false };
        match ends {
            "" | "same" => Ok(none),
            "never" => Ok(Self { never: true, ..none }),
            // The day is over when its last second is.
            "date" if until.trim().is_empty() => Err(Error::invalid("until", Problem::Required)),
            "date" => match Timestamp::parse(&format!("{}T23:59:59Z", until.trim())) {
                Some(at) => Ok(Self { at: Some(at), ..none }),
                None => Err(Error::invalid("until", Problem::Malformed)),
            },
            days => match days.parse() {
                Ok(days) => Ok(Self { days: Some(days), ..none }),
                Err(_) => Err(Error::invalid("until", Problem::NotOffered)),
            },
        }
    }
}

/// One a line, or between commas.
fn lines(typed: &str) -> Vec<String> {
    let items = typed.split(['\n', ',']).map(str::trim).filter(|item| !item.is_empty());
    items.map(str::to_owned).collect()
}

/// The same problems, each at the control of the form that it belongs to.
fn in_form(error: Error) -> Error {
    let Error::Invalid { fields } = error else { return error };
    let control = |field: &str| match field.split('/').next().unwrap_or_default() {
        // A browser would fill the person's own name into a field called so.
        "name" => "key_name".to_owned(),
        "expires_in_days" | "expires_at" | "never" => "until".to_owned(),
        other => other.to_owned(),
    };
    let fields = fields.into_iter().map(|one| FieldError { field: control(&one.field).into(), ..one });
    Error::Invalid { fields: fields.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_read_from_a_choice_and_a_day() {
        let none = Ends { days: None, at: None, never: false };
        assert_eq!(Ends::read("same", "2027-01-01"), Ok(Ends { ..none }));
        assert_eq!(Ends::read("30", "").unwrap().days, Some(30));
        assert!(Ends::read("never", "").unwrap().never);
        let day = Ends::read("date", " 2027-01-31 ").unwrap().at;
        assert_eq!(day, Timestamp::parse("2027-01-31T23:59:59Z"));
        assert_eq!(Ends::read("date", ""), Err(Error::invalid("until", Problem::Required)));
        assert_eq!(Ends::read("date", "soon"), Err(Error::invalid("until", Problem::Malformed)));
        assert_eq!(Ends::read("<b>", ""), Err(Error::invalid("until", Problem::NotOffered)));
    }

    #[test]
    fn networks_stand_on_lines_and_problems_at_their_control() {
        assert_eq!(lines(" 10.0.0.1\r\n\n10.1.0.0/16, ::1"), ["10.0.0.1", "10.1.0.0/16", "::1"]);
        assert_eq!(
            in_form(Error::invalid("networks/3", Problem::Malformed)),
            Error::invalid("networks", Problem::Malformed)
        );
        assert_eq!(in_form(Error::NotFound), Error::NotFound);
    }
}

//! Accounts as forms and views: registering, setting up the first administrator, and what an account looks like to its
//! owner and to administrators. Rules that need data live in `domain::accounts`.

use crate::bans::Ban;
use crate::error::Problems;
use crate::profiles::{FieldValue, Profile};
use crate::values::password::PasswordLength;
use crate::{Email, Name, Result, Secret, Timestamp, UserId, Username};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a person sends to register (`POST /auth/register`, page `/register`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RegisterForm {
    /// The address that will be confirmed by mail.
    #[cfg_attr(feature = "utoipa", schema(format = Email, max_length = 254, example = "ada@example.org"))]
    pub email: String,
    /// The password, 15 to 256 characters unless the site says otherwise.
    pub password: Secret,
    /// What the person wants to be called.
    #[cfg_attr(feature = "utoipa", schema(max_length = 80, example = "Ada Lovelace"))]
    pub name: String,
    /// A unique handle, if the person wants one now.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(max_length = 32, example = "ada"))]
    pub username: Option<String>,
    /// Values of the fields that this site declares.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldValue>,
}

/// A [`RegisterForm`] whose every field fits.
#[derive(Clone, Debug)]
pub struct Register {
    /// The address as typed.
    pub email: Email,
    /// The password, of allowed length.
    pub password: Secret,
    /// The display name.
    pub name: Name,
    /// The handle, if one was chosen.
    pub username: Option<Username>,
    /// Values of declared fields, not judged yet.
    pub fields: BTreeMap<String, FieldValue>,
}

impl RegisterForm {
    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with each field that does not fit.
    pub fn parse(self, length: PasswordLength) -> Result<Register> {
        let mut problems = Problems::default();
        let email = problems.take("email", Email::parse(&self.email));
        let name = problems.take("name", Name::parse(&self.name));
        problems.take("password", length.check(self.password.expose()));
        let username = self.username.as_deref().filter(|typed| !typed.trim().is_empty());
        let username = username.map(|typed| problems.take("username", Username::parse(typed)));
        problems.check()?;
        match (email, name) {
            (Some(email), Some(name)) => Ok(Register {
                email,
                password: self.password,
                name,
                username: username.flatten(),
                fields: self.fields,
            }),
            _ => Err(crate::Error::Malformed),
        }
    }
}

/// What the first administrator sends (page `/setup`); the token comes from the link the server prints at start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupForm {
    /// The one-time token of the printed link.
    pub token: Secret,
    /// The administrator's address; it counts as confirmed.
    pub email: String,
    /// The administrator's password.
    pub password: Secret,
    /// The administrator's display name.
    pub name: String,
}

/// An account as its owner sees it (`GET /me`, page `/account`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Me {
    /// The account's id.
    pub id: UserId,
    /// The address as its owner wrote it.
    pub email: Email,
    /// When the address was confirmed.
    pub email_verified_at: Option<Timestamp>,
    /// The display name.
    pub name: Name,
    /// The unique handle, if there is one.
    pub username: Option<Username>,
    /// Names of the groups the person belongs to, sorted.
    pub groups: Vec<String>,
    /// Names of the permissions that follow from the groups, sorted.
    pub permissions: Vec<String>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When the password was last set; nothing when there is none.
    pub password_changed_at: Option<Timestamp>,
    /// When the account ends; nothing for one without an end.
    pub expires_at: Option<Timestamp>,
    /// What the person says of themselves.
    #[serde(flatten)]
    pub profile: Profile,
}

/// What keeps a person out of their account, the weightiest alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Nothing does.
    Active,
    /// The address waits to be confirmed.
    Unconfirmed,
    /// The account has reached its end.
    Ended,
    /// Its owner put it to sleep; signing in wakes it.
    Deactivated,
    /// It will be erased, unless its owner signs in.
    Leaving,
    /// A ban holds.
    Banned,
}

impl AccountStatus {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Active, Self::Unconfirmed, Self::Deactivated, Self::Ended, Self::Leaving, Self::Banned];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Unconfirmed => "unconfirmed",
            Self::Deactivated => "deactivated",
            Self::Ended => "ended",
            Self::Leaving => "leaving",
            Self::Banned => "banned",
        }
    }

    /// The one called `name`; `expired` is another word for ended.
    ///
    /// # Errors
    /// [`Problem::NotOffered`](crate::Problem::NotOffered).
    pub fn parse(name: &str) -> Result<Self, crate::Problem> {
        let name = if name == "expired" { "ended" } else { name };
        Self::ALL.into_iter().find(|one| one.name() == name).ok_or(crate::Problem::NotOffered)
    }
}

/// An account as an administrator sees it in lists and on the command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Account {
    /// The account's id.
    pub id: UserId,
    /// The address as its owner wrote it.
    pub email: Email,
    /// The display name.
    pub name: Name,
    /// The unique handle, if there is one.
    pub username: Option<Username>,
    /// Whether the person can sign in, and what keeps them out.
    pub status: AccountStatus,
    /// Names of the groups the person belongs to, sorted.
    pub groups: Vec<String>,
    /// When the address was confirmed; nothing while it was not.
    pub email_verified_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When the person last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// When the account ends; nothing for one without an end.
    pub expires_at: Option<Timestamp>,
    /// When the account will be erased, since its owner asked for that; nothing for one that stays.
    pub deletion_due_at: Option<Timestamp>,
    /// The ban that holds, if one does.
    pub ban: Option<Ban>,
}

/// A wish for another address (`POST /me/email`, page `/account/email`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EmailChangeForm {
    /// The new address; it holds once it is confirmed by the mail that goes there.
    #[cfg_attr(feature = "utoipa", schema(format = Email, max_length = 254, example = "ada.new@example.org"))]
    pub email: String,
    /// The current password, as proof that it is the owner who asks.
    pub password: Secret,
}

/// A request to delete one's own account (`DELETE /me`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct DeleteForm {
    /// The current password, as proof that it is the owner who asks.
    pub password: Secret,
}

/// Deactivating one's own account (`POST /me/deactivate`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct DeactivateForm {
    /// The current password, as proof that it is the owner who asks.
    pub password: Secret,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, Problem};

    #[test]
    fn a_form_hears_of_all_its_problems_at_once() {
        let form =
            RegisterForm { email: "nobody".into(), password: "short".into(), ..RegisterForm::default() };
        let Err(Error::Invalid { fields }) = form.parse(PasswordLength::default()) else { panic!("taken") };
        let told: Vec<_> = fields.iter().map(|f| (f.field.as_ref(), f.problem.clone())).collect();
        assert_eq!(
            told,
            [
                ("email", Problem::Malformed),
                ("name", Problem::Required),
                ("password", Problem::TooShort { min: 15 })
            ]
        );
    }

    #[test]
    fn a_blank_username_is_no_username() {
        let form = RegisterForm {
            email: "ada@example.org".into(),
            password: "correct horse battery".into(),
            name: "Ada".into(),
            username: Some(" ".into()),
            ..RegisterForm::default()
        };
        assert!(form.parse(PasswordLength::default()).unwrap().username.is_none());
    }
}

//! The one closed error of the product. It crosses every border (domain, REST, server functions, CLI) as itself and
//! carries codes and numbers, never free text but the reason of a ban, so that no cause, secret or attacker's sentence can
//! travel with it.
//! Mappings: status here, problem+json in `src/http/problem.rs`, sentences in `app/src/text.rs`.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Why something was not done. Each variant has a stable [`code`](Error::code).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[error("{}", self.code())]
pub enum Error {
    /// What was sent does not fit; one entry a field.
    Invalid {
        /// The fields and what is wrong with each; never empty.
        fields: Vec<FieldError>,
    },
    /// The body could not be read as what it claims to be (broken JSON, broken form, wrong encoding).
    Malformed,
    /// The body's `Content-Type` is not one this endpoint takes.
    UnsupportedMediaType,
    /// The body is larger than this endpoint takes.
    BodyTooLarge,
    /// The request's headers or address are larger than the server takes.
    RequestTooLarge,
    /// The method does not exist on this address.
    MethodNotAllowed,
    /// The request did not arrive in time.
    RequestTimeout,
    /// A write that another site caused (`Sec-Fetch-Site`, `Origin`).
    CrossSite,
    /// Two credentials came at once; which one was meant is not guessed.
    TwoCredentials,
    /// No credential came where one is needed.
    SignInFirst,
    /// The credential that came is unknown, expired or revoked.
    BadToken,
    /// The API key that came is good, but this address takes none.
    KeyNotTaken,
    /// The API key that came may only read.
    KeyReadOnly,
    /// The API key that came may not be used from where it came from.
    KeyNetwork,
    /// The password must be given again: the last proof is too old.
    ProveAgain,
    /// E-mail and password do not belong together, there is no such account, or its address was not confirmed yet: the
    /// answer is the same, so that it tells nothing about who has an account.
    BadCredentials,
    /// The password given to confirm an action is wrong.
    WrongPassword,
    /// After too many failures in a row no password is heard any more, the right one neither, until a new one is set by
    /// mail.
    PasswordLocked,
    /// The password was right, but the account has ended.
    AccountExpired,
    /// Whoever asks is known, but the address of their account is not confirmed yet.
    Unconfirmed,
    /// The password was right, but the account is banned.
    Banned {
        /// Why, as an administrator wrote it for the person: the one text of a person's that an error carries.
        reason: String,
        /// When the ban ends by itself; nothing while somebody must lift it.
        until: Option<Timestamp>,
    },
    /// A link from a mail is unknown, used or expired.
    LinkDead,
    /// A sign-in at a provider is over, was used already, or was begun in another browser.
    FlowDead,
    /// The person did not consent at the provider, or it did not let them.
    ProviderRefused {
        /// What people call it.
        label: Cow<'static, str>,
    },
    /// The provider cannot be reached, or does not answer in time.
    ProviderAway {
        /// What people call it.
        label: Cow<'static, str>,
    },
    /// What the provider answered does not hold.
    ProviderMisbehaved {
        /// What people call it.
        label: Cow<'static, str>,
    },
    /// Whoever signed in at the provider is not who is signed in here.
    WrongIdentity,
    /// Addresses of this domain may not sign up by this provider.
    AddressNotAllowed,
    /// The actor lacks a permission.
    NotAllowed {
        /// The permission's name, as in `GET /permissions`.
        permission: Cow<'static, str>,
    },
    /// The actor does not belong to the group that is asked for.
    NotInGroup {
        /// The group's name.
        group: Cow<'static, str>,
    },
    /// There is no such thing, or the actor may not know of it.
    NotFound,
    /// What was to be changed was changed by somebody else since it was read; nothing was done (RFC 9110 13.1.1).
    ChangedMeanwhile,
    /// What was asked contradicts what is.
    Conflict {
        /// What contradicts.
        what: Conflict,
    },
    /// Registration is closed on this site.
    RegistrationClosed,
    /// Requests from this address or network are not taken. Why is told to administrators alone.
    AddressBanned {
        /// When it ends by itself; nothing while somebody must lift it.
        until: Option<Timestamp>,
        /// Whether the program stopped them by itself, for what came from there before.
        automatic: bool,
    },
    /// Too many attempts in a row.
    TooManyAttempts {
        /// When the next attempt is heard.
        retry_at: Timestamp,
    },
    /// Too many calls in a short time.
    RateLimited {
        /// The name of the limit.
        policy: Cow<'static, str>,
        /// When the next call is heard.
        retry_at: Timestamp,
    },
    /// What may be spent of a quota is spent.
    QuotaExceeded {
        /// The quota's name.
        quota: Cow<'static, str>,
        /// When calls are taken again; nothing for a quota that never begins anew.
        resets_at: Option<Timestamp>,
    },
    /// The server has more work than it takes on; nothing was done.
    Busy {
        /// Seconds after which trying again makes sense.
        retry_after_s: u32,
    },
    /// The server is stopping or a store is away; nothing was done.
    Unavailable,
    /// Something failed inside. The cause is in the log under the same id.
    Internal {
        /// Hexadecimal id of the log entry.
        id: String,
    },
}

/// What a [`Conflict`](Error::Conflict) is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conflict {
    /// The address belongs to another account.
    EmailTaken,
    /// This would leave the site without an administrator.
    LastAdmin,
    /// It is one's own account.
    OwnAccount,
    /// It is the address one asks from.
    OwnAddress,
    /// The address is confirmed already.
    AlreadyVerified,
    /// Another account here is opened by it.
    IdentityTaken,
    /// Another account of the same provider opens this account already.
    ProviderLinked,
    /// Nothing else would open the account any more.
    LastWayIn,
    /// There is a quota of this name.
    QuotaTaken,
    /// The program states this quota: it can be changed and switched off, not deleted.
    QuotaOfProgram,
    /// There is a group of this name.
    GroupTaken,
    /// The group is one that the product needs.
    BuiltInGroup,
    /// The person has as many API keys as one may have.
    KeyLimit,
    /// The copy of one's data is not written yet.
    ExportWaiting,
    /// The settings say so, and are changed where they are.
    FromSettings,
    /// Endpoints or quotas name this group.
    GroupInRule,
    /// Nobody could sign in any more.
    LocksSignIn,
    /// Endpoints that know no credential would ask for one: nobody could ever use them.
    NeverMet,
    /// The mail was sent, is being sent, or is of no more use.
    MailDone,
}

/// One field that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name as it was sent.
    pub field: Cow<'static, str>,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What can be wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// It is missing or blank.
    Required,
    /// It is shorter than allowed.
    TooShort {
        /// Fewest characters.
        min: u32,
    },
    /// It is longer than allowed.
    TooLong {
        /// Most characters.
        max: u32,
    },
    /// It has not the form it must have.
    Malformed,
    /// It holds a control character or another one that is not allowed.
    ForbiddenCharacter,
    /// It belongs to somebody else.
    Taken,
    /// It is a name the site keeps for itself.
    Reserved,
    /// The password is among the ones that attackers try first.
    TooCommon,
    /// The password can be guessed quickly: repeats, sequences, keyboard rows, dates.
    TooGuessable,
    /// The password is made of the person's own name or address, or the site's name.
    TooPersonal,
    /// The password was used on this account before.
    UsedBefore,
    /// There are more of them than allowed.
    TooMany {
        /// Most entries.
        max: u32,
    },
    /// It is none of what there is to choose from.
    NotOffered,
    /// It was changed a short while ago and may not be changed yet.
    TooSoon {
        /// When it may be changed again.
        until: Timestamp,
    },
    /// It is for others to change.
    ReadOnly,
    /// It is no picture of a kind that is taken here.
    NotAPicture,
    /// The picture has more bytes or more pixels than are taken.
    PictureTooLarge,
    /// It is what holds already.
    Unchanged,
    /// It cannot be switched off.
    AlwaysOn,
    /// It is a moment that is over already.
    Past,
    /// No such field exists here.
    Unknown,
    /// It has the wrong type.
    WrongType,
}

impl Error {
    /// One field, one problem.
    pub fn invalid(field: impl Into<Cow<'static, str>>, problem: Problem) -> Self {
        Self::Invalid { fields: vec![FieldError { field: field.into(), problem }] }
    }

    /// The stable name of this error: the `code` of a problem document, the key of its sentence.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid",
            Self::Malformed => "malformed",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::BodyTooLarge => "body_too_large",
            Self::RequestTooLarge => "request_too_large",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::RequestTimeout => "request_timeout",
            Self::CrossSite => "cross_site",
            Self::TwoCredentials => "two_credentials",
            Self::SignInFirst => "sign_in_first",
            Self::BadToken => "bad_token",
            Self::KeyNotTaken => "key_not_taken",
            Self::KeyReadOnly => "key_read_only",
            Self::KeyNetwork => "key_network",
            Self::ProveAgain => "prove_again",
            Self::BadCredentials => "bad_credentials",
            Self::WrongPassword => "wrong_password",
            Self::PasswordLocked => "password_locked",
            Self::AccountExpired => "account_expired",
            Self::Unconfirmed => "unconfirmed",
            Self::Banned { .. } => "banned",
            Self::LinkDead => "link_dead",
            Self::FlowDead => "flow_dead",
            Self::ProviderRefused { .. } => "provider_refused",
            Self::ProviderAway { .. } => "provider_away",
            Self::ProviderMisbehaved { .. } => "provider_misbehaved",
            Self::WrongIdentity => "wrong_identity",
            Self::AddressNotAllowed => "address_not_allowed",
            Self::NotAllowed { .. } => "not_allowed",
            Self::NotInGroup { .. } => "not_in_group",
            Self::NotFound => "not_found",
            Self::ChangedMeanwhile => "changed_meanwhile",
            Self::Conflict { what } => match what {
                Conflict::EmailTaken => "email_taken",
                Conflict::LastAdmin => "last_admin",
                Conflict::OwnAccount => "own_account",
                Conflict::OwnAddress => "own_address",
                Conflict::AlreadyVerified => "already_verified",
                Conflict::IdentityTaken => "identity_taken",
                Conflict::ProviderLinked => "provider_linked",
                Conflict::LastWayIn => "last_way_in",
                Conflict::QuotaTaken => "quota_taken",
                Conflict::QuotaOfProgram => "quota_of_program",
                Conflict::GroupTaken => "group_taken",
                Conflict::BuiltInGroup => "built_in_group",
                Conflict::KeyLimit => "key_limit",
                Conflict::ExportWaiting => "export_waiting",
                Conflict::FromSettings => "from_settings",
                Conflict::GroupInRule => "group_in_rule",
                Conflict::LocksSignIn => "locks_sign_in",
                Conflict::NeverMet => "never_met",
                Conflict::MailDone => "mail_done",
            },
            Self::RegistrationClosed => "registration_closed",
            Self::AddressBanned { .. } => "address_banned",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::RateLimited { .. } => "rate_limited",
            Self::QuotaExceeded { .. } => "quota_exceeded",
            Self::Busy { .. } => "busy",
            Self::Unavailable => "unavailable",
            Self::Internal { .. } => "internal",
        }
    }

    /// The HTTP status of this error, in REST answers and on pages alike (RFC 9110 15).
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed | Self::TwoCredentials => 400,
            Self::SignInFirst | Self::BadToken | Self::BadCredentials => 401,
            Self::CrossSite
            | Self::KeyNotTaken
            | Self::KeyReadOnly
            | Self::KeyNetwork
            | Self::ProveAgain
            | Self::WrongPassword
            | Self::PasswordLocked
            | Self::AccountExpired
            | Self::Unconfirmed
            | Self::Banned { .. }
            | Self::ProviderRefused { .. }
            | Self::WrongIdentity
            | Self::AddressNotAllowed
            | Self::NotAllowed { .. }
            | Self::NotInGroup { .. }
            | Self::AddressBanned { automatic: false, .. }
            | Self::RegistrationClosed => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::Conflict { .. } => 409,
            Self::LinkDead | Self::FlowDead => 410,
            Self::ChangedMeanwhile => 412,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Invalid { .. } => 422,
            Self::TooManyAttempts { .. }
            | Self::RateLimited { .. }
            | Self::QuotaExceeded { .. }
            | Self::AddressBanned { automatic: true, .. } => 429,
            Self::RequestTooLarge => 431,
            Self::Internal { .. } => 500,
            Self::ProviderMisbehaved { .. } => 502,
            Self::Busy { .. } | Self::Unavailable | Self::ProviderAway { .. } => 503,
        }
    }
}

impl Problem {
    /// The stable name of this problem: the `code` in a problem document's `errors[]`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::Malformed => "malformed",
            Self::ForbiddenCharacter => "forbidden_character",
            Self::Taken => "taken",
            Self::Reserved => "reserved",
            Self::TooCommon => "too_common",
            Self::TooGuessable => "too_guessable",
            Self::TooPersonal => "too_personal",
            Self::UsedBefore => "used_before",
            Self::TooMany { .. } => "too_many",
            Self::NotOffered => "not_offered",
            Self::TooSoon { .. } => "too_soon",
            Self::ReadOnly => "read_only",
            Self::NotAPicture => "not_a_picture",
            Self::PictureTooLarge => "picture_too_large",
            Self::Unchanged => "unchanged",
            Self::AlwaysOn => "always_on",
            Self::Past => "past",
            Self::Unknown => "unknown",
            Self::WrongType => "wrong_type",
        }
    }
}

/// Gathers the problems of a form, so that a person hears of all of them at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<FieldError>);

impl Problems {
    /// The value, or a note of what is wrong with `field`.
    pub fn take<T>(&mut self, field: impl Into<Cow<'static, str>>, parsed: Result<T, Problem>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(problem) => {
                self.add(field, problem);
                None
            }
        }
    }

    /// Notes what is wrong with `field`.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, problem: Problem) {
        self.0.push(FieldError { field: field.into(), problem });
    }

    /// Notes what is wrong with a field that the caller named; repeated only where it is a plain word.
    pub fn add_named(&mut self, field: &str, problem: Problem) {
        let plain =
            field.len() <= 64 && field.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        let field = if plain { field.to_owned() } else { String::new() };
        self.0.push(FieldError { field: field.into(), problem });
    }

    /// Notes what else was found wrong with fields, by a form that is part of this one.
    ///
    /// # Errors
    /// What is wrong otherwise.
    pub fn take_from<T>(&mut self, parsed: Result<T, Error>) -> Result<Option<T>, Error> {
        match parsed {
            Ok(value) => Ok(Some(value)),
            Err(Error::Invalid { fields }) => {
                self.0.extend(fields);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// # Errors
    /// [`Error::Invalid`] when anything was noted.
    pub fn check(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid { fields: self.0 }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_carries_the_code_and_nothing_else() {
        let wire = serde_json::to_string(&Error::Internal { id: "7f".into() }).unwrap();
        assert_eq!(wire, r#"{"code":"internal","id":"7f"}"#);
        let error = Error::invalid("email", Problem::TooLong { max: 254 });
        let wire = serde_json::to_string(&error).unwrap();
        assert_eq!(serde_json::from_str::<Error>(&wire).unwrap(), error);
    }
}

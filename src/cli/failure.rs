//! Why a command did not do what it was asked, as exit code and sentence. One exhaustive mapping for every cause.
//! Exit codes follow sysexits(3) where it has one.

use crate::{config::ConfigError, server::ServeError};
use serde::Serialize;
use std::io;
use vestibule_app::text;
use vestibule_domain::OpenError;
use vestibule_model::Error;

pub(crate) const FAILED: u8 = 1;
pub(crate) const USAGE: u8 = 2;
const DATA: u8 = 65;
const UNAVAILABLE: u8 = 69;
const INTERNAL: u8 = 70;
const CANNOT_CREATE: u8 = 73;
const NOT_PERMITTED: u8 = 77;
const SETTINGS: u8 = 78;
const INTERRUPTED: u8 = 130;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The domain refused.
    Refused(Error),
    /// Nobody is called that.
    NoAccount(String),
    /// Whoever is called that is not banned.
    NotBanned(String),
    /// Nobody asked for the deletion of the account called that.
    NotLeaving(String),
    /// The account called that does not sleep.
    NotDeactivated(String),
    /// The account has no live session of this id.
    NoSession(String),
    /// No group is called that.
    NoGroup(String),
    /// No API key is called that.
    NoKey(String),
    /// No quota is called that.
    NoQuota(String),
    /// No ban that holds is called that.
    NoBan(String),
    /// Nothing is remembered of whoever is called that.
    NoOffence(String),
    /// The settings do not fit.
    Settings(ConfigError),
    /// The domain could not be opened.
    Open(OpenError),
    /// The server stopped with a cause.
    Serve(ServeError),
    /// The endpoints of this program do not fit together.
    Endpoints(String),
    /// The command was typed in a way that cannot be.
    Usage(String),
    /// What came by standard input cannot be used.
    Input(String),
    /// A file or stream failed: what was tried, and what the system said.
    Io(String, io::Error),
    /// A letter was not taken: what the other side said.
    Mail(String),
    /// Something was found, or not done; it was printed.
    Found,
    /// Somebody was asked and said no.
    Declined,
    /// Ctrl-C.
    Interrupted,
}

/// A failure as JSON.
#[derive(Serialize)]
struct Told {
    code: String,
    message: String,
    exit: u8,
}

impl Failure {
    /// The process's exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(error) => refused(error),
            Self::NoAccount(_)
            | Self::NotBanned(_)
            | Self::NotLeaving(_)
            | Self::NotDeactivated(_)
            | Self::NoSession(_)
            | Self::NoGroup(_)
            | Self::NoKey(_)
            | Self::NoQuota(_)
            | Self::NoBan(_)
            | Self::NoOffence(_)
            | Self::Mail(_)
            | Self::Found
            | Self::Declined => FAILED,
            Self::Settings(_) => SETTINGS,
            Self::Open(error) => open(error),
            Self::Serve(error) => serve(error),
            Self::Endpoints(_) => INTERNAL,
            Self::Usage(_) => USAGE,
            Self::Input(_) => DATA,
            Self::Io(_, cause) => system(cause),
            Self::Interrupted => INTERRUPTED,
        }
    }

    /// What is said about it; nothing where everything was said already.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Refused(error) => refusal(error),
            Self::NoAccount(called) => format!("There is no account called {called}."),
            Self::NotBanned(called) => format!("The account {called} is not banned."),
            Self::NotLeaving(called) => format!("Nobody asked for the deletion of the account {called}."),
            Self::NotDeactivated(called) => format!("The account {called} is not deactivated."),
            Self::NoSession(id) => format!("The account has no live session {id}."),
            Self::NoGroup(called) => format!("There is no group called {called}."),
            Self::NoKey(called) => format!("There is no API key called {called}, or it is revoked."),
            Self::NoOffence(called) => format!("Nothing is remembered of {called}."),
            Self::NoQuota(called) => format!("There is no quota called {called}."),
            Self::NoBan(called) => format!("There is no ban of {called}, or it is over."),
            Self::Settings(error) => error.to_string(),
            Self::Open(error) => error.to_string(),
            Self::Serve(error) => error.to_string(),
            Self::Endpoints(said) | Self::Usage(said) | Self::Input(said) => said.clone(),
            Self::Io(tried, cause) => format!("{tried}: {cause}"),
            Self::Mail(said) => format!("the letter was not sent: {said}"),
            Self::Found => String::new(),
            Self::Declined => "nothing was done".into(),
            Self::Interrupted => "interrupted".into(),
        }
    }

    /// The stable name of it, as `--json` tells it.
    fn code(&self) -> &str {
        match self {
            Self::Refused(error) => error.code(),
            Self::NoAccount(_)
            | Self::NoGroup(_)
            | Self::NoKey(_)
            | Self::NoQuota(_)
            | Self::NoBan(_)
            | Self::NoOffence(_)
            | Self::NoSession(_) => "not_found",
            Self::NotBanned(_) => "not_banned",
            Self::NotLeaving(_) => "not_leaving",
            Self::NotDeactivated(_) => "not_deactivated",
            Self::Settings(_) => "settings",
            Self::Open(_) => "open",
            Self::Serve(_) => "serve",
            Self::Endpoints(_) => "endpoints",
            Self::Usage(_) => "usage",
            Self::Input(_) => "input",
            Self::Io(..) => "io",
            Self::Mail(_) => "mail",
            Self::Found => "found",
            Self::Declined => "declined",
            Self::Interrupted => "interrupted",
        }
    }

    /// It as one line of JSON.
    pub(crate) fn json(&self) -> String {
        let told = Told { code: self.code().to_owned(), message: self.message(), exit: self.exit_code() };
        serde_json::to_string(&told).unwrap_or_default()
    }
}

/// The sentence, one line a field, and the reference of an internal error.
pub(crate) fn refusal(error: &Error) -> String {
    match error {
        Error::Invalid { fields } => {
            let line = |field: &vestibule_model::FieldError| {
                format!("{}: {}", field.field, text::field_sentence_for(&field.field, &field.problem))
            };
            fields.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        Error::Internal { id } => {
            format!("Something failed inside; the cause is in the log above under {id}.")
        }
        other => text::sentence(other),
    }
}

fn refused(error: &Error) -> u8 {
    match error {
        Error::Invalid { .. }
        | Error::Malformed
        | Error::UnsupportedMediaType
        | Error::BodyTooLarge
        | Error::RequestTooLarge
        | Error::ChangedMeanwhile
        | Error::Conflict { .. } => DATA,
        Error::Busy { .. }
        | Error::Unavailable
        | Error::TooManyAttempts { .. }
        | Error::RateLimited { .. }
        | Error::QuotaExceeded { .. }
        | Error::ProviderAway { .. }
        | Error::ProviderMisbehaved { .. }
        | Error::RequestTimeout => UNAVAILABLE,
        Error::Internal { .. } => INTERNAL,
        Error::NotAllowed { .. }
        | Error::NotInGroup { .. }
        | Error::SignInFirst
        | Error::BadToken
        | Error::KeyNotTaken
        | Error::KeyReadOnly
        | Error::KeyNetwork
        | Error::ProveAgain
        | Error::BadCredentials
        | Error::WrongPassword
        | Error::PasswordLocked
        | Error::Banned { .. }
        | Error::AddressBanned { .. }
        | Error::AccountExpired
        | Error::Unconfirmed
        | Error::CrossSite
        | Error::ProviderRefused { .. }
        | Error::WrongIdentity
        | Error::AddressNotAllowed
        | Error::TwoCredentials => NOT_PERMITTED,
        Error::MethodNotAllowed
        | Error::LinkDead
        | Error::FlowDead
        | Error::NotFound
        | Error::RegistrationClosed => FAILED,
    }
}

fn open(error: &OpenError) -> u8 {
    match error {
        OpenError::UnknownEngine
        | OpenError::SecretKey(_)
        | OpenError::Groups(_)
        | OpenError::Limits(_)
        | OpenError::Providers(_)
        | OpenError::Redis(_)
        | OpenError::Mail(_)
        | OpenError::Blocklist { .. } => SETTINGS,
        OpenError::Database(_) | OpenError::SecondServer(_) => UNAVAILABLE,
        OpenError::Schema(_) => DATA,
        OpenError::File { cause, .. } => system(cause),
        OpenError::Extension(_) => INTERNAL,
    }
}

fn serve(error: &ServeError) -> u8 {
    match error {
        ServeError::Listen(_, cause) if cause.kind() == io::ErrorKind::PermissionDenied => NOT_PERMITTED,
        ServeError::Listen(..) => UNAVAILABLE,
        ServeError::Site(_) | ServeError::Rules(_) => SETTINGS,
        ServeError::Open(error) => open(error),
        ServeError::Endpoints(_) => INTERNAL,
        ServeError::Domain(error) => refused(error),
        ServeError::System(cause) => system(cause),
        ServeError::CutOff => FAILED,
    }
}

fn system(cause: &io::Error) -> u8 {
    match cause.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => NOT_PERMITTED,
        _ => CANNOT_CREATE,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Settings(error)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

//! The event spine: every change of state is announced here, inside its transaction. The audit row, an extension's hook
//! and later the metrics hang on it, so that no change goes unseen.

use crate::{Actor, Client, Domain, audit, db::Tx};
use serde::Serialize;
use vestibule_model::{Email, Result, SessionId, UserId};

/// Something that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The first administrator was made by the printed link.
    SetUp {
        /// The administrator.
        user: UserId,
    },
    /// A person registered.
    Registered {
        /// The new account.
        user: UserId,
    },
    /// Somebody registered with an address that has an account.
    RegisteredAgain {
        /// The account that exists.
        user: UserId,
    },
    /// An operator or administrator made an account.
    AccountCreated {
        /// The new account.
        user: UserId,
    },
    /// An address was confirmed.
    EmailVerified {
        /// The account.
        user: UserId,
    },
    /// A verification link was sent again.
    VerificationSent {
        /// The account.
        user: UserId,
    },
    /// Somebody signed in.
    SignedIn {
        /// The account.
        user: UserId,
        /// The new session.
        session: SessionId,
    },
    /// A sign-in failed.
    SignInFailed {
        /// The account, where the address has one.
        user: Option<UserId>,
    },
    /// An account's password is refused until it is reset: too many failures in a row.
    PasswordLocked {
        /// The account.
        user: UserId,
    },
    /// A session ended by its owner's wish.
    SignedOut {
        /// The account.
        user: UserId,
        /// The session.
        session: SessionId,
    },
    /// All sessions of a person ended.
    SignedOutEverywhere {
        /// The account.
        user: UserId,
    },
    /// A consumed refresh token came back; its whole family ended.
    RefreshReused {
        /// The account.
        user: UserId,
        /// The family.
        session: SessionId,
    },
    /// A reset link was asked for.
    ResetRequested {
        /// The account.
        user: UserId,
    },
    /// A new password was set by a reset link.
    PasswordReset {
        /// The account.
        user: UserId,
    },
    /// An account was deleted.
    AccountDeleted {
        /// The account that was.
        user: UserId,
        /// Its address, for the last mail.
        email: Email,
    },
    /// A person joined a group.
    GroupJoined {
        /// The account.
        user: UserId,
        /// The group's name.
        group: String,
    },
    /// A person left a group.
    GroupLeft {
        /// The account.
        user: UserId,
        /// The group's name.
        group: String,
    },
}

/// Announces `event` inside `tx`: writes its audit row and lets every extension take part.
pub(crate) async fn emit(domain: &Domain, tx: &mut Tx, by: &Actor, client: &Client, event: Event) -> Result<()> {
    audit::record(domain, tx, by, client, &event).await?;
    for extension in domain.extensions() {
        extension.on(&event, tx).await?;
    }
    Ok(())
}

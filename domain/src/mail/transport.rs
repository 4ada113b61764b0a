//! The ways a letter can leave, and why one could not. Called by the worker alone.

use super::{Delivery, folder, letter::Sealed, smtp::Smtp};
use std::path::PathBuf;

/// A way out.
pub(super) enum Transport {
    /// A mail server.
    Smtp(Smtp),
    /// A folder, for development.
    Folder(PathBuf),
    /// Memory, for tests.
    #[cfg(feature = "testing")]
    Captured(super::Captured),
}

/// Why a letter did not leave.
#[derive(Debug)]
pub(super) struct Failure {
    /// What to do about it.
    pub(super) kind: FailureKind,
    /// What the other side said, for an administrator. It may hold the recipient's address and is never logged.
    pub(super) detail: String,
}

/// What a failure means for the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// The server could not be reached or spoken to at all: every letter waits, and is sent when it is back.
    Unreachable,
    /// This letter was not taken now, or the connection broke: tried again.
    Deferred,
    /// This letter will never be taken.
    Rejected,
    /// The letter could not be written: its row comes from another version of the program.
    Unwritable,
}

impl FailureKind {
    /// Its name in the outbox.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Deferred => "deferred",
            Self::Rejected => "rejected",
            Self::Unwritable => "unwritable",
        }
    }

    /// Whether trying again is of use.
    pub(super) fn passes(self) -> bool {
        matches!(self, Self::Unreachable | Self::Deferred)
    }
}

impl Transport {
    /// Prepares what `delivery` asks for, without connecting.
    pub(super) fn open(delivery: &Delivery) -> Result<Self, String> {
        Ok(match delivery {
            Delivery::Smtp(url) => Self::Smtp(Smtp::open(url)?),
            Delivery::Folder(folder) => Self::Folder(folder.clone()),
            #[cfg(feature = "testing")]
            Delivery::Captured(captured) => Self::Captured(captured.clone()),
        })
    }

    /// Hands one letter over; what the other side said to it.
    pub(super) async fn send(&self, letter: Sealed) -> Result<String, Failure> {
        match self {
            Self::Smtp(smtp) => smtp.send(&letter).await,
            Self::Folder(folder) => {
                let folder = folder.clone();
                let said = format!("written to {}", folder.join(format!("{}.eml", letter.id)).display());
                let written =
                    tokio::task::spawn_blocking(move || folder::write(&folder, &letter.id, &letter.bytes))
                        .await;
                let failure = |detail: String| Failure { kind: FailureKind::Deferred, detail };
                written
                    .map_err(|cause| failure(cause.to_string()))?
                    .map_err(|cause| failure(cause.to_string()))?;
                Ok(said)
            }
            #[cfg(feature = "testing")]
            Self::Captured(captured) => {
                captured.keep(&letter.id, &letter.bytes);
                Ok("captured".to_owned())
            }
        }
    }

    /// Whether letters could leave now.
    pub(super) async fn is_reachable(&self) -> bool {
        match self {
            Self::Smtp(smtp) => smtp.is_reachable().await,
            Self::Folder(_) => true,
            #[cfg(feature = "testing")]
            Self::Captured(_) => true,
        }
    }
}

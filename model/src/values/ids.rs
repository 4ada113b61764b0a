//! Identifiers: UUIDv7 newtypes, one a table, so that one cannot be passed for another. Minted only in `domain`.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// An account.
    UserId
);
id!(
    /// A signed-in session: one browser's sign-in, or one family of API tokens.
    SessionId
);
id!(
    /// A refresh token of a session.
    TokenId
);
id!(
    /// An API key. It stays when the key is given a new secret.
    KeyId
);
id!(
    /// A copy of somebody's own data that is prepared in the background.
    ExportId
);
id!(
    /// A note on somebody.
    NoteId
);
id!(
    /// A ban of an address or network.
    BanId
);

//! Signing in and recovering, as forms and views. Rules live in `domain::auth`.

use crate::{Problem, Secret};
use serde::{Deserialize, Serialize};

/// E-mail and password (`POST /auth/login`, page `/login`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SignInForm {
    /// The account's address.
    #[cfg_attr(feature = "utoipa", schema(format = Email, max_length = 254, example = "ada@example.org"))]
    pub email: String,
    /// The account's password.
    pub password: Secret,
}

/// An address to which something is to be sent (`POST /auth/password/forgot`, `POST /auth/verify/resend`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EmailForm {
    /// The account's address.
    #[cfg_attr(feature = "utoipa", schema(format = Email, max_length = 254, example = "ada@example.org"))]
    pub email: String,
}

/// The token of a link from a mail (`POST /auth/verify`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct TokenForm {
    /// The token as it stands in the link.
    pub token: Secret,
}

/// A token from a mail and the new password (`POST /auth/password/reset`, page `/reset`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ResetForm {
    /// The token as it stands in the link.
    pub token: Secret,
    /// The new password.
    pub password: Secret,
}

/// A change of one's own password (`POST /me/password`, page `/account/password`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PasswordForm {
    /// The password that holds now, as proof that it is the owner who asks.
    pub current_password: Secret,
    /// The one that is to hold from now on.
    pub new_password: Secret,
    /// Whether every other session ends, those of programs among them; they do unless this says no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_other_sessions: Option<bool>,
}

/// The password again, as a proof that the one who asks is still the owner (`POST /me/prove`, page `/prove`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ProveForm {
    /// The password that holds now.
    pub password: Secret,
}

/// A refresh token to exchange (`POST /auth/refresh`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RefreshForm {
    /// The newest refresh token of its family.
    pub refresh_token: Secret,
}

/// What an API client holds after signing in or refreshing. Field names: RFC 6749 5.1.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct TokenPair {
    /// Signed token for `Authorization: Bearer`.
    pub access_token: Secret,
    /// Always `Bearer`.
    #[cfg_attr(feature = "utoipa", schema(example = "Bearer"))]
    pub token_type: String,
    /// Seconds until the access token ends.
    #[cfg_attr(feature = "utoipa", schema(example = 900))]
    pub expires_in: u64,
    /// Opaque token for `POST /auth/refresh`; each works once.
    pub refresh_token: Secret,
    /// Seconds until the refresh token ends when it is not used; null for one that does not end.
    #[cfg_attr(feature = "utoipa", schema(example = 2_592_000))]
    pub refresh_expires_in: Option<u64>,
}

/// How well a password would withstand guessing (the meter beside a password field).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (beyond any attacker), by zxcvbn.
    pub score: u8,
    /// Why this site does not take it; nothing when it does.
    pub problem: Option<Problem>,
}

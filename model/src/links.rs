//! Addresses of the pages that a mail or the terminal links to. `domain` builds links from them, `app/src/paths.rs`
//! serves them, so that neither can drift from the other.

/// Confirms an address: `?token=`.
pub const VERIFY: &str = "/verify";
/// Sets a new password: `?token=`.
pub const RESET: &str = "/reset";
/// Makes the first administrator: `?token=`.
pub const SETUP: &str = "/setup";
/// Sign-in.
pub const LOGIN: &str = "/login";
/// The account of the person who is signed in.
pub const ACCOUNT: &str = "/account";
/// Their password, address and sessions.
pub const SECURITY: &str = "/account/security";
/// Their API keys.
pub const KEYS: &str = "/account/keys";
/// What they used of their quotas.
pub const USAGE: &str = "/account/usage";
/// Their sessions.
pub const SESSIONS: &str = "/account/sessions";
/// What is kept about them, and the way out.
pub const DATA: &str = "/account/data";
/// Confirms a new address for them: `?token=`.
pub const EMAIL_CONFIRM: &str = "/account/email/confirm";
/// Takes a change of address back, signed in or not: `?token=`.
pub const EMAIL_UNDO: &str = "/email/undo";
/// Stops a kind of mail, signed in or not: `?token=`.
pub const UNSUBSCRIBE: &str = "/unsubscribe";
/// Asks for a reset link.
pub const FORGOT: &str = "/forgot";
/// The public profiles, each under its user name.
pub const PROFILES: &str = "/u";
/// Bans of addresses, for administrators.
pub const ADMIN_BANS: &str = "/admin/bans";

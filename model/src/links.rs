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
/// Asks for a reset link.
pub const FORGOT: &str = "/forgot";
/// The public profiles, each under its user name.
pub const PROFILES: &str = "/u";

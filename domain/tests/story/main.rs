//! The story of an account as the domain tells it: from setting up to leaving, sessions, and what an extension takes part in.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod account;
mod extensions;
mod people;
mod sessions;

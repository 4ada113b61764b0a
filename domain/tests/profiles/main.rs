//! Profiles: what a person changes and who sees it, user names, and the fields that a project declares.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod declared_fields;
mod own;
mod people;
mod usernames;

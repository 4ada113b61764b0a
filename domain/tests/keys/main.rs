//! API keys, on both databases: what they are good for, when they are over, how they are kept, and crowds of them.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod crowds;
mod ends;
mod listing;
mod owners;
mod people;
mod plans;
mod rights;

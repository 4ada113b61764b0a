//! What people do on the pages of their own account: name their devices, read and take what happened, and more.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod devices;
mod exports;
mod history;
mod nudges;
mod pause;
mod people;

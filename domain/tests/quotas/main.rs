//! Quotas, on both databases and on Redis: never over the limit, whoever calls, on however many servers, and however they
//! end; what is said for single people; what is told, recorded and tried out.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod books;
mod changes;
mod crashes;
mod crowds;
mod limits;
mod people;
mod usage;

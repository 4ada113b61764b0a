//! Tests of the program from the outside: through its router, and as a process. Every test has a database of its own.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod abuse;
mod account;
mod address_bans;
mod admin;
mod app;
mod authorisation;
mod bad_input;
mod bans;
mod browser;
mod cli;
mod contracts;
mod credentials;
mod declared_fields;
mod email_change;
mod endpoint_rules;
mod foreign_ids;
mod forms;
mod groups;
mod headers;
mod hostile;
mod key_pages;
mod keys;
mod leaving;
mod limits;
mod nodes;
mod notices;
mod outside;
mod own_account;
mod people;
mod profiles;
mod quotas;
mod sameness;
mod social;
mod stopping;
mod story;

//! HTTP: how a request enters the house and how an answer leaves it. `server.rs` and the tests build the router here;
//! `api/` holds the resources. No SQL and no rules: every decision is a call into `vestibule_domain`.

pub mod actor;
pub mod arrival;
pub mod avatars;
pub mod client;
pub mod cross_site;
pub mod csv;
pub(crate) mod data;
pub mod dev_mail;
pub mod docs;
pub mod etag;
pub mod extract;
pub mod files;
pub mod functions;
pub mod guard;
mod guarded;
pub mod headers;
pub mod health;
pub(crate) mod history;
pub mod limits;
pub mod listing;
pub mod manifest;
pub mod openapi;
pub mod pages;
pub mod policy;
pub mod problem;
mod proof;
pub mod request_id;
pub mod router;
mod shared_pages;
pub mod site;
pub mod state;
mod unsubscribe;
pub mod wellknown;

pub use problem::{Answer, Refusal};
pub use state::{AppState, Options};

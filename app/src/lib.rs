//! What people see: pages, the kit of parts they are made of, islands, and the server functions behind the forms.
//!
//! On the server (feature `ssr`) this crate is everything below. In the browser (feature `hydrate`) it is islands alone:
//! pages, router and server functions do not exist there, so their weight never reaches wasm. `src/http` serves [`App`]
//! inside [`shell()`]; a project composes its own `App` from [`HomeRoutes`], [`AuthRoutes`], [`AccountRoutes`],
//! [`AdminRoutes`], [`ProfileRoutes`], [`DevRoutes`] and its own routes. No rule is decided here and no SQL is written here.

#![recursion_limit = "256"]

pub mod parts;
pub mod paths;

#[cfg(feature = "ssr")]
pub mod account;
#[cfg(feature = "ssr")]
pub mod admin;
#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod auth;
#[cfg(feature = "ssr")]
pub mod dev;
#[cfg(feature = "ssr")]
pub mod errors;
#[cfg(feature = "ssr")]
pub mod home;
#[cfg(feature = "ssr")]
pub mod profiles;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod text;

#[cfg(feature = "ssr")]
pub use account::AccountRoutes;
#[cfg(feature = "ssr")]
pub use admin::AdminRoutes;
#[cfg(feature = "ssr")]
pub use app::{App, page_policies};
#[cfg(feature = "ssr")]
pub use auth::AuthRoutes;
#[cfg(feature = "ssr")]
pub use auth::going::going_page;
#[cfg(feature = "ssr")]
pub use dev::DevRoutes;
#[cfg(feature = "ssr")]
pub use errors::{NotFound, error_page};
#[cfg(feature = "ssr")]
pub use home::HomeRoutes;
#[cfg(feature = "ssr")]
pub use profiles::ProfileRoutes;
#[cfg(feature = "ssr")]
pub use shell::Frame;
#[cfg(feature = "ssr")]
pub use shell::shell;

/// Called by `vestibule-frontend`, so that the linker keeps this crate and with it the islands, which the page alone calls.
#[cfg(feature = "hydrate")]
pub fn link_islands() {}

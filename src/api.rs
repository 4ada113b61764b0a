//! The REST API (DESIGN 3): one file a resource, each handler a few lines: unpack, one domain call, answer. Mounted by
//! `http/router.rs`. No rule is decided here.

mod abuse;
mod audit;
mod auth;
mod bans;
mod email;
mod endpoints;
mod events;
mod exports;
mod groups;
mod keys;
mod limits;
mod mail;
mod me;
mod notices;
mod profiles;
mod quotas;
mod rights;
mod social;
mod statistics;
mod usage;
mod users;

use crate::http::policy::Endpoints;

/// Every resource.
pub(crate) fn routes(endpoints: Endpoints) -> Endpoints {
    let endpoints = abuse::routes(bans::routes(endpoints));
    let endpoints = keys::routes(profiles::routes(me::routes(auth::routes(endpoints))));
    let endpoints = statistics::routes(mail::routes(audit::routes(endpoints)));
    let endpoints = users::routes(exports::routes(events::routes(notices::routes(email::routes(endpoints)))));
    let endpoints = usage::routes(quotas::routes(endpoints));
    let endpoints = limits::routes(social::routes(endpoints));
    endpoints::routes(rights::routes(groups::routes(endpoints)))
}

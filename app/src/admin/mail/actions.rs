//! What the forms of `/admin/mail` do: unpack, one domain call, `303`. No rule is decided here.
#![allow(missing_docs, reason = "fields of the structs that #[server] makes of the arguments")]

use crate::server::{self, FnError, form_done, form_failed};
use crate::{paths, policy, text::Notice};
use leptos::prelude::*;
use vestibule_domain::endpoints::Policy;
use vestibule_domain::mail::{self, outbox};
use vestibule_model::groups::{ManageMail, Permission};

/// The list as it was narrowed when the form was sent.
fn narrowed(status: &str, to: &str) -> String {
    paths::with_queries(paths::ADMIN_MAIL, &[("status", status), ("to", to)])
}

policy!(paths::actions::RETRY_MAIL, Policy::permitted(ManageMail::NAME, "mail").tagged("admin"));

/// Tries a mail again now; all that were given up where none is named.
///
/// # Errors
/// [`Error::NotAllowed`](vestibule_model::Error::NotAllowed) without the permission.
#[server(prefix = "/fn", endpoint = "mail/retry")]
pub async fn retry_mail(
    #[server(default)] mail: String,
    #[server(default)] status: String,
    #[server(default)] to: String,
) -> Result<(), FnError> {
    let (site, client) = (server::site()?, server::client());
    let may = server::actor().allow()?;
    let done = if mail.is_empty() {
        outbox::retry_failed(&site.domain, &may, &client).await.map(drop)
    } else {
        outbox::retry(&site.domain, &may, &mail, &client).await
    };
    match done {
        Ok(()) => form_done(&site, &narrowed(&status, &to), Some(Notice::MailRetried)),
        Err(error) => form_failed(&site, &narrowed(&status, &to), error, &[]),
    }
}

policy!(paths::actions::CANCEL_MAIL, Policy::permitted(ManageMail::NAME, "mail").tagged("admin"));

/// Stops a mail.
///
/// # Errors
/// As [`retry_mail`].
#[server(prefix = "/fn", endpoint = "mail/cancel")]
pub async fn cancel_mail(
    #[server(default)] mail: String,
    #[server(default)] status: String,
    #[server(default)] to: String,
) -> Result<(), FnError> {
    let site = server::site()?;
    let may = server::actor().allow()?;
    match outbox::cancel(&site.domain, &may, &mail, &server::client()).await {
        Ok(()) => form_done(&site, &narrowed(&status, &to), Some(Notice::MailCancelled)),
        Err(error) => form_failed(&site, &narrowed(&status, &to), error, &[]),
    }
}

policy!(paths::actions::SEND_SAMPLE, Policy::permitted(ManageMail::NAME, "mail").tagged("admin"));

/// Sends a mail with sample values to the person who asks.
///
/// # Errors
/// As [`retry_mail`].
#[server(prefix = "/fn", endpoint = "mail/sample")]
pub async fn send_sample(#[server(default)] kind: String) -> Result<(), FnError> {
    let site = server::site()?;
    let may = server::actor().allow()?;
    match mail::send_sample(&site.domain, &may, &kind, &server::client()).await {
        Ok(()) => form_done(&site, paths::ADMIN_TEMPLATES, Some(Notice::SampleSent)),
        Err(error) => form_failed(&site, paths::ADMIN_TEMPLATES, error, &[]),
    }
}

//! The one click by which a mail program stops a kind of mail for its user (RFC 8058). It comes from no page of ours and
//! without a cookie: the token in the address is all it has, and all it needs. The page for people at the same address is
//! the app's.

use super::extract::Caller;
use super::problem::Answer;
use axum::extract::{Query, State};
use http::StatusCode;
use vestibule_domain::{Domain, notices};
use vestibule_model::{Error, Secret};

/// The address's query.
#[derive(serde::Deserialize)]
pub(crate) struct Link {
    token: Secret,
}

/// Stops the mails that the link names; answers without a redirect, as RFC 8058 3.1 asks.
pub(crate) async fn one_click(
    State(domain): State<Domain>,
    Caller(client): Caller,
    link: Result<Query<Link>, axum::extract::rejection::QueryRejection>,
) -> Answer<StatusCode> {
    let Query(link) = link.map_err(|_| Error::LinkDead)?;
    notices::unsubscribe(&domain, &link.token, &client).await?;
    Ok(StatusCode::OK)
}

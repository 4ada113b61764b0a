//! A person's copy of everything about them, as a file. The form on `/account/data` posts here: following a link would let
//! a browser fetch it ahead of a click. Over REST the same document is `GET /me/export`.

use super::extract::{Caller, SignedIn};
use super::problem::Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use vestibule_domain::{Client, Domain, Person, accounts};
use vestibule_model::Result;

/// Answers a browser.
pub(crate) async fn download(
    State(domain): State<Domain>,
    SignedIn(person): SignedIn,
    Caller(client): Caller,
) -> Answer<Response> {
    Ok(file(&domain, &person, &client).await?)
}

/// The document as an attachment: JSON that people can read.
pub(crate) async fn file(domain: &Domain, person: &Person, client: &Client) -> Result<Response> {
    let document = accounts::export(domain, person, client).await?;
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    let day = domain.now().to_string();
    let day = day.split('T').next().unwrap_or_default();
    let disposition = format!("attachment; filename=\"my-data-{day}.json\"");
    let headers = [(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, text).into_response())
}

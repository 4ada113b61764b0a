//! A person's copy of everything about them, as a file: made on the spot, or prepared in the background. The forms on
//! `/account/data` post here: following a link would let a browser fetch it ahead of a click. Over REST the same documents
//! are `GET /me/export` and `GET /me/exports/{id}`.

use super::extract::{Caller, SignedIn};
use super::problem::Answer;
use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderName, HeaderValue};
use serde::Deserialize;
use vestibule_app::paths;
use vestibule_app::server::{Flash, Site, cookies};
use vestibule_domain::accounts::{self, exports};
use vestibule_domain::{Client, Domain, Person};
use vestibule_model::values::ExportId;
use vestibule_model::{Error, Result, Timestamp};

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
    Ok((headers(domain.now()), text).into_response())
}

fn headers(at: Timestamp) -> [(HeaderName, String); 2] {
    let day = at.to_string();
    let day = day.split('T').next().unwrap_or_default();
    let disposition = format!("attachment; filename=\"my-data-{day}.json\"");
    [(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_DISPOSITION, disposition)]
}

/// The form that asks for a copy that was prepared.
#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    export: String,
}

/// Answers a browser with a copy that was prepared; what is not there leads back to the page, which says so.
pub(crate) async fn prepared(
    State(domain): State<Domain>,
    Extension(site): Extension<Site>,
    SignedIn(person): SignedIn,
    Caller(client): Caller,
    form: std::result::Result<Form<Which>, FormRejection>,
) -> Answer<Response> {
    let Form(which) = form.map_err(|_| Error::Malformed)?;
    let error = match which.export.parse().map_err(|_| Error::NotFound) {
        Ok(id) => match prepared_file(domain, &person, id, &client).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        },
        Err(error) => error,
    };
    if !matches!(error, Error::NotFound | Error::Conflict { .. }) {
        return Err(error.into());
    }
    let mut answer = Redirect::to(paths::DATA).into_response();
    for cookie in cookies::flash(&site, &Flash::failed(paths::DATA, error, &[])) {
        if let Ok(line) = HeaderValue::from_str(&cookie.to_string()) {
            answer.headers_mut().append(SET_COOKIE, line);
        }
    }
    Ok(answer)
}

/// A copy that was prepared, as an attachment; one part of it lies in memory at a time.
pub(crate) async fn prepared_file(
    domain: Domain,
    person: &Person,
    id: ExportId,
    client: &Client,
) -> Result<Response> {
    let file = exports::open(&domain, person, id, client).await?;
    let (length, headers) = (file.bytes.to_string(), headers(file.ready_at));
    let parts = stream::try_unfold((domain, file, 0), async |(domain, file, place)| {
        let part = exports::part(&domain, &file, place).await?;
        Ok::<_, Error>(part.map(|part| (part, (domain, file, place + 1))))
    });
    Ok((headers, [(CONTENT_LENGTH, length)], Body::from_stream(parts)).into_response())
}

//! The audit trail as a file for browsers: streamed, a batch of rows at a time, so that it may be longer than memory. The form
//! on `/admin/audit` posts here: following a link would let a browser fetch it ahead of a click, and taking it is an event.

use super::extract::{Caller, Permitted};
use super::problem::Answer;
use crate::trail_file::{Format, Writer};
use axum::Form;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use vestibule_domain::{Domain, audit};
use vestibule_model::audit::Filter;
use vestibule_model::groups::ViewAudit;
use vestibule_model::{Error, Problem};

/// What the form sends: its filters as the page has them, blank where nothing was chosen.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    format: String,
    #[serde(flatten)]
    filter: BTreeMap<String, String>,
}

/// Answers a browser.
pub(crate) async fn download(
    State(domain): State<Domain>,
    Permitted(may): Permitted<ViewAudit>,
    Caller(client): Caller,
    wanted: Result<Form<Wanted>, axum::extract::rejection::FormRejection>,
) -> Answer<Response> {
    let Form(wanted) = wanted.map_err(|_| Error::Malformed)?;
    let (format, kind, ending) = match wanted.format.as_str() {
        "json" => (Format::Json, "application/json", "json"),
        "csv" => (Format::Csv, "text/csv; charset=utf-8", "csv"),
        _ => return Err(Error::invalid("format", Problem::NotOffered).into()),
    };
    let filter = Filter::read(|name| wanted.filter.get(name).cloned().unwrap_or_default())?;
    let export = audit::export(&domain, &may, filter, &client).await?;
    let day = domain.now().to_string();
    let day = day.split('T').next().unwrap_or_default();
    let disposition = format!("attachment; filename=\"audit-{day}.{ending}\"");
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)];
    let pieces = stream::try_unfold(Some((export, Writer::new(format))), async |state| {
        let Some((mut export, mut writer)) = state else { return Ok(None) };
        let rows = export.next().await.map_err(|error| io::Error::other(error.code().to_owned()))?;
        let piece = writer.piece(&rows);
        Ok::<_, io::Error>(Some((piece, (!rows.is_empty()).then_some((export, writer)))))
    });
    Ok((headers, Body::from_stream(pieces)).into_response())
}

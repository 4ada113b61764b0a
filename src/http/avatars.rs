//! Pictures, as browsers ask for them and send them: `<img>` carries the session cookie, and a form without JavaScript sends
//! a file as multipart. What a picture must be is decided in `vestibule_domain::profiles`; programs use `api/profiles.rs`.

use super::etag::{Known, tagged};
use super::{AppState, Refusal, limits};
use axum::Extension;
use axum::extract::{FromRequest, Multipart, Path, RawQuery, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderName, HeaderValue, StatusCode};
use std::sync::Arc;
use vestibule_app::paths;
use vestibule_app::server::{Flash, Site, cookies};
use vestibule_app::text::Notice;
use vestibule_domain::profiles::{self, Avatar, Others};
use vestibule_domain::{Actor, Client, Domain, Person};
use vestibule_model::profiles::MOST_PICTURE_BYTES;
use vestibule_model::{Error, Problem, Result};

/// Most bytes of a form with a picture: more than a picture may have, so that whoever sends what a telephone took reads why
/// it was not taken instead of seeing the connection break. Few forms are read at once, because one may lie in memory whole.
pub const MOST_FORM: usize = 16 * 1024 * 1024;

/// One's own picture.
pub(crate) async fn own(
    State(domain): State<Domain>,
    Extension(actor): Extension<Actor>,
    known: Known,
    RawQuery(query): RawQuery,
) -> std::result::Result<Response, Refusal> {
    let avatar = profiles::own_avatar(&domain, actor.person()?, &known.0).await?;
    Ok(shown(avatar, query.as_deref()))
}

/// Somebody's picture.
pub(crate) async fn of(
    State(domain): State<Domain>,
    Extension(actor): Extension<Actor>,
    Path(username): Path<String>,
    known: Known,
    RawQuery(query): RawQuery,
) -> std::result::Result<Response, Refusal> {
    Ok(of_another(profiles::avatar_of(&domain, &actor, &username, &known.0).await?, query.as_deref()))
}

/// The answer with somebody else's picture, which search engines leave out where its owner or the site wants that.
pub(crate) fn of_another(found: Others, query: Option<&str>) -> Response {
    let mut response = shown(found.avatar, query);
    if found.noindex {
        response.headers_mut().insert(ROBOTS, HeaderValue::from_static("noindex"));
    }
    response
}

/// Tells search engines what to do with an answer that is no page.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// The answer with a picture, or 304. An address that names the picture's tag never shows another one. Only the browser
/// that asked keeps it: a shared cache would go on showing what its owner has hidden.
pub(crate) fn shown(avatar: Avatar, query: Option<&str>) -> Response {
    let (tag, answer) = match avatar {
        Avatar::Known { tag } => (tag, StatusCode::NOT_MODIFIED.into_response()),
        Avatar::Picture { tag, jpeg } => (tag, ([(CONTENT_TYPE, "image/jpeg")], jpeg).into_response()),
    };
    let marked = query.is_some_and(|query| query == format!("v={tag}"));
    let mut response = tagged(&tag, answer);
    let freshness = if marked { "private, max-age=31536000, immutable" } else { "private, no-cache" };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(freshness));
    response
}

/// Takes a picture from the form at `/account/profile`.
pub(crate) async fn set(
    State(domain): State<Domain>,
    Extension(site): Extension<Site>,
    Extension(actor): Extension<Actor>,
    Extension(client): Extension<Client>,
    Extension(state): Extension<Arc<AppState>>,
    request: Request,
) -> std::result::Result<Response, Refusal> {
    let person = actor.person()?;
    let patience = state.options.request_timeout;
    let done = async {
        let _place = profiles::begin_upload(&domain, person)?;
        let form = Multipart::from_request(request, &()).await.map_err(|_| Error::Malformed)?;
        let sent = limits::within(patience, picture(form)).await?;
        profiles::set_avatar(&domain, person, sent, &client).await
    };
    let flash = match done.await {
        Ok(()) => Flash::done(paths::PROFILE, Notice::AvatarSet),
        Err(error @ (Error::Invalid { .. } | Error::Busy { .. })) => {
            Flash::failed(paths::PROFILE, error, &[])
        }
        Err(error) => return Err(error.into()),
    };
    let mut response = Redirect::to(paths::PROFILE).into_response();
    for cookie in cookies::flash(&site, &flash) {
        if let Ok(line) = HeaderValue::from_str(&cookie.to_string()) {
            response.headers_mut().append(SET_COOKIE, line);
        }
    }
    Ok(response)
}

/// Takes a picture as it is, from a program.
pub(crate) async fn receive(
    state: &AppState,
    person: &Person,
    client: &Client,
    request: Request,
) -> Result<()> {
    let _place = profiles::begin_upload(&state.domain, person)?;
    let sent = limits::within(state.options.request_timeout, limits::whole(request)).await?;
    profiles::set_avatar(&state.domain, person, sent, client).await
}

/// The bytes of the field `avatar`. What is too many is read to its end and not kept: a browser shows no answer before it
/// has sent all.
async fn picture(mut form: Multipart) -> Result<Vec<u8>> {
    let refused = |problem| Error::invalid("avatar", problem);
    let broken = |cause: axum::extract::multipart::MultipartError| limits::too_large_or_broken(&cause);
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("avatar") {
            continue;
        }
        let (mut sent, mut length) = (Vec::new(), 0);
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            length += chunk.len();
            if length <= MOST_PICTURE_BYTES {
                sent.extend_from_slice(&chunk);
            }
        }
        return match length {
            0 => Err(refused(Problem::Required)),
            1..=MOST_PICTURE_BYTES => Ok(sent),
            _ => Err(refused(Problem::PictureTooLarge)),
        };
    }
    Err(refused(Problem::Required))
}

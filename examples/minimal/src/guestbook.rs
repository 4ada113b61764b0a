//! The guest book: its permission, its entries and its endpoint. The entries live in memory, so that this example needs
//! no table of its own.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};
use utoipa_axum::routes;
use vestibule::model::profiles::{FieldKind, MaySee, UserField};
use vestibule::model::{Error, Problem};
use vestibule::{
    Answer, Asked, Domain, Endpoints, Extension, Json, List, Listed, PageQuery, Permission, PermissionInfo,
    Permitted, Policy,
};
use vestibule::{axum, utoipa, utoipa_axum};

/// Write into the guest book.
pub(crate) struct SignGuestbook;

impl Permission for SignGuestbook {
    const NAME: &'static str = "guestbook:sign";
    const ABOUT: &'static str = "Write into the guest book.";
}

/// What this project adds to the domain.
pub(crate) struct Guestbook;

impl Extension for Guestbook {
    fn name(&self) -> &'static str {
        "guestbook"
    }

    fn permissions(&self) -> Vec<PermissionInfo> {
        vec![PermissionInfo::of::<SignGuestbook>()]
    }

    fn user_fields(&self) -> Vec<UserField> {
        vec![UserField::new("home_town", "Home town", FieldKind::Text).seen_by(MaySee::SignedIn)]
    }
}

static ENTRIES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Most characters of an entry.
const LONGEST: usize = 200;

/// The entries, oldest first.
pub(crate) fn entries() -> Vec<String> {
    ENTRIES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// An entry to be written.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// What it says.
    #[schema(max_length = 200, example = "It was lovely here.")]
    text: String,
}

/// Writes into the guest book.
#[utoipa::path(post, path = "/guestbook", responses((status = 204, description = "Written.")))]
pub(crate) async fn sign_guestbook(
    _may: Permitted<SignGuestbook>,
    Json(entry): Json<Entry>,
) -> Answer<StatusCode> {
    if entry.text.trim().is_empty() {
        return Err(Error::invalid("text", Problem::Required).into());
    }
    if entry.text.chars().count() > LONGEST {
        return Err(Error::invalid("text", Problem::TooLong { max: 200 }).into());
    }
    ENTRIES.lock().unwrap_or_else(PoisonError::into_inner).push(entry.text);
    Ok(StatusCode::NO_CONTENT)
}

/// What is wanted of the guest book.
#[derive(Deserialize, Serialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Only entries that hold this word.
    word: Option<String>,
}

/// An entry of the guest book.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct Written {
    /// Its number, in the order of writing.
    number: usize,
    /// What it says.
    text: String,
}

/// The guest book, newest entry first.
#[utoipa::path(
    get,
    path = "/guestbook",
    params(PageQuery, Wanted),
    responses((status = 200, description = "The entries; `next` names the page of older ones.", body = Listed<Written>))
)]
pub(crate) async fn read_guestbook(
    State(domain): State<Domain>,
    Asked { page, filter }: Asked<Wanted>,
) -> Answer<Json<Listed<Written>>> {
    let list = List::new(&domain, "guestbook", &filter);
    let before = list.after::<usize>(&page)?.unwrap_or(usize::MAX);
    let wanted = |entry: &Written| filter.word.as_ref().is_none_or(|word| entry.text.contains(word));
    let entries = entries().into_iter().enumerate().map(|(number, text)| Written { number, text });
    let fitting = entries.rev().filter(wanted).collect::<Vec<_>>();
    let rows = fitting.iter().filter(|entry| entry.number < before).take(page.limit.get() + 1);
    let mut listed = list.page(&page, rows.cloned().collect(), |entry| entry.number);
    listed.total = page.total.then_some(fitting.len() as u64);
    Ok(Json(listed))
}

/// How many entries there are: for those who write, and nobody else is told that it can be asked.
#[utoipa::path(get, path = "/guestbook/count", responses((status = 200, description = "How many.", body = usize)))]
pub(crate) async fn count_guestbook(_may: Permitted<SignGuestbook>) -> Answer<Json<usize>> {
    Ok(Json(entries().len()))
}

/// This project's endpoints.
pub(crate) fn routes(endpoints: Endpoints) -> Endpoints {
    endpoints
        .route(Policy::permitted(SignGuestbook::NAME, "guestbook"), routes!(sign_guestbook))
        .route(Policy::anyone("guestbook").tagged("guestbook-reading"), routes!(read_guestbook))
        .route(Policy::permitted(SignGuestbook::NAME, "guestbook").hidden(), routes!(count_guestbook))
}

//! What handlers of lists ask for: the page (`limit`, `cursor`, `total`) and the list's own filters, from the address. Used by
//! every list of the REST API and by a project's own. Which things are on a page is decided in the domain.

use super::Refusal;
use super::extract;
use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;
use vestibule_model::listing::Page;
use vestibule_model::{Error, Problem, Result};

/// A page of a list that is asked for, and the list's own filters: a struct whose fields are `Option`s, which derives
/// `Deserialize` with `deny_unknown_fields`.
#[derive(Clone, Debug)]
pub struct Asked<F = NoFilter> {
    /// Which page.
    pub page: Page,
    /// What is to be on the list, and in which order.
    pub filter: F,
}

/// For lists without filters.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

/// The parameters of every list, for `#[utoipa::path(params(PageQuery))]`.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what `Page::parse` reads")]
pub struct PageQuery {
    /// Most things of the answer, 1 to 100; 50 where it is absent.
    #[param(minimum = 1, maximum = 100, example = 50)]
    limit: Option<u32>,
    /// `next` of the page before this one. It is good for the filters and the order it came with.
    cursor: Option<String>,
    /// Whether to count all there are (`total`, up to 10,000).
    #[param(example = true)]
    total: Option<bool>,
}

impl<F: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<F> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Refusal> {
        Ok(read(parts.uri.query().unwrap_or_default())?)
    }
}

/// Reads the query of an address.
fn read<F: DeserializeOwned>(query: &str) -> Result<Asked<F>> {
    let (mut limit, mut cursor, mut total) = (None, None, None);
    let mut own = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let place = match name.as_ref() {
            "limit" => &mut limit,
            "cursor" => &mut cursor,
            "total" => &mut total,
            _ => {
                own.append_pair(&name, &value);
                continue;
            }
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(Error::invalid(name.into_owned(), Problem::Malformed));
        }
    }
    let filter = self::query(&own.finish())?;
    let page = Page::parse(limit.as_deref(), cursor.as_deref(), total.as_deref())?;
    Ok(Asked { page, filter })
}

/// Reads the parameters of an endpoint that is no list.
///
/// # Errors
/// [`Error::Invalid`] naming what does not fit.
pub(crate) fn query<F: DeserializeOwned>(query: &str) -> Result<F> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs)
        .map_err(|error| extract::told(error.path(), &error.inner().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        search: Option<String>,
        status: Option<Status>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Status {
        Active,
    }

    fn refused<F: DeserializeOwned + std::fmt::Debug>(query: &str) -> (String, Problem) {
        let Err(Error::Invalid { fields }) = read::<F>(query) else {
            panic!("{query}: not a field's problem")
        };
        (fields[0].field.to_string(), fields[0].problem.clone())
    }

    #[test]
    fn page_and_filters_are_read_together() {
        let asked: Asked<Filter> = read("search=a%26b+c&limit=7&status=active&total=true").unwrap();
        assert_eq!(asked.filter.search.as_deref(), Some("a&b c"));
        assert_eq!(asked.filter.status, Some(Status::Active));
        assert_eq!((asked.page.limit.get(), asked.page.total), (7, true));
        assert!(read::<NoFilter>("").is_ok());
    }

    #[test]
    fn what_no_list_knows_is_named() {
        assert_eq!(refused::<NoFilter>("offset=3"), ("offset".into(), Problem::Unknown));
        assert_eq!(refused::<Filter>("search=a&page=2"), ("page".into(), Problem::Unknown));
        assert_eq!(refused::<Filter>("status=gone"), ("status".into(), Problem::NotOffered));
        assert_eq!(refused::<Filter>("search=a&search=b"), ("search".into(), Problem::Malformed));
        assert_eq!(refused::<Filter>("limit=1&limit=2"), ("limit".into(), Problem::Malformed));
        assert_eq!(refused::<Filter>("limit=many"), ("limit".into(), Problem::Malformed));
        assert_eq!(refused::<Filter>("%3Cscript%3E=1"), (String::new(), Problem::Unknown));
    }
}

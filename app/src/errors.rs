//! Pages that say why there is no page: inside the shell while a page is rendered, and whole documents for `src/http`,
//! which needs one when a form could not be answered otherwise.

use crate::parts::{Icon, LinkButton, PageTitle};
use crate::shell::{Frame, bare_document};
use crate::{paths, server, text::sentence};
use leptos::prelude::*;
use vestibule_model::{Error, Result};

/// The page at an address that does not exist.
#[component]
pub fn NotFound() -> impl IntoView {
    failure(&Error::NotFound)
}

/// The view that `make` loads, or the page that says why not, with its status.
pub(crate) fn page<V, F>(make: F) -> impl IntoView
where
    V: IntoView + 'static,
    F: Future<Output = Result<V>> + Send + 'static,
{
    Suspend::new(async move {
        match make.await {
            Ok(view) => view.into_any(),
            Err(error) => failure(&error),
        }
    })
}

fn failure(error: &Error) -> AnyView {
    server::set_error_status(error);
    view! {
        <PageTitle text=headline(error)/>
        {body(error, None)}
    }
    .into_any()
}

/// A whole document that says `error`: for an answer made outside of page rendering. `request_id` is shown, so that a
/// person can name it.
pub fn error_page(frame: Frame<'_>, error: &Error, request_id: Option<&str>) -> String {
    let title = format!("{} · {}", headline(error), frame.site_name);
    Owner::new_root(None).with(|| {
        let page = body(error, request_id.map(str::to_owned));
        bare_document(frame, title, page).to_html()
    })
}

fn body(error: &Error, request_id: Option<String>) -> AnyView {
    let reference = match error {
        Error::Internal { id } => Some(id.clone()),
        _ => request_id,
    };
    let (href, label) = way_on(error);
    view! {
        <div class="failure">
            <Icon name="alert"/>
            <h1>{headline(error)}</h1>
            <p>{sentence(error)}</p>
            {reference.map(|id| view! { <p class="reference">"Reference: "<code>{id}</code></p> })}
            <LinkButton href label/>
        </div>
    }
    .into_any()
}

fn headline(error: &Error) -> &'static str {
    match error {
        Error::NotFound => "Page not found",
        Error::SignInFirst | Error::BadToken => "Sign in first",
        Error::ProveAgain => "Enter your password again",
        Error::NotAllowed { .. } | Error::NotInGroup { .. } => "Not allowed",
        Error::CrossSite => "Request stopped",
        Error::RegistrationClosed => "Registration is closed",
        Error::TooManyAttempts { .. } | Error::RateLimited { .. } | Error::Busy { .. } => "Not so fast",
        Error::QuotaExceeded { .. } => "That is all for now",
        Error::Unavailable => "Back in a moment",
        Error::FlowDead
        | Error::ProviderRefused { .. }
        | Error::ProviderAway { .. }
        | Error::ProviderMisbehaved { .. }
        | Error::WrongIdentity
        | Error::AddressNotAllowed => "You are not signed in",
        Error::Internal { .. } => "That did not work",
        _ => "That was not understood",
    }
}

fn way_on(error: &Error) -> (&'static str, &'static str) {
    match error {
        Error::SignInFirst
        | Error::BadToken
        | Error::FlowDead
        | Error::ProviderRefused { .. }
        | Error::ProviderAway { .. }
        | Error::ProviderMisbehaved { .. }
        | Error::WrongIdentity
        | Error::AddressNotAllowed => (paths::LOGIN, "Sign in"),
        Error::ProveAgain => (paths::PROVE, "Enter your password"),
        _ => (paths::HOME, "Go to the start page"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_page_is_whole_and_escapes_what_it_is_given() {
        let frame = Frame { site_name: "<b>Site</b></title>", nonce: "n0", actor: None, open: true };
        let html = error_page(frame, &Error::Internal { id: "\"><script>".into() }, Some("<img>"));
        assert!(html.starts_with("<!DOCTYPE html>"), "{html}");
        assert!(html.contains("That did not work"), "{html}");
        assert_eq!(html.matches("<script").count(), 1, "{html}");
        assert_eq!(html.matches("<img").count() + html.matches("<b>").count(), 0, "{html}");
    }
}

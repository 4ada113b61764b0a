//! `/dev/mail`: the mail that was written on this machine instead of being sent, for developers who want to click its
//! links. Served to callers on the machine itself, and only while no mail server is set.

use crate::errors::page;
use crate::parts::{Card, Fact, Facts, PageTitle};
use crate::{paths, server, text::moment};
use leptos::prelude::*;
use leptos_router::components::Route;
use leptos_router::hooks::use_params_map;
use leptos_router::{MatchNestedRoutes, SsrMode, path};
use vestibule_domain::mail::folder::{self, Letter};
use vestibule_model::{Error, Result};

/// `/dev/mail` and `/dev/mail/:id`.
#[component(transparent)]
pub fn DevRoutes() -> impl MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/dev/mail") view=MailboxPage ssr=SsrMode::Async/>
        <Route path=path!("/dev/mail/:id") view=LetterPage ssr=SsrMode::Async/>
    }
    .into_inner()
}

/// The site, while its mailbox is shown.
fn site() -> Result<server::Site> {
    server::site().and_then(|site| if site.dev_mail { Ok(site) } else { Err(Error::NotFound) })
}

#[component]
fn MailboxPage() -> impl IntoView {
    page(async move {
        let letters = folder::list(&site()?.domain).await?;
        let empty = letters.is_empty();
        let rows = letters.into_iter().map(row).collect_view();
        Ok(view! {
            <PageTitle text="Mailbox"/>
            <h1>"Mailbox"</h1>
            <p class="quiet">"Mail this server wrote into its data folder instead of sending it, newest first."</p>
            <Card>
                {empty.then(|| view! { <p>"No mail yet. Register an account, and the first one arrives here."</p> })}
                <ul class="letters">{rows}</ul>
            </Card>
        })
    })
}

fn row(letter: Letter) -> impl IntoView {
    view! {
        <li>
            <a href=format!("{}/{}", paths::DEV_MAIL, letter.id)>
                <strong>{letter.subject}</strong>
                <span>"to "{letter.to}", "{moment(letter.at)}</span>
            </a>
        </li>
    }
}

#[component]
fn LetterPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    server::keep_address_private();
    page(async move {
        let site = site()?;
        let letter = folder::find(&site.domain, &id).await?.ok_or(Error::NotFound)?;
        Ok(opened(letter, site.domain.public_url()))
    })
}

fn opened(letter: Letter, origin: &str) -> impl IntoView + use<> {
    let text = linked(&letter.text, origin);
    let html = letter.html.is_some().then(|| format!("{}/{}/html", paths::DEV_MAIL, letter.id));
    view! {
        <PageTitle text=letter.subject.clone()/>
        <p><a href=paths::DEV_MAIL>"All mail"</a></p>
        <h1>{letter.subject}</h1>
        <Card>
            <Facts>
                <Fact label="To">{letter.to}</Fact>
                <Fact label="Written">{moment(letter.at)}</Fact>
            </Facts>
            <p class="letter-text">{text}</p>
        </Card>
        {html.map(|address| view! {
            <Card title="As a mail program shows it">
                <iframe class="letter-html" title="The mail as a mail program shows it" sandbox="allow-top-navigation-by-user-activation allow-popups allow-popups-to-escape-sandbox" src=address></iframe>
            </Card>
        })}
    }
}

/// The text, in which the addresses of our own site, and only those, can be clicked.
fn linked(text: &str, origin: &str) -> Vec<AnyView> {
    let pieces = text.split_inclusive(char::is_whitespace).map(|piece| {
        let word = piece.trim_end();
        let ours = word.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if !ours || !(origin.starts_with("http://") || origin.starts_with("https://")) {
            return piece.to_owned().into_any();
        }
        let (href, shown, space) = (word.to_owned(), word.to_owned(), piece[word.len()..].to_owned());
        view! { <a href=href>{shown}</a>{space} }.into_any()
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_become_links() {
        let text = "Go to http://a.example/verify?token=x\nnot http://a.example.evil/ nor javascript:alert(1)\n<script>";
        let html = Owner::new_root(None).with(|| linked(text, "http://a.example").to_html());
        assert_eq!(html.matches("<a ").count(), 1, "{html}");
        assert!(html.contains(r#"href="http://a.example/verify?token=x""#), "{html}");
        assert!(!html.contains("<script"), "{html}");
    }
}

//! `/prove`: the password again, or a sign-in at a provider that is connected, before something that an open browser must
//! not be enough for. Whoever gives it goes on where they were.

use super::providers::{self, Ways};
use crate::errors::page;
use crate::parts::{ErrorSummary, Hidden, LinkButton, PageTitle, PasswordField, SubmitButton};
use crate::server::Flash;
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::social;
use vestibule_model::social::{Identity, ProviderView, Purpose};

const FIELDS: &[(&str, &str)] = &[("password", "Password")];

/// `/prove`.
#[component]
pub fn ProvePage() -> impl IntoView {
    let (flash, next) = (server::take_flash(paths::PROVE), server::query("next"));
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let person = actor.person()?;
        let linked = social::proofs(&site.domain, person).await?;
        let has_password = person.account.password_changed_at.is_some();
        let next = paths::next_page(&next).to_owned();
        let ways = ways(linked, &next);
        let email = person.account.email.to_string();
        let by_password = has_password.then(|| password(&flash, &next, &email));
        let or = (has_password && ways.is_some()).then(providers::or);
        let heading = if has_password { "Enter your password again" } else { "Show that it is you" };
        Ok(view! {
            <PageTitle text=if flash.failed_at_all() { format!("Error: {heading}") } else { heading.to_owned() }/>
            <section class="card card-narrow">
                <h1>{heading}</h1>
                <p>{why(has_password, ways.is_some())}</p>
                <ErrorSummary flash=flash.clone() fields=FIELDS/>
                {by_password}
                {or}
                {ways}
                {(!has_password).then(|| set_one(email))}
                <p class="aside"><LinkButton href=paths::ACCOUNT label="Back to your account" look="quiet"/></p>
            </section>
        })
    })
}

fn why(has_password: bool, has_ways: bool) -> &'static str {
    match (has_password, has_ways) {
        (true, false) => {
            "You are about to do something that somebody who finds your browser open must not do. Enter your password, and you go on where you were."
        }
        (true, true) => {
            "You are about to do something that somebody who finds your browser open must not do. Enter your password, or sign in once more in another way, and you go on where you were."
        }
        (false, _) => {
            "You are about to do something that somebody who finds your browser open must not do. Sign in once more, and you go on where you were."
        }
    }
}

fn password(flash: &Flash, next: &str, email: &str) -> AnyView {
    let (next, email, problem) = (next.to_owned(), email.to_owned(), flash.problem("password"));
    view! {
        <form method="post" action=paths::actions::PROVE novalidate=true>
            <Hidden name="next" value=next/>
            // Tells a password manager whose password is meant; the action does not read it.
            <input type="text" name="username" autocomplete="username" value=email hidden=true/>
            <PasswordField name="password".to_owned() label="Password".to_owned() problem rule=None/>
            <SubmitButton label="Continue"/>
        </form>
        <p class="aside"><a href=paths::FORGOT>"Forgot your password?"</a></p>
    }
    .into_any()
}

fn ways(linked: Vec<Identity>, next: &str) -> Option<AnyView> {
    let providers = linked.into_iter().map(|one| ProviderView {
        name: one.provider,
        label: one.label,
        registration: false,
    });
    let ways = Ways { purpose: Purpose::Prove, next: next.to_owned(), verb: "Sign in with", last: None };
    providers::buttons(ways, providers.collect())
}

/// For those who have no password.
fn set_one(email: String) -> impl IntoView {
    view! {
        <form method="post" action=paths::actions::FORGOT class="aside">
            <Hidden name="email" value=email/>
            <button type="submit" class="link">"Send me a link to set a password"</button>
        </form>
    }
}

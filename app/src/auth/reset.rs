//! `/reset`, behind the link of a mail: a new password.

use crate::errors::page;
use crate::parts::{DeadLink, ErrorSummary, Hidden, LinkButton, PageTitle, PasswordField, SubmitButton};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::auth::{Purpose, link_works};
use vestibule_model::values::password::PasswordLength;
use vestibule_model::{Error, Secret};

/// `/reset`.
#[component]
pub fn ResetPage() -> impl IntoView {
    server::keep_address_private();
    let (token, flash) = (server::query("token"), server::take_flash(paths::RESET));
    page(async move {
        let site = server::site()?;
        let secret = Secret::new(token.as_str());
        let works = !token.is_empty() && link_works(&site.domain, Purpose::Reset, &secret).await?;
        Ok(if works { form(token, &flash, site.domain.rules().passwords.length) } else { dead() })
    })
}

fn form(token: String, flash: &server::Flash, length: PasswordLength) -> AnyView {
    view! {
        <PageTitle text=if flash.failed_at_all() { "Error: New password" } else { "New password" }/>
        <section class="card card-narrow">
            <h1>"Choose a new password"</h1>
            <ErrorSummary flash=flash.clone() fields=&[("password", "New password")]/>
            <form method="post" action=paths::actions::RESET novalidate=true>
                <Hidden name="token" value=token/>
                <PasswordField
                    name="password".to_owned() label="New password".to_owned()
                    problem=flash.problem("password") rule=Some(length)
                />
                <p class="quiet">"For your safety, this signs you out everywhere."</p>
                <SubmitButton label="Set new password"/>
            </form>
        </section>
    }
    .into_any()
}

fn dead() -> AnyView {
    let about = "Links to choose a new password work once, and only for a short time.";
    view! {
        <DeadLink title="New password" error=Error::LinkDead about>
            <LinkButton href=paths::FORGOT label="Get a new link"/>
            <LinkButton href=paths::LOGIN label="Sign in" look="quiet"/>
        </DeadLink>
    }
    .into_any()
}

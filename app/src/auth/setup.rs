//! `/setup`, behind the link that the server prints at its first start: makes the first administrator, and is nothing
//! at all ever after.

use crate::errors::page;
use crate::parts::{ErrorSummary, Field, Hidden, PageTitle, PasswordField, SubmitButton};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::auth::{Purpose, link_works, setup_open};
use vestibule_model::values::password::PasswordLength;
use vestibule_model::{Error, Secret};

const FIELDS: &[(&str, &str)] = &[("name", "Name"), ("email", "E-mail"), ("password", "Password")];

/// `/setup`.
#[component]
pub fn SetupPage() -> impl IntoView {
    server::keep_address_private();
    let (token, flash) = (server::query("token"), server::take_flash(paths::SETUP));
    page(async move {
        let site = server::site()?;
        let secret = Secret::new(token.as_str());
        // The command line may have made the administrator while the link was on the terminal.
        let open =
            setup_open(&site.domain).await? && link_works(&site.domain, Purpose::Setup, &secret).await?;
        if token.is_empty() || !open {
            return Err(Error::NotFound);
        }
        Ok(form(token, &flash, site.domain.site_name(), site.domain.rules().passwords.length))
    })
}

fn form(token: String, flash: &server::Flash, site: &str, length: PasswordLength) -> impl IntoView + use<> {
    view! {
        <PageTitle text=if flash.failed_at_all() { "Error: First steps" } else { "First steps" }/>
        <section class="card card-narrow">
            <p class="step">"First steps"</p>
            <h1>{format!("Set up {site}")}</h1>
            <p>"You hold the one-time link of this server, so you become its first administrator. The link is spent afterwards."</p>
            <ErrorSummary flash=flash.clone() fields=FIELDS/>
            <form method="post" action=paths::actions::SET_UP novalidate=true>
                <Hidden name="token" value=token/>
                <Field
                    name="name" label="Name" autocomplete="name"
                    value=flash.value("name") problem=flash.problem("name")
                />
                <Field
                    name="email" label="E-mail" kind="email" autocomplete="username"
                    value=flash.value("email") problem=flash.problem("email")
                />
                <PasswordField
                    name="password".to_owned() label="Password".to_owned()
                    problem=flash.problem("password") rule=Some(length)
                />
                <SubmitButton label="Create administrator"/>
            </form>
        </section>
    }
}

//! `/register` and the page after it, which is the same whether the address is new or known.

use super::providers::{self, Ways};
use super::{InboxCard, signed_in_goes_on};
use crate::errors::page;
use crate::parts::{ErrorSummary, Field, PageTitle, PasswordField, SubmitButton};
use crate::profiles::fields;
use crate::{paths, server};
use leptos::prelude::*;
use std::collections::BTreeMap;
use vestibule_domain::social;
use vestibule_model::Error;
use vestibule_model::profiles::UserField;
use vestibule_model::social::{ProviderView, Purpose};
use vestibule_model::values::password::PasswordLength;

const FIELDS: &[(&str, &str)] =
    &[("name", "Name"), ("email", "E-mail"), ("username", "User name"), ("password", "Password")];

/// `/register`.
#[component]
pub fn RegisterPage() -> impl IntoView {
    signed_in_goes_on();
    let flash = server::take_flash(paths::REGISTER);
    page(async move {
        let site = server::site()?;
        let rules = site.domain.rules();
        if !rules.accounts.registration_open {
            return Err(Error::RegistrationClosed);
        }
        let offered = social::offered(&site.domain).into_iter().filter(|one| one.registration).collect();
        Ok(form(&flash, rules.passwords.length, site.domain.user_fields(), offered))
    })
}

fn form(
    flash: &server::Flash,
    length: PasswordLength,
    declared: &[UserField],
    offered: Vec<ProviderView>,
) -> impl IntoView + use<> {
    let ways = Ways { purpose: Purpose::SignIn, next: String::new(), verb: "Sign up with", last: None };
    let ways = providers::buttons(ways, offered).map(|buttons| view! { {providers::or()}{buttons} });
    let more = fields::labels(declared);
    let controls = fields::controls(declared, flash, &BTreeMap::new());
    view! {
        <PageTitle text=if flash.failed_at_all() { "Error: Create account" } else { "Create account" }/>
        <section class="card card-narrow">
            <h1>"Create your account"</h1>
            <ErrorSummary flash=flash.clone() fields=FIELDS more/>
            <form method="post" action=paths::actions::REGISTER novalidate=true>
                <Field
                    name="name" label="Name" autocomplete="name"
                    value=flash.value("name") problem=flash.problem("name")
                />
                <Field
                    name="email" label="E-mail" kind="email" autocomplete="username"
                    hint="We send a link to this address to confirm it."
                    value=flash.value("email") problem=flash.problem("email")
                />
                <Field
                    name="username" label="User name (optional)" autocomplete="nickname" required=false
                    hint="A short name of your own, without blanks."
                    value=flash.value("username") problem=flash.problem("username")
                />
                {controls}
                <PasswordField
                    name="password".to_owned() label="Password".to_owned()
                    problem=flash.problem("password") rule=Some(length)
                />
                <SubmitButton label="Create account"/>
            </form>
            {ways}
            <p class="aside">"You have an account? "<a href=paths::LOGIN>"Sign in"</a></p>
        </section>
    }
}

/// `/register/sent`.
#[component]
pub fn RegisterSentPage() -> impl IntoView {
    let email = server::take_flash(paths::REGISTER_SENT).value("email");
    let to = if email.is_empty() { "the address you entered".to_owned() } else { email };
    view! {
        <PageTitle text="Look into your inbox"/>
        <InboxCard heading="Look into your inbox">
            <p>"We sent a mail to "<strong>{to}</strong>". Open the link in it to go on; it works for a day."</p>
            <p class="quiet">"Nothing there? Look into the spam folder, or have it sent again."</p>
            <p><a href=paths::VERIFY_RESEND>"Send the link again"</a></p>
        </InboxCard>
    }
}

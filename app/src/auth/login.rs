//! `/login`.

use super::providers::{self, Ways};
use super::signed_in_goes_on;
use crate::parts::{Checkbox, ErrorSummary, Field, Hidden, PageTitle, PasswordField, SubmitButton, Told};
use crate::server::cookies::BY_PASSWORD;
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::social;
use vestibule_model::social::Purpose;

const FIELDS: &[(&str, &str)] = &[("email", "E-mail"), ("password", "Password")];

/// `/login`.
#[component]
pub fn LoginPage() -> impl IntoView {
    signed_in_goes_on();
    let (flash, next) = (server::take_flash(paths::LOGIN), server::query("next"));
    let site = server::try_site();
    let open = site.as_ref().is_some_and(|site| site.domain.rules().accounts.registration_open);
    let offered = site.as_ref().map(|site| social::offered(&site.domain)).unwrap_or_default();
    let last = server::last_method().filter(|_| !offered.is_empty());
    let by_password = last.as_deref() == Some(BY_PASSWORD);
    let ways = Ways { purpose: Purpose::SignIn, next: next.clone(), verb: "Continue with", last };
    let ways = providers::buttons(ways, offered).map(|buttons| view! { {providers::or()}{buttons} });
    view! {
        <PageTitle text=if flash.failed_at_all() { "Error: Sign in" } else { "Sign in" }/>
        <section class="card card-narrow">
            <h1>"Sign in"</h1>
            <Told notice=flash.notice/>
            <ErrorSummary flash=flash.clone() fields=FIELDS/>
            <form method="post" action=paths::actions::SIGN_IN novalidate=true>
                {(!next.is_empty()).then(|| view! { <Hidden name="next" value=next/> })}
                <Field
                    name="email" label="E-mail" kind="email" autocomplete="username"
                    value=flash.value("email") problem=flash.problem("email")
                />
                <PasswordField
                    name="password".to_owned() label="Password".to_owned()
                    problem=flash.problem("password") rule=None
                />
                <Checkbox name="remember" label="Stay signed in on this device" checked={flash.value("remember") == "true"}/>
                <SubmitButton label="Sign in"/>
                {by_password.then(|| view! { <p class="quiet">"Last time you signed in with your password."</p> })}
            </form>
            {ways}
            <p class="aside"><a href=paths::FORGOT>"Forgot your password?"</a></p>
            <p class="aside">"Not confirmed yet? "<a href=paths::VERIFY_RESEND>"Send the link again"</a></p>
            {open.then(|| view! { <p class="aside">"New here? "<a href=paths::REGISTER>"Create an account"</a></p> })}
        </section>
    }
}

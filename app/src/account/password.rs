//! `/account/password`: another password for the person who is signed in.

use super::identities::no_password;
use super::nav::AccountNav;
use crate::errors::page;
use crate::parts::{Checkbox, ErrorSummary, Hidden, PageTitle, PasswordField, SubmitButton};
use crate::{paths, server};
use leptos::prelude::*;

/// The fields, as the summary of errors names them.
const FIELDS: &[(&str, &str)] = &[("current_password", "Current password"), ("new_password", "New password")];

/// `/account/password`.
#[component]
pub fn PasswordPage() -> impl IntoView {
    let flash = server::take_flash(paths::PASSWORD);
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let email = actor.person()?.account.email.as_str().to_owned();
        let length = site.domain.rules().passwords.length;
        if actor.person()?.account.password_changed_at.is_none() {
            return Ok(view! {
                <PageTitle text="Set a password"/>
                <AccountNav here=paths::SECURITY/>
                <h1>"Your password"</h1>
                {no_password()}
            }
            .into_any());
        }
        Ok(view! {
            <PageTitle text=if flash.failed_at_all() { "Error: Change password" } else { "Change password" }/>
            <AccountNav here=paths::SECURITY/>
            <section class="card card-narrow">
                <h1>"Change your password"</h1>
                <ErrorSummary flash=flash.clone() fields=FIELDS/>
                <form method="post" action=paths::actions::CHANGE_PASSWORD novalidate=true>
                    // Tells a password manager whose password is meant; the action does not read it.
                    <input type="text" name="username" autocomplete="username" value=email hidden=true/>
                    <PasswordField
                        name="current_password".to_owned() label="Current password".to_owned()
                        problem=flash.problem("current_password") rule=None
                    />
                    <PasswordField
                        name="new_password".to_owned() label="New password".to_owned()
                        problem=flash.problem("new_password") rule=Some(length)
                    />
                    <Hidden name="asked" value="true"/>
                    <Checkbox
                        name="end_other_sessions" label="Sign out every other device and program"
                        checked=flash.typed("end_other_sessions").is_none_or(|chosen| chosen == "true")
                    />
                    <p class="quiet">"You stay signed in here, and a mail tells you of the change. Keep the box ticked if somebody else may know your password."</p>
                    <SubmitButton label="Change password"/>
                </form>
                <p class="aside"><a href=paths::FORGOT>"Forgot your password?"</a></p>
            </section>
        }
        .into_any())
    })
}

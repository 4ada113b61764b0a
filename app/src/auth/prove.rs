//! `/prove`: the password again, before something that an open browser must not be enough for. Whoever gives it goes on
//! where they were.

use crate::parts::{ErrorSummary, Hidden, LinkButton, PageTitle, PasswordField, SubmitButton};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::Actor;

const FIELDS: &[(&str, &str)] = &[("password", "Password")];

/// `/prove`.
#[component]
pub fn ProvePage() -> impl IntoView {
    let (flash, next) = (server::take_flash(paths::PROVE), server::query("next"));
    let email = match server::actor() {
        Actor::Person(person) => person.account.email.as_str().to_owned(),
        Actor::Anonymous | Actor::Operator => String::new(),
    };
    view! {
        <PageTitle text=if flash.failed_at_all() { "Error: Enter your password" } else { "Enter your password" }/>
        <section class="card card-narrow">
            <h1>"Enter your password again"</h1>
            <p>"You are about to do something that somebody who finds your browser open must not do. Enter your password, and you go on where you were."</p>
            <ErrorSummary flash=flash.clone() fields=FIELDS/>
            <form method="post" action=paths::actions::PROVE novalidate=true>
                <Hidden name="next" value=paths::next_page(&next).to_owned()/>
                // Tells a password manager whose password is meant; the action does not read it.
                <input type="text" name="username" autocomplete="username" value=email hidden=true/>
                <PasswordField
                    name="password".to_owned() label="Password".to_owned()
                    problem=flash.problem("password") rule=None
                />
                <SubmitButton label="Continue"/>
            </form>
            <p class="aside"><a href=paths::FORGOT>"Forgot your password?"</a></p>
            <p class="aside"><LinkButton href=paths::ACCOUNT label="Back to your account" look="quiet"/></p>
        </section>
    }
}

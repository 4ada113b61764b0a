//! `/account/data`: a copy of everything the site keeps about a person, and the way out.

use super::nav::AccountNav;
use crate::errors::page;
use crate::parts::{Card, DangerZone, ErrorSummary, PageTitle, PasswordField, SubmitButton, Told};
use crate::text::span;
use crate::{paths, server};
use leptos::prelude::*;
use std::time::Duration;

/// `/account/data`.
#[component]
pub fn DataPage() -> impl IntoView {
    let flash = server::take_flash(paths::DATA);
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let email = actor.person()?.account.email.as_str().to_owned();
        let grace = site.domain.rules().accounts.deletion_grace;
        Ok(view! {
            <PageTitle text=if flash.failed_at_all() { "Error: Your data" } else { "Your data" }/>
            <AccountNav here=paths::DATA/>
            <h1>"Your data"</h1>
            <Told notice=flash.notice/>
            <ErrorSummary flash=flash.clone() fields=&[("password", "Password")]/>
            <Copy/>
            <Leave email grace flash/>
        })
    })
}

#[component]
fn Copy() -> impl IntoView {
    view! {
        <Card title="Take a copy">
            <p>
                "A file with everything this site keeps about you: your account, groups, devices, what happened to your account, and which mails you were sent. It holds no passwords and nothing that lets anybody sign in."
            </p>
            <form method="post" action=paths::actions::EXPORT>
                <SubmitButton label="Download my data" look="quiet"/>
            </form>
        </Card>
    }
}

#[component]
fn Leave(email: String, grace: Duration, flash: server::Flash) -> impl IntoView {
    let when = if grace.is_zero() {
        "Your account is erased at once and for good: nobody can bring it back.".to_owned()
    } else {
        format!(
            "You are signed out everywhere at once, and nobody sees your account any more. For {} you can change your mind by signing in; after that it is erased for good.",
            span(grace)
        )
    };
    view! {
        <DangerZone title="Delete your account">
            <p>{when}</p>
            <p>
                "Erased are your name, your address, your devices and everything else that tells who you are. What stays is that something happened, without a word about whom; and your user name, so that nobody can pass for you."
            </p>
            <p>"To make sure that it is you, enter your password."</p>
            <form method="post" action=paths::actions::DELETE_ACCOUNT novalidate=true>
                // Tells a password manager whose password is meant; the action does not read it.
                <input type="text" name="username" autocomplete="username" value=email hidden=true/>
                <PasswordField
                    name="password".to_owned() label="Password".to_owned()
                    problem=flash.problem("password") rule=None
                />
                <SubmitButton label="Delete account" look="danger"/>
            </form>
        </DangerZone>
    }
}

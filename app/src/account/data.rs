//! `/account/data`: a copy of everything the site keeps about a person, and the way out.

use super::nav::AccountNav;
use crate::errors::page;
use crate::parts::{Card, DangerZone, ErrorSummary, Field, PageTitle, PasswordField, SubmitButton, Told};
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
        let me = &actor.person()?.account;
        let (email, username) = (me.email.as_str().to_owned(), me.username.as_ref().map(ToString::to_string));
        let grace = site.domain.rules().accounts.deletion_grace;
        Ok(view! {
            <PageTitle text=if flash.failed_at_all() { "Error: Your data" } else { "Your data" }/>
            <AccountNav here=paths::DATA/>
            <h1>"Your data"</h1>
            <Told notice=flash.notice/>
            <ErrorSummary flash=flash.clone() fields=&[("confirm", "Account to delete"), ("password", "Password")]/>
            <Copy/>
            <Leave email username grace flash/>
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
fn Leave(email: String, username: Option<String>, grace: Duration, flash: server::Flash) -> impl IntoView {
    let hint = username.map(|name| format!("Your user name, {name}, does as well.")).unwrap_or_default();
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
            <p>"To make sure that it is you and that you mean it, type which account is to be deleted, and enter your password."</p>
            <form method="post" action=paths::actions::DELETE_ACCOUNT novalidate=true>
                // Tells a password manager whose password is meant; the action does not read it.
                <input type="text" name="username" autocomplete="username" value=email.clone() hidden=true/>
                <Field
                    name="confirm" label=format!("Type {email} to confirm") hint=hint
                    value=flash.value("confirm") problem=flash.problem("confirm")
                />
                <PasswordField
                    name="password".to_owned() label="Password".to_owned()
                    problem=flash.problem("password") rule=None
                />
                <SubmitButton label="Delete account" look="danger"/>
            </form>
        </DangerZone>
    }
}

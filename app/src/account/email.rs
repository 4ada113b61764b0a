//! `/account/email`, where another address is asked for, and the two pages behind the links of its mails: opening one changes
//! nothing (mail scanners open links), its button does.

use super::ask_password;
use super::nav::AccountNav;
use crate::auth::dev_mail_link;
use crate::errors::page;
use crate::parts::{DeadLink, ErrorSummary, Field, Hidden, LinkButton, PageTitle, SubmitButton, Told};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::accounts::email;
use vestibule_model::{Error, Secret};

/// The fields, as the summary of errors names them.
const FIELDS: &[(&str, &str)] = &[("email", "New e-mail address"), ("password", "Password")];

/// `/account/email`.
#[component]
pub fn EmailPage() -> impl IntoView {
    let flash = server::take_flash(paths::EMAIL);
    page(async move {
        let actor = server::actor();
        let me = &actor.person()?.account;
        let (current, has_password) = (me.email.as_str().to_owned(), me.password_changed_at.is_some());
        let failed = flash.failed_at_all();
        Ok(view! {
            <PageTitle text=if failed { "Error: Change e-mail address" } else { "Change e-mail address" }/>
            <AccountNav here=paths::SECURITY/>
            <section class="card card-narrow">
                <h1>"Change your e-mail address"</h1>
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=FIELDS/>
                <p>"Now it is "<strong>{current.clone()}</strong>"."</p>
                <form method="post" action=paths::actions::CHANGE_EMAIL novalidate=true>
                    // Tells a password manager whose password is meant; the action does not read it.
                    <input type="text" name="username" autocomplete="username" value=current hidden=true/>
                    <Field
                        name="email" label="New e-mail address" kind="email" autocomplete="email"
                        value=flash.value("email") problem=flash.problem("email")
                    />
                    {ask_password(has_password, None, "Password", flash.problem("password"))}
                    <p class="quiet">
                        "We send a link to the new address. Once you confirm it there, you sign in with it, and every other device is signed out. The address you have now is told, and can take the change back for a few days."
                    </p>
                    <SubmitButton label="Send link"/>
                </form>
                {dev_mail_link()}
            </section>
        })
    })
}

/// `/account/email/confirm`.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    server::keep_address_private();
    let (token, flash) = (server::query("token"), server::take_flash(paths::EMAIL_CONFIRM));
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let content = match flash.error {
            Some(error) => dead("Confirm your new e-mail", error),
            None => match email::pending(&site.domain, actor.person()?, &Secret::new(token.as_str())).await {
                Ok(pending) => confirm(token, pending.email.as_str().to_owned()),
                Err(error @ Error::LinkDead) => dead("Confirm your new e-mail", error),
                Err(error) => return Err(error),
            },
        };
        Ok(view! { <AccountNav here=paths::SECURITY/>{content} })
    })
}

fn confirm(token: String, email: String) -> AnyView {
    view! {
        <PageTitle text="Confirm your new e-mail"/>
        <section class="card card-narrow">
            <h1>"Confirm your new e-mail"</h1>
            <p>"One click, and "<strong>{email}</strong>" is the address of your account. You stay signed in here, and every other device is signed out."</p>
            <form method="post" action=paths::actions::CONFIRM_EMAIL>
                <Hidden name="token" value=token/>
                <SubmitButton label="Use this address"/>
            </form>
        </section>
    }
    .into_any()
}

/// `/email/undo`.
#[component]
pub fn UndoPage() -> impl IntoView {
    server::keep_address_private();
    let (token, flash) = (server::query("token"), server::take_flash(paths::EMAIL_UNDO));
    page(async move {
        let site = server::site()?;
        if let Some(error) = flash.error {
            return Ok(dead("Take the change back", error));
        }
        match email::undoable(&site.domain, &Secret::new(token.as_str())).await {
            Ok(restored) => Ok(undo(token, restored.as_str().to_owned())),
            Err(error @ Error::LinkDead) => Ok(dead("Take the change back", error)),
            Err(error) => Err(error),
        }
    })
}

fn undo(token: String, restored: String) -> AnyView {
    view! {
        <PageTitle text="Take the change back"/>
        <section class="card card-narrow">
            <h1>"Take the change back"</h1>
            <p>"The address of your account becomes "<strong>{restored}</strong>" again."</p>
            <p>
                "Everybody is signed out, and the present password works no longer, because whoever made the change knew it. We mail you a link to choose a new one."
            </p>
            <form method="post" action=paths::actions::UNDO_EMAIL>
                <Hidden name="token" value=token/>
                <SubmitButton label="Restore my address"/>
            </form>
        </section>
    }
    .into_any()
}

fn dead(title: &'static str, error: Error) -> AnyView {
    let about = "Links like this work once, only for a while, and not after a newer wish or a new password. A link that confirms an address works only for the account that asked for it.";
    view! {
        <DeadLink title error about>
            <LinkButton href=paths::SECURITY label="Go to your security settings"/>
            <LinkButton href=paths::HOME label="Go to the start page" look="quiet"/>
        </DeadLink>
    }
    .into_any()
}

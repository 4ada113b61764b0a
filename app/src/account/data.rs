//! `/account/data`: a copy of everything the site keeps about a person, and the way out.

use super::ask_password;
use super::nav::AccountNav;
use crate::errors::page;
use crate::parts::{Card, DangerZone, ErrorSummary, Field, Hidden, Moment, PageTitle, SubmitButton, Told};
use crate::text::span;
use crate::{paths, server};
use leptos::prelude::*;
use std::time::Duration;
use vestibule_domain::accounts::exports;
use vestibule_model::exports::{DataExport, ExportStatus};

/// `/account/data`.
#[component]
pub fn DataPage() -> impl IntoView {
    let flash = server::take_flash(paths::DATA);
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let me = &actor.person()?.account;
        let (email, username) = (me.email.as_str().to_owned(), me.username.as_ref().map(ToString::to_string));
        let has_password = me.password_changed_at.is_some();
        let copies = exports::list(&site.domain, actor.person()?).await?;
        let kept = site.domain.rules().accounts.export_kept;
        let grace = site.domain.rules().accounts.deletion_grace;
        Ok(view! {
            <PageTitle text=if flash.failed_at_all() { "Error: Your data" } else { "Your data" }/>
            <AccountNav here=paths::DATA/>
            <h1>"Your data"</h1>
            <Told notice=flash.notice/>
            <ErrorSummary flash=flash.clone() fields=&[("confirm", "Account to delete"), ("password", "Password")]/>
            <Copy copies kept/>
            <Sleep has_password flash=flash.clone()/>
            <Leave email username grace has_password flash/>
        })
    })
}

#[component]
fn Copy(copies: Vec<DataExport>, kept: Duration) -> impl IntoView {
    let waiting = copies.iter().any(|copy| copy.status == ExportStatus::Waiting);
    let copies = copies.iter().map(one_copy).collect_view();
    let later = format!(
        "Where it takes long, let us prepare it: a mail tells you when it is ready, and you can take it here for {} then. Nobody can take it by the mail alone.",
        span(kept)
    );
    view! {
        <Card title="Take a copy">
            <p>
                "A file with everything this site keeps about you: your account, groups, devices, what happened to your account, and which mails you were sent. It holds no passwords and nothing that lets anybody sign in."
            </p>
            <form method="post" action=paths::actions::EXPORT>
                <SubmitButton label="Download my data" look="quiet"/>
            </form>
            <p>{later}</p>
            {(!waiting).then(|| view! {
                <form method="post" action=paths::actions::ASK_EXPORT>
                    <SubmitButton label="Prepare my data" look="quiet"/>
                </form>
            })}
            <ul class="history">{copies}</ul>
        </Card>
    }
}

/// A copy that was asked for: how far it is, and the way to take it.
fn one_copy(copy: &DataExport) -> impl IntoView + use<> {
    let asked = view! { <Moment at=copy.asked_at exact=true/> };
    let state = match (copy.status, copy.expires_at) {
        (ExportStatus::Ready, Some(end)) => {
            let size = size(copy.bytes.unwrap_or_default());
            view! {
                <p>{format!("Ready, {size}. It is deleted on ")}<Moment at=end exact=true/>"."</p>
                <form method="post" action=paths::actions::EXPORT_FILE>
                    <Hidden name="export" value=copy.id.to_string()/>
                    <SubmitButton label="Download this copy" look="quiet"/>
                </form>
            }
            .into_any()
        }
        (ExportStatus::Waiting, _) => {
            view! { <p>"We are preparing it. A mail tells you when it is ready; this page shows it then."</p> }
                .into_any()
        }
        _ => view! { <p>"It could not be prepared. Ask for another one."</p> }.into_any(),
    };
    view! { <li><p class="quiet">"Asked for on "{asked}</p>{state}</li> }
}

/// `812 bytes`, `18 KB`, `3.4 MB`
fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// Which of the two forms that ask for the password was sent: its field has the id that the summary of errors leads to.
fn password_id(flash: &server::Flash, form: &str) -> Option<String> {
    let sent = flash.value("form");
    let here = if sent.is_empty() { form == "delete" } else { sent == form };
    (!here).then(|| format!("password-{form}"))
}

#[component]
fn Sleep(has_password: bool, flash: server::Flash) -> impl IntoView {
    let id = password_id(&flash, "deactivate");
    let problem = flash.problem("password").filter(|_| id.is_none());
    view! {
        <DangerZone title="Deactivate your account">
            <p>
                "A pause: you are signed out everywhere at once, your programs too. Nobody sees your profile any more, and we write to you only about the safety of your account. Nothing is lost."
            </p>
            <p>"Sign in whenever you want it back: that makes it active again, and a mail tells you."</p>
            <form method="post" action=paths::actions::DEACTIVATE novalidate=true>
                {ask_password(has_password, id, "Password to deactivate", problem)}
                <SubmitButton label="Deactivate account" look="danger"/>
            </form>
        </DangerZone>
    }
}

#[component]
fn Leave(
    email: String,
    username: Option<String>,
    grace: Duration,
    has_password: bool,
    flash: server::Flash,
) -> impl IntoView {
    let id = password_id(&flash, "delete");
    let problem = flash.problem("password").filter(|_| id.is_none());
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
            <p>"To make sure that it is you and that you mean it, type which account is to be deleted"{has_password.then_some(", and enter your password")}"."</p>
            <form method="post" action=paths::actions::DELETE_ACCOUNT novalidate=true>
                // Tells a password manager whose password is meant; the action does not read it.
                <input type="text" name="username" autocomplete="username" value=email.clone() hidden=true/>
                <Field
                    name="confirm" label=format!("Type {email} to confirm") hint=hint
                    value=flash.value("confirm") problem=flash.problem("confirm")
                />
                {ask_password(has_password, id, "Password", problem)}
                <SubmitButton label="Delete account" look="danger"/>
            </form>
        </DangerZone>
    }
}

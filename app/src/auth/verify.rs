//! `/verify`, behind the link of a mail: opening it changes nothing (mail scanners open links), its button does. And
//! `/verify/resend`, which asks for a new link.

use crate::errors::page;
use crate::parts::{DeadLink, ErrorSummary, Field, Hidden, LinkButton, PageTitle, SubmitButton, Told};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::auth::{Purpose, link_works};
use vestibule_model::{Error, Secret};

/// `/verify`.
#[component]
pub fn VerifyPage() -> impl IntoView {
    server::keep_address_private();
    let (token, flash) = (server::query("token"), server::take_flash(paths::VERIFY));
    page(async move {
        let site = server::site()?;
        if let Some(error) = flash.error {
            return Ok(dead(error));
        }
        let secret = Secret::new(token.as_str());
        let works = !token.is_empty() && link_works(&site.domain, Purpose::Verify, &secret).await?;
        Ok(if works { confirm(token) } else { dead(Error::LinkDead) })
    })
}

fn confirm(token: String) -> AnyView {
    view! {
        <PageTitle text="Confirm your e-mail"/>
        <section class="card card-narrow">
            <h1>"Confirm your e-mail"</h1>
            <p>"One click, and your address is confirmed. Then you can sign in."</p>
            <form method="post" action=paths::actions::VERIFY>
                <Hidden name="token" value=token/>
                <SubmitButton label="Verify e-mail"/>
            </form>
        </section>
    }
    .into_any()
}

fn dead(error: Error) -> AnyView {
    let about = "If your address is confirmed already, just sign in. If not, we gladly send you a new link.";
    view! {
        <DeadLink title="Confirm your e-mail" error about>
            <LinkButton href=paths::VERIFY_RESEND label="Get a new link"/>
            <LinkButton href=paths::LOGIN label="Sign in" look="quiet"/>
        </DeadLink>
    }
    .into_any()
}

/// `/verify/resend`.
#[component]
pub fn ResendPage() -> impl IntoView {
    let flash = server::take_flash(paths::VERIFY_RESEND);
    view! {
        <PageTitle text="Get a new link"/>
        <section class="card card-narrow">
            <h1>"Get a new link"</h1>
            <Told notice=flash.notice/>
            <ErrorSummary flash=flash.clone() fields=&[("email", "E-mail")]/>
            <p>"Tell us the address you registered with, and we send you a new link to confirm it."</p>
            <form method="post" action=paths::actions::RESEND novalidate=true>
                <Field
                    name="email" label="E-mail" kind="email" autocomplete="email"
                    value=flash.value("email") problem=flash.problem("email")
                />
                <SubmitButton label="Send again"/>
            </form>
            <p class="aside"><a href=paths::LOGIN>"Back to sign-in"</a></p>
            {super::dev_mail_link()}
        </section>
    }
}

//! `/forgot` and the page after it, which is the same whether the address is known or not.

use super::InboxCard;
use crate::parts::{ErrorSummary, Field, PageTitle, SubmitButton};
use crate::{paths, server};
use leptos::prelude::*;

/// `/forgot`.
#[component]
pub fn ForgotPage() -> impl IntoView {
    let flash = server::take_flash(paths::FORGOT);
    view! {
        <PageTitle text=if flash.failed_at_all() { "Error: Forgot your password?" } else { "Forgot your password?" }/>
        <section class="card card-narrow">
            <h1>"Forgot your password?"</h1>
            <ErrorSummary flash=flash.clone() fields=&[("email", "E-mail")]/>
            <p>"Tell us your address, and we send you a link to choose a new one."</p>
            <form method="post" action=paths::actions::FORGOT novalidate=true>
                <Field
                    name="email" label="E-mail" kind="email" autocomplete="username"
                    value=flash.value("email") problem=flash.problem("email")
                />
                <SubmitButton label="Send reset link"/>
            </form>
            <p class="aside"><a href=paths::LOGIN>"Back to sign-in"</a></p>
        </section>
    }
}

/// `/forgot/sent`.
#[component]
pub fn ForgotSentPage() -> impl IntoView {
    let email = server::take_flash(paths::FORGOT_SENT).value("email");
    let to = if email.is_empty() { "that address".to_owned() } else { email };
    view! {
        <PageTitle text="Look into your inbox"/>
        <InboxCard heading="Look into your inbox">
            <p>"If there is an account for "<strong>{to}</strong>", a link to choose a new password is on its way to it."</p>
            <p class="quiet">"The link works for a short time. Nothing there? Look into the spam folder, or try again."</p>
            <p><a href=paths::FORGOT>"Try again"</a></p>
        </InboxCard>
    }
}

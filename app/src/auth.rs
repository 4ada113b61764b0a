//! The pages through which people come in: setting up, registering, confirming an address, signing in, recovering. Each
//! is one card with one form that works without JavaScript; what the forms do is in `actions`.

pub mod actions;
pub mod finish;
pub mod forgot;
pub mod going;
pub mod login;
pub mod prove;
pub mod providers;
pub mod register;
pub mod reset;
pub mod setup;
pub mod verify;

use crate::parts::Icon;
use crate::{paths, server};
use finish::FinishPage;
use forgot::{ForgotPage, ForgotSentPage};
use leptos::prelude::*;
use leptos_router::components::Route;
use leptos_router::{MatchNestedRoutes, SsrMode, path};
use login::LoginPage;
use prove::ProvePage;
use register::{RegisterPage, RegisterSentPage};
use reset::ResetPage;
use setup::SetupPage;
use verify::{ResendPage, VerifyPage};
use vestibule_domain::Actor;

/// `/setup`, `/register`, `/verify`, `/login`, `/auth/finish`, `/prove`, `/forgot`, `/reset` and what belongs to them.
#[component(transparent)]
pub fn AuthRoutes() -> impl MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/setup") view=SetupPage ssr=SsrMode::Async/>
        <Route path=path!("/register") view=RegisterPage ssr=SsrMode::Async/>
        <Route path=path!("/register/sent") view=RegisterSentPage ssr=SsrMode::Async/>
        <Route path=path!("/verify") view=VerifyPage ssr=SsrMode::Async/>
        <Route path=path!("/verify/resend") view=ResendPage ssr=SsrMode::Async/>
        <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
        <Route path=path!("/auth/finish") view=FinishPage ssr=SsrMode::Async/>
        <Route path=path!("/prove") view=ProvePage ssr=SsrMode::Async/>
        <Route path=path!("/forgot") view=ForgotPage ssr=SsrMode::Async/>
        <Route path=path!("/forgot/sent") view=ForgotSentPage ssr=SsrMode::Async/>
        <Route path=path!("/reset") view=ResetPage ssr=SsrMode::Async/>
    }
    .into_inner()
}

/// Sends whoever is signed in already on to their account; whether it did.
fn signed_in_goes_on() -> bool {
    let known = matches!(server::actor(), Actor::Person(_));
    if known {
        server::see_other(paths::ACCOUNT);
    }
    known
}

/// A card that tells a person to look into their inbox.
#[component]
fn InboxCard(
    /// The page's heading.
    heading: &'static str,
    /// What to expect there.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card card-narrow card-inbox">
            <Icon name="mail"/>
            <h1>{heading}</h1>
            {children()}
            {dev_mail_link()}
        </section>
    }
}

/// In development, where mail does not leave the machine, the way to it.
pub(crate) fn dev_mail_link() -> Option<impl IntoView> {
    let shown = server::try_site().is_some_and(|site| site.dev_mail);
    shown.then(|| {
        view! {
            <p class="quiet dev-note">
                "This server writes mail into a folder instead of sending it: "<a href=paths::DEV_MAIL>"open the mailbox"</a>"."
            </p>
        }
    })
}

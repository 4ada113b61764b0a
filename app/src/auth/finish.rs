//! `/auth/finish`: a sign-in at a provider that waits for something more. Either the address has an account here, which is
//! never opened by an address alone: its owner signs in as usual and connects the two. Or something is asked that the
//! provider could not tell.

pub mod actions;

use crate::errors::page;
use crate::parts::{DeadLink, ErrorSummary, Field, LinkButton, NoticeBox, PageTitle, SubmitButton};
use crate::paths;
use crate::profiles::fields;
use crate::server::{self, Flash};
use leptos::prelude::*;
use std::collections::BTreeMap;
use vestibule_domain::{Actor, social};
use vestibule_model::Error;
use vestibule_model::profiles::UserField;
use vestibule_model::social::{Needs, PendingView};

const FIELDS: &[(&str, &str)] = &[("name", "Name"), ("email", "E-mail"), ("username", "User name")];

/// `/auth/finish`.
#[component]
pub fn FinishPage() -> impl IntoView {
    let flash = server::take_flash(paths::FINISH);
    page(async move {
        let site = server::site()?;
        let waiting = match server::pending(&site) {
            Ok(pending) => social::pending(&site.domain, &pending).await,
            Err(error) => Err(error),
        };
        Ok(match waiting {
            Ok(waiting) if waiting.needs == Needs::Conflict => conflict(&waiting, server::actor(), flash),
            Ok(waiting) => form(&waiting, site.domain.user_fields(), &flash),
            Err(error @ Error::FlowDead) => dead(error),
            Err(error) => return Err(error),
        })
    })
}

fn dead(error: Error) -> AnyView {
    server::set_error_status(&error);
    view! {
        <DeadLink title="Sign in" error about="A sign-in elsewhere waits here for a quarter of an hour, in the browser that it was begun in.">
            <LinkButton href=paths::LOGIN label="Sign in"/>
        </DeadLink>
    }
    .into_any()
}

/// There is an account with this address: the way to it, or what is left to do once its owner is signed in.
fn conflict(waiting: &PendingView, actor: Actor, flash: Flash) -> AnyView {
    let label = waiting.label.clone();
    let there = waiting.email.clone().unwrap_or_default();
    let way_on = match actor {
        Actor::Person(person) => connect(&label, person.account.email.to_string()),
        Actor::Anonymous | Actor::Operator => sign_in_first(&label),
    };
    view! {
        <PageTitle text=format!("Connect {label}")/>
        <section class="card card-narrow">
            <h1>"There is an account with your address"</h1>
            <ErrorSummary flash=flash fields=&[]/>
            <p><bdi>{label.clone()}</bdi>" says that you are "<strong>{there}</strong>", and an account here has this address already."</p>
            {way_on}
            {give_up("Leave it as it is")}
        </section>
    }
    .into_any()
}

fn sign_in_first(label: &str) -> AnyView {
    let href = paths::with_query(paths::LOGIN, "next", paths::FINISH);
    let why = format!(
        "If it is yours, sign in to it once more as you did until now. Then you can connect {label}, and both open it from there on."
    );
    view! {
        <p>{why}</p>
        <p class="quiet">"We do not open it by the address alone: whoever once had your address, or claims it elsewhere, must not get in."</p>
        <p><LinkButton href label="Sign in and connect"/></p>
        <p class="aside"><a href=paths::FORGOT>"Forgot your password?"</a></p>
    }
    .into_any()
}

fn connect(label: &str, mine: String) -> AnyView {
    let button = format!("Connect {label}");
    view! {
        <p>"You are signed in as "<strong>{mine}</strong>". From now on "<bdi>{label.to_owned()}</bdi>" opens this account as well."</p>
        <form method="post" action=paths::actions::CONNECT_IDENTITY>
            <SubmitButton label=button/>
        </form>
    }
    .into_any()
}

/// What the provider could not tell.
fn form(waiting: &PendingView, declared: &[UserField], flash: &Flash) -> AnyView {
    let (label, asks) = (waiting.label.clone(), waiting.needs == Needs::Address);
    let typed = |field: &str, known: Option<&String>| {
        flash.typed(field).unwrap_or_else(|| known.cloned().unwrap_or_default())
    };
    let (name, email) = (typed("name", waiting.name.as_ref()), typed("email", waiting.email.as_ref()));
    let controls = fields::controls(declared, flash, &BTreeMap::new());
    let address =
        if asks { ask_address(&label, email, flash).into_any() } else { known_address(email).into_any() };
    let title = if flash.failed_at_all() { "Error: Create account" } else { "Create account" };
    view! {
        <PageTitle text=title/>
        <section class="card card-narrow">
            <h1>"Almost there"</h1>
            <ErrorSummary flash=flash.clone() fields=FIELDS more=fields::labels(declared)/>
            <p>"You signed in with "<bdi>{label}</bdi>". This is what is left to say."</p>
            <form method="post" action=paths::actions::FINISH_SIGN_IN novalidate=true>
                <Field name="name" label="Name" autocomplete="name" value=name problem=flash.problem("name")/>
                {address}
                <Field
                    name="username" label="User name (optional)" autocomplete="nickname" required=false
                    hint="A short name of your own, without blanks."
                    value=flash.value("username") problem=flash.problem("username")
                />
                {controls}
                <SubmitButton label="Create account"/>
            </form>
            {give_up("Do not create an account")}
        </section>
    }
    .into_any()
}

fn ask_address(label: &str, value: String, flash: &Flash) -> impl IntoView + use<> {
    let hint = format!("{label} does not vouch for an address, so we send a link to this one to confirm it.");
    let problem = flash.problem("email");
    view! { <Field name="email" label="E-mail" kind="email" autocomplete="email" hint value problem/> }
}

fn known_address(email: String) -> impl IntoView {
    view! { <NoticeBox>"Your address is "<strong>{email}</strong>"."</NoticeBox> }
}

fn give_up(label: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=paths::actions::GIVE_UP_SIGN_IN class="aside">
            <button type="submit" class="link">{label}</button>
        </form>
    }
}

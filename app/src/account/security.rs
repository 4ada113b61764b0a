//! `/account/security`: password, address and sessions of the person who is signed in, and the ways to change each.

use super::Moment;
use crate::errors::page;
use crate::parts::{Card, Fact, Facts, LinkButton, PageTitle, Told};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::{accounts, sessions};
use vestibule_model::accounts::Me;

/// `/account/security`.
#[component]
pub fn SecurityPage() -> impl IntoView {
    let flash = server::take_flash(paths::SECURITY);
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let me = accounts::me(&site.domain, actor.person()?).await?;
        let open = sessions::list(&site.domain, actor.person()?).await?.len();
        Ok(view! {
            <PageTitle text="Security"/>
            <h1>"Security"</h1>
            <p class="lead">"How you sign in, and where. Every change here is told to you by mail."</p>
            <Told notice=flash.notice/>
            <Password me=me.clone()/>
            <Email me/>
            <Card title="Devices and sessions">
                <p>{match open {
                    1 => "You are signed in on this device alone.".to_owned(),
                    count => format!("You are signed in on {count} devices, this one among them."),
                }}</p>
                <LinkButton href=paths::SESSIONS label="Devices and sessions" look="quiet"/>
            </Card>
            <p class="aside"><LinkButton href=paths::ACCOUNT label="Back to your account" look="quiet"/></p>
        })
    })
}

#[component]
fn Password(me: Me) -> impl IntoView {
    let set = match me.password_changed_at {
        Some(at) => view! { <Moment at/> }.into_any(),
        None => "Never".into_any(),
    };
    view! {
        <Card title="Password">
            <Facts><Fact label="Set on">{set}</Fact></Facts>
            <LinkButton href=paths::PASSWORD label="Change password" look="quiet"/>
        </Card>
    }
}

#[component]
fn Email(me: Me) -> impl IntoView {
    let confirmed = match me.email_verified_at {
        Some(at) => view! { <Moment at/> }.into_any(),
        None => "Not yet".into_any(),
    };
    view! {
        <Card title="E-mail address">
            <Facts>
                <Fact label="Address">{me.email.as_str().to_owned()}</Fact>
                <Fact label="Confirmed on">{confirmed}</Fact>
            </Facts>
            <LinkButton href=paths::EMAIL label="Change e-mail address" look="quiet"/>
        </Card>
    }
}

//! `/account/security`: password, address and sessions of the person who is signed in, and the ways to change each.

use super::history::{self, Asked};
use super::nav::AccountNav;
use super::send_again;
use crate::errors::page;
use crate::parts::{Card, Fact, Facts, LinkButton, Moment, PageTitle, Told};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::{audit, sessions, social};
use vestibule_model::accounts::Me;
use vestibule_model::social::Identity;

/// Events on one page.
const PAGE: u32 = 20;

/// `/account/security`.
#[component]
pub fn SecurityPage() -> impl IntoView {
    let (after, flash) = (server::query("after"), server::take_flash(paths::SECURITY));
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let me = Me::clone(&actor.person()?.account);
        let below = Some(after.as_str()).filter(|after| !after.is_empty());
        let asked = Asked::of_page();
        let found = match asked.sought() {
            Ok(sought) => Ok(audit::own_events(&site.domain, actor.person()?, sought, below, PAGE).await?),
            Err(error) => Err(error),
        };
        let linked = social::identities(&site.domain, actor.person()?).await?.items;
        let elsewhere =
            (!linked.is_empty() || !social::offered(&site.domain).is_empty()).then(|| elsewhere(linked));
        let open = sessions::list(&site.domain, actor.person()?).await?.len();
        Ok(view! {
            <PageTitle text="Security"/>
            <AccountNav here=paths::SECURITY/>
            <h1>"Security"</h1>
            <p class="lead">"How you sign in, and where. A new password and another address are told to you by mail."</p>
            <Told notice=flash.notice/>
            <Password me=me.clone()/>
            <Email me/>
            {elsewhere}
            <Card title="Devices and sessions">
                <p>{match open {
                    1 => "You are signed in on this device alone.".to_owned(),
                    count => format!("You are signed in on {count} devices, this one among them."),
                }}</p>
                <LinkButton href=paths::SESSIONS label="Devices and sessions" look="quiet"/>
            </Card>
            {history::whole(&asked, found, !after.is_empty())}
        })
    })
}

#[component]
fn Password(me: Me) -> impl IntoView {
    let (set, change) = match me.password_changed_at {
        Some(at) => (view! { <Moment at/> }.into_any(), "Change password"),
        None => ("Never".into_any(), "Set a password"),
    };
    view! {
        <Card title="Password">
            <Facts><Fact label="Set on">{set}</Fact></Facts>
            <LinkButton href=paths::PASSWORD label=change look="quiet"/>
        </Card>
    }
}

/// The accounts elsewhere that open this one.
fn elsewhere(linked: Vec<Identity>) -> impl IntoView {
    let labels = linked.into_iter().map(|one| one.label).collect::<Vec<_>>().join(", ");
    let labels = if labels.is_empty() { "None".to_owned() } else { labels };
    view! {
        <Card title="Connected accounts">
            <Facts><Fact label="You sign in with"><bdi>{labels}</bdi></Fact></Facts>
            <LinkButton href=paths::IDENTITIES label="Connected accounts" look="quiet"/>
        </Card>
    }
}

#[component]
fn Email(me: Me) -> impl IntoView {
    let confirmed = match me.email_verified_at {
        Some(at) => view! { <Moment at/> }.into_any(),
        None => view! { "Not yet"{send_again()} }.into_any(),
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

//! `/account/notifications`, where a person chooses what they are told by mail, and `/unsubscribe` behind the link of one,
//! which needs no sign-in: opening it changes nothing, its button does.

use super::nav::AccountNav;
use crate::errors::page;
use crate::parts::{
    AutoSave, Card, ErrorSummary, Hidden, LinkButton, NoticeBox, PageTitle, SubmitButton, Told, Tone,
};
use crate::{paths, server, text::sentence};
use leptos::prelude::*;
use vestibule_domain::notices;
use vestibule_model::notices::{Audience, NoticeChoice};
use vestibule_model::{Error, Secret};

/// `/account/notifications`.
#[component]
pub fn NotificationsPage() -> impl IntoView {
    let flash = server::take_flash(paths::NOTIFICATIONS);
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let all = notices::choices(&site.domain, actor.person()?).await?;
        let (security, optional): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.security);
        let (admins, own): (Vec<_>, Vec<_>) =
            optional.into_iter().partition(|one| one.audience == Audience::Administrators);
        Ok(view! {
            <PageTitle text="Notifications"/>
            <AccountNav here=paths::NOTIFICATIONS/>
            <h1>"Notifications"</h1>
            <p class="lead">"What this site tells you by mail without being asked."</p>
            <Told notice=flash.notice/>
            <ErrorSummary flash=flash.clone() fields=&[]/>
            <form method="post" action=paths::actions::CHOOSE_NOTICES>
                <Choices title="You choose" notices=own/>
                {(!admins.is_empty()).then(|| view! { <Choices title="As an administrator" notices=admins/> })}
                <div class="actions autosave-plain"><SubmitButton label="Save"/></div>
                <AutoSave action=paths::actions::CHOOSE_NOTICES.to_owned()/>
            </form>
            <Card title="Always on">
                <p>"These are for your safety: whoever got into your account would switch them off first."</p>
                <ul>{security.into_iter().map(|one| view! { <li>{one.about}</li> }).collect_view()}</ul>
            </Card>
        })
    })
}

#[component]
fn Choices(title: &'static str, notices: Vec<NoticeChoice>) -> impl IntoView {
    let boxes = notices.into_iter().map(|one| {
        let id = format!("notice-{}", one.name);
        view! {
            <div class="check">
                <input type="checkbox" id=id.clone() name="on[]" value=one.name checked=one.on/>
                <label for=id>{one.about}</label>
            </div>
        }
    });
    view! { <Card><fieldset><legend>{title}</legend>{boxes.collect_view()}</fieldset></Card> }
}

/// `/unsubscribe`.
#[component]
pub fn UnsubscribePage() -> impl IntoView {
    server::keep_address_private();
    let (token, flash) = (server::query("token"), server::take_flash(paths::UNSUBSCRIBE));
    page(async move {
        let site = server::site()?;
        if flash.notice.is_some() {
            return Ok(done(flash.notice));
        }
        let about = notices::unsubscribe_about(&site.domain, &Secret::new(token.as_str()));
        Ok(match (flash.error, about) {
            (None, Ok(about)) => ask(token, about),
            (Some(error), _) | (None, Err(error)) => dead(&error),
        })
    })
}

fn ask(token: String, about: &'static str) -> AnyView {
    view! {
        <PageTitle text="Stop mails"/>
        <section class="card card-narrow">
            <h1>"Stop mails like this one?"</h1>
            <p>"You get a mail about: "<strong>{about}</strong></p>
            <form method="post" action=paths::actions::UNSUBSCRIBE>
                <Hidden name="token" value=token/>
                <SubmitButton label="Stop these mails"/>
            </form>
            <p class="quiet">"What is about the safety of your account still comes."</p>
        </section>
    }
    .into_any()
}

fn done(notice: Option<crate::text::Notice>) -> AnyView {
    view! {
        <PageTitle text="Mails stopped"/>
        <section class="card card-narrow">
            <h1>"Mails stopped"</h1>
            <Told notice/>
            <p>"You can choose again at any time in your account."</p>
            <p><LinkButton href=paths::NOTIFICATIONS label="Notifications" look="quiet"/></p>
        </section>
    }
    .into_any()
}

fn dead(error: &Error) -> AnyView {
    let why = sentence(error);
    view! {
        <PageTitle text="Stop mails"/>
        <section class="card card-narrow">
            <h1>"This link does not work"</h1>
            <NoticeBox tone=Tone::Warning>{why}</NoticeBox>
            <p>"Sign in, and choose what you are told under Notifications."</p>
            <p><LinkButton href=paths::NOTIFICATIONS label="Notifications"/></p>
        </section>
    }
    .into_any()
}

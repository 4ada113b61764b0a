//! `/account/sessions`: where a person is signed in, and the way to end it.

use super::nav::AccountNav;
use crate::errors::page;
use crate::parts::{
    Card, Details, ErrorSummary, Fact, Facts, Field, Hidden, Moment, PageTitle, SubmitButton, Told,
};
use crate::server::Flash;
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::sessions;
use vestibule_model::sessions::{Session, SessionKind};
use vestibule_model::values::DeviceName;

/// `/account/sessions`.
#[component]
pub fn SessionsPage() -> impl IntoView {
    let flash = server::take_flash(paths::SESSIONS);
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let all = sessions::list(&site.domain, actor.person()?).await?;
        let others = all.iter().any(|session| !session.current);
        Ok(view! {
            <PageTitle text="Devices and sessions"/>
            <AccountNav here=paths::SESSIONS/>
            <h1>"Devices and sessions"</h1>
            <p class="lead">"Everywhere you are signed in. If you do not recognise one, sign it out and change your password."</p>
            <Told notice=flash.notice/>
            <ErrorSummary flash=flash.clone() fields=&[("name", "Name of the device")]/>
            {all.into_iter().map(|session| view! { <One session flash=flash.clone()/> }).collect_view()}
            {others.then(|| view! {
                <form class="actions" method="post" action=paths::actions::END_OTHER_SESSIONS>
                    <SubmitButton label="Sign out everywhere else" look="danger"/>
                </form>
            })}
        })
    })
}

#[component]
fn One(session: Session, flash: Flash) -> impl IntoView {
    let (called, naming) = (session.called().to_owned(), naming(&session, &flash));
    let Session { id, kind, current, device, name, address, created_at, last_seen_at, expires_at } = session;
    let end = if current {
        view! { <form method="post" action=paths::actions::SIGN_OUT><SubmitButton label="Sign out" look="quiet"/></form> }
            .into_any()
    } else {
        view! {
            <form method="post" action=paths::actions::END_SESSION>
                <Hidden name="session" value=id.to_string()/>
                <SubmitButton label=format!("Sign out {called}") look="quiet"/>
            </form>
        }
        .into_any()
    };
    let badge = match (current, kind) {
        (true, _) => Some(view! { " "<span class="badge badge-good">"This device"</span> }.into_any()),
        (false, SessionKind::Api) => Some(view! { " "<span class="badge">"Program"</span> }.into_any()),
        (false, SessionKind::Browser) => None,
    };
    view! {
        <Card>
            <h2><bdi>{called.clone()}</bdi>{badge}</h2>
            <Facts>
                {name.map(|_| view! { <Fact label="Device">{device}</Fact> })}
                <Fact label="Signed in"><Moment at=created_at exact=true/></Fact>
                <Fact label="Last used"><Moment at=last_seen_at exact=true/></Fact>
                <Fact label="Ends">
                    {match expires_at {
                        Some(at) => view! { <Moment at exact=true/> }.into_any(),
                        None => "When you sign out".into_any(),
                    }}
                </Fact>
                <Fact label="From">{address.unwrap_or_else(|| "Unknown".to_owned())}</Fact>
            </Facts>
            {naming}
            {end}
        </Card>
    }
}

/// The form that names the device, folded away until it is asked for or was not taken.
fn naming(session: &Session, flash: &Flash) -> impl IntoView + use<> {
    let id = session.id.to_string();
    let (sent, saved) = (flash.value("session") == id, session.name.as_ref().map(ToString::to_string));
    // The summary of errors leads to the field of the form that was sent.
    let control = if sent { "name".to_owned() } else { format!("name-{id}") };
    let (value, problem) =
        if sent { (flash.typed("name"), flash.problem("name")) } else { (saved.clone(), None) };
    let summary = if saved.is_some() { "Change the name" } else { "Give it a name" };
    view! {
        <Details summary open=sent>
            <form method="post" action=paths::actions::NAME_SESSION novalidate=true>
                <Hidden name="session" value=id/>
                <Field
                    name="name" id=control label="Name of the device" required=false problem
                    value=value.unwrap_or_default()
                    hint=format!("At most {} characters. Leave it blank for none. Only you see it.", DeviceName::MAX)
                />
                <SubmitButton label="Save name" look="quiet"/>
            </form>
        </Details>
    }
}

//! `/account/sessions`: where a person is signed in, and the way to end it.

use super::nav::AccountNav;
use crate::errors::page;
use crate::parts::{Card, ErrorSummary, Fact, Facts, Hidden, Moment, PageTitle, SubmitButton, Told};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::sessions;
use vestibule_model::sessions::{Session, SessionKind};

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
            <ErrorSummary flash=flash.clone() fields=&[]/>
            {all.into_iter().map(|session| view! { <One session/> }).collect_view()}
            {others.then(|| view! {
                <form class="actions" method="post" action=paths::actions::END_OTHER_SESSIONS>
                    <SubmitButton label="Sign out everywhere else" look="danger"/>
                </form>
            })}
        })
    })
}

#[component]
fn One(session: Session) -> impl IntoView {
    let Session { id, kind, current, device, address, created_at, last_seen_at, expires_at } = session;
    let end = if current {
        view! { <form method="post" action=paths::actions::SIGN_OUT><SubmitButton label="Sign out" look="quiet"/></form> }
            .into_any()
    } else {
        view! {
            <form method="post" action=paths::actions::END_SESSION>
                <Hidden name="session" value=id.to_string()/>
                <SubmitButton label=format!("Sign out {device}") look="quiet"/>
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
            <h2>{device.clone()}{badge}</h2>
            <Facts>
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
            {end}
        </Card>
    }
}

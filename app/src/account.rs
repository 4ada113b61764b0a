//! `/account` and below: what the site knows of the person who is signed in.

pub mod actions;
pub mod data;
pub mod email;
pub mod history;
pub mod identities;
pub mod keys;
pub mod nav;
pub mod notifications;
pub mod password;
pub mod profile;
pub mod security;
pub mod sessions;
pub mod usage;

use crate::errors::page;
use crate::parts::{
    Avatar, Card, ErrorSummary, Fact, Facts, Hidden, LinkButton, Moment, PageTitle, PasswordField,
    SubmitButton, Told,
};
use crate::{paths, server};
use history::History;
use leptos::prelude::*;
use leptos_router::components::Route;
use leptos_router::{MatchNestedRoutes, SsrMode, path};
use nav::AccountNav;
use vestibule_domain::accounts::{self, Nudge};
use vestibule_domain::audit::{self, Sought};
use vestibule_model::Username;
use vestibule_model::accounts::Me;

/// `/account` and what lies below it.
#[component(transparent)]
pub fn AccountRoutes() -> impl MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
        <Route path=path!("/account/data") view=data::DataPage ssr=SsrMode::Async/>
        <Route path=path!("/account/security") view=security::SecurityPage ssr=SsrMode::Async/>
        <Route path=path!("/account/password") view=password::PasswordPage ssr=SsrMode::Async/>
        <Route path=path!("/account/email") view=email::EmailPage ssr=SsrMode::Async/>
        <Route path=path!("/account/email/confirm") view=email::ConfirmPage ssr=SsrMode::Async/>
        <Route path=path!("/email/undo") view=email::UndoPage ssr=SsrMode::Async/>
        <Route path=path!("/account/identities") view=identities::IdentitiesPage ssr=SsrMode::Async/>
        <Route path=path!("/account/keys") view=keys::KeysPage ssr=SsrMode::Async/>
        <Route path=path!("/account/keys/new") view=keys::form::NewKeyPage ssr=SsrMode::Async/>
        <Route path=path!("/account/keys/secret") view=keys::secret::SecretPage ssr=SsrMode::Async/>
        <Route path=path!("/account/keys/:id") view=keys::one::KeyPage ssr=SsrMode::Async/>
        <Route path=path!("/account/keys/:id/edit") view=keys::edit::EditKeyPage ssr=SsrMode::Async/>
        <Route path=path!("/account/usage") view=usage::UsagePage ssr=SsrMode::Async/>
        <Route path=path!("/account/notifications") view=notifications::NotificationsPage ssr=SsrMode::Async/>
        <Route path=path!("/unsubscribe") view=notifications::UnsubscribePage ssr=SsrMode::Async/>
        <Route path=path!("/account/profile") view=profile::ProfilePage ssr=SsrMode::Async/>
        <Route path=path!("/account/sessions") view=sessions::SessionsPage ssr=SsrMode::Async/>
    }
    .into_inner()
}

/// Events that the overview shows.
const LATELY: u32 = 5;

#[component]
fn AccountPage() -> impl IntoView {
    let flash = server::take_flash(paths::ACCOUNT);
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let me = Me::clone(&actor.person()?.account);
        let events =
            audit::own_events(&site.domain, actor.person()?, Sought::default(), None, LATELY).await?.items;
        let left = accounts::nudges(&site.domain, actor.person()?).await?;
        let src = me.profile.avatar.as_deref().map(paths::own_avatar);
        let seed = me.username.as_ref().map_or_else(|| me.id.to_string(), Username::canonical);
        Ok(view! {
            <PageTitle text="Your account"/>
            <AccountNav here=paths::ACCOUNT/>
            <div class="page-head">
                <Avatar seed name=me.name.to_string() src/>
                <div>
                    <h1><bdi>{me.name.as_str().to_owned()}</bdi></h1>
                    <p class="quiet">{me.email.as_str().to_owned()}</p>
                </div>
            </div>
            <Told notice=flash.notice/>
            <ErrorSummary flash=flash.clone() fields=&[]/>
            {missing(left)}
            <Profile me=me.clone()/>
            <Security me=me.clone()/>
            <Card title="What happened lately">
                <History events/>
                <LinkButton href=history::Asked::default().address(None) label="All that happened" look="quiet"/>
            </Card>
            <Card title="Mail">
                <p>"Choose what you are told by mail. What is about your safety always comes."</p>
                <LinkButton href=paths::NOTIFICATIONS label="Notifications" look="quiet"/>
            </Card>
            <Card title="Your data">
                <p>"Take a copy of everything this site keeps about you, or delete your account."</p>
                <LinkButton href=paths::DATA label="Your data" look="quiet"/>
            </Card>
        })
    })
}

/// What is left to do, in the order of weight; nothing when all is done or put away.
fn missing(left: Vec<Nudge>) -> Option<impl IntoView + use<>> {
    (!left.is_empty()).then(|| {
        let items = left.into_iter().map(one_missing).collect_view();
        view! { <Card title="To finish"><ul class="links">{items}</ul></Card> }
    })
}

fn one_missing(nudge: Nudge) -> impl IntoView + use<> {
    let (href, words) = match nudge {
        Nudge::ConfirmEmail => (paths::VERIFY_RESEND, "Confirm your e-mail address".to_owned()),
        Nudge::FillIn { label, .. } => (paths::PROFILE, format!("Fill in “{label}”")),
        Nudge::ChooseUsername => (paths::PROFILE, "Choose a user name".to_owned()),
        Nudge::AddPicture => (paths::PROFILE, "Add a picture".to_owned()),
    };
    let dismiss = nudge.name().map(|name| {
        view! {
            <form method="post" action=paths::actions::DISMISS_NUDGE>
                <Hidden name="nudge" value=name/>
                <button type="submit" class="link" aria-label=format!("Not now: {words}")>"Not now"</button>
            </form>
        }
    });
    view! { <li class="nudge"><a href=href>{words.clone()}</a>{dismiss}</li> }
}

#[component]
fn Profile(me: Me) -> impl IntoView {
    let username = me.username.map_or_else(|| "None chosen".to_owned(), |name| name.as_str().to_owned());
    let verified = me.email_verified_at.is_some();
    view! {
        <Card title="Profile">
            <Facts>
                <Fact label="Name">{me.name.as_str().to_owned()}</Fact>
                <Fact label="User name">{username}</Fact>
                <Fact label="E-mail">
                    {me.email.as_str().to_owned()}" "
                    <span class=if verified { "badge badge-good" } else { "badge badge-warning" }>
                        {if verified { "Confirmed" } else { "Not confirmed" }}
                    </span>
                    {(!verified).then(send_again)}
                </Fact>
                <Fact label="Groups">{me.groups.join(", ")}</Fact>
                <Fact label="Member since"><Moment at=me.created_at/></Fact>
                {me.expires_at.map(|at| view! { <Fact label="Ends"><Moment at exact=true/></Fact> })}
            </Facts>
            <LinkButton href=paths::PROFILE label="Edit your profile" look="quiet"/>
        </Card>
    }
}

#[component]
fn Security(me: Me) -> impl IntoView {
    let password = match me.password_changed_at {
        Some(at) => view! { "Set on "<Moment at/> }.into_any(),
        None => "None set".into_any(),
    };
    view! {
        <Card title="Security">
            <Facts>
                <Fact label="Password">{password}</Fact>
            </Facts>
            <div class="actions">
                <LinkButton href=paths::SECURITY label="Security settings" look="quiet"/>
                <LinkButton href=paths::PASSWORD label="Change password" look="quiet"/>
                <LinkButton href=paths::SESSIONS label="Devices and sessions" look="quiet"/>
                <form method="post" action=paths::actions::SIGN_OUT>
                    <SubmitButton label="Sign out" look="quiet"/>
                </form>
            </div>
        </Card>
    }
}

/// The field for the password; a sentence for those who have none, whose last sign-in elsewhere stands for it.
pub(crate) fn ask_password(
    has_password: bool,
    id: Option<String>,
    label: &'static str,
    problem: Option<String>,
) -> AnyView {
    if has_password {
        return view! {
            <PasswordField name="password".to_owned() id label=label.to_owned() problem rule=None/>
        }
        .into_any();
    }
    view! { <p class="quiet">"You have no password here. Where your last sign-in is too long ago, you are asked to sign in once more."</p> }
        .into_any()
}

/// The way to another link, beside an address that is not confirmed.
fn send_again() -> impl IntoView {
    view! { " "<a href=paths::VERIFY_RESEND>"Send the link again"</a> }
}

//! `/account` and below: what the site knows of the person who is signed in.

pub mod actions;
pub mod data;
pub mod email;
pub mod notifications;
pub mod password;
pub mod security;
pub mod sessions;

use crate::errors::page;
use crate::parts::{Card, Fact, Facts, LinkButton, PageTitle, SubmitButton, Told};
use crate::text::{day_and_time, moment};
use crate::{paths, server};
use leptos::prelude::*;
use leptos_router::components::Route;
use leptos_router::{MatchNestedRoutes, SsrMode, path};
use vestibule_domain::accounts;
use vestibule_model::Timestamp;
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
        <Route path=path!("/account/notifications") view=notifications::NotificationsPage ssr=SsrMode::Async/>
        <Route path=path!("/unsubscribe") view=notifications::UnsubscribePage ssr=SsrMode::Async/>
        <Route path=path!("/account/sessions") view=sessions::SessionsPage ssr=SsrMode::Async/>
    }
    .into_inner()
}

#[component]
fn AccountPage() -> impl IntoView {
    let flash = server::take_flash(paths::ACCOUNT);
    page(async move {
        let site = server::site()?;
        let me = accounts::me(&site.domain, server::actor().person()?).await?;
        Ok(view! {
            <PageTitle text="Your account"/>
            <div class="page-head">
                <span class="avatar" aria-hidden="true">{initials(me.name.as_str())}</span>
                <div>
                    <h1>{me.name.as_str().to_owned()}</h1>
                    <p class="quiet">{me.email.as_str().to_owned()}</p>
                </div>
            </div>
            <Told notice=flash.notice/>
            <Profile me=me.clone()/>
            <Security me=me.clone()/>
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
                </Fact>
                <Fact label="Groups">{me.groups.join(", ")}</Fact>
                <Fact label="Member since"><Moment at=me.created_at/></Fact>
                {me.expires_at.map(|at| view! { <Fact label="Ends"><Moment at exact=true/></Fact> })}
            </Facts>
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

/// A moment: the day, or day and time, with the exact moment for machines and on hover.
#[component]
fn Moment(
    at: Timestamp,
    /// Whether the time of day is told too.
    #[prop(default = false)]
    exact: bool,
) -> impl IntoView {
    let words = if exact { day_and_time(at) } else { at.day() };
    view! { <time datetime=at.to_string() title=moment(at)>{words}</time> }
}

/// The first letters of the first and the last word of a name.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let (first, last) = (words.next(), words.next_back());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        for (name, letters) in [
            ("Ada Lovelace", "AL"),
            ("ada", "A"),
            ("Jean Luc de la Tour", "JT"),
            ("李 小龍", "李小"),
            ("", ""),
        ] {
            assert_eq!(initials(name), letters);
        }
    }
}

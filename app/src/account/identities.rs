//! `/account/identities`: the accounts elsewhere that open the account of the person who is signed in; connected and taken
//! off here.

pub mod actions;

use super::keys::at_or;
use super::nav::AccountNav;
use crate::auth::providers::{self, Ways};
use crate::errors::page;
use crate::parts::{Card, ErrorSummary, Fact, Facts, Hidden, Moment, PageTitle, SubmitButton, Told};
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_domain::social;
use vestibule_model::social::{Identity, ProviderView, Purpose};

/// `/account/identities`.
#[component]
pub fn IdentitiesPage() -> impl IntoView {
    let flash = server::take_flash(paths::IDENTITIES);
    page(async move {
        let (site, actor) = (server::site()?, server::actor());
        let person = actor.person()?;
        let linked = social::identities(&site.domain, person).await?.items;
        let has_password = person.account.password_changed_at.is_some();
        let others = social::offered(&site.domain);
        let others = others.into_iter().filter(|one| linked.iter().all(|known| known.provider != one.name));
        let others: Vec<_> = others.collect();
        // What the rule of the domain says as well: a button that would be refused is not shown.
        let usable = linked.iter().filter(|one| one.usable).count();
        let none = linked.is_empty();
        let cards = linked.into_iter().map(|one| {
            let last = !has_password && usable == usize::from(one.usable);
            view! { <One one last/> }
        });
        let cards = cards.collect_view();
        Ok(view! {
            <PageTitle text="Connected accounts"/>
            <AccountNav here=paths::IDENTITIES/>
            <h1>"Connected accounts"</h1>
            <p class="lead">"Accounts elsewhere that you sign in here with. Nobody but you and the administrators sees what you are called there."</p>
            <Told notice=flash.notice/>
            <ErrorSummary flash=flash.clone() fields=&[]/>
            {none.then(|| view! { <p class="quiet empty">"No account is connected."</p> })}
            {cards}
            {more(others)}
            {(!has_password).then(no_password)}
        })
    })
}

#[component]
fn One(
    one: Identity,
    /// Nothing else opens the account.
    last: bool,
) -> impl IntoView {
    let Identity { provider, label, email, name, linked_at, last_used_at, usable, .. } = one;
    let fact = |label: &'static str, text: Option<String>| {
        text.map(|text| view! { <Fact label=label><bdi>{text}</bdi></Fact> })
    };
    let (called, there) = (fact("Name there", name), fact("Address there", email));
    let away =
        (!usable).then(|| view! { " "<span class="badge badge-warning">"Not offered any more"</span> });
    let button = format!("Disconnect {label}");
    let end = if last {
        view! { <p class="quiet">"This is your only way to sign in. Set a password or connect another account before you disconnect it."</p> }
            .into_any()
    } else {
        view! {
            <form method="post" action=paths::actions::UNLINK_IDENTITY>
                <Hidden name="provider" value=provider/>
                <SubmitButton label=button look="quiet"/>
            </form>
        }
        .into_any()
    };
    view! {
        <Card>
            <h2><bdi>{label}</bdi>{away}</h2>
            <Facts>
                {called}{there}
                <Fact label="Connected"><Moment at=linked_at exact=true/></Fact>
                <Fact label="Last used">{at_or(last_used_at, "Never")}</Fact>
            </Facts>
            {end}
        </Card>
    }
}

/// What can be connected.
fn more(others: Vec<ProviderView>) -> Option<impl IntoView> {
    let ways =
        Ways { purpose: Purpose::Link, next: paths::IDENTITIES.to_owned(), verb: "Connect", last: None };
    let buttons = providers::buttons(ways, others)?;
    Some(view! {
        <Card title="Connect another account">
            <p>"You sign in there once, and come back here. From then on it opens your account, whatever address it has."</p>
            {buttons}
        </Card>
    })
}

/// The way to a password for those who have none.
pub(crate) fn no_password() -> impl IntoView {
    let email = match server::actor() {
        vestibule_domain::Actor::Person(person) => person.account.email.to_string(),
        _ => String::new(),
    };
    view! {
        <Card title="Set a password">
            <p>"You have no password here. We can send you a link to set one; then you can sign in even while the others cannot be reached."</p>
            <form method="post" action=paths::actions::FORGOT>
                <Hidden name="email" value=email/>
                <SubmitButton label="Send me a link" look="quiet"/>
            </form>
        </Card>
    }
}

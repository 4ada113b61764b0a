//! `/account/keys/:id`: one key, what became of it, and the ways to switch it off and to end it. What changes more of it
//! asks for the password and stands on a page of its own.

use super::{StateBadge, at_or, may};
use crate::account::nav::AccountNav;
use crate::errors::page;
use crate::parts::{
    Card, DangerZone, Details, ErrorSummary, Fact, Facts, Hidden, LinkButton, PageTitle, SubmitButton, Told,
};
use crate::{paths, paths::actions, server};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use vestibule_domain::keys;
use vestibule_model::keys::{ApiKey, KeyState, Revoked};
use vestibule_model::{Error, KeyId};

/// The key that the page's address names.
pub(super) fn named_in_address() -> Result<KeyId, Error> {
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    id.parse().map_err(|_| Error::NotFound)
}

/// `/account/keys/:id`.
#[component]
pub fn KeyPage() -> impl IntoView {
    let id = named_in_address();
    let flash = id.as_ref().map(|id| server::take_flash(&paths::key_of(*id))).unwrap_or_default();
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let key = keys::show(&site.domain, actor.person()?, id?).await?;
        let name = key.name.as_str().to_owned();
        let over = key.state == KeyState::Revoked;
        Ok(view! {
            <PageTitle text=format!("{name}: API key")/>
            <AccountNav here=paths::KEYS/>
            <h1><bdi>{name}</bdi>" "<StateBadge state=key.state/></h1>
            <Told notice=flash.notice/>
            <ErrorSummary flash=flash.clone() fields=&[]/>
            <About key=key.clone()/>
            {(!over).then(|| view! { <Ways key/> })}
        })
    })
}

#[component]
fn About(key: ApiKey) -> impl IntoView {
    let networks = if key.networks.is_empty() { "Everywhere".to_owned() } else { key.networks.join(", ") };
    let from = key.last_used_address.clone().map(|address| format!(" from {address}"));
    let (begins, may) = (format!("{}_", key.begins_with), may(&key));
    let (made, used) = (at_or(Some(key.created_at), ""), at_or(key.last_used_at, "Never"));
    let ends = at_or(key.expires_at, "Never");
    let moments = [
        ("New secret", key.rotated_at),
        ("Old secret until", key.previous_until),
        ("Revoked", key.revoked_at),
    ];
    let moments = moments.into_iter().filter_map(|(label, at)| {
        let at = at_or(Some(at?), "");
        Some(view! { <Fact label>{at}</Fact> })
    });
    let moments = moments.collect_view();
    let why = key.revoked.map(|why| view! { <Fact label="Why">{reason(why)}</Fact> });
    view! {
        <Card>
            <Facts>
                <Fact label="Begins with"><code class="id">{begins}</code></Fact>
                <Fact label="May">{may}</Fact>
                <Fact label="From">{networks}</Fact>
                <Fact label="Made">{made}</Fact>
                <Fact label="Last used">{used}{from}</Fact>
                <Fact label="Ends">{ends}</Fact>
                {moments}
                {why}
            </Facts>
        </Card>
    }
}

/// Why a key is over, for its owner.
pub(crate) const fn reason(why: Revoked) -> &'static str {
    match why {
        Revoked::Owner => "Its owner revoked it.",
        Revoked::Administrator => "An administrator revoked it.",
        Revoked::Leaked => "It was found where others can read it.",
        Revoked::PasswordReset => "A new password was set by a link from a mail.",
        Revoked::EmailRestored => "The e-mail address was taken back.",
    }
}

#[component]
fn Ways(key: ApiKey) -> impl IntoView {
    let (id, off) = (key.id.to_string(), key.state == KeyState::Disabled);
    let (to, label) = if off { ("true", "Switch on") } else { ("false", "Switch off") };
    let revoked = id.clone();
    view! {
        <div class="actions">
            <LinkButton href=paths::key_edit(key.id) label="Change, or give it a new secret"/>
            <form method="post" action=actions::SWITCH_KEY>
                <Hidden name="key" value=id/>
                <Hidden name="enabled" value=to/>
                <SubmitButton label look="quiet"/>
            </form>
        </div>
        <DangerZone title="Revoke">
            <p>"The key is refused from now on, everywhere and for good. To stop it for a while, switch it off instead."</p>
            <Details summary="Revoke this key">
                <form method="post" action=actions::REVOKE_KEY>
                    <Hidden name="key" value=revoked/>
                    <SubmitButton label="Yes, revoke it for good" look="danger"/>
                </form>
            </Details>
        </DangerZone>
    }
}

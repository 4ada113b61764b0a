//! `/admin/users/{id}`: everything about a person on one page, made of panels, each a file below this one. A panel is a
//! function that loads what it shows and gives a view; another area adds its own to the list in [`PersonPage`].

pub mod ban;
pub mod bans;
pub mod edit;
pub mod history;
pub mod identities;
pub mod identity;
pub mod keys;
pub mod mail;
pub mod notes;
pub mod quotas;
pub mod rights;
pub mod sessions;
pub mod status;

use super::AdminPage;
use crate::errors::page;
use crate::parts::{ErrorSummary, LinkButton, Told};
use crate::paths;
use crate::server::{self, Flash, Site};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use vestibule_domain::accounts::{self, Which};
use vestibule_domain::{Actor, Allowed};
use vestibule_model::accounts::Account;
use vestibule_model::groups::{BanAccounts, ManageAccounts, Permission, ViewAccounts};
use vestibule_model::{Error, Result, UserId};

/// What a panel is told.
pub(crate) struct About {
    pub(crate) site: Site,
    pub(crate) actor: Actor,
    pub(crate) may: Allowed<ViewAccounts>,
    pub(crate) account: Account,
    /// What a form of this page left.
    pub(crate) flash: Flash,
}

impl About {
    /// Whoever looks may change the account.
    pub(crate) fn manages(&self) -> bool {
        self.actor.holds(ManageAccounts::NAME)
    }

    async fn read(id: &str, flash: Flash) -> Result<Self> {
        let (site, actor) = (server::site()?, server::actor());
        let may = actor.allow::<ViewAccounts>()?;
        let id: UserId = id.parse().map_err(|_| Error::NotFound)?;
        let account = accounts::show(&site.domain, &may, &Which::Id(id)).await?;
        Ok(Self { site, actor, may, account, flash })
    }
}

/// The id in the page's address.
fn id() -> String {
    use_params_map().with_untracked(|params| params.get("id").unwrap_or_default())
}

/// The controls of all panels, as the summary of errors names them.
const FIELDS: &[(&str, &str)] = &[
    ("group", "Group"),
    ("text", "Note"),
    ("confirm", "Account to delete"),
    ("limit", "May spend"),
    ("units", "Units"),
    ("reason", "Why"),
    ("expires_at", "Until"),
];

/// `/admin/users/{id}`.
#[component]
pub fn PersonPage() -> impl IntoView {
    let id = id();
    let flash = server::take_flash(&format!("{}/{id}", paths::ADMIN_USERS));
    page(async move {
        let about = About::read(&id, flash).await?;
        let panels = vec![
            identity::panel(&about).await?,
            status::panel(&about),
            rights::panel(&about).await?,
            sessions::panel(&about).await?,
            identities::panel(&about).await?,
            keys::panel(&about).await?,
            quotas::panel(&about).await?,
            bans::panel(&about).await?,
            notes::panel(&about).await?,
            mail::panel(&about).await?,
            history::panel(&about).await?,
        ];
        let Account { id, name, email, ban, .. } = &about.account;
        let may_ban = about.actor.holds(BanAccounts::NAME);
        let ban = if ban.is_some() { "Change the ban" } else { "Ban" };
        let actions = view! {
            {about.manages().then(|| view! { <LinkButton href=paths::admin_user_edit(*id) label="Edit" look="quiet"/> })}
            {may_ban.then(|| view! { <LinkButton href=paths::admin_user_ban(*id) label=ban look="danger"/> })}
        };
        let actions = actions.into_any();
        Ok(view! {
            <AdminPage title=name.to_string() lead=email.to_string() here=paths::ADMIN_USERS actions>
                <Told notice=about.flash.notice/>
                <ErrorSummary flash=about.flash.clone() fields=FIELDS/>
                {panels}
            </AdminPage>
        })
    })
}

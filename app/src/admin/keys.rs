//! `/admin/keys`: the API keys of everyone, found by whose they are, what they are good for, or whatever part of one was
//! found; and the way to switch one off or to end it.

pub mod actions;

use super::AdminPage;
use crate::account::keys::{StateBadge, at_or, may};
use crate::errors::page;
use crate::parts::{
    Column, Details, ErrorSummary, Field, Filters, Hidden, Pager, Select, SubmitButton, Table, Told,
};
use crate::paths;
use crate::paths::actions::{ADMIN_REVOKE_KEY, ADMIN_SWITCH_KEY};
use crate::server::{self, Flash};
use leptos::prelude::*;
use vestibule_domain::keys;
use vestibule_model::groups::ManageKeys;
use vestibule_model::keys::{KeyFilter, KeyState, OwnedKey};
use vestibule_model::listing::{Listed, Page};
use vestibule_model::{Error, Problem, Result};

/// The fields, as the summary of errors names them.
const FIELDS: &[(&str, &str)] = &[("begins_with", "Key"), ("state", "State"), ("cursor", "Place")];

/// What stands in the address.
struct Asked {
    owner: String,
    state: String,
    key: String,
    cursor: String,
}

impl Asked {
    fn read() -> Self {
        let query = server::query;
        Self {
            owner: query("owner"),
            state: query("state"),
            key: query("begins_with"),
            cursor: query("cursor"),
        }
    }

    /// The keys that fit.
    async fn find(&self) -> Result<Listed<OwnedKey>> {
        let site = server::site()?;
        let may = server::actor().allow::<ManageKeys>()?;
        let filter = KeyFilter {
            owner: keys::owner_named(&site.domain, &may, &self.owner).await?,
            state: self.state()?,
            begins_with: Some(self.key.trim().to_owned()).filter(|key| !key.is_empty()),
        };
        let cursor = Some(self.cursor.as_str()).filter(|cursor| !cursor.is_empty());
        keys::all(&site.domain, &may, &filter, &Page::parse(None, cursor, None)?).await
    }

    fn state(&self) -> Result<Option<KeyState>> {
        let unknown = || Error::invalid("state", Problem::NotOffered);
        let named = |name: &str| KeyState::named(name).ok_or_else(unknown);
        Some(self.state.as_str()).filter(|name| !name.is_empty()).map(named).transpose()
    }

    fn filters(&self) -> bool {
        [&self.owner, &self.state, &self.key].into_iter().any(|text| !text.is_empty())
    }

    /// The list's address with the page that begins at `cursor`.
    fn address(&self, cursor: &str) -> String {
        let pairs = [
            ("owner", self.owner.as_str()),
            ("state", &self.state),
            ("begins_with", &self.key),
            ("cursor", cursor),
        ];
        paths::with_queries(paths::ADMIN_KEYS, &pairs)
    }
}

/// `/admin/keys`.
#[component]
pub fn KeysPage() -> impl IntoView {
    let (asked, flash) = (Asked::read(), server::take_flash(paths::ADMIN_KEYS));
    page(async move {
        let (listed, flash) = match asked.find().await {
            Ok(listed) => (listed, flash),
            Err(Error::NotFound) => (Listed::whole(Vec::new()), flash),
            Err(error @ Error::Invalid { .. }) => {
                server::set_error_status(&error);
                (Listed::whole(Vec::new()), Flash::failed(paths::ADMIN_KEYS, error, &[]))
            }
            Err(error) => return Err(error),
        };
        let first = (!asked.cursor.is_empty()).then(|| asked.address(""));
        let next = listed.next.map(|next| asked.address(next.as_str()));
        let filters = filters(&asked, &flash);
        let rows = listed.items.into_iter().map(row).collect::<Vec<_>>();
        Ok(view! {
            <AdminPage
                title="API keys" here=paths::ADMIN_KEYS
                lead="The keys of everyone. None of them can do more than its owner may now."
            >
                <Told notice=flash.notice/>
                <ErrorSummary flash=flash.clone() fields=FIELDS/>
                {filters}
                <Table caption="API keys" columns=columns() rows empty="No key fits."/>
                <Pager first next/>
            </AdminPage>
        })
    })
}

fn filters(asked: &Asked, flash: &Flash) -> impl IntoView + use<> {
    let states = [
        ("", "Any"),
        ("active", "Active"),
        ("disabled", "Switched off"),
        ("expired", "Ended"),
        ("revoked", "Revoked"),
    ];
    let options = states.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    let [problem, of_state] = ["begins_with", "state"].map(|field| flash.problem(field));
    let (key, owner, state) = (asked.key.clone(), asked.owner.clone(), asked.state.clone());
    view! {
        <Filters action=paths::ADMIN_KEYS label="API keys" active=asked.filters()>
            <Field
                name="begins_with" label="Key" required=false value=key problem
                hint="How it begins, or its id; never the whole key."
            />
            <Field name="owner" label="Owner" required=false value=owner hint="E-mail address, user name or id."/>
            <Select name="state" label="State" value=state options problem=of_state/>
        </Filters>
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Key").names_row(),
        Column::new("Owner"),
        Column::new("State"),
        Column::new("May"),
        Column::new("Last used"),
        Column::new("Ends"),
        Column::new("End it").unseen(),
    ]
}

fn row(one: OwnedKey) -> Vec<AnyView> {
    let OwnedKey { owner_email, key } = one;
    let (name, begins) = (key.name.as_str().to_owned(), key.begins_with.clone());
    let ways = ways(&key, "");
    vec![
        view! { <span><bdi>{name}</bdi><br/><code class="id">{begins}</code></span> }.into_any(),
        owner_email.as_str().to_owned().into_any(),
        view! { <StateBadge state=key.state/> }.into_any(),
        may(&key).into_any(),
        at_or(key.last_used_at, "Never"),
        at_or(key.expires_at, "Never"),
        ways,
    ]
}

/// What can be done about a key, by forms that lead `back` to this list or to the page of its owner (`person`); nothing
/// about one that is over for good.
pub(crate) fn ways(key: &vestibule_model::keys::ApiKey, back: &'static str) -> AnyView {
    if key.state == KeyState::Revoked {
        return ().into_any();
    }
    let (id, owner) = (key.id.to_string(), key.owner.to_string());
    let off = key.state == KeyState::Disabled;
    let (to, label) = if off { ("true", "Switch on") } else { ("false", "Switch off") };
    let form = |action: &'static str, inside: AnyView| {
        view! {
            <form method="post" action=action>
                <Hidden name="key" value=id.clone()/>
                <Hidden name="owner" value=owner.clone()/>
                <Hidden name="back" value=back/>
                {inside}
            </form>
        }
    };
    let switch = view! { <Hidden name="enabled" value=to/><SubmitButton label look="quiet"/> }.into_any();
    let revoke = view! { <SubmitButton label="Revoke for good" look="danger"/> }.into_any();
    let (switch, revoke) = (form(ADMIN_SWITCH_KEY, switch), form(ADMIN_REVOKE_KEY, revoke));
    view! { <Details summary="End it">{switch}{revoke}</Details> }.into_any()
}

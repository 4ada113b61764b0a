//! `/account/keys/:id/edit`: another name or other networks for a key, and a new secret. It asks for a recent password.

use super::form::{ends, networks};
use super::one::named_in_address;
use crate::account::nav::AccountNav;
use crate::errors::page;
use crate::parts::{Card, ErrorSummary, Field, Hidden, PageTitle, Select, SubmitButton};
use crate::{paths, paths::actions, server};
use leptos::prelude::*;
use vestibule_domain::keys;
use vestibule_model::Error;
use vestibule_model::keys::KeyState;

/// The fields, as the summary of errors names them.
const FIELDS: &[(&str, &str)] =
    &[("key_name", "Name"), ("networks", "Networks"), ("overlap_hours", "Old secret"), ("until", "End")];

/// For how many hours the old secret can go on holding, and how that is said.
const OVERLAPS: [(&str, &str); 5] = [
    ("0", "Not at all: it ends at once"),
    ("1", "For an hour"),
    ("24", "For a day"),
    ("72", "For three days"),
    ("168", "For a week"),
];

/// `/account/keys/:id/edit`.
#[component]
pub fn EditKeyPage() -> impl IntoView {
    let id = named_in_address();
    let flash = id.as_ref().map(|id| server::take_flash(&paths::key_edit(*id))).unwrap_or_default();
    page(async move {
        let site = server::site()?;
        let actor = server::actor();
        let key = keys::show(&site.domain, actor.person()?, id?).await?;
        if key.state == KeyState::Revoked {
            return Err(Error::NotFound);
        }
        let (id, name) = (key.id.to_string(), key.name.as_str().to_owned());
        let title = format!("Change {name}");
        let overlap = flash.typed("overlap_hours").unwrap_or_else(|| "24".to_owned());
        let overlaps = OVERLAPS.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
        let (name, problem) = (flash.typed("key_name").unwrap_or(name), flash.problem("key_name"));
        let (networks, ends) = (networks(&flash, key.networks.join("\n")), ends(&flash, None));
        let (rotated, misfit) = (id.clone(), flash.problem("overlap_hours"));
        Ok(view! {
            <PageTitle text=if flash.failed_at_all() { format!("Error: {title}") } else { title.clone() }/>
            <AccountNav here=paths::KEYS/>
            <p><a href=paths::key_of(key.id)>"Back to the key"</a></p>
            <h1><bdi>{title}</bdi></h1>
            <ErrorSummary flash=flash.clone() fields=FIELDS/>
            <Card>
                <form method="post" action=actions::SAVE_KEY novalidate=true>
                    <Hidden name="key" value=id/>
                    <Field name="key_name" label="Name" value=name problem/>
                    {networks}
                    <SubmitButton label="Save"/>
                </form>
            </Card>
            <Card title="A new secret">
                <p>"The key stays what it is, and gets another secret at once. So that you can tell your programs one after the other, the old one can go on holding for a while."</p>
                <form method="post" action=actions::ROTATE_KEY novalidate=true>
                    <Hidden name="key" value=rotated/>
                    <Select
                        name="overlap_hours" label="The old secret goes on holding" value=overlap options=overlaps
                        problem=misfit
                    />
                    {ends}
                    <SubmitButton label="Make a new secret"/>
                </form>
            </Card>
        })
    })
}

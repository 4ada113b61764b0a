//! `/admin/users/{id}/edit`: what an administrator changes of a person: name, user name, fields, address.

use super::{About, id};
use crate::admin::AdminPage;
use crate::errors::page;
use crate::parts::{Card, Checkbox, ErrorSummary, Field, Hidden, SubmitButton, TextArea};
use crate::profiles::fields;
use crate::server;
use crate::{paths, paths::actions};
use leptos::prelude::*;
use vestibule_domain::profiles;
use vestibule_model::profiles::Profile;

/// The fields, as the summary of errors names them.
const FIELDS: &[(&str, &str)] =
    &[("name", "Name"), ("username", "User name"), ("bio", "About"), ("email", "E-mail"), ("ends", "End")];

/// `/admin/users/{id}/edit`.
#[component]
pub fn EditPage() -> impl IntoView {
    let id = id();
    let flash = server::take_flash(&format!("{}/{id}/edit", paths::ADMIN_USERS));
    page(async move {
        let about = About::read(&id, flash).await?;
        let (profile, tag) = profiles::shown(&about.site.domain, &about.may, about.account.id).await?;
        let more = fields::labels(about.site.domain.user_fields());
        let (title, flash) = (format!("Edit {}", about.account.name), about.flash.clone());
        let (profile, address, end) =
            (profile_form(&about, &profile, tag), address_form(&about), end_form(&about));
        Ok(view! {
            <AdminPage title here=paths::ADMIN_USERS>
                <ErrorSummary flash fields=FIELDS more/>
                <Card title="Profile">{profile}</Card>
                <Card title="Another address">
                    <p>"Both addresses are told, and the person is signed out everywhere."</p>
                    {address}
                </Card>
                <Card title="End of the account">
                    <p>"From then on nobody is signed in to it. The person is told a week and a day before."</p>
                    {end}
                </Card>
            </AdminPage>
        })
    })
}

fn profile_form(about: &About, profile: &Profile, tag: String) -> AnyView {
    let (account, flash) = (&about.account, &about.flash);
    let typed = |name: &str, saved: String| flash.typed(name).unwrap_or(saved);
    let username = account.username.as_ref().map(ToString::to_string).unwrap_or_default();
    let bio = profile.bio.as_ref().map(|bio| bio.as_str().to_owned()).unwrap_or_default();
    let declared = fields::all_controls(about.site.domain.user_fields(), flash, &profile.fields);
    view! {
        <form method="post" action=actions::EDIT_PERSON novalidate=true>
            <Hidden name="user" value=account.id.to_string()/>
            <Hidden name="tag" value=tag/>
            <Field name="name" label="Name" value=typed("name", account.name.to_string()) problem=flash.problem("name")/>
            <Field
                name="username" label="User name (optional)" required=false
                value=typed("username", username) problem=flash.problem("username")
            />
            <TextArea name="bio" label="About (optional)" value=typed("bio", bio) problem=flash.problem("bio")/>
            {declared}
            <SubmitButton label="Save"/>
        </form>
    }
    .into_any()
}

fn address_form(about: &About) -> AnyView {
    let flash = &about.flash;
    view! {
        <form method="post" action=actions::READDRESS_PERSON novalidate=true>
            <Hidden name="user" value=about.account.id.to_string()/>
            <Field
                name="email" label="New e-mail" kind="email" value=flash.value("email")
                hint=format!("Now: {}", about.account.email) problem=flash.problem("email")
            />
            <Checkbox
                name="verified" label="Count it as confirmed; else a mail to it brings a link that confirms it"
                checked=flash.value("verified") == "true"
            />
            <SubmitButton label="Change the address" look="danger"/>
        </form>
    }
    .into_any()
}

fn end_form(about: &About) -> AnyView {
    let (flash, zone) = (&about.flash, server::zone());
    let saved = about.account.expires_at.map(|end| zone.typed(end)).unwrap_or_default();
    let hint = format!("As clocks show it in {}; empty for no end.", zone.name().replace('_', " "));
    view! {
        <form method="post" action=actions::END_PERSON novalidate=true>
            <Hidden name="user" value=about.account.id.to_string()/>
            <Field
                name="ends" label="Ends (optional)" kind="datetime-local" required=false
                value=flash.typed("ends").unwrap_or(saved) hint problem=flash.problem("ends")
            />
            <SubmitButton label="Set the end" look="danger"/>
        </form>
    }
    .into_any()
}

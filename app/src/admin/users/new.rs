//! `/admin/users/new`: an account for somebody, who is invited to choose the password.

use super::super::AdminPage;
use crate::errors::page;
use crate::parts::{Card, ErrorSummary, Field, SubmitButton};
use crate::server::{self, Flash};
use crate::{paths, paths::actions};
use leptos::prelude::*;

/// The fields, as the summary of errors names them.
const FIELDS: &[(&str, &str)] = &[("email", "E-mail"), ("name", "Name"), ("username", "User name")];

/// `/admin/users/new`.
#[component]
pub fn NewUserPage() -> impl IntoView {
    let flash = server::take_flash(paths::ADMIN_NEW_USER);
    page(async move {
        let form = form(&flash);
        Ok(view! {
            <AdminPage title="Invite somebody" here=paths::ADMIN_USERS>
                <ErrorSummary flash fields=FIELDS/>
                <Card>{form}</Card>
            </AdminPage>
        })
    })
}

fn form(flash: &Flash) -> AnyView {
    let field = |name: &'static str, label: &'static str, kind: &'static str, required: bool| {
        view! { <Field name label kind value=flash.value(name) problem=flash.problem(name) required/> }
    };
    view! {
        <form method="post" action=actions::CREATE_PERSON novalidate=true>
            {field("email", "E-mail", "email", true)}
            {field("name", "Name", "text", true)}
            {field("username", "User name (optional)", "text", false)}
            <p class="field-hint">
                "A mail brings them a link, good for a week, that sets a password and confirms the address. Nobody chooses a password for somebody else."
            </p>
            <SubmitButton label="Invite"/>
        </form>
    }
    .into_any()
}

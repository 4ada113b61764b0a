//! `/admin/settings`: every setting with its value and where it came from. Secrets are never shown, and nothing is changed
//! here: settings are read once, when the server starts.

use super::AdminPage;
use crate::errors::page;
use crate::parts::{Card, Column, NoticeBox, Table};
use crate::server::system::Setting;
use crate::{paths, server};
use leptos::prelude::*;
use vestibule_model::groups::ViewSettings;

/// `/admin/settings`.
#[component]
pub fn SettingsPage() -> impl IntoView {
    page(async move {
        server::actor().allow::<ViewSettings>()?;
        let system = server::site()?.system;
        let mut sections: Vec<(&str, Vec<Setting>)> = Vec::new();
        for setting in &system.settings {
            let section = setting.key.rsplit_once('.').map_or("general", |(section, _)| section);
            match sections.last_mut().filter(|(name, _)| *name == section) {
                Some((_, settings)) => settings.push(setting.clone()),
                None => sections.push((section, vec![setting.clone()])),
            }
        }
        let changed = system.settings.iter().filter(|setting| setting.origin != "default").count();
        let sections = sections.into_iter().map(|(name, settings)| section(name, settings)).collect_view();
        Ok(view! {
            <AdminPage
                title="Settings" here=paths::ADMIN_SETTINGS
                lead=format!("{changed} of {} are not as they come.", system.settings.len())
            >
                <NoticeBox>
                    <p>"Settings are read when the server starts: every change needs a restart. They come from the defaults, then the settings file, then variables, then flags; the last one that says something counts."</p>
                    <p>"Check a change before the restart with "<code>"vestibule config check"</code>"."</p>
                </NoticeBox>
                {sections}
            </AdminPage>
        })
    })
}

fn section(name: &str, settings: Vec<Setting>) -> AnyView {
    let columns = vec![Column::new("Setting").names_row(), Column::new("Value"), Column::new("Came from")];
    let rows = settings.into_iter().map(|setting| {
        let key = view! { <div><code>{setting.key}</code><br/><span class="quiet">{setting.about}</span></div> };
        let value = match setting.value {
            Some(value) => view! { <code>{value}</code> }.into_any(),
            None => view! { <span class="quiet">"Not set"</span> }.into_any(),
        };
        let variable = setting.variable;
        let origin = match setting.origin.as_str() {
            "default" => view! { <span class="quiet">"Default"</span> }.into_any(),
            // A variable overrules the file: changing the file would change nothing.
            origin if origin.starts_with(&variable) => {
                view! { <code>{origin.to_owned()}</code>" "<span class="badge badge-warning">"Overrules the file"</span> }.into_any()
            }
            origin => view! { <code>{origin.to_owned()}</code> }.into_any(),
        };
        vec![key.into_any(), value, view! { <div>{origin}<br/><span class="quiet">"Variable "{variable}</span></div> }.into_any()]
    });
    let (rows, caption) = (rows.collect(), format!("Settings: {name}"));
    view! { <Card title=name.to_owned()><Table caption columns rows/></Card> }.into_any()
}

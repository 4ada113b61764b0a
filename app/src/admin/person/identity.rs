//! Who a person is: what the account and the profile say.

use super::About;
use crate::parts::{Card, Fact, Facts, Moment};
use crate::paths;
use crate::profiles::fields;
use leptos::prelude::*;
use vestibule_domain::profiles;
use vestibule_model::Result;

/// The panel.
pub(crate) async fn panel(about: &About) -> Result<AnyView> {
    let account = about.account.clone();
    let profile = profiles::show(&about.site.domain, &about.may, account.id).await?;
    let declared = about.site.domain.user_fields().iter().filter_map(|field| {
        let value = fields::shown(field, profile.fields.get(field.name)?);
        Some(view! { <Fact label=field.label>{value}</Fact> })
    });
    let declared = declared.collect::<Vec<_>>();
    let public = account.username.as_ref().filter(|_| about.site.domain.rules().profiles.public);
    let public = public.map(|name| {
        let address = paths::profile_of(name);
        view! { <Fact label="Page"><a href=address.clone()>{address.clone()}</a></Fact> }
    });
    let username = account.username.as_ref().map_or_else(|| "None".to_owned(), ToString::to_string);
    let bio = profile.bio.map(
        |bio| view! { <Fact label="About"><p class="bio" dir="auto">{bio.as_str().to_owned()}</p></Fact> },
    );
    Ok(view! {
        <Card title="Who it is">
            <Facts>
                <Fact label="Name"><bdi>{account.name.to_string()}</bdi></Fact>
                <Fact label="User name">{username}</Fact>
                <Fact label="E-mail">{account.email.to_string()}</Fact>
                <Fact label="Id"><code class="id">{account.id.to_string()}</code></Fact>
                <Fact label="Made"><Moment at=account.created_at exact=true/></Fact>
                <Fact label="Groups">{account.groups.join(", ")}</Fact>
                {public}{bio}{declared}
            </Facts>
        </Card>
    }
    .into_any())
}
